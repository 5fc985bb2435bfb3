# SPDX-License-Identifier: MIT
"""gdb on live machines: the helpers of tools/gdb, stepping, user symbols, the right kernel."""

from runner_lib import debugging

WIDTHS = (1, 4)
MAIN = 'break main if $process("turns")'
# turns has made its two processes and waits for them; one of them is about to lose the CPU.
IN_A_SWITCH = [MAIN, "continue", "delete", "break process_wait if $process() == 2", "continue",
               "delete", "break switch_to_next if $thread() > 2", "continue", "delete"]


def turns(t, smp):
    """Two processes that take turns on CPU 0. On one CPU every run is the same."""
    return debugging.machine(t, smp=smp, cmd="turns 2 1000", icount=5 if smp == 1 else None)


def test_threads_and_their_backtraces(t):
    """tarae ps, thread, runq, waitq, locks, stacks in the middle of a switch."""
    for smp in WIDTHS:
        with turns(t, smp) as m:
            said = debugging.gdb(m, IN_A_SWITCH + [
                "tarae ps", "tarae thread 1", "tarae thread 2", "print $thread(3) + $thread(4)",
                "tarae runq", "tarae waitq", "next 3", "tarae locks",
                "tarae waitq &init_process->child_events", "tarae stacks"])
            said.expect(r"Breakpoint 1, main \(argc=3, argv=0x7f")
            check_ps(said, smp)
            check_backtraces(said)
            check_queues(said)
            said.expect_not("optimized out.* at kernel|Python Exception|Traceback|Error")


def check_queues(said):
    said.expect(r"^\$\d+ = 1$")
    said.expect(r"^CPU 0: runs [34] \(turns\); \d+ switches; its slice ends at \d")
    said.expect(r"^child events at 0x")
    said.expect(r"^    1 \(init\) waits: wait for a child, since \d+\.\d+ ms$")
    said.expect(r"^  CPU 0 holds run queue \(0x\w+\), since \w+\+0x")
    said.expect(r"^child events at")
    said.expect(r"^ +1  init +\d+ +\d+  #+$")


def check_ps(said, smp):
    said.expect(r"^process 0 kernel\n")
    for cpu in range(smp):
        said.expect(r"^ +0 RUNN\w+ +CPU %d  idle" % cpu)
    said.expect(r"^process 1 init\n +1 BLOCKED +CPU \d  init +waits: wait for a child, since \d")
    said.expect(r"^  process 2 turns\n +2 [BR]\w+ +CPU \d  turns")
    said.expect(r"^    process 3 turns\n +3 RUN")


def check_backtraces(said):
    """From the scheduler through the trap frame to main(), which is in another page table."""
    said.expect(r"^thread 1 \(init\) of process 1: BLOCKED, CPU \d waits: ")
    said.expect(r"^#0  switch_to_next \(rq=0x\w+ <run_queues.*\) at kernel/sched/sched.c:\d+$")
    said.expect(r"^#\d+ .* in process_wait \(request=0x\w+, result=0x\w+\) at kernel/proc/wait.c:")
    said.expect(r"^#\d+ .* at kernel/arch/entry.asm:\d+$")
    said.expect(r"^#\d+ .* at user/libc/process.c:\d+$")
    said.expect(r"^#\d+ +(0x\w+ in )?main \(\) at user/bin/init.c:\d+$")
    said.expect(r"^thread 2 \(turns\) of process 2: ")
    said.expect(r"^#\d+ +(0x\w+ in )?main \(.*\) at user/demos/turns.c:\d+$")
