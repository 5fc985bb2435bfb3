# SPDX-License-Identifier: MIT
"""Mistakes that a checked kernel must stop at, each with a page that names it.

They are made by tests/kernel/selftest_checks.c.
"""

from machine import vm
from runner_lib.console import Failure


def stops(t, name, *words, smp=1):
    with t.machine(test=True, smp=smp, words=["ktest=selftest_" + name]) as m:
        m.ended(vm.PANIC, limit=60)
        for word in words:
            if word not in m.text:
                raise Failure("expected %r on the page" % word, m.text)
        if m.text.count("Kernel panic") != 1:
            raise Failure("expected one panic page", m.text)


def test_spinlock_taken_twice(t):
    stops(t, "spin_twice", 'spinlock "low" taken twice', "ktest_selftest_spin_twice+")


def test_spinlock_rank(t):
    stops(t, "spin_rank", 'spinlock "low"', 'while holding "high"', "ktest_selftest_spin_rank+")


def test_spinlock_not_held(t):
    stops(t, "spin_not_held", 'spinlock "low" released but not held')


def test_spinlock_foreign(t):
    stops(t, "spin_foreign", 'spinlock "low" released by CPU 0 but held by CPU 1', "take_low+",
          smp=2)


def test_spinlock_stuck(t):
    stops(t, "spin_stuck", 'spinlock "low" not released by CPU 1', "take_low+",
          smp=2)


def test_sleep_with_spinlock(t):
    stops(t, "sleep_with_spinlock", 'with spinlock "low" held',
          "ktest_selftest_sleep_with_spinlock+")


def test_spinlock_in_handler(t):
    stops(t, "spin_in_handler",
          'spinlock "low" is taken in interrupt handlers and also with interrupts on')


def test_stack_overflow(t):
    stops(t, "stack_overflow", "kernel stack overflow", "recurse")


def test_panic_in_panic(t):
    stops(t, "panic_in_panic", "the first", "the reporter is broken too", "and the second",
          "Command line:")


def test_null_in_kernel(t):
    stops(t, "null", "page fault in the kernel at address 0x8", "ktest_selftest_null+")


def test_mmu_refuses_the_kernel(t):
    """SMAP, SMEP, W^X: reading user memory in passing, jumping to it, writing code, running data."""
    for name in ("smap", "smep", "write_text", "write_text_direct", "execute_data"):
        stops(t, name, "page fault in the kernel", "ktest_selftest_%s+" % name)
