# SPDX-License-Identifier: MIT
"""tarae runq, waitq, step-switch: who is next, who sleeps where, and the switch itself."""

import gdb

from . import connection, kernel, threads

SHOWN_WORDS = 9
COLUMN = 38


def run_queues():
    """The run queues of the CPUs that have been started."""
    queues = kernel.variable("run_queues", "kernel/sched/runq.c")
    for _, cpu in kernel.cpus():
        if cpu is not None:
            yield queues[int(cpu["id"])]


class RunQueues(kernel.Command):
    """Each CPU's run queue: who runs, and who waits for the CPU, the next first.

    tarae runq"""

    name = "runq"

    def run(self, words):
        for queue in run_queues():
            print("CPU %d: runs %s; %d switches%s" % (
                int(queue["id"]), kernel.name_of(queue["running"]), int(queue["switches"]),
                self.slice(queue)))
            ready = list(kernel.items(queue["ready"], "thread", "run_node"))
            for place, thread in enumerate(ready, 1):
                print("  %2d. %s" % (place, kernel.name_of(thread)))
            if not ready:
                print("  nobody waits")

    @staticmethod
    def slice(queue):
        if kernel.number(queue["running"]) == kernel.number(queue["idle"]):
            return ""
        return "; its slice ends at %s" % kernel.milliseconds(int(queue["slice_end"]))


# ---- Wait queues -------------------------------------------------------------------------------------


def waiter_of(thread):
    """The struct waiter by which a BLOCKED thread hangs in a wait queue; None: it waits for time
    only, or in several queues at once (poll). It lies on the sleeper's own stack: the word there
    that points at its struct wait is the one inside it."""
    wait, top = kernel.number(thread["waiting"]), kernel.stack_top(thread)
    low = kernel.number(thread["context"]["rsp"])
    memory = bytes(gdb.selected_inferior().read_memory(low, top - low))
    for at in range(0, len(memory), kernel.WORD):
        if int.from_bytes(memory[at:at + kernel.WORD], "little") != wait:
            continue
        waiter = kernel.at(low + at - kernel.offset_of("waiter", "wait"), "waiter")
        if linked(waiter):
            return waiter
    return None


def queue_of(thread):
    """The struct wait_queue in which it hangs, or None."""
    waiter = waiter_of(thread)
    return None if waiter is None else waiter["queue"].dereference()


def linked(waiter):
    """It is what it looks like: its queue knows it."""
    try:
        own = kernel.address_of(waiter["node"])
        return any(kernel.number(node) == own
                   for node in kernel.nodes(waiter["queue"]["waiters"]))
    except (gdb.MemoryError, gdb.GdbError):
        return False


def sleepers():
    """Every BLOCKED thread with its wait queue or None."""
    for thread in kernel.threads():
        if kernel.state(thread) == "BLOCKED" and kernel.number(thread["waiting"]):
            yield thread, queue_of(thread)


def waiting_threads(queue):
    """The threads in a wait queue, the first that will be woken first."""
    for waiter in kernel.items(queue["waiters"], "waiter", "node"):
        yield waiter["wait"]["thread"].dereference()


def lock_name(lock):
    """What a lock was called when it was made; only checked builds keep that."""
    return kernel.text(lock["name"]) if kernel.has_field("spinlock", "name") else "?"


class WaitQueues(kernel.Command):
    """The wait queues somebody sleeps in, and who, the first to be woken first.

    tarae waitq
    tarae waitq QUEUE      one queue: an expression, as in `tarae waitq &init_process->child_events`
                           """

    name, takes = "waitq", 64

    def run(self, words):
        if words:
            queue = kernel.at(kernel.argument(" ".join(words)), "wait_queue")
            self.show(queue)
            return
        alone, shown = [], set()
        for thread, queue in sleepers():
            if queue is None:
                alone.append(thread)
            elif kernel.address_of(queue) not in shown:
                shown.add(kernel.address_of(queue))
                self.show(queue)
        if alone:
            print("for a time or a futex, or in several queues:")
        for thread in alone:
            self.show_thread(thread)
        if not shown and not alone:
            print("nobody sleeps")

    def show(self, queue):
        print("%s at 0x%x:" % (lock_name(queue["lock"]), kernel.address_of(queue)))
        for thread in waiting_threads(queue):
            self.show_thread(thread)

    @staticmethod
    def show_thread(thread):
        print("    %s %s" % (kernel.name_of(thread), threads.waits_for(thread)))


# ---- The switch --------------------------------------------------------------------------------------


class SwitchStop:
    """The last switch at which `tarae step-switch` stopped."""

    breakpoint = None


def at_switch():
    return kernel.place(kernel.register("rip")) == "switch_context"


def thread_of_context(address):
    return kernel.at(address - kernel.offset_of("thread", "context"), "thread")


def stack_words(address, top, count):
    """[(address, word)] upward from `address`."""
    words = []
    for at in range(address, min(top, address + count * kernel.WORD), kernel.WORD):
        words.append((at, kernel.word_at(at)))
    return words


def meaning(word):
    """A word of a stack: the place in the code if it is one, else the number."""
    return kernel.place(word) if kernel.is_code(word) else "%x" % word


class Side:
    """One half of the picture: a thread, its registers, the top of its stack."""

    def __init__(self, thread, registers, words):
        self.thread, self.registers, self.words = thread, registers, words

    def lines(self, title):
        thread = self.thread
        yield "%s %s" % (title, kernel.name_of(thread))
        yield "%s, process %d" % (kernel.state(thread), int(thread["process"]["pid"]))
        yield threads.waits_for(thread).partition(",")[0]
        for name in threads.SAVED[:-1] + ("rsp",):
            yield "%-4s %016x" % (name, self.registers[name])
        yield "goes on at" if title.endswith("in") else "will go on at"
        yield "  " + meaning(self.registers["rip"])
        yield "its stack, from RSP upward:"
        for address, word in self.words:
            yield "%s  %s" % (("%x" % address)[-5:], meaning(word))


def outgoing(thread):
    """The one that leaves: switch_context() has just been called, nothing is pushed yet."""
    registers = {name: kernel.register(name) for name in threads.SAVED[:-1] + ("rsp",)}
    registers["rip"] = kernel.word_at(registers["rsp"])
    return Side(thread, registers,
                stack_words(registers["rsp"], kernel.stack_top(thread) or ~0, SHOWN_WORDS))


def incoming(thread):
    registers = threads.saved_registers(thread)
    return Side(thread, registers, stack_words(kernel.number(thread["context"]["rsp"]),
                                               kernel.stack_top(thread), SHOWN_WORDS))


class StepSwitch(kernel.Command):
    """Runs to the next context switch, on whichever CPU, and draws it; again: to the one after.

    tarae step-switch

Stops at the first instruction of switch_context(): the thread that goes out still has its registers
and is about to push them; those of the thread that comes in lie on its stack since it went out
itself. `stepi` from here walks through the switch. RSP's last digits stand before each word."""

    name = "step-switch"

    def run(self, words):
        SwitchStop.breakpoint = connection.HiddenBreakpoint("*(long)&switch_context", lambda: True)
        try:
            gdb.execute("continue", to_string=True)
        finally:
            if SwitchStop.breakpoint.is_valid():
                SwitchStop.breakpoint.delete()
        if not gdb.selected_inferior().threads():
            raise gdb.GdbError("the machine has ended before another switch")
        if not at_switch():
            gdb.execute("frame 0")
            return
        self.draw()

    @staticmethod
    def draw():
        leaves, comes = (thread_of_context(kernel.register(name)) for name in ("rdi", "rsi"))
        cpu = kernel.this_cpu()
        print("CPU %d switches at %s" % (int(cpu["id"]),
                                        kernel.milliseconds(int(comes["run_start"]))))
        left = list(outgoing(leaves).lines("goes out:"))
        right = list(incoming(comes).lines("comes in"))
        for index in range(max(len(left), len(right))):
            pair = [side[index] if index < len(side) else "" for side in (left, right)]
            print(("  %-*s | %s" % (COLUMN, pair[0][:COLUMN], pair[1])).rstrip())


RunQueues()
WaitQueues()
StepSwitch()
