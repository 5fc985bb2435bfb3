# SPDX-License-Identifier: MIT
"""Deadlocks of user programs are told on the console; the programs hang, and end when they are ended."""

import re

from runner_lib.compare import check


def said(t, case, smp):
    with t.machine(test=True, smp=smp, cmd="/tests/futex_deadlock %s && echo all well" % case) as m:
        m.ended("power off", limit=100)
        check("all well" in m.text, "the program ends well", m.text)
        return m.text


def test_mutexes_taken_crosswise(t):
    for smp in (1, 2, 4):
        text = said(t, "crosswise", smp)
        check(text.count("deadlock in process") == 1, "told once", text)
        waits = re.findall(r"thread (\d+) waits for the lock at 0x([0-9a-f]+), which thread (\d+) holds", text)
        check(len(waits) == 3, "three threads", text)
        check(all(waits[i][2] == waits[(i + 1) % 3][0] for i in range(3)), "a ring", text)
        check(len({lock for _, lock, _ in waits}) == 3, "three locks", text)


def test_busy_mutexes(t):
    for smp in (1, 2, 4):
        text = said(t, "busy", smp)
        check("deadlock in process" not in text, "nothing said", text)
