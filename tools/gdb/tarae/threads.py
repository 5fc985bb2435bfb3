# SPDX-License-Identifier: MIT
"""tarae ps, thread, stacks: what each thread does, and how deep it is in it."""

import gdb

from . import kernel, programs

# What a checked build writes into a stack when it makes one (mm/kstack.c).
UNUSED = b"\x5b" * kernel.WORD
SAVED = ("r15", "r14", "r13", "r12", "rbx", "rbp", "rip")
DEPTH = 40


def since(thread):
    """When it left the CPU, in the kernel's time: since boot."""
    return "since %s" % kernel.milliseconds(int(thread["run_start"]))


def waits_for(thread):
    if not kernel.number(thread["waiting"]):
        return ""
    return "waits: %s, %s" % (kernel.text(thread["waiting"]["reason"]), since(thread))


def thread_line(thread):
    return "  %5d %-8s  CPU %d  %-15s %s" % (
        int(thread["tid"]), kernel.state(thread), int(thread["cpu"]),
        kernel.text(thread["name"]), waits_for(thread))


class Ps(kernel.Command):
    """Every process with its threads: state, CPU, what a blocked one waits for and since when.

    tarae ps

Processes are shown below their parents. RUNNING threads are on a CPU now, RUNNABLE ones in a run
queue (tarae runq), BLOCKED ones asleep until somebody wakes them (tarae waitq). Times are the
kernel's: since boot."""

    name = "ps"

    def run(self, words):
        threads = list(kernel.threads())
        owned = {}
        for thread in threads:
            owned.setdefault(kernel.number(thread["process"]), []).append(thread)
        children = {}
        for process in kernel.processes():
            children.setdefault(kernel.number(process["parent"]), []).append(process)
        for process in children.get(0, []):
            self.show(process, owned, children, 0)

    def show(self, process, owned, children, depth):
        state = kernel.enum_name(process["state"], "PROCESS_")
        print("%sprocess %d %s%s" % (
            "  " * depth, int(process["pid"]), kernel.text(process["name"]),
            "" if state == "ALIVE" else " " + state))
        for thread in owned.get(kernel.address_of(process), []):
            print("  " * depth + thread_line(thread).rstrip())
        for child in children.get(kernel.address_of(process), []):
            self.show(child, owned, children, depth + 1)


# ---- Backtraces of threads that do not run -------------------------------------------------------


def saved_registers(thread):
    """The registers of a thread that does not run, from its kernel stack: what switch_context()
    pushed, and RSP above it."""
    frame = kernel.at(thread["context"]["rsp"], "switch_frame")
    names = [field.name for field in frame.type.fields()]
    values = dict(zip(SAVED, (int(frame[name]) for name in names)))
    values["rsp"] = kernel.number(frame.address) + frame.type.sizeof
    return values


class InPlaceOf:
    """with InPlaceOf(thread): gdb sees the selected CPU as if it ran `thread`: its registers and
    its page table are lent to the CPU, and given back afterwards. The machine does not run
    meanwhile, so it never notices."""

    def __init__(self, thread):
        self.thread = thread

    def __enter__(self):
        self.selection = kernel.Selection()
        self.selection.__enter__()
        wanted = saved_registers(self.thread)
        table = self.thread["page_table"]
        if kernel.number(table):
            wanted["cr3"] = int(table["root"])
        self.before = {name: kernel.register(name) for name in wanted}
        self.set(wanted)

    def __exit__(self, *_):
        self.set(self.before)
        self.selection.__exit__()

    @staticmethod
    def set(values):
        for name, value in values.items():
            kernel.set_register(name, value)


def show_backtrace(thread):
    runner = kernel.runner(thread)
    process = thread["process"].dereference()
    with kernel.Selection():
        if runner:
            runner.switch()
            gdb.newest_frame().select()
            with programs.Borrowed(process):
                gdb.execute("backtrace %d" % DEPTH)
        elif kernel.stack_top(thread):
            with programs.Borrowed(process), InPlaceOf(thread):
                gdb.execute("backtrace %d" % DEPTH)


class Thread(kernel.Command):
    """The backtrace of any thread, running or not.

    tarae thread TID

Down its kernel stack, through the trap frame with which it entered the kernel, and on into its user
stack, with its program's symbols."""

    name, takes = "thread", 1

    def run(self, words):
        if len(words) != 1:
            raise gdb.GdbError("tarae thread TID: see `tarae ps` for the numbers")
        thread = kernel.find_thread(kernel.argument(words[0]))
        print("thread %s of process %d: %s, CPU %d %s" % (
            kernel.name_of(thread), int(thread["process"]["pid"]), kernel.state(thread),
            int(thread["cpu"]), waits_for(thread)))
        show_backtrace(thread)


# ---- Depth of stacks ---------------------------------------------------------------------------------


def deepest(top, size):
    """Bytes of the stack that ends at `top` that were ever written to; None: not known."""
    memory = bytes(gdb.selected_inferior().read_memory(top - size, size))
    if not memory.startswith(UNUSED):
        return None
    reached = (at for at in range(0, size, kernel.WORD) if memory[at:at + kernel.WORD] != UNUSED)
    return size - next(reached, size)


class Stacks(kernel.Command):
    """How deep each kernel stack is now, and how deep it ever went.

    tarae stacks

A stack is used again by other threads: the deepest point is that of the stack, not of the
thread. Only checked builds mark what has not been reached yet. The first idle thread runs on the
boot stack instead."""

    name = "stacks"

    def run(self, words):
        size = kernel.STACK_SIZE
        print("  TID  NAME             NOW  DEEPEST of %d" % size)
        for thread in kernel.threads():
            top = kernel.stack_top(thread)
            if not top:
                continue
            used = deepest(top, size)
            print(("%5d  %-15s %4s  %7s  %s" % (
                int(thread["tid"]), kernel.text(thread["name"]), self.now(thread, top),
                "?" if used is None else used, "#" * ((used or 0) * 32 // size))).rstrip())

    @staticmethod
    def now(thread, top):
        if kernel.state(thread) == kernel.RUNNING:
            return "-"
        return str(top - kernel.number(thread["context"]["rsp"]))


Ps()
Thread()
Stacks()
