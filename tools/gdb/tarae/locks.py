# SPDX-License-Identifier: MIT
"""tarae locks: which are held, by whom, since which place, and who waits for whom.

Only checked builds (CHECKS=1) write down who holds what.
"""

import gdb

from . import kernel, scheduler

CONTENDED = 1
# The reason of a wait (struct wait) that tells in what its queue lies.
KINDS = {"mutex": "mutex", "rwlock (read)": "rwlock", "rwlock (write)": "rwlock"}


class Lock:
    """A lock that somebody holds or waits for."""

    def __init__(self, kind, value):
        self.kind, self.value = kind, value
        self.waiting = []

    def name(self):
        return "%s %s (0x%x)" % (self.kind, scheduler.lock_name(self.queue_lock()),
                                 kernel.address_of(self.value))

    def queue_lock(self):
        return self.value["queue"]["lock"]

    def holders(self):
        """The threads that are known to hold it: a lock's readers are only counted."""
        if self.kind == "mutex":
            owner = int(self.value["owner"]) & kernel.ADDRESS_MASK & ~CONTENDED
        else:
            owner = kernel.number(self.value["writer"])
        return [kernel.at(owner, "thread")] if owner else []

    def held(self):
        if self.kind == "rwlock" and int(self.value["readers"]):
            return "held by %d readers" % int(self.value["readers"])
        owners = ", ".join(kernel.name_of(thread) for thread in self.holders())
        return "held by %s" % owners if owners else "free"

    def since(self):
        if self.kind != "mutex" or not kernel.has_field("mutex", "taken_at"):
            return ""
        return ", since %s" % kernel.place(int(self.value["taken_at"]))


def chain(first):
    """Locks of one holder, the last taken first."""
    while kernel.number(first):
        yield first.dereference()
        first = first["previous_held"]


def spinlocks():
    """[(CPU's number, struct spinlock)] held now."""
    held = kernel.variable("held", "kernel/base/spinlock.c")
    for _, cpu in kernel.cpus():
        if cpu is not None:
            for lock in chain(held[int(cpu["id"])]):
                yield int(cpu["id"]), lock


def sleeping_locks():
    """All mutexes and rwlocks that are held (mutexes) or waited for, by address."""
    found = {}
    for thread in kernel.threads():
        for mutex in chain(thread["mutexes_held"]):
            found.setdefault(kernel.address_of(mutex), Lock("mutex", mutex))
    for thread, queue in scheduler.sleepers():
        kind = KINDS.get(kernel.text(thread["waiting"]["reason"]))
        if kind and queue is not None:
            address = kernel.address_of(queue) - kernel.offset_of(kind, "queue")
            lock = found.setdefault(address, Lock(kind, kernel.at(address, kind)))
            lock.waiting.append(thread)
    return list(found.values())


def waits(locks):
    """{tid of a waiting thread: (thread, lock)}."""
    return {int(thread["tid"]): (thread, lock) for lock in locks for thread in lock.waiting}


def cycle(start, graph):
    """The tids of a ring of threads each of which waits for the next, beginning with `start`."""
    path, tid = [], start
    while tid in graph and tid not in path:
        path.append(tid)
        holders = graph[tid][1].holders()
        if not holders:
            return []
        tid = int(holders[0]["tid"])
    return path if tid == start and path else []


class Locks(kernel.Command):
    """The locks that are held: by whom and since which place; and who waits for whom.

    tarae locks

Spinlocks belong to a CPU, mutexes to a thread, rwlocks to one writer or several readers. A ring of
threads that wait for each other is a deadlock."""

    name = "locks"

    def run(self, words):
        if not kernel.has_field("spinlock", "previous_held"):
            raise gdb.GdbError("this kernel was built with CHECKS=0 and does not know who holds "
                               "what")
        self.show_spinlocks()
        locks = sleeping_locks()
        self.show_sleeping(locks)
        self.show_graph(waits(locks))

    @staticmethod
    def show_spinlocks():
        held = list(spinlocks())
        print("spinlocks held:%s" % ("" if held else " none"))
        for cpu, lock in held:
            print("  CPU %d holds %s (0x%x), since %s" % (
                cpu, scheduler.lock_name(lock), kernel.address_of(lock),
                kernel.place(int(lock["taken_at"]))))

    @staticmethod
    def show_sleeping(locks):
        print("mutexes and rwlocks held or waited for:%s" % ("" if locks else " none"))
        for lock in locks:
            print("  %s: %s%s" % (lock.name(), lock.held(), lock.since()))
            for thread in lock.waiting:
                print("    %s waits for it, %s" % (
                    kernel.name_of(thread), scheduler.threads.since(thread)))

    @staticmethod
    def show_graph(graph):
        if not graph:
            return
        print("who waits for whom:")
        told = set()
        for tid, (thread, lock) in sorted(graph.items()):
            for holder in lock.holders():
                print("  %s -> %s -> %s" % (kernel.name_of(thread), lock.name(),
                                            kernel.name_of(holder)))
        for tid in sorted(graph):
            ring = cycle(tid, graph)
            if ring and not told.intersection(ring):
                told.update(ring)
                print("DEADLOCK: %s -> %d" % (" -> ".join(map(str, ring)), tid))


Locks()
