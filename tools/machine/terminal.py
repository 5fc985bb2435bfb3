# SPDX-License-Identifier: MIT
"""The host's terminal (or pipes) as the console of a machine.

On a terminal every key goes to the guest, ^C included; ^A is the launcher's: ^A x ends the machine,
^A n sends an NMI (the kernel dumps every thread and stops), ^A ^A or ^A a sends a ^A. Whatever
happens, signals included, the terminal's settings come back.
"""

import os
import select
import signal
import sys
import termios
import time
import tty

HELP = "^A x leaves, poweroff leaves cleanly, ^A n dumps all threads and stops"
PREFIX = 1  # ^A
PASTE_LIMIT = 1 << 20


class Stopped(Exception):
    """A signal asked the launcher itself to end."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


def size_words():
    """rows= and cols= for the kernel, when a terminal is there to ask."""
    for stream in (sys.stdout, sys.stdin, sys.stderr):
        try:
            size = os.get_terminal_size(stream.fileno())
        except (AttributeError, OSError, ValueError):  # closed: None, or no descriptor
            continue
        if size.lines > 0 and size.columns > 0:
            return ["rows=%d" % size.lines, "cols=%d" % size.columns]
    return []


class Terminal:
    """with Terminal() as t: raw mode inside the block, when standard input is a terminal."""

    def __init__(self):
        self.fd = sys.stdin.fileno() if sys.stdin else None
        self.interactive = self.fd is not None and os.isatty(self.fd)
        self.open = self.fd is not None
        self.fed = False
        self._saved = None
        self._handlers = {}
        self._prefix = False

    def __enter__(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
            self._handlers[number] = signal.signal(number, self._on_signal)
        if self.interactive:
            self._saved = termios.tcgetattr(self.fd)
            tty.setraw(self.fd, termios.TCSADRAIN)
        return self

    def __exit__(self, *_):
        if self._saved:
            termios.tcsetattr(self.fd, termios.TCSADRAIN, self._saved)
            self._saved = None
            if sys.stdout.isatty():
                # What a program that was cut off may have left: colours, a hidden cursor.
                write_all(sys.stdout.fileno(), b"\x1b[0m\x1b[?25h")
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _on_signal(self, number, _frame):
        raise Stopped(number)

    def nobody(self):
        """Nothing has been typed, and nothing will be."""
        return not self.open and not self.fed

    def take_input(self, machine):
        """Standard input is readable: pass it on."""
        data = os.read(self.fd, 65536)
        if not data:
            self.open = False
            # What was piped in has been typed; a machine that was fed so leaves as a user would.
            if self.fed:
                machine.send(b"poweroff\n")
            return
        self.fed = True
        if self.interactive:
            self._take_keys(machine, data)
        else:
            machine.send(data)

    def _take_keys(self, machine, data):
        for byte in data:
            if self._prefix:
                self._prefix = False
                self._command(machine, chr(byte).lower(), byte)
            elif byte == PREFIX:
                self._prefix = True
            else:
                machine.send(bytes([byte]))

    def _command(self, machine, key, byte):
        if key == "x":
            machine.ended = "left"
            machine.quit()
        elif key == "n":
            machine.nmi()
        elif key == "a" or byte == PREFIX:
            machine.send(bytes([PREFIX]))
        else:
            write_all(sys.stderr.fileno(), b"\r\n" + HELP.encode() + b"\r\n")


def write_all(fd, data):
    """Writes everything to a descriptor that may be non-blocking (a shared terminal)."""
    while data:
        try:
            data = data[os.write(fd, data):]
        except BlockingIOError:
            select.select([], [fd], [])


def attach(machine, terminal, limit=None, needs_typing=False):
    """Joins machine and terminal until the machine has ended; piped input waits for the kernel.
    False: the limit was reached. A machine that ends only when it is told to is ended, as "nobody",
    when nothing was typed and input is at its end."""
    output = sys.stdout.fileno()
    machine.on_console = lambda data: write_all(output, data)
    deadline = time.monotonic() + limit if limit else None
    while machine.running():
        if needs_typing and terminal.nobody():
            machine.ended = "nobody"
            machine.quit()
            break
        listen = []
        # A loader would swallow what is typed before the kernel runs.
        ready = terminal.interactive or machine.reported("boot")
        if terminal.open and ready and machine.unsent() < PASTE_LIMIT:
            listen = [terminal.fd]
        if machine.pump(0.5, listen):
            terminal.take_input(machine)
        if deadline and time.monotonic() > deadline:
            return False
    return True
