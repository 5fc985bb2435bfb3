# SPDX-License-Identifier: MIT
"""Options of the scheduler."""

from machine import vm
from runner_lib.compare import check


def slices(t, *words):
    """Whether slices last 30 ms."""
    with t.machine(test=True, smp=1, icount=3, words=["ktest=selftest_slice_of_thirty"] + list(words)) as m:
        m.ended(vm.POWER_OFF, limit=60)
        return "test selftest_slice_of_thirty: passed" in m.text


def test_quantum(t):
    check(slices(t, "quantum=30"), "slices of 30 ms")
    check(not slices(t), "slices of 10 ms by default")
    check(not slices(t, "quantum=60"), "slices of 60 ms")
