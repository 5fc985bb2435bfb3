# SPDX-License-Identifier: MIT
"""tarae trace: the last events in the rings of kernel/base/trace.h, of all CPUs in one order."""

import heapq

import gdb

from . import kernel

SHOWN = 20
# Kinds whose words `a` and `b` are text, addresses, or a name instead of both (base/trace.h).
NAMED = ("SWITCH", "FORK", "EXEC", "THREAD_CREATE")
TEXT_A, TEXT_B = ("BLOCK",), ("WAKE", "LOCK_CONTENDED", "LOCK_ACQUIRED", "LOCK_HANDOFF")
ADDRESS_A = ("FAULT_ENTER", "LOCK_CONTENDED", "LOCK_ACQUIRED", "LOCK_HANDOFF")


def string_at(address):
    return kernel.text(gdb.Value(address).cast(gdb.lookup_type("char").pointer()))


def ring_events(cpu, ring, capacity, count):
    """The last `count` events of a CPU's ring, oldest first: (time, CPU, event)."""
    written = int(ring["written"])
    # The slot of the very oldest is the one that is written next.
    first = max(int(ring["first"]), written - capacity + 1, written - count, 0)
    for number in range(first, written):
        event = ring["events"][number % capacity]
        yield int(event["time"]), cpu, event


def last_events(count):
    capacity = int(kernel.variable("trace_capacity"))
    if not capacity:
        raise gdb.GdbError("nothing has been traced: boot with APPEND=trace=on, or type `trace on` in "
                           "the shell")
    rings = kernel.variable("trace_rings")
    found = [list(ring_events(int(cpu["id"]), rings[int(cpu["id"])], capacity, count))
             for _, cpu in kernel.cpus() if cpu is not None]
    return list(heapq.merge(*found, key=lambda event: event[0]))[-count:]


def details(kind, event):
    """What the event says beyond its kind."""
    words = []
    if int(event["other"]) or kind in NAMED:
        words.append("thread %d" % int(event["other"]))
    if kind in NAMED:
        return " ".join(words + ["(%s)" % kernel.text(event["name"])])
    for value, is_text, is_address in ((int(event["a"]), kind in TEXT_A, kind in ADDRESS_A),
                                       (int(event["b"]), kind in TEXT_B, False)):
        if is_text:
            words.append(string_at(value) if value else "")
        else:
            signed = value - (1 << 64) if value >> 63 else value
            words.append("0x%x" % value if is_address else str(signed))
    return " ".join(words)


class Trace(kernel.Command):
    """The last events that the kernel traced, the newest last.

    tarae trace          the last 20
    tarae trace COUNT

Time since boot, CPU, thread, kind, and what the kind is about. Tracing is on with the boot option
`trace` (docs/options.md) or after `trace on` in the shell."""

    name, takes = "trace", 1

    def run(self, words):
        count = kernel.argument(words[0]) if words else SHOWN
        for time, cpu, event in last_events(count):
            kind = kernel.enum_name(event["kind"].cast(gdb.lookup_type("enum trace_kind")),
                                    "TRACE_")
            print(("%12.6f ms  CPU %d  %5d  %-14s %s" % (
                time / 1e6, cpu, int(event["tid"]), kind, details(kind, event))).rstrip())


Trace()
