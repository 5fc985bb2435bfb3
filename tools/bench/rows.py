# SPDX-License-Identifier: MIT
"""The rows of the benchmark, in the order of the table: what each measures and what it should cost.

A goal is an upper limit, but for those in AT_LEAST. What the rows do is in user/bin/bench, for
those of the group "kernel" and the spinlock's in tests/kernel/bench.c, for those of "boot" in
measure.py.
"""

INSTRUCTIONS = "instructions"
AT_LEAST = ("free_64", "threads_max", "processes_max", "speedup", "fork_speedup", "fault_speedup",
            "spin_fairness")


class Row:
    def __init__(self, group, name, title, unit, goal):
        self.group, self.name, self.title, self.unit, self.goal = group, name, title, unit, goal
        self.counted = unit == INSTRUCTIONS

    def limit(self, figures, cpus):
        """The goal as a number; None: there is none, or it hangs on a row without a figure."""
        return self.goal(figures, cpus) if callable(self.goal) else self.goal

    def reached(self, figure, limit):
        """Whether a figure is as good as the goal; True without one."""
        if limit is None:
            return True
        return figure >= limit if self.name in AT_LEAST else figure <= limit


def near(name, factor):
    """A goal: no more than so many times another row."""
    return lambda figures, cpus: figures[name] * factor if name in figures else None


def per_cpu(factor):
    """A goal: so much for each CPU."""
    return lambda figures, cpus: factor * cpus


_INSTRUCTIONS = (
    ("calls", "null", "null system call (getppid)", 70),
    ("threads", "yield_threads", "sched_yield, 2 threads, per switch", 200),
    ("processes", "yield_processes", "sched_yield, 2 processes, per switch", 220),
    ("threads", "yield_1024", "sched_yield, 1,024 threads, per switch",
     near("yield_threads", 1.05)),
    ("threads", "yield_8192", "sched_yield, 8,192 threads, per switch",
     near("yield_threads", 1.05)),
    ("threads", "futex_threads", "futex round trip, 2 threads", 1000),
    ("processes", "futex_processes", "futex round trip, 2 processes", 1100),
    ("threads", "sem_threads", "semaphore round trip, 2 threads", 1200),
    ("processes", "sem_processes", "semaphore round trip, 2 processes", 1300),
    ("processes", "pipe", "pipe round trip, 1 byte, 2 processes", 1600),
    ("processes", "pipe_mib", "pipe, per MiB in 64 KiB writes", 350000),
    ("threads", "thread", "thread create + join", 5000),
    ("processes", "fork_exit", "fork + exit + wait, small process", 15000),
    ("processes", "fork_exec", "fork + exec + wait, tiny program", 35000),
    ("processes", "exec", "exec alone, tiny program", 18000),
    ("memory", "fault", "anonymous page fault, write", 900),
    ("memory", "map", "mmap + munmap, 1 page, untouched", 1000),
    ("memory", "map_touch", "mmap + munmap, 1 page, written", 2500),
    ("threads", "mutex", "mutex lock + unlock, uncontended, user", 20),
    ("kernel", "kernel_switch", "kernel thread switch, in the kernel", 60),
    ("kernel", "kernel_sem", "kernel semaphore round trip, in the kernel", 250),
    # A quarter of Linux's (6,116, 1,782, 3,884, 3,822 and 4,125).
    ("calls", "open_close", "open + close, tmpfs", 1529),
    ("calls", "pread", "read 4 KiB from tmpfs", 445),
    ("calls", "stat", "stat of a path of 3 names", 971),
    ("calls", "signal", "signal delivery + return", 955),
    ("calls", "sleep", "timer sleep of 1 ms: how much later it ends", 1031),
)

_OTHERS = (
    ("space", "process_bytes", "kernel memory of a process", "bytes", 40960),
    ("space", "thread_bytes", "kernel memory of a thread", "bytes", 20480),
    ("space", "threads_max", "threads in 512 MiB", "threads", None),
    ("space", "processes_max", "processes in 512 MiB", "processes", None),
    ("boot", "image", "kernel image, as loaded", "bytes", None),
    ("boot", "free_64", "free after boot of 64 MiB", "KiB", 56 * 1024),
    ("boot", "boot_512", "kernel entry to first user instruction, 512 MiB", INSTRUCTIONS,
     20000000),
    ("boot", "boot_4096", "kernel entry to first user instruction, 4 GiB", INSTRUCTIONS,
     near("boot_512", 1.10)),
    ("boot", "prompt", "QEMU's start to the prompt", "ms", None),
    ("boot", "prompt_grub", "QEMU's start to the prompt, through GRUB", "ms", None),
    ("parallel", "speedup", "speedup of computing threads", "x", None),
    ("parallel", "fork_speedup", "speedup of fork + exit + wait", "x", per_cpu(0.8)),
    ("parallel", "fault_speedup", "speedup of page faults", "x", per_cpu(0.8)),
    ("parallel", "sem_cpus", "semaphore round trip between two CPUs, to one on one CPU", "x",
     None),
    ("parallel", "spin_handoff", "spinlock with all CPUs after it, to one alone", "x", None),
    ("parallel", "spin_fairness", "its fewest by one CPU, to its most by one", "x", None),
)

ROWS = [Row(group, name, title, INSTRUCTIONS, goal) for group, name, title, goal in _INSTRUCTIONS]
ROWS += [Row(*row) for row in _OTHERS]
BY_NAME = {row.name: row for row in ROWS}
GROUPS = list(dict.fromkeys(row.group for row in ROWS))
# Of these the clock tells more than instructions: loading CR3 is one of them.
TIMED = ("threads", "processes")
