# SPDX-License-Identifier: MIT
"""A recording under gdb: backwards and forwards to the same place, and its end."""

import os

from machine import debugger
from runner_lib import debugging

REGISTERS = 'printf "now %lx %lx %lx %lx %lx %d\\n", $rip, $rsp, $rax, $rbx, $eflags, $thread()'
LIMIT_S = 60


def recorded(t, cmd):
    """A recording of a run of `cmd` to its end."""
    recording = debugger.Recording(os.path.join(t.build, "record-test"))
    chosen = t.settings.machine(smp=1, cmd=cmd, mem=debugger.RECORD_MEM)
    vm = debugger.recording_machine(recording, chosen, os.path.join(t.build, "kernel-debug.elf"),
                                    os.path.join(t.build, "initrd.cpio"), ["quiet"])
    with debugging.console(t, vm) as m:
        m.ended("power off", limit=LIMIT_S)
    return recording


def replay(t, recording, *commands):
    vm = debugger.replaying_machine(recording, t.settings.machine(smp=1))
    with debugging.console(t, vm) as m:
        return debugging.gdb(m, commands)


def test_backwards(t):
    """Registers and thread are the same at the same place, whichever way one comes to it; and the recording stops before its end
    instead of dropping gdb, and the way back is open."""
    recording = recorded(t, "lost")
    said = replay(t, recording, 'break print_result if $process("lost")', "continue", "set $place = $pc", REGISTERS,
                  "stepi 3", REGISTERS, "reverse-stepi 3", REGISTERS, "stepi 3", REGISTERS,
                  "reverse-stepi 3", "delete", "continue", "continue", "stepi", "reverse-stepi", "print $thread() >= 0",
                  'break *$place if $process("lost")', "reverse-continue", REGISTERS)
    place = r"^(now \w+ \w+ \w+ \w+ \w+ \d+)$"
    seen = [said.expect(place).group(1) for _ in range(4)]
    if seen[0] != seen[2] or seen[1] != seen[3] or seen[0] == seen[1]:
        said.fail("expected the same registers at the same place: %s" % seen)
    for _ in range(3):
        said.expect("^The recording ends here: the machine is about to end. The way back is open")
    said.expect(r"^\$\d+ = 1$")
    if said.expect(place).group(1) != seen[0]:
        said.fail("expected the registers of the first time: %s" % seen[0])
    said.expect_not("Remote connection closed|The machine has ended|Python Exception")
