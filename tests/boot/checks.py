# SPDX-License-Identifier: MIT
"""Mistakes that a checked kernel must stop at, each with a page that names it.

They are made by tests/kernel/selftest_checks.c.
"""

import subprocess
import sys
import time

from machine import vm
from runner_lib.console import Failure


def stops(t, name, *page, smp=1, words=()):
    """The words are all on the page of this mistake, and there is one page."""
    with t.machine(test=True, smp=smp, words=["ktest=selftest_" + name] + list(words)) as m:
        m.ended(vm.PANIC, limit=60)
        for word in page:
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


def test_watchdog(t):
    stops(t, "watchdog_preemption_off", "watchdog: thread ", "(ktest) keeps CPU 0 for 1 s",
          "ktest_selftest_watchdog_preemption_off+", words=["watchdog=1"])
    stops(t, "watchdog_interrupts_off", "threads wait for CPU 1, which takes no interrupts for 1 s",
          "hang_deaf+", words=["watchdog=1"], smp=2)


def test_watchdog_keeps_still(t):
    """A machine that was stopped for longer than the limit, with threads waiting, goes on."""
    busy = "while :; do :; done & " * 3
    with t.machine(smp=1, words=["watchdog=2"], cmd=busy + "sleep 1; echo started; sleep 3; echo alive") as m:
        m.expect("started")
        m.monitor("stop")
        time.sleep(3)
        m.monitor("cont")
        m.expect("alive", limit=60)


def test_double_fault(t):
    stops(t, "double_fault", "double fault (CR2 0xfffffffffffffff8)", "lose_stack+",
          "rsp 0000000000000008")


def test_page_is_complete(t):
    """What happened, where, who, registers, backtrace, locks, threads, events, command line."""
    stops(t, "null", "Kernel panic on CPU", "page fault in the kernel at address 0x8 (write)",
          "(ktest) of the kernel", "Registers, kernel mode, vector 14", "rip ffffffff8", "r15 ",
          "Backtrace:", "ktest_selftest_null+", "was stopped in", "Threads:",
          "idle RUNNING", "The last trace events", "switch to=", "Command line:", words=["trace=on"], smp=2)


def test_page_names_the_mutex(t):
    stops(t, "panic_with_mutex", "with a mutex held", 'mutex "precious", taken at ktest_selftest_',
          "Sleeping locks held:")


def test_nmi(t):
    """The monitor asks for a look: all threads, of a machine that is busy or idle."""
    for cpus in (1, 2, 4):
        with t.machine(smp=cpus, words=["trace=on"]) as m:
            m.prompt()
            m.run("sleep 1000 & sleep 0.3")
            m.nmi()
            m.ended(vm.PANIC, limit=60)
            for word in ("NMI: a look at the whole machine", "sleep BLOCKED", "init BLOCKED", " waits: ", " for=",
                         "system call ", "syscall number="):
                if word not in m.text:
                    raise Failure("expected %r on the page" % word, m.text)
            if m.text.count("Kernel panic") != 1:
                raise Failure("expected one panic page", m.text)


def test_launcher_names_lines(t):
    """file:line by the launcher, the command that repeats it, and a hang that it ends explains."""
    for name, limit, status, words in (
            ("null", "60", 125, ("tests/kernel/selftest_checks.c:", "ktest_selftest_null",
                                 "To repeat it: make run ", "APPEND='quantum=20 ktest=selftest_")),
            ("watchdog_preemption_off", "3", 124, ("ktest_selftest_watchdog_preemption_off", "NMI: a look",
                                                   "still running after 3 seconds"))):
        done = subprocess.run(
            [sys.executable, "tools/run", "--kernel", t.build + "/kernel-test.elf", "--initrd",
             t.build + "/initrd-test.cpio", "--limit", limit, "BOOT=direct", "SMP=1", "CMD=",
             "APPEND=quantum=20 ktest=selftest_" + name], stdin=subprocess.DEVNULL, timeout=90,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        for word in words:
            if word not in done.stderr:
                raise Failure("expected %r of the launcher" % word, done.stdout + done.stderr)
        if done.returncode != status:
            raise Failure("expected status %d" % status, str(done.returncode))


def test_null_in_kernel(t):
    stops(t, "null", "page fault in the kernel at address 0x8", "ktest_selftest_null+")


def test_mmu_refuses_the_kernel(t):
    """SMAP, SMEP, W^X: reading user memory in passing, jumping to it, writing code, running data."""
    for name in ("smap", "smep", "write_text", "write_text_direct", "execute_data"):
        stops(t, name, "page fault in the kernel", "ktest_selftest_%s+" % name)
