# SPDX-License-Identifier: MIT
"""How the main structs print, in one line each, and $thread(), $process().

    (gdb) print *rq
    run queue of CPU 0: runs 3 (turns), 1 ready

`print /r *rq` shows all fields, raw.
"""

import gdb
from gdb.printing import RegexpCollectionPrettyPrinter, register_pretty_printer

from . import kernel

SHOWN_NODES = 100


class Line:
    """A struct as one line: a subclass gives text(value)."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        try:
            return self.text(self.value)
        except gdb.MemoryError:
            return "(cannot be read)"

    def text(self, value):
        raise NotImplementedError


class ListPrinter:
    """A struct list: its nodes in order."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        return "list"

    def children(self):
        if not kernel.number(self.value["head"]["next"]):
            return
        for index, node in enumerate(kernel.nodes(self.value)):
            if index == SHOWN_NODES:
                return
            yield str(index), node

    @staticmethod
    def display_hint():
        return "array"


class ThreadPrinter(Line):
    def text(self, value):
        waiting = value["waiting"]
        why = ", waits: " + kernel.text(waiting["reason"]) if kernel.number(waiting) else ""
        return "thread %s of process %d, %s%s, CPU %d" % (
            kernel.name_of(value), int(value["process"]["pid"]), kernel.state(value), why,
            int(value["cpu"]))


class ProcessPrinter(Line):
    def text(self, value):
        return "process %d (%s), %s, %d threads" % (
            int(value["pid"]), kernel.text(value["name"]),
            kernel.enum_name(value["state"], "PROCESS_"), int(value["thread_count"]))


class RunQueuePrinter(Line):
    def text(self, value):
        return "run queue of CPU %d: runs %s, %d ready" % (
            int(value["id"]), kernel.name_of(value["running"]), int(value["ready_count"]))


class SpinlockPrinter(Line):
    def text(self, value):
        name, holder = "spinlock", "held" if value["held"] else "free"
        if kernel.has_field("spinlock", "owner"):
            name = 'spinlock "%s"' % kernel.text(value["name"])
            owner = int(value["owner"]) & kernel.ADDRESS_MASK
            if owner:
                holder = "held by CPU %d since %s" % (int(kernel.at(owner, "cpu")["id"]),
                                                      kernel.place(int(value["taken_at"])))
        return "%s, %s" % (name, holder)


class MutexPrinter(Line):
    def text(self, value):
        owner = int(value["owner"]) & kernel.ADDRESS_MASK & ~1
        holder = "held by " + kernel.name_of(kernel.at(owner, "thread")) if owner else "free"
        return "mutex, %s, %d waiting" % (holder,
                                          len(list(kernel.nodes(value["queue"]["waiters"]))))


class WaitQueuePrinter(Line):
    def text(self, value):
        waiters = kernel.items(value["waiters"], "waiter", "node")
        names = [kernel.name_of(waiter["wait"]["thread"]) for waiter in waiters]
        return "wait queue: " + (", ".join(names) or "nobody")


class WaitPrinter(Line):
    def text(self, value):
        end = str(value["end"]).removeprefix("WAIT_").lower()
        return "wait of %s for %s%s" % (kernel.name_of(value["thread"]),
                                        kernel.text(value["reason"]),
                                        ": " + end if int(value["end"]) else "")


class TrapFramePrinter(Line):
    def text(self, value):
        vector, level = int(value["vector"]), "user" if int(value["cs"]) & 3 else "kernel"
        what = "system call %d" % int(value["orig_rax"]) if vector == 256 else "trap %d" % vector
        return "trap frame: %s from %s mode, rip 0x%x, rsp 0x%x, rax 0x%x" % (
            what, level, int(value["rip"]), int(value["rsp"]), int(value["rax"]))


class UserAddressPrinter(Line):
    def text(self, value):
        return "user 0x%x" % int(value["raw"])


def register_printers():
    printers = RegexpCollectionPrettyPrinter("tarae")
    for name, printer in (
            ("list", ListPrinter), ("thread", ThreadPrinter), ("process", ProcessPrinter),
            ("run_queue", RunQueuePrinter), ("spinlock", SpinlockPrinter), ("mutex", MutexPrinter),
            ("wait_queue", WaitQueuePrinter), ("wait", WaitPrinter),
            ("trap_frame", TrapFramePrinter), ("user_addr_t", UserAddressPrinter)):
        printers.add_printer(name, "^%s$" % name, printer)
    register_pretty_printer(None, printers, replace=True)


# ---- Who runs? ---------------------------------------------------------------------------------------


class Identity(gdb.Function):
    """Who runs on the selected CPU, or with an argument, whether it is that one (1 or 0)."""

    def invoke(self, *arguments):
        thread = kernel.current()
        if not arguments:
            return -1 if thread is None else self.number_of(thread)
        if len(arguments) > 1:
            raise gdb.GdbError("one argument at most: a number or a name")
        wanted = arguments[0]
        if thread is None:
            return 0
        if wanted.type.strip_typedefs().code == gdb.TYPE_CODE_INT:
            return int(self.number_of(thread) == int(wanted))
        return int(self.name_of(thread) == wanted.string())


class ThreadFunction(Identity):
    """$thread(): number of the thread that runs on the selected CPU (idle: 0, before the first: -1).
$thread(TID), $thread("NAME"): 1 if it is that one, else 0."""

    def __init__(self):
        super().__init__("thread")

    number_of = staticmethod(lambda thread: int(thread["tid"]))
    name_of = staticmethod(lambda thread: kernel.text(thread["name"]))


class ProcessFunction(Identity):
    """$process(): number of the process that runs on the selected CPU (the kernel's: 0).
$process(PID), $process("NAME"): 1 if it is that one, else 0."""

    def __init__(self):
        super().__init__("process")

    number_of = staticmethod(lambda thread: int(thread["process"]["pid"]))
    name_of = staticmethod(lambda thread: kernel.text(thread["process"]["name"]))


register_printers()
ThreadFunction()
ProcessFunction()
