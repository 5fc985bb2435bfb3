# SPDX-License-Identifier: MIT
"""Programs that take turns in one machine, for tests that do not need one each.

/tests/runner runs them as it does the user tests (see guest.py): each in a session and a directory
of its own, under a time limit, and nothing may be left of it. A machine that dies takes one program
with it, the one whose turn it was; those that had not had their turn get it in another machine.
"""

import os
import tempfile

from machine import Problem, vm

from . import guest
from .results import last_lines

# Of the name that a program's script has among the user tests.
PREFIX = "turn."
# The name of what went wrong at nobody's turn.
MACHINE = "machine"


class Turn:
    """How it went: passed (status 0, in time, nothing left), else the reason and some evidence; what
    was printed; seconds."""

    def __init__(self, passed, reason, detail, printed="", seconds=0):
        self.passed, self.reason, self.detail = passed, reason, detail
        self.printed, self.seconds = printed, seconds


def take_turns(settings, width, scripts, limit):
    """Runs shell scripts {name: text} at this width, each for at most `limit` seconds, in order of
    name; returns {name: Turn}. MACHINE is one of the names when a machine failed at nobody's turn: then
    those that had not had theirs are missing."""
    turns, left = {}, dict(scripts)
    while left:
        try:
            verdict = one_machine(settings, width, left, limit)
        except Problem as problem:
            turns[MACHINE] = Turn(False, str(problem), "")
            break
        for name, passed, reason, seconds, printed in verdict.results:
            printed = printed.replace("\r\n", "\n")
            turns[name[len(PREFIX):]] = Turn(passed, reason, last_lines(printed), printed, seconds)
        if verdict.failure:
            culprit = verdict.started[len(PREFIX):] if verdict.started else MACHINE
            turns[culprit] = Turn(False, verdict.failure, verdict.detail)
            if culprit == MACHINE:
                break
        left = {name: text for name, text in left.items() if name not in turns}
    return turns


def one_machine(settings, width, scripts, limit):
    """The verdict on a machine that runs these."""
    slow = settings.slow
    # V=1: the output of those that pass, too.
    words = ["quiet", "init=/tests/runner", "tests=" + PREFIX, "V=1", "limit=%d" % (limit * slow)]
    with tempfile.TemporaryDirectory() as overlay:
        os.mkdir(os.path.join(overlay, "tests"))
        for name, text in scripts.items():
            path = os.path.join(overlay, "tests", PREFIX + name)
            with open(path, "w") as file:
                file.write("#!/bin/sh\n" + text)
            os.chmod(path, 0o755)
        with vm.Machine(settings.machine(smp=width, add=overlay),
                        kernel=os.path.join(settings.build, "kernel.elf"),
                        initrd=os.path.join(settings.build, "initrd-test.cpio"),
                        words=words) as machine:
            return guest.watch(machine, guest.Limits(slow=slow), [PREFIX + name for name in scripts])
