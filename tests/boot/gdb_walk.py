# SPDX-License-Identifier: MIT
"""Backtraces at every instruction of a system call, an interrupt, a page fault, a debug exception and a switch: in and out
again (runner_lib/gdb_steps.py says what is held against what)."""

from runner_lib import debugging

TO_USER_MODE = "walk ($cs & 3) != 0"
# At the first instruction of a vector's stub the CPU has pushed RIP, CS, …, for some after an error code.
STUB = "break *((long)&trap_stubs + 16 * %s) if "
PUSHED = "*(long *)($rsp + %d)"
# Where backtraces end: in boot, in init before it is a program, in a program. Which of them a timer's interrupt meets
# depends on the build.
OUTERMOST = r"(high_half|_start|main|clone\.child)$"


def walk(t, smp, *commands):
    """What was said by gdb, and that no backtrace of the walks was wrong."""
    with debugging.machine(t, smp=smp, cmd="lost", icount=5 if smp == 1 else None) as m:
        said = debugging.gdb(m, ["source tests/runner_lib/gdb_steps.py"] + list(commands))
    said.expect_not("^WRONG(.*\n){4}")
    said.expect_not("Python Exception|Traceback")
    return said


def begins(said, *names):
    said.expect("^begins at " + " < ".join(names))


def ends(said, *names):
    said.expect("^ends at " + " < ".join(names))
    said.expect(r"^walked [1-9]\d+ instructions, 0 backtraces wrong$")


def test_system_call(t):
    """One that neither sleeps nor takes a lock, so that the other CPUs may stand still meanwhile."""
    for smp in (1, 4):
        said = walk(t, smp, 'break syscall_entry if $process("lost") && $rax == 218', "continue", "delete",
                    "set scheduler-locking on", TO_USER_MODE)
        begins(said, "syscall_entry", "tls_init", "libc_start", "_start$")
        ends(said, "tls_init", "libc_start", "_start$")


def test_vfork(t):
    """Whose return address is in a register, and not on the stack that the child is about to use."""
    said = walk(t, 1, "break syscall_entry if $rax == 58", "continue", "delete", "walk $pc == (long)&upcall_syscall")
    begins(said, "syscall_entry", "vfork", ".*main$")
    ends(said, "upcall_syscall", "<system call 58>", "vfork", ".*main$")


def test_switches(t):
    """To a thread that has never run, and back to one that was preempted."""
    said = walk(t, 1, 'break think if $process("lost")', "continue", "delete", "tarae step-switch", TO_USER_MODE,
                "tarae step-switch", TO_USER_MODE)
    thread = ("add", "run", "run_thread", "clone.child$")
    begins(said, "switch_context", "switch_to_next", "reschedule_slowly_locked", "reschedule", "sched_yield", "do_work",
           "upcall_return_to_user", r"<interrupt \d+>", ".*think", *thread)
    ends(said, "clone$")
    begins(said, "switch_context", "switch_to_next", ".*clone$")
    ends(said, ".*think", *thread)


def test_interrupts(t):
    """Of the kernel, and of a program."""
    said = walk(t, 1, STUB % 208 + "!(%s & 3)" % PUSHED % 8, "continue", "delete", "set $back = " + PUSHED % 0,
                "walk $pc == $back",
                STUB % 208 + "$thread() == 3 && (%s & 3)" % PUSHED % 8, "continue", "delete", TO_USER_MODE)
    begins(said, "trap_stubs", ".*" + OUTERMOST)
    ends(said, ".*" + OUTERMOST)
    begins(said, "trap_stubs", ".*think", "add", "run", "run_thread", "clone.child$")
    ends(said, ".*think", "add", "run", "run_thread", "clone.child$")


def test_exceptions(t):
    """A page fault of a program's first instruction; and one step, which is on a stack of its own first."""
    said = walk(t, 1, STUB % 14 + '$process("lost") && (%s & 3)' % PUSHED % 16, "continue", "delete", TO_USER_MODE,
                "break main if $process(\"lost\")", "continue", "delete", "set $eflags |= 0x100",
                STUB % 1 + "1", "continue", "walk $pc == (long)&dispatch")
    begins(said, "trap_stubs", "_start$")
    ends(said, "_start$")
    begins(said, "trap_stubs", "main$")
    ends(said, "dispatch", "main$")


def test_a_new_thread_of_the_kernel(t):
    """init, whose first instructions are the kernel's."""
    said = walk(t, 1, "break switch_context if *(long *)(*(long *)$rsi + 40) == 0", "continue", "delete",
                "walk $pc == (long)&sched_finish_switch", "break thread_entry_return", "continue", "delete", TO_USER_MODE)
    begins(said, "switch_context", ".*kernel_main")
    ends(said, "sched_finish_switch", "upcall_thread_start", "thread_entry$")
    begins(said, "thread_entry", "_start$")
    ends(said, "_start$")
