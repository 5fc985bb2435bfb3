# SPDX-License-Identifier: MIT
"""gdb on live machines: the helpers of tools/gdb, stepping, user symbols, the right kernel."""

import os
import re
import subprocess

from machine import debugger
from runner_lib import debugging
from runner_lib.console import Failure

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


# What is typed, and what one line says then.
WRONG = (("tarae ps all", "what is 'all'"), ("tarae thread", "tarae thread TID: see"), ("tarae thread 4711", "no thread 4711"),
         ("tarae thread nosuch", "No symbol"), ("tarae thread 1 2", "what is '2'"), ("tarae maps", "tarae maps PID: see"),
         ("tarae maps 4711", "no process 4711"), ("tarae maps 0", "no memory of its own"),
         ("tarae pagetable", "\\[PID\\] ADDR"), ("tarae pagetable 1 2 3", "what is '3'"), ("tarae pagetable )", "syntax error"),
         ("tarae pagetable 0 0", "no memory of its own"), ("tarae waitq 1", "Cannot access memory"),
         ("tarae runq 1", "what is '1'"), ("tarae locks 1", "what is '1'"), ("tarae stacks 1", "what is '1'"),
         ("tarae trace", "nothing has been traced"), ("tarae trace x", "No symbol|nothing has been traced"),
         ("tarae step-switch 2", "what is '2'"), ("tarae nosuch", "there is no `tarae nosuch`"),
         ("print $thread(1, 2)", "one argument at most"))


def test_wrong_words(t):
    """Each is answered by one line that tells what is wrong, before the kernel runs and later."""
    for smp in WIDTHS:
        with turns(t, smp) as m:
            echoed = [line for typed, _ in WRONG for line in ("echo \\001\\n", typed)]
            said = debugging.gdb(m, ["tarae ps"] + IN_A_SWITCH + echoed)
            said.expect("^the kernel has no threads yet")
            for (typed, told), answer in zip(WRONG, said.text.split("\x01\n")[1:]):
                answer = answer.replace("[Inferior 1 (process 1) detached]", "").strip()
                if not re.search(told, answer) or "\n" in answer or "Exception" in answer:
                    said.fail("expected one line with %r after `%s`, not %r" % (told, typed, answer))


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


# ---- Stepping --------------------------------------------------------------------------------------


def test_interrupts_come_while_stepping(t):
    """1 ms slices, 1 us an instruction: a thousand steps do not pass without a timer interrupt; and a breakpoint is
    left without meeting it again."""
    with debugging.machine(t, smp=1, cmd="turns 2 1000", icount=10, append=["quantum=4"]) as m:
        said = debugging.gdb(m, [MAIN, "continue", "delete", "break upcall_timer", "stepi 9000",
                                 "delete", "break sched_timer", "continue", "set $first = $rsp",
                                 "continue", "print $_hit_bpnum"])
        said.expect(r"^Breakpoint \d+, upcall_timer \(frame=0x")
        said.expect(r"^Breakpoint \d+, sched_timer \(")
        said.expect(r"^Breakpoint \d+, sched_timer \(")


def test_time_stands_still_while_stopped(t):
    """Seconds of the host's are no time for a machine that is stopped in the middle of a switch: of those that pass
    between two switches it has had two less."""
    with debugging.machine(t, smp=4, cmd="turns 2 1000") as m:
        said = debugging.gdb(m, IN_A_SWITCH + [
            "break switch_context", "continue", "up", "set $before = rq->slice_end", "shell date +host:%s%N",
            "shell sleep 2", "continue", "shell date +host:%s%N", "up",
            "print (rq->slice_end - $before) / 1000000", "delete", "continue"])
        begin, end = (int(said.expect(r"^host:(\d+)$").group(1)) // 1000000 for _ in range(2))
        elapsed = int(said.expect(r"^\$\d+ = (\d+)$").group(1))
        # The host may have been slow to say when it began.
        if elapsed > end - begin - 1000:
            said.fail("expected less than %d - 1000 ms between two switches, not %d" % (end - begin, elapsed))
        m.ended(limit=60)


# ---- Symbols ---------------------------------------------------------------------------------------


def test_symbols_follow_exec(t):
    """Two programs one after the other, each with its own main()."""
    for smp in WIDTHS:
        with debugging.machine(t, smp=smp, cmd="true; lost; turns 2 10") as m:
            said = debugging.gdb(m, [
                'break main if $process("lost")', "continue", "info symbol main", "delete", MAIN,
                "continue", "info symbol main", "print $process()", "tarae maps $process()",
                "tarae pagetable &shared", "tarae pagetable $process() $rsp",
                "tarae pagetable kernel_main"])
            said.expect(r"main \(argc=1, argv=0x\w+\) at user/demos/lost.c:\d+$")
            said.expect(r"^main in section .text of .*/user/demos/lost$")
            said.expect(r"main \(argc=3, argv=0x\w+\) at user/demos/turns.c:\d+$")
            said.expect(r"^main in section .text of .*/user/demos/turns$")
            said.expect(r"^0+400000 \w+ +4 r--p /demos/turns\n\w+ \w+ +\d+ r-xp /demos/turns$")
            said.expect(r"^00007f\w+ 00007ffffffff000 +132 rw-p \[stack\]$")
            said.expect(r"^  PML4 \[  0\]  \w+  writable, user, accessed, executable$")
            said.expect(r"^  PT   \[\d+\]  \w+  .*no-execute$")
            said.expect(r"^  physical 0x\w+$")
            said.expect(r"^  PML4 \[511\]  ")
            said.expect(r"^  PT   \[\d+\]  \w+  (accessed, )?(global, )?executable$")


def test_another_kernel_is_refused(t):
    """By its build-id: in memory before its first instruction, and running."""
    wrong = os.path.join(t.build, "kernel.elf")
    with debugging.machine(t) as m:
        refused(debugging.gdb(m, ["tarae ps"], kernel=wrong))
        said = debugging.gdb(m, ["break kernel_main", "continue"])
        said.expect(r"^Thread 1 hit Breakpoint 1, kernel_main \(\)")
        said.expect_not("is not the one in")
        refused(debugging.gdb(m, ["tarae ps"], kernel=wrong))


def refused(said):
    said.expect(r"^The kernel in the machine is not the one in .*kernel.elf:")
    said.expect(r"^  in the machine  ")
    said.expect_not("process 0")


def test_no_argument_is_optimized_out(t):
    """Every argument of every function in sched/, sync/ and arch/ lies in its stack frame, for all of its run."""
    kernel = os.path.join(t.build, "kernel-debug.elf")
    done = subprocess.run([debugger.find_gdb(), "-nx", "-q", "-batch", "-ex",
                           "source tests/runner_lib/gdb_arguments.py", kernel],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True,
                          timeout=100 * t.slow, env=debugger.gdb_environment())
    counted = re.search(r"^(\d+) functions, (\d+) arguments, 0 not always there$", done.stdout, re.M)
    if not counted or int(counted.group(1)) < 200:
        raise Failure("expected every argument to be there always", done.stdout[-3000:])


# ---- What is shown ---------------------------------------------------------------------------------


def test_printers_and_pictures(t):
    for smp in WIDTHS:
        with debugging.machine(t, smp=smp, cmd="turns 2 1000", append=["trace=on"]) as m:
            said = debugging.gdb(m, IN_A_SWITCH + [
                "next 3", "print *rq", "print rq->lock", "print *previous", "print *init_process",
                "print rq->ready", "print init_process->child_events", "delete",
                "tarae step-switch", "stepi 9", "tarae step-switch", "tarae trace 50"])
            said.expect(r"= run queue of CPU 0: runs [34] \(turns\), \d ready$")
            said.expect(r'= spinlock "run queue", held by CPU 0 since \w+\+0x\w+$')
            said.expect(r"= thread [34] \(turns\) of process [34], ")
            said.expect(r"= process 1 \(init\), ALIVE, 1 threads$")
            said.expect(r"= list = \{0xffff")
            said.expect(r"= wait queue: 1 \(init\)$")
            for _ in range(2):
                said.expect(r"^CPU \d switches at \d+\.\d+ ms\n  goes out: \d+ \(\w+\) +\| comes in \d+ ")
                said.expect(r"^  rsp  ffffc0\w{10} +\| rsp  ffff\w{12}$")
                said.expect(r"^    switch_to_next\+0x")
            said.expect(r"^ +\d+\.\d{6} ms  CPU \d +\d+  SWITCH +thread \d+ \(\w+\)$")
