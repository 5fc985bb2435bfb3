# SPDX-License-Identifier: MIT
"""Mistakes that a checked kernel must stop at, each with a page that names it.

They are made by tests/kernel/selftest_checks.c and selftest_locks.c.
"""

import re
import subprocess
import sys
import time

from machine import vm
from runner_lib.console import Failure


def stops(t, name, *page, smp=1, words=()):
    """The words are all on the page of this mistake, and there is one page."""
    says(t, name, *[re.escape(word) for word in page], smp=smp, words=words)


def says(t, name, *page, smp=1, words=()):
    """The same with regular expressions."""
    with t.machine(test=True, smp=smp, words=["ktest=selftest_" + name] + list(words)) as m:
        m.ended(vm.PANIC, limit=60)
        for word in page:
            if not re.search(word, m.text):
                raise Failure("expected %r on the page" % word, m.text)
        if m.text.count("Kernel panic") != 1:
            raise Failure("expected one panic page", m.text)


# The parts of a page, in its order: what, on which CPU, who, how it came there, all threads, the events, how to have it again.
# Registers are those of an exception, or what a call keeps of its caller's.
HEAD, WHO = r"\*\*\* Kernel panic on CPU \d+: .*", r"thread \d+ \(.+\) of "
PARTS = (r"Registers.*:\n  rip [0-9a-f]{16} ", r"  r15 ", r"Backtrace:\n  [0-9a-f]{16}  \w+",
         r"Threads:\n(.*\n)*?thread 0 idle ", r"  +[0-9a-f]{16}  \w+\+0x", r"The last trace events", r"switch to=", r"Command line: .*ktest=selftest_")


def whole_page(t, name, what, smp=1, words=()):
    """The page of this mistake says `what` first and has all parts, once; the machine ends as panics do."""
    with t.machine(test=True, smp=smp, words=["trace=on", "ktest=selftest_" + name] + list(words)) as m:
        m.ended(vm.PANIC, limit=60)
        page, at = m.text[m.text.index("*** Kernel panic"):], 0
        for part in (HEAD + what, WHO) + PARTS:
            found = re.compile(part).search(page, at)
            if not found:
                raise Failure("expected %r, in this order, on the page of %s" % (part, name), page)
            at = found.end()
        if m.text.count("*** Kernel panic") != 1 or len(m.vm.reported("panic")) != 1:
            raise Failure("expected one page", m.text)


def place(function):
    """How messages name a place: function, offset, thread."""
    return function + r"\+0x[0-9a-f]+ by thread \d+"


def test_spinlock_taken_twice(t):
    t.needs_checks()
    here = place("ktest_selftest_spin_twice")
    says(t, "spin_twice", 'spinlock "low" taken twice by CPU 0: at %s, before at %s' %
         (here, here))


def test_spinlock_rank(t):
    t.needs_checks()
    here = place("ktest_selftest_spin_rank")
    says(t, "spin_rank", r'spinlock "low" \(rank \d+\) taken at %s while holding "high" '
         r'\(rank \d+, taken at %s\)' % (here, here))


def test_spinlock_not_held(t):
    t.needs_checks()
    says(t, "spin_not_held", 'spinlock "low" released but not held: at %s; taken last at nowhere' %
         place("ktest_selftest_spin_not_held"))


def test_spinlock_unlocked_twice(t):
    t.needs_checks()
    here = place("ktest_selftest_spin_unlock_twice")
    says(t, "spin_unlock_twice",
         'spinlock "low" released but not held: at %s; taken last at %s' % (here, here))


def test_spinlock_foreign(t):
    t.needs_checks()
    says(t, "spin_foreign", 'spinlock "low" released by CPU 0 but held by CPU 1: at %s, taken at %s' %
         (place("ktest_selftest_spin_foreign"), place("take_low")), smp=2)


def test_spinlock_stuck(t):
    t.needs_checks()
    says(t, "spin_stuck", 'spinlock "low" not released by CPU 1 for 100 timer interrupts: '
         'taken at %s, wanted at %s' % (place("take_low"), place("ktest_selftest_spin_stuck")),
         smp=2)


def test_spinlock_held_long_is_not_stuck(t):
    """An owner whose CPU takes no interrupts, however long, is not the one that is looked for."""
    with t.machine(test=True, smp=2, words=["ktest=spinlock_held_long"]) as m:
        m.ended(vm.POWER_OFF, limit=60)


def test_sleep_with_spinlock(t):
    t.needs_checks()
    says(t, "sleep_with_spinlock", 'test with spinlock "low" held: at %s, taken at %s' %
         (place("[a-z_]+"), place("ktest_selftest_sleep_with_spinlock")))


def test_spinlock_in_handler(t):
    t.needs_checks()
    says(t, "spin_in_handler", 'spinlock "low" is taken in interrupt handlers and also with '
         'interrupts on: in a handler at %s, before at %s' %
         (place("lock_in_handler"), place("ktest_selftest_spin_in_handler")))


def test_user_access_with_spinlock(t):
    t.needs_checks()
    says(t, "user_access_under_spinlock", 'copy_from_user with spinlock "spin" held: at %s, taken '
         'at %s' % (place("copy_from_user"), place("ktest_selftest_user_access_under_spinlock")))


def test_order_of_sleeping_locks(t):
    t.needs_checks()
    for name, taken, held in (("mutex_rank", 'mutex "outer"', 'mutex "inner"'),
                              ("mutex_same_rank", 'mutex "same"', 'mutex "outer"'),
                              ("rwlock_rank", 'mutex "outer"', 'rwlock "book"'),
                              ("rwlock_rank_below", 'rwlock "book"', 'mutex "inner"')):
        here = place("ktest_selftest_" + name)
        says(t, name, r"%s \(rank \d+\) taken at %s while holding %s \(rank \d+, taken at %s\)" %
             (taken, here, held, here))


def test_sleeping_lock_taken_twice(t):
    t.needs_checks()
    for name, lock in (("mutex_twice", 'mutex "outer"'), ("rwlock_read_twice", 'rwlock "book"')):
        here = place("ktest_selftest_" + name)
        says(t, name, "%s taken twice: at %s, before at %s" % (lock, here, here))


def test_sleeping_lock_released_twice(t):
    t.needs_checks()
    for name, lock in (("mutex_unlock_twice", 'mutex "outer"'),
                       ("rwlock_unlock_twice", 'rwlock "book"')):
        here = place("ktest_selftest_" + name)
        says(t, name, "%s released but not held: at %s, released before at %s" %
             (lock, here, here))


def test_sleeping_lock_of_another(t):
    t.needs_checks()
    for name, lock in (("mutex_foreign", 'mutex "outer"'), ("rwlock_foreign", 'rwlock "book"')):
        says(t, name, "%s released by a thread that does not hold it: at %s, taken at %s" %
             (lock, place("ktest_selftest_" + name), place("hold_for_ever")))


def test_sleeping_lock_under_spinlock(t):
    t.needs_checks()
    here = place("ktest_selftest_mutex_under_spinlock")
    says(t, "mutex_under_spinlock",
         'waiting for a lock with spinlock "spin" held: at %s, taken at %s' % (here, here))


def test_leaving_the_kernel_with_a_lock(t):
    t.needs_checks()
    for name, lock in (("mutex", 'mutex "outer"'), ("rwlock", 'rwlock "book"'),
                       ("spinlock", 'spinlock "spin"')):
        says(t, "return_with_" + name, "return to user mode with %s held: at %s, taken at %s" %
             (lock, place("upcall_check_return"), place("ktest_selftest_return_with_" + name)))


def test_thread_ends_with_a_lock(t):
    t.needs_checks()
    says(t, "thread_ends_with_mutex", 'end of a kernel thread with mutex "outer" held: at %s, '
         'taken at %s' % (place("run"), place("ktest_selftest_thread_ends_with_mutex")))


def edge(asker, kind, holder):
    return (r'%s, asked for at %s\s+which thread \d+ \(.*\) holds, taken at %s' %
            (kind, place(asker), place(holder)))


def test_deadlock_of_two_mutexes(t):
    """Also when both threads close the cycle at the same time."""
    t.needs_checks()
    test, partner = "ktest_selftest_deadlock_of_two", "take_two_then_one"
    for smp in (1, 2, 2, 2, 4):
        says(t, "deadlock_of_two", r'deadlock: thread (\d+) -> mutex "(one|two)" -> '
             r'thread (\d+) -> mutex "(one|two)" -> thread \1\b',
             edge(test, 'mutex "two"', partner), edge(partner, 'mutex "one"', test), smp=smp)


def test_deadlock_with_a_reader(t):
    t.needs_checks()
    test, reader = "ktest_selftest_deadlock_with_reader", "read_then_take_one"
    for smp in (1, 2):
        says(t, "deadlock_with_reader", "deadlock: thread", edge(test, 'rwlock "book"', reader),
             edge(reader, 'mutex "one"', test), smp=smp)


def test_deadlock_behind_a_writer(t):
    t.needs_checks()
    test, reader = "ktest_selftest_deadlock_behind_writer", "read_then_take_one"
    for smp in (1, 2):
        says(t, "deadlock_behind_writer", "deadlock: thread", edge(reader, 'mutex "one"', test),
             edge("write", 'rwlock "book"', reader),
             r'rwlock "book", asked for at %s\s+behind thread \d+ \(writer\)' % place(test),
             smp=smp)


def test_deadlock_of_philosophers(t):
    t.needs_checks()
    for smp in (1, 2, 4):
        says(t, "deadlock_of_philosophers", r"deadlock: (thread \d+ -> mutex \"fork \d\" -> ){5}",
             *[edge("dine", 'mutex "fork %d"' % i, "dine") for i in range(5)], smp=smp)


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


def test_exceptions_have_names(t):
    stops(t, "protection", "exception 13 (general protection) in the kernel", "ktest_selftest_protection+")


def test_backtrace_names_who_called_last(t):
    """The return address of a call that is its function's last instruction lies in the next function."""
    t.needs_checks()  # else the functions stand in line
    says(t, "last_call", r"  \w+  selftest_no_return\+\w+\n  \w+  selftest_calls_last\+\w+\n"
         r"  \w+  ktest_selftest_last_call\+")


def test_page_is_complete(t):
    """What happened, where, who, registers, backtrace, locks, threads, events, command line."""
    stops(t, "null", "Kernel panic on CPU", "page fault in the kernel at address 0x8 (write)",
          "(ktest) of the kernel", "Registers, kernel mode, vector 14", "rip ffffffff8", "r15 ",
          "Backtrace:", "ktest_selftest_null+", "was stopped in", "Threads:", "idle RUNNING",
          "The last trace events", "switch to=", "Command line:",
          *["Sleeping locks held:\n  none\n"] if t.settings.checks else [], words=["trace=on"], smp=2)


def test_every_page_is_whole(t):
    """A panic, a failed assertion, a deadlock, the watchdogs, a lock spun on for too long, a double fault, a panic in a panic."""
    t.needs_checks()
    for name, what in (("null", "page fault in the kernel"), ("double_fault", "double fault"),
                       ("stack_overflow", "kernel stack overflow")):
        whole_page(t, name, what)
    for name, what, smp, words in (
            ("spin_twice", "taken twice", 1, ()),
            ("deadlock_of_two", "deadlock: ", 2, ()), ("panic_in_panic", "the first", 1, ()),
            ("watchdog_preemption_off", "watchdog: ", 1, ("watchdog=1",)),
            ("watchdog_interrupts_off", "takes no interrupts", 2, ("watchdog=1",)),
            ("spin_stuck", "not released by CPU 1 for 100", 2, ())):
        whole_page(t, name, what, smp, words)


def test_page_names_the_mutex(t):
    t.needs_checks()
    stops(t, "panic_with_mutex", "with a mutex held", 'mutex "precious", taken at ktest_selftest_',
          "Sleeping locks held:")


def test_nmi(t):
    """The monitor asks for a look: all threads, of a machine that is busy or idle."""
    for cpus in (1, 2, 4):
        with t.machine(smp=cpus, words=["trace=on"]) as m:
            m.prompt()
            m.run("sleep 1000 &")
            # The last sleep is for the events: a thread that has been blocked for a while.
            m.run("until grep -q '(sleep) S' /proc/$!/stat; do :; done; sleep 0.1", limit=60)
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
            ("null", 60, 125, ("tests/kernel/selftest_checks.c:", "ktest_selftest_null",
                                 "To repeat it: make run ", "APPEND='watchdog=0 ktest=selftest_")),
            # With no watchdog, so that it is the limit that ends it.
            ("hang", 5, 124, ("ktest_selftest_hang", "NMI: a look",
                              "still running after %d seconds" % (5 * t.slow)))):
        done = subprocess.run(
            [sys.executable, "tools/run", "--kernel", t.build + "/kernel-test.elf", "--initrd",
             t.build + "/initrd-test.cpio", "--limit", str(limit * t.slow), "BOOT=direct", "SMP=1", "CMD=",
             "APPEND=watchdog=0 ktest=selftest_" + name], stdin=subprocess.DEVNULL, timeout=90 * t.slow,
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
