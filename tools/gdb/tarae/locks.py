# SPDX-License-Identifier: MIT
"""tarae locks: which are held, by whom, since which place, and who waits for whom.

Only checked builds (CHECKS=1) write down who holds what.
"""

import gdb

from . import kernel, scheduler

# A thread that waits for these has a struct lock_request.
REASONS = ("mutex", "rwlock (read)", "rwlock (write)")


class Lock:
    """A mutex or rwlock that somebody holds or waits for: a struct lock_check."""

    def __init__(self, check):
        self.check = check
        self.waiting, self.holds = [], []

    def name(self):
        return '%s "%s"' % (kernel.text(self.check["kind"]), kernel.text(self.check["name"]))

    def holders(self):
        return [thread for thread, _ in self.holds]


def spin_chain(first):
    """The spinlocks that a CPU holds, the last taken first."""
    while kernel.number(first):
        yield first.dereference()
        first = first["previous_held"]


def spinlocks():
    """[(CPU's number, struct spinlock)] held now."""
    held = kernel.variable("held", "kernel/base/spinlock.c")
    for _, cpu in kernel.cpus():
        if cpu is not None:
            for lock in spin_chain(held[int(cpu["id"])]):
                yield int(cpu["id"]), lock


def holds(thread):
    """(struct lock_check, where it was taken) of the mutexes and rwlocks that a thread holds."""
    used = int(thread["holds_used"])
    for index in range(used.bit_length()):
        if used >> index & 1:
            hold = thread["holds"][index]
            yield hold["lock"].dereference(), int(hold["taken_at"])


def wanted(thread):
    """The struct lock_check that a thread waits for; None: it waits for something else."""
    if kernel.state(thread) != "BLOCKED" or not kernel.number(thread["waiting"]):
        return None
    if kernel.text(thread["waiting"]["reason"]) not in REASONS:
        return None
    waiter = scheduler.waiter_of(thread)
    if waiter is None:
        return None
    request = kernel.address_of(waiter) - kernel.offset_of("lock_request", "waiter")
    return kernel.at(request, "lock_request")["lock"].dereference()


def sleeping_locks():
    """All mutexes and rwlocks that somebody holds or waits for."""
    found = {}
    for thread in kernel.threads():
        for check, place in holds(thread):
            lock = found.setdefault(kernel.address_of(check), Lock(check))
            lock.holds.append((thread, place))
        check = wanted(thread)
        if check is not None:
            found.setdefault(kernel.address_of(check), Lock(check)).waiting.append(thread)
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
        if not kernel.has_field("thread", "holds_used"):
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
            print("  %s (in 0x%x)" % (lock.name(), kernel.address_of(lock.check)))
            for thread, place in lock.holds:
                print("    %s holds it, since %s" % (kernel.name_of(thread), kernel.place(place)))
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
