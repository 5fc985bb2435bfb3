# SPDX-License-Identifier: MIT
"""Recordings made by hand, for the tests of tools/timeline and tools/memory."""

from timeline.ring import Event, Recording

MS = 1000000


def event(ms, cpu, kind, tid, detail=0, other=0, other_pid=0, a=0, b=0, name=""):
    return Event(round(ms * MS), cpu, kind, detail, tid, other, other_pid, a, b, name)


def small():
    """Two CPUs, two processes: `ping` (2) writes to a pipe on which `pong` (3, with a thread 4)
    waits; a lock is handed over, a page fault, timer interrupts, an exit."""
    return Recording([
        event(0, 0, "switch", 0, 2, 2, 2, name="ping"),
        event(1, 0, "exec", 2, 0, 2, 2, name="ping"),
        event(2, 0, "fork", 2, 0, 3, 3, name="pong"),
        event(2.5, 1, "switch", 0, 2, 3, 3, name="pong"),
        event(3, 1, "thread", 3, 0, 4, 3, name="helper"),
        event(4, 1, "syscall", 3, a=0, b=5),
        event(4.5, 1, "block", 3, name="pipe read"),
        event(5, 1, "switch", 3, 3, 4, 3, name="helper"),
        event(6, 0, "syscall", 2, a=1, b=4),
        event(6.1, 0, "wake", 2, other=3, a=1, name="pipe read"),
        event(6.5, 0, "syscall-end", 2, a=1, b=1),
        event(7, 1, "irq", 4, a=0xd0),
        event(7.01, 1, "irq-end", 4, a=0xd0),
        event(7.02, 1, "preempt", 4),
        event(7.1, 1, "switch", 4, 1, 3, 3, name="pong"),
        event(7.5, 1, "syscall-end", 3, a=0, b=1),
        event(8, 1, "fault", 3, a=0x1000, b=6),
        event(8.2, 1, "fault-end", 3, a=0x1000, b=6),
        event(8.5, 1, "block", 3, name="mutex"),
        event(9, 1, "switch", 3, 3, 4, 3, name="helper"),
        event(10, 1, "handoff", 4, other=3, name="inode"),
        event(10.01, 1, "wake", 4, other=3, a=0, name="mutex"),
        event(10.02, 1, "migrate", 4, other=3, a=1, b=0),
        event(11, 0, "exit", 2, a=0, b=1),
        event(12, 0, "switch", 2, 4, 3, 3, name="pong"),
        event(20, 1, "switch", 4, 3, 0, 0, name="idle"),
    ], 0, 2)


def random_recording(random, count):
    """Events in no sensible order at all, as after a loss: nothing may break."""
    kinds = ("switch", "wake", "block", "preempt", "migrate", "irq", "irq-end", "ipi", "syscall",
             "syscall-end", "fault", "fault-end", "fork", "exec", "exit", "thread", "contended",
             "acquired", "handoff", "none")
    events, time = [], 0
    for _ in range(count):
        time += random.choice((0, 0.00001, 0.5))
        kind = random.choice(kinds)
        tid = random.randrange(5)
        other = random.randrange(5) if kind == "switch" else random.randrange(1, 5)
        if kind in ("exec", "block"):
            tid = tid or 1
        events.append(event(time, random.randrange(3), kind, tid, random.randrange(5), other,
                            other // 2, random.randrange(3), random.randrange(3), "n%d" % tid))
    return Recording(events, random.randrange(2), 3)


def process(pid, parent, root, name, threads, *regions):
    return "".join(["process %d %d %x 5 %s\n" % (pid, parent, root, name)] +
                   ["thread %d %x %s\n" % (tid, stack, name) for tid, stack in threads] + list(regions))


def region(start, pages, mode, name, *frames):
    """`frames`: (number, references, "cow" or "-"), from the region's first page on."""
    lines = ["region %x %x %s %s\n" % (start, start + pages * 4096, mode, name)]
    return "".join(lines + ["page %x %x %d %s\n" % (start + 4096 * i, *frame)
                            for i, frame in enumerate(frames)])


def shell(pid, parent, root, stack_frame, data_frame, *more, threads=None):
    code = region(0x401000, 2, "r-xp", "/bin/sh", (0x50, 3, "cow"), (0x51, 3, "cow"))
    return process(pid, parent, root, "sh", threads or [(pid, 0)], code,
                   region(0x403000, 1, "rw-p", "/bin/sh", data_frame), *more,
                   region(0x7ffffffde000, 33, "rw-p", "[stack]", stack_frame))


OWN, OWN_DATA = (0x10, 1, "-"), (0x11, 1, "-")
COW, COW_DATA = (0x10, 2, "cow"), (0x11, 2, "cow")
THREAD = [region(0x7fff00000000, 1, "---p", ""),
          region(0x7fff00001000, 16, "rw-p", "", (0x30, 1, "-"))]
LS = process(3, 2, 0x9000, "ls", [(3, 0)],
             region(0x401000, 1, "r-xp", "/bin/ls", (0x60, 2, "cow")),
             region(0x7ffffffde000, 33, "rw-p", "[stack]", (0x20, 1, "-")))

# What the kernel writes down of: a fork, an exec of the child, a thread, an exec that fails.
MOMENTS = [
    "moment 1000000 2 2 before fork\n" + shell(2, 1, 0x7000, OWN, OWN_DATA),
    "moment 2000000 2 2 after fork\n" + shell(2, 1, 0x7000, COW, COW_DATA) +
    shell(3, 2, 0x8000, COW, COW_DATA),
    "moment 3000000 3 3 before exec\n" + shell(2, 1, 0x7000, COW, COW_DATA) +
    shell(3, 2, 0x8000, COW, COW_DATA),
    "moment 4000000 3 3 after exec\n" + shell(2, 1, 0x7000, OWN, OWN_DATA) + LS,
    "moment 5000000 2 2 before thread\n" + shell(2, 1, 0x7000, OWN, OWN_DATA, *THREAD),
    "moment 6000000 2 2 after thread\n" +
    shell(2, 1, 0x7000, OWN, OWN_DATA, *THREAD, threads=[(2, 0), (4, 0x7fff00010000)]),
    "moment 7000000 2 2 before exec\n" + shell(2, 1, 0x7000, OWN, OWN_DATA),
]
