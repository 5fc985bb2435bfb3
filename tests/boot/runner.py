# SPDX-License-Identifier: MIT
"""Tests of the test runner itself: each way in which a machine can fail must be seen, and said.

The first ones use a kernel that does what it is told (tiny.asm); those called kernel_ use the test
kernel and its tests selftest_*, which run only when asked for by name.
"""

import io
import os
import sys
import tempfile
import threading

from machine import options, vm
from runner_lib import guest, pool, results, settings, turns
from runner_lib.console import Failure

LIMITS = dict(boot=60, silence=30, total=120, dump=8)
# For a machine that is to be silent: long enough for what it does before. One that spins does nothing
# before, and costs a core as long as it is waited for.
HANGS_S, SPINS_S = 3, 1
NO_KERNEL = b"\x7fELF" + b"bogus " * 1000


def check(condition, what, verdict):
    if not condition:
        raise Failure("expected %s" % what, "failure: %s\nresults: %s\n%s" % (
            verdict.failure, verdict.results, verdict.detail))


def tiny(t, program, expected=("a",), **limits):
    """What the runner makes of a machine that does `program`."""
    kernel = os.path.join(t.build, "tests", "tiny.elf")
    with vm.Machine(options.Options(smp="1", mem="32M"), kernel=kernel, initrd=None,
                    words=["tiny=" + program]) as machine:
        limits = guest.Limits(**dict(LIMITS, slow=t.slow, **limits))
        return guest.watch(machine, limits, expected)


def failing(t, program, *reasons, **limits):
    verdict = tiny(t, program, **limits)
    for reason in reasons:
        check(reason in (verdict.failure or ""), "a failure that says %r" % reason, verdict)
    return verdict


def test_good_machine_passes(t):
    verdict = tiny(t, "[boot][test_a_pass][plan_1][done]o")
    check(verdict.failure is None, "no failure", verdict)
    check([r[:3] for r in verdict.results] == [("a", True, "")], "one result", verdict)


def test_failed_test_is_told(t):
    verdict = tiny(t, "[boot][test_a_fail_file.c:7:_expected_1][plan_1][done]o")
    check(verdict.failure is None, "no failure of the machine", verdict)
    check([r[:3] for r in verdict.results] == [("a", False, "file.c:7: expected 1")],
          "the test's reason", verdict)


def test_hang(t):
    verdict = failing(t, "[boot](going)[start_a]h", "it hung: no sign of life", silence=HANGS_S)
    check(verdict.culprit == "a", "the started test to be the culprit", verdict)
    check("going" in verdict.detail, "the last lines of the console", verdict)


def test_hang_in_loop(t):
    verdict = failing(t, "[boot]s", "it hung", silence=SPINS_S)
    check("(spin+0x0)" in verdict.detail, "where the CPU is", verdict)


def test_panic(t):
    verdict = failing(t, "[boot](panic:_oh)[panic_oh_no]p", "the kernel panicked: oh no")
    check("panic: oh" in verdict.detail, "the last lines of the console", verdict)


def test_triple_fault(t):
    failing(t, "[boot](going)f", "triple fault", "RIP=", "(fault+0x")


def test_never_boots(t):
    failing(t, "s", "it never booted", boot=SPINS_S)


def test_image_that_is_no_kernel(t):
    with tempfile.NamedTemporaryFile(suffix=".elf") as file:
        file.write(NO_KERNEL)
        file.flush()
        with vm.Machine(options.Options(smp="1"), kernel=file.name, initrd=None) as machine:
            verdict = guest.watch(machine, guest.Limits(boot=3, dump=1))
    check("it never booted" in (verdict.failure or ""), "a failure to boot", verdict)


def test_silent(t):
    failing(t, "[boot]o", "it reported no test at all")


def test_silent_from_the_start(t):
    failing(t, "o", "it never booted: it powered off")


def test_ends_before_done(t):
    failing(t, "[boot][test_a_pass][plan_1]o", "before all tests were done")


def test_plan_is_not_kept(t):
    failing(t, "[boot][test_a_pass][plan_2][done]o", "it planned 2 results and gave 1")


def test_two_results_for_one_test(t):
    failing(t, "[boot][test_a_pass][test_a_pass][plan_2][done]o", "two results for one test")


def test_forged_results_do_not_count(t):
    verdict = failing(t, "[boot](test_a_pass){test_a_pass}{-_test_a_pass}"
                      "{0123456789abcdef_test_a_pass}{-_plan_1}{-_done}o",
                      "it reported no test at all")
    check(not verdict.results, "no results", verdict)


def kernel_selftest(t, name, width, **limits):
    kernel = os.path.join(t.build, "kernel-test.elf")
    initrd = os.path.join(t.build, "initrd-test.cpio")
    with vm.Machine(t.settings.machine(smp=width), kernel=kernel, initrd=initrd,
                    words=["ktest=" + name]) as machine:
        return guest.watch(machine, guest.Limits(**dict(LIMITS, slow=t.slow, **limits)), [name])


def test_kernel_hang_is_dumped(t):
    verdict = kernel_selftest(t, "selftest_hang", 2, silence=HANGS_S)
    check("it hung" in (verdict.failure or ""), "a hang", verdict)
    check(verdict.ended == vm.PANIC, "the NMI to have ended the machine", verdict)
    check("ktest_selftest_hang" in verdict.detail, "the hanging function in the dump", verdict)


def test_kernel_panic(t):
    verdict = kernel_selftest(t, "selftest_panic", 2)
    check("the kernel panicked" in (verdict.failure or ""), "a panic", verdict)
    check("ktest_selftest_panic" in verdict.detail, "the function in the backtrace", verdict)


def test_kernel_triple_fault(t):
    verdict = kernel_selftest(t, "selftest_triple", 2)
    check("triple fault" in (verdict.failure or ""), "a triple fault", verdict)


def test_kernel_silent(t):
    verdict = kernel_selftest(t, "selftest_silent", 1)
    check("no test at all" in (verdict.failure or ""), "a machine without results", verdict)


def test_kernel_failure_is_told(t):
    verdict = kernel_selftest(t, "selftest_fail", 1)
    check(verdict.failure is None, "no failure of the machine", verdict)
    check(len(verdict.results) == 1 and not verdict.results[0][1], "a failed test", verdict)
    check("1 + 1" in verdict.results[0][2] and "selftest.c:" in verdict.results[0][2],
          "a reason with the expression and its place", verdict)


def test_programs_that_take_turns(t):
    """One fails, one is killed, one leaves something behind, one takes the machine with it: each is told of, and the
    others have their turns."""
    told = turns.take_turns(t.settings, "2", {
        "a": "echo one; echo two", "fails": "echo so; exit 3", "killed": "kill -9 $$",
        "leaves": "echo >/left", "ends_all": "poweroff", "z": "echo three"}, 100)
    seen = {name: (turn.passed, turn.reason) for name, turn in told.items()}
    wanted = {"a": (True, ""), "fails": (False, "exit status 3: so"), "killed": (False, "killed by signal 9: "),
              "leaves": (False, "leaked"), "ends_all": (False, "it ended before all tests"), "z": (True, "")}
    for name, (passed, reason) in wanted.items():
        if name not in seen or seen[name][0] != passed or not seen[name][1].startswith(reason):
            raise Failure("expected of %s: %s %r" % (name, passed, reason), str(seen))
    if set(seen) != set(wanted) or (told["a"].printed, told["z"].printed) != ("one\ntwo\n", "three\n"):
        raise Failure("expected no others, and what they printed", str(seen))


def test_no_turn_on_a_machine_that_does_not_boot(t):
    """No time is lost with it: it would not boot for the next program either."""
    with tempfile.TemporaryDirectory() as build:
        for name in ("kernel.elf", "initrd-test.cpio"):
            with open(os.path.join(build, name), "wb") as file:
                file.write(NO_KERNEL)
        found = turns.take_turns(settings.Settings({"BUILD": build}), "1", {"a": "", "b": ""}, 100)
    if list(found) != [turns.MACHINE] or "never booted" not in found[turns.MACHINE].reason:
        raise Failure("expected one failure, of the machine", str(found))


def test_batch_jobs_take_what_others_leave(t):
    """Beside a machine that is given all cores, and so that it does not notice."""
    if not sys.platform.startswith("linux"):
        t.skip("threads have no priority of their own here")
    began, seen = threading.Event(), {}

    def wide():
        # What stood before it in the line does not fit beside it; it ends when the batch job has begun.
        seen["beside"] = began.wait(60 * t.slow)
        seen["wide"] = priority_of_machine(t)
        return []

    def batch():
        began.set()
        seen["batch"] = priority_of_machine(t)
        return []

    book = results.Book(out=io.StringIO())
    pool.run_jobs([pool.Job("wide", wide, cores=2), pool.Job("other", lambda: []),
                   pool.Job("batch", batch, batch=True)], 2, book)
    if not (seen["beside"] and seen["batch"] == min(19, seen["wide"] + pool.LOW_PRIORITY)):
        raise Failure("expected the batch job beside the wide one, at a lower priority", str(seen))


def priority_of_machine(t):
    """Of a machine that the calling thread starts."""
    kernel = os.path.join(t.build, "tests", "tiny.elf")
    with vm.Machine(options.Options(smp="1"), kernel=kernel, initrd=None) as machine:
        return os.getpriority(os.PRIO_PROCESS, machine.process.pid)
