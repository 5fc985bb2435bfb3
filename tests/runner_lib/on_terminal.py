# SPDX-License-Identifier: MIT
"""A program on a pseudo-terminal of its own, as a user has it in front of them.

    with OnTerminal(["make", "gdb"], t.slow) as terminal:
        terminal.wait_for("(gdb) ")
        terminal.type("quit\\n")
        terminal.finish(0)

finish() also holds that the terminal is as it was before, and that nothing which the program started is left.
"""

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

from machine import options

from .console import Failure

LIMIT_S = 60
ESCAPE = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|[@-Z\\^_=>78])|\r|\x07")


def clean_environment(**more):
    """The tests' own, without what would change the machine."""
    dropped = options.NAMES + ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "TMUX", "CONSOLE")
    return dict({name: value for name, value in os.environ.items() if name not in dropped}, **more)


class OnTerminal:
    """`output` is what came, without escape sequences and carriage returns."""

    def __init__(self, argv, slow=1, env=None, limit=LIMIT_S):
        self.limit = limit * slow
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)  # None: does not matter
        self._bytes, self.position = b"", 0
        self.process = subprocess.Popen(argv, stdin=self.slave, stdout=self.slave, stderr=self.slave,
                                        start_new_session=True, env=env or clean_environment(),
                                        preexec_fn=self._own_terminal)
        self.family = set()

    def _own_terminal(self):
        """In the child: ^C and ^Z reach who is in the foreground, and are heeded even where the tests
        themselves were started with `&`, whose programs ignore ^C."""
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    @property
    def output(self):
        return ESCAPE.sub("", self._bytes.decode(errors="replace"))

    def read(self, timeout):
        if select.select([self.master], [], [], timeout)[0]:
            self._bytes += os.read(self.master, 65536)

    def wait_for(self, text):
        """Until that has come, after what was waited for last."""
        until = time.monotonic() + self.limit
        while text not in self.output[self.position:]:
            if time.monotonic() > until:
                raise Failure("expected %r on the terminal" % text, self.output)
            self.read(0.2)
        self.position = self.output.index(text, self.position) + len(text)

    def type(self, keys):
        os.write(self.master, keys.encode())

    def descendants(self):
        """{process id: command} of all that it has started and that runs now."""
        listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat=,args="], stdout=subprocess.PIPE,
                                 universal_newlines=True).stdout
        rows = [line.split(None, 3) for line in listing.splitlines()]
        found, parents = {}, {str(self.process.pid)}
        while parents:
            children = {row[0]: row[3] for row in rows if row[1] in parents and row[2][0] != "Z"}
            found.update(children)
            parents = set(children)
        self.family |= {int(pid) for pid in found}
        return found

    def child(self, program):
        """The process id of the one descendant whose command contains that."""
        found = [int(pid) for pid, command in self.descendants().items() if program in command.split()[0]]
        if len(found) != 1:
            raise Failure("expected one process %s" % program, str(self.descendants()))
        return found[0]

    def finish(self, status):
        """Waits for its end; the terminal and the host must be as before."""
        until = time.monotonic() + self.limit
        while self.process.poll() is None and time.monotonic() < until:
            self.read(0.1)
        if self.process.poll() is None:
            raise Failure("expected the program to end", self.output)
        self.read(0.1)
        if self.process.returncode != status:
            raise Failure("expected status %d, not %d" % (status, self.process.returncode), self.output)
        after = termios.tcgetattr(self.slave)
        if self.before and after != self.before:
            raise Failure("expected the terminal as it was before", "%s\n%s" % (self.before, after))
        while any(alive(pid) for pid in self.family):
            if time.monotonic() > until:
                raise Failure("expected all that it started to have ended", self.output)
            time.sleep(0.05)


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
