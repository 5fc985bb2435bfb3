# SPDX-License-Identifier: MIT
"""A machine driven through its console: what the scripts in tests/boot are written with.

    def test_echo(t):
        with t.machine(smp=2) as m:
            m.prompt()
            m.type("echo hello | wc -c\\n")
            m.expect(r"^6$")
            m.type("poweroff\\n")
            m.ended("power off")

Patterns are Python regular expressions in multi-line mode (^ and $ match at line ends), looked for
in what came after the last match. The console's CR LF is seen as LF and escape sequences not at
all; `m.raw` has the bytes as they came. Everything that waits has a limit in seconds; when it
passes, the test fails with what was expected and the last lines of the console. A panic, a triple
fault or any end that was not waited for fails at once.
"""

import re
import time

from machine import vm

from .guest import evidence
from .results import last_lines

# The prompt at the end of the output, of our shell or the one that tests/boot/busybox.py sets for
# busybox's: not any "# ", which programs print too, and of whose line a part may have come.
PROMPT = r"(?:tarae:\S*|ash)# \Z"
LIMIT_S = 15

ESCAPE = re.compile(rb"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|[@-Z\\^_=>78])")
INCOMPLETE = re.compile(rb"(?:\x1b(?:\[[0-9;?]*)?|\r|[\xc0-\xff][\x80-\xbf]{0,2})?\Z")


class Failure(AssertionError):
    """A whole-machine test failed; `detail` is the evidence."""

    def __init__(self, reason, detail=""):
        super().__init__(reason)
        self.reason, self.detail = reason, detail


class Console:
    """One machine under a script. Made by Context.machine(), used in a `with` block."""

    def __init__(self, machine, slow=1):
        self.vm, self.slow = machine, slow
        self.position = 0
        self._text, self._decoded, self._pending = "", 0, b""

    def __enter__(self):
        self.vm.__enter__()
        return self

    def __exit__(self, *_):
        self.vm.__exit__()

    # -- what came

    @property
    def raw(self):
        """All bytes that the console wrote."""
        return bytes(self.vm.console)

    @property
    def text(self):
        """The same as text, CR LF as LF, without what moves the cursor or sets colours."""
        data = self._pending + bytes(self.vm.console[self._decoded:])
        self._decoded = len(self.vm.console)
        # Half a CR LF, character or escape sequence waits for the other half.
        cut = len(data) - len(INCOMPLETE.search(data[-16:]).group())
        self._pending = data[cut:]
        self._text += ESCAPE.sub(b"", data[:cut].replace(b"\r\n", b"\n")).decode(errors="replace")
        return self._text

    @property
    def since(self):
        """What came after the last match."""
        return self.text[self.position:]

    # -- saying

    def type(self, text):
        """Types text (a string, or bytes as they are); "\\n" is the Enter key."""
        self.vm.send(text.encode() if isinstance(text, str) else bytes(text))

    def monitor(self, command):
        """A command of QEMU's monitor; returns what it prints."""
        return self.vm.monitor(command)

    def nmi(self):
        """Makes the kernel dump all threads and end."""
        self.vm.nmi()

    # -- waiting

    def expect(self, pattern, limit=LIMIT_S, dead=False):
        """Waits until `pattern` has come; returns the match. With dead=True the machine may end."""
        compiled = re.compile(pattern, re.M)
        found = []

        def arrived():
            match = compiled.search(self.text, self.position)
            if match:
                found.append(match)
            return bool(match)

        self._wait(arrived, limit, "expected %r on the console" % pattern, dead)
        self.position = found[0].end()
        return found[0]

    def expect_not(self, pattern, seconds):
        """Fails if `pattern` comes within so many seconds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.vm.running():
            self.vm.pump(until - time.monotonic())
        if re.search(pattern, self.since, re.M):
            self.fail("did not expect %r on the console" % pattern)

    def prompt(self, limit=30):
        """Waits for the shell's prompt as the last thing on the console."""
        return self.expect(PROMPT, limit)

    def run(self, command, limit=LIMIT_S):
        """Types a command at the prompt, waits for the next prompt, returns what came between."""
        self.type(command + "\n")
        self.expect(re.escape(command) + r"\n", limit)
        start = self.position
        match = self.prompt(limit)
        return self.text[start:match.start()]

    def report(self, word, limit=LIMIT_S):
        """Waits for a line `word …` on the report port; returns its rest."""
        self._wait(lambda: self.vm.reported(word), limit,
                   "expected %r on the report port" % word, True)
        return self.vm.reported(word)[-1]

    def ended(self, how=vm.POWER_OFF, limit=LIMIT_S):
        """Waits for the machine's end and checks how it came (see machine/vm.py); None: any way."""
        self._wait(lambda: not self.vm.running(), limit, "expected the machine to end", True)
        if how and self.vm.ended != how:
            self.fail("expected the machine to end with %r, it did with %r" % (how, self.vm.ended))
        return self.vm.ended

    def wait(self, condition, limit=LIMIT_S, what="a condition"):
        """Waits until condition() is true."""
        self._wait(condition, limit, "expected " + what, False)

    def _wait(self, done, limit, what, dead):
        until = time.monotonic() + limit * self.slow
        while True:
            began = time.monotonic()
            if done():
                return
            cost = time.monotonic() - began
            if not self.vm.running():
                # The last bytes may have come together with the end.
                if done():
                    return
                if self.vm.ended in (vm.PANIC, vm.TRIPLE_FAULT) or not dead:
                    panics = "".join(": " + text for text in self.vm.reported("panic")[:1])
                    self.fail("%s, but the machine ended: %s%s" % (what, self.vm.ended, panics))
                self.fail("%s before the machine's end (%s)" % (what, self.vm.ended))
            if self.vm.reported("panic") and not dead:
                # Let the backtrace come before telling.
                for _ in range(40):
                    self.vm.pump(0.1 if self.vm.running() else 0)
                self.fail("%s, but the kernel panicked: %s" % (what, self.vm.reported("panic")[0]))
            left = until - time.monotonic()
            if left <= 0:
                self.fail("%s within %g s" % (what, limit * self.slow))
            self._pump(min(left, 0.25), 4 * cost)

    def _pump(self, timeout, settle):
        """Waits for anything to come; then takes in what comes within `settle` seconds. The console
        gives its bytes one by one: looking through all of them after each would take most of the
        time of a test with much output, while the machine waits for its reader."""
        self.vm.pump(timeout)
        until = time.monotonic() + settle
        while self.vm.running() and time.monotonic() < until:
            self.vm.pump(until - time.monotonic())

    def fail(self, reason):
        seen = last_lines(self.since, 8)
        raise Failure(reason, "since the last match:\n%s\n%s" % (seen, evidence(self.vm, [])))
