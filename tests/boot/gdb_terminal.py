# SPDX-License-Identifier: MIT
"""`make gdb`, `make console`, `make gdb-server`, `make record` and `make replay` as a student has them: typed on a terminal.

Each test ends with finish(): the terminal as it was, and nothing left running."""

import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from machine import debugger
from runner_lib.compare import check
from runner_lib.console import Failure
from runner_lib.on_terminal import OnTerminal, clean_environment

PROMPT = "(gdb) "
QUESTIONS = ("(y or n)", "[Y/n]", "--Type <RET>", "Continue without paging")


def make(t, *words, **more):
    return OnTerminal(["make"] + list(words), t.slow, clean_environment(**dict({"BUILD": t.build}, **more)))


def tool(t, directory, *words):
    """tools/debug itself, whose recordings and links are in a directory of their own."""
    return OnTerminal([sys.executable, "tools/debug"] + list(words) +
                      ["--kernel", os.path.join(t.build, "kernel-debug.elf"),
                       "--initrd", os.path.join(t.build, "initrd.cpio")], t.slow,
                      clean_environment(BUILD=directory))


def command(terminal, text, answer=""):
    """Types it at gdb's prompt and waits for the answer and the next prompt."""
    terminal.type(text + "\n")
    terminal.wait_for(answer)
    terminal.wait_for(PROMPT)


def leave(terminal):
    """Out of gdb, with the machine in the middle of something."""
    for pid in ("qemu-system-x86_64", "gdb"):
        terminal.child(pid)
    terminal.type("quit\n")
    terminal.finish(0)
    check(not any(question in terminal.output for question in QUESTIONS), "no question", terminal.output)


def scratch(t):
    """A BUILD of its own, so that tests do not meet in their links to sockets, and for what machines leave behind."""
    made = tempfile.TemporaryDirectory(dir=t.build, prefix="terminal-")
    os.symlink(os.path.abspath(os.path.join(t.build, "user")), os.path.join(made.name, "user"))
    return made


def interrupt(terminal):
    terminal.type("\x03")
    terminal.wait_for("received signal SIGINT")
    terminal.wait_for(PROMPT)


def test_make_gdb(t):
    """From the prompt to a breakpoint, on until the console has said something, ^C, quit."""
    for smp in (1, 4):
        with scratch(t) as directory, make(t, "gdb", "SMP=%d" % smp, TMPDIR=os.path.abspath(directory)) as terminal:
            terminal.wait_for("make console, in another terminal")
            terminal.wait_for(PROMPT)
            command(terminal, "break kernel_main", "Breakpoint 1")
            command(terminal, "continue", "Breakpoint 1, kernel_main ()")
            command(terminal, "delete")
            terminal.type("continue\n")
            path = glob.glob(os.path.join(directory, "tarae-*", "console.sock"))[0]
            with make(t, "console", CONSOLE=os.path.abspath(path)) as console:
                console.wait_for("# ")
            interrupt(terminal)
            command(terminal, "tarae ps", "process 1 init")
            leave(terminal)
            check(os.listdir(directory) == ["user"], "no scratch files", os.listdir(directory))


def test_make_console(t):
    """A second terminal, which comes and goes while the machine runs."""
    with scratch(t) as directory, tool(t, directory, "gdb", "SMP=2") as terminal:
        terminal.wait_for(PROMPT)
        terminal.type("continue\n")
        for number in (1, 2):
            with make(t, "console", BUILD=directory) as console:
                console.wait_for("^A x leaves the console")
                console.wait_for("# ")
                console.type("echo $((20 + %d))\r" % number)
                console.wait_for("\n2%d\n" % number)
                console.type("\x01x")
                console.finish(0)
        interrupt(terminal)
        leave(terminal)


def test_two_at_once(t):
    """Neither sees anything of the other, and the last one's console is left when the first one ends."""
    with scratch(t) as directory, tool(t, directory, "gdb", "CMD=lost") as one:
        one.wait_for(PROMPT)
        with tool(t, directory, "gdb", "CMD=turns 2 60000") as two:
            two.wait_for(PROMPT)
            command(one, 'tbreak main if $process("lost")', "breakpoint")
            command(two, 'tbreak main if $process("turns")', "breakpoint")
            command(one, "continue", "main (argc=1")
            command(two, "continue", "main (argc=3")
            leave(one)
            check(os.path.exists(os.path.join(directory, "console.sock")), "the second one's console")
            command(two, "tarae ps", "process 2 turns")
            leave(two)
        check(not os.path.lexists(os.path.join(directory, "console.sock")), "no link to a console that is gone")


def test_the_machine_ends(t):
    """A CMD that there is not: the console says so, gdb says that the machine has ended, and afterwards why."""
    with scratch(t) as directory, tool(t, directory, "gdb", "CMD=nosuch") as terminal:
        terminal.wait_for(PROMPT)
        command(terminal, "continue", "The machine has ended.")
        command(terminal, "tarae ps", "no machine: `make gdb`")
        terminal.type("quit\n")
        terminal.finish(0)
        terminal.wait_for("CMD ended with exit status 127")
        check("Exception" not in terminal.output and "Traceback" not in terminal.output, "no more", terminal.output)


def test_wrong_words(t):
    with scratch(t) as directory:
        for words, status, told in ((("record",), 1, "what to record?"),
                                    (("replay",), 1, "nothing has been recorded yet"),
                                    (("gdb", "SMP=none"), 1, "expected a number of CPUs"),
                                    (("gdb", "CMD=a\nb"), 1, "expected one line"),
                                    (("gdb", "WORD=1"), 1, "expected NAME=value")):
            with tool(t, directory, *words) as terminal:
                terminal.finish(status)
                terminal.wait_for("tools/debug: ")
                terminal.wait_for(told)
                check("Traceback" not in terminal.output, "one message", terminal.output)


def test_killed(t):
    """Whatever ends the launcher, the closing of its terminal too, ends the machine and gdb."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
        with scratch(t) as directory, tool(t, directory, "gdb", "CMD=lost") as terminal:
            terminal.wait_for(PROMPT)
            terminal.descendants()
            terminal.process.send_signal(number)
            if number == signal.SIGKILL:
                # Who is killed cannot mend the terminal.
                terminal.before = None
            terminal.finish(-number if number == signal.SIGKILL else 128 + number)


def test_stopped_and_continued(t):
    """^Z at gdb's prompt, `fg` in the shell."""
    with scratch(t) as directory, OnTerminal(["bash", "--norc", "--noprofile", "-i"], t.slow,
                                             clean_environment(PS1="shell: ", BUILD=directory)) as terminal:
        terminal.wait_for("shell: ")
        terminal.type("python3 tools/debug gdb CMD=lost --kernel %s/kernel-debug.elf\n" % t.build)
        terminal.wait_for(PROMPT)
        terminal.type("\x1a")
        terminal.wait_for("Stopped")
        terminal.wait_for("shell: ")
        terminal.type("fg\n")
        command(terminal, "print 40 + 2", "= 42")
        terminal.descendants()
        terminal.type("quit\n")
        terminal.wait_for("shell: ")
        terminal.type("exit\n")
        terminal.finish(0)


def test_record_and_replay(t):
    with scratch(t) as directory:
        with tool(t, directory, "record", "CMD=lost") as terminal:
            terminal.wait_for("counter is ")
            terminal.wait_for("Recorded: about ")
            terminal.finish(0)
            count = int(re.search(r"about (\d+) million instructions", terminal.output).group(1))
            check(0 < count < debugger.RECORD_MOST / 1000000, "the lesson to be short", terminal.output)
        with tool(t, directory, "replay") as terminal:
            terminal.wait_for(PROMPT)
            command(terminal, 'break print_result if $process("lost")', "Breakpoint 1")
            command(terminal, "continue", "print_result (expected")
            command(terminal, "reverse-stepi", "")
            leave(terminal)
        with tool(t, directory, "record", "CMD=echo begun; turns 2 60000") as terminal:
            terminal.wait_for("begun")
            terminal.descendants()
            terminal.type("\x03")
            terminal.finish(130)


LONG = """
import runpy, sys
sys.path.insert(0, "tools")
from machine import debugger
debugger.RECORD_MOST = 1000000
sys.argv = ["tools/debug", "record", "CMD=turns 2 500"] + sys.argv[1:]
runpy.run_path("tools/debug", run_name="__main__")
"""


def test_a_long_recording_is_told(t):
    """With a limit of a million instead of 200 million."""
    with scratch(t) as directory, OnTerminal(
            [sys.executable, "-c", LONG, "--kernel", os.path.join(t.build, "kernel-debug.elf"), "--initrd",
             os.path.join(t.build, "initrd.cpio")], t.slow, clean_environment(BUILD=directory)) as terminal:
        terminal.wait_for("That is more than 1 million")
        terminal.finish(0)


# ---- IDEs --------------------------------------------------------------------------------------------


def settings_of_launch():
    """The one configuration of .vscode/launch.json, whose comments are no JSON."""
    with open(".vscode/launch.json") as file:
        text = re.sub(r"^\s*//.*$", "", file.read(), flags=re.M)
    return json.loads(text)["configurations"][0]


class Mi:
    """gdb's machine interface, as an IDE uses it."""

    def __init__(self, t, argv):
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        universal_newlines=True, env=debugger.gdb_environment())
        self.said = []

    def send(self, text, answer):
        """Sends a command and waits for a line that begins like the answer."""
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("^error"):
                break
            if line.startswith(answer):
                return line
        raise Failure("expected %s after %s" % (answer, text), "".join(self.said))


def test_launch_json(t):
    """Its fields fit to what `make gdb-server` prints, and gdb gets along with what an IDE makes of them (in this order)."""
    chosen = settings_of_launch()
    here = {"program": chosen["program"], "cwd": chosen["cwd"]}
    here = {name: value.replace("${workspaceFolder}", os.getcwd()) for name, value in here.items()}
    if os.path.abspath(t.build) != os.path.join(os.getcwd(), "build"):
        t.skip("another BUILD than the one in .vscode/launch.json")
    with make(t, "gdb-server", "CMD=lost") as terminal:
        terminal.wait_for("^C here ends the machine.")
        address = re.search(r"an IDE +target remote (\S+) ", terminal.output).group(1)
        check(chosen["miDebuggerServerAddress"] == address, "launch.json's address as it is printed", terminal.output)
        check(os.path.samefile(here["program"], "build/kernel-debug.elf"), "its program", chosen)
        printed = re.search(r"gdb +gdb (-nx .*)$", terminal.output, re.M).group(1)
        check(all(one["text"] in printed for one in chosen["setupCommands"]), "its commands", printed)
        mi = Mi(t, [debugger.find_gdb()] + chosen["miDebuggerArgs"].split() + ["--interpreter=mi"])
        try:
            for one in chosen["setupCommands"]:
                mi.send('-interpreter-exec console "%s"' % one["text"], "^done")
            mi.send("-environment-cd " + here["cwd"], "^done")
            mi.send("-file-exec-and-symbols " + here["program"], "^done")
            mi.send("-target-select remote " + address, "^connected")
            mi.send("-break-insert process_wait", "^done")
            stopped = mi.send("-exec-continue", '*stopped,reason="breakpoint-hit"')
            check('func="process_wait"' in stopped, "the breakpoint", mi.said)
            check("syscall_dispatch" in mi.send("-stack-list-frames", "^done"), "frames", mi.said)
            mi.send('-interpreter-exec console "tarae runq"', "^done")
            mi.send("-gdb-exit", "^exit")
        finally:
            debugger.end(mi.process)
            mi.process.stdin.close()
            mi.process.stdout.close()
        terminal.descendants()
        terminal.type("\x03")
        terminal.finish(-signal.SIGINT)  # make's own end, after its child's


test_launch_json.alone = True  # build/gdb.sock is the last machine's


# ---- tmux --------------------------------------------------------------------------------------------


class Tmux:
    """A tmux server of its own with one session of 180 columns that runs a command."""

    def __init__(self, t, directory, text):
        self.t, self.socket = t, os.path.join(os.path.abspath(directory), "tmux")
        self.run("-f", "/dev/null", "new-session", "-d", "-x", "180", "-y", "50", text + "; echo status $?; sleep 1000",
                 env=clean_environment(BUILD=t.build, TMPDIR=os.path.abspath(directory)))

    def run(self, *words, env=None):
        return subprocess.run(["tmux", "-S", self.socket] + list(words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              universal_newlines=True, env=env or clean_environment()).stdout

    def panes(self):
        return len(self.run("list-panes").splitlines())

    def wait_for(self, pane, pattern):
        until = time.monotonic() + 90 * self.t.slow
        while True:
            text = self.run("capture-pane", "-p", "-J", "-t", ":0.%d" % pane)
            if re.search(pattern, text, re.M):
                return
            check(time.monotonic() < until, "%r in pane %d" % (pattern, pane), text, self.run("list-panes"))
            time.sleep(0.1)

    def type(self, pane, *keys):
        self.run("send-keys", "-t", ":0.%d" % pane, *keys)


def test_tmux(t):
    """The console is in a pane beside gdb, and goes with the machine."""
    if not shutil.which("tmux"):
        t.skip("no tmux here")
    with scratch(t) as directory:
        tmux = Tmux(t, directory, "make gdb SMP=2")
        try:
            tmux.wait_for(0, r"^\(gdb\) *$")
            tmux.wait_for(1, "the machine goes on")
            tmux.type(0, "continue", "Enter")
            tmux.wait_for(1, r"# *$")
            tmux.type(1, "echo $((40 + 2))", "Enter")
            tmux.wait_for(1, "^42$")
            tmux.type(0, "C-c")
            tmux.wait_for(0, r"SIGINT(.*\n)+.*\(gdb\) *$")
            tmux.type(0, "quit", "Enter")
            tmux.wait_for(0, "^status 0")
            until = time.monotonic() + 60 * t.slow
            while tmux.panes() > 1:
                check(time.monotonic() < until, "the console's pane to close")
                time.sleep(0.1)
        finally:
            tmux.run("kill-server")
