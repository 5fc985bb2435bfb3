# SPDX-License-Identifier: MIT
"""gdb in batch mode on a machine: what tests/boot/gdb*.py are written with.

    with debugging.machine(t, smp=4, cmd="turns") as m:
        said = debugging.gdb(m, ["break main if $process(\\"turns\\")", "continue", "backtrace"])
        said.expect(r"^#0  main \\(")

What gdb prints is matched in order, by Python regular expressions in multi-line mode. gdb and QEMU
are ended by TERM, then KILL, when the limit passes.
"""

import os
import re
import select
import subprocess
import time

from machine import debugger

from .console import Console, Failure
from .results import last_lines

LIMIT_S = 90


def machine(t, **options):
    """A machine halted at its first instruction, with the kernel for the debugger, which knows who holds what."""
    t.needs_checks()
    kernel = os.path.join(t.build, "kernel-debug.elf")
    return t.machine(kernel=kernel, extra=debugger.gdb_server(), **options)


def console(t, vm):
    """A machine that was made otherwise, for gdb() and to be ended with the test."""
    made = Console(vm, t.slow)
    t.machines.append(made)
    return made


class Said:
    """What gdb printed; expect() goes forward through it."""

    def __init__(self, text):
        self.text, self.position = text, 0

    @property
    def rest(self):
        return self.text[self.position:]

    def expect(self, pattern):
        match = re.compile(pattern, re.M).search(self.text, self.position)
        if not match:
            self.fail("expected gdb to print %r" % pattern)
        self.position = match.end()
        return match

    def expect_not(self, pattern):
        """Nowhere in all that it printed."""
        match = re.search(pattern, self.text, re.M)
        if match:
            raise Failure("did not expect gdb to print %r" % match.group(), self.text)

    def fail(self, reason):
        raise Failure(reason, "gdb printed since the last match:\n%s" % last_lines(self.rest, 60))


def gdb(m, commands, limit=LIMIT_S, kernel=None, target=None, **variables):
    """Runs gdb with these commands on the machine `m` until it ends; what it printed. `kernel`:
    another ELF file than the machine's."""
    vm = m.vm
    target = target or socket_of(vm)
    argv = debugger.gdb_command(kernel or vm.kernel, target, commands, batch=True)
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT,
                               env=debugger.gdb_environment(**variables))
    try:
        output = read_all(vm, process, time.monotonic() + limit * m.slow)
    finally:
        debugger.end(process)
        process.stdout.close()
    return Said(output)


def socket_of(vm):
    target = os.path.join(vm.scratch, "gdb.sock")
    while not os.path.exists(target) and vm.running():
        vm.pump(0.02)
    return target


def read_all(vm, process, deadline):
    """gdb's output to its end, while the machine is served."""
    fd, output = process.stdout.fileno(), b""
    while True:
        if time.monotonic() > deadline:
            raise Failure("gdb took too long", last_lines(output.decode(errors="replace"), 40))
        ready = vm.pump(0.2, [fd]) if vm.running() else select.select([fd], [], [], 0.2)[0]
        if fd not in ready:
            continue
        data = os.read(fd, 65536)
        if not data:
            return output.decode(errors="replace")
        output += data
