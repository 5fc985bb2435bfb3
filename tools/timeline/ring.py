# SPDX-License-Identifier: MIT
"""Reads the trace rings of kernel/base/trace.h out of the memory of a machine.

The machine's RAM is a file that QEMU shares with us (RAM_ARGUMENTS), so nothing has to be carried
out of the guest, and a machine that hung or panicked has its events there all the same.
"""

import collections
import contextlib
import os
import struct

from machine import Problem
from machine.symbols import addresses_of

MAX_CPUS = 64
IMAGE_BASE, DIRECT_BASE = 0xffffffff80000000, 0xffff800000000000
FOUR_GIB = 1 << 32

# enum trace_kind, in its order.
KINDS = ("none", "switch", "wake", "block", "preempt", "migrate", "irq", "irq-end", "ipi",
         "syscall", "syscall-end", "fault", "fault-end", "fork", "exec", "exit", "thread",
         "contended", "acquired", "handoff")
NAMED = ("switch", "fork", "exec", "thread")
RING = struct.Struct("<QQQ")         # events, written, first
EVENT = struct.Struct("<QBBHHH16s")  # time, kind, detail, tid, other, other_pid, a and b or name
PAIR = struct.Struct("<QQ")

Event = collections.namedtuple("Event", "time cpu kind detail tid other other_pid a b name")


def ram_arguments(mem):
    """QEMU's arguments that make its RAM, `mem` in its form, the file `ram` where it runs."""
    return ["-object", "memory-backend-file,id=ram,size=%s,mem-path=ram,share=on" % mem,
            "-machine", "memory-backend=ram"]


class Memory:
    """The physical memory of a q35 machine in a file, read by the kernel's addresses."""

    def __init__(self, file, size):
        self.file = file
        # Where RAM is cut in two by the hole for devices (QEMU's hw/i386/pc_q35.c).
        self.below = size if size < 0xb0000000 else 0x80000000

    def read(self, address, size):
        base = IMAGE_BASE if address >= IMAGE_BASE else DIRECT_BASE
        physical = address - base
        if physical >= FOUR_GIB:
            physical += self.below - FOUR_GIB
        self.file.seek(physical)
        return self.file.read(size)

    def number(self, address):
        return struct.unpack("<Q", self.read(address, 8))[0]

    def text(self, address):
        """A string constant of the kernel."""
        if address < IMAGE_BASE:
            return "?"
        return self.read(address, 64).split(b"\0")[0].decode(errors="replace")


@contextlib.contextmanager
def machine_memory(machine, names):
    """with machine_memory(machine, names) as (memory, symbols): that of a machine that was started
    with ram_arguments(), and the addresses of these variables of its kernel."""
    symbols = addresses_of(machine.kernel, names)
    if len(symbols) < len(names):
        raise Problem("%s has no %s: build it anew" % (machine.kernel, ", ".join(names)))
    with open(os.path.join(machine.scratch, "ram"), "rb") as file:
        yield Memory(file, int(machine.options.mem[:-1]) << 10), symbols


class Recording:
    """events, by time; lost, how many had been overwritten; cpus, how many have a ring."""

    def __init__(self, events, lost, cpus):
        self.events, self.lost, self.cpus = sorted(events), lost, cpus


SYMBOLS = ("trace_rings", "trace_capacity")


def read_recording(memory, symbols):
    """`symbols`: {name: address} of SYMBOLS."""
    capacity = memory.number(symbols["trace_capacity"])
    events, lost, cpus, texts = [], 0, 0, {}
    for cpu in range(MAX_CPUS):
        ring = memory.read(symbols["trace_rings"] + cpu * RING.size, RING.size)
        base, written, first = RING.unpack(ring)
        if not base:
            continue
        cpus = cpu + 1
        kept = max(first, written - capacity)
        lost += kept - first
        data = memory.read(base, capacity * EVENT.size)
        for number in range(kept, written):
            raw = EVENT.unpack_from(data, number % capacity * EVENT.size)
            events.append(decode(raw, cpu, memory, texts))
    return Recording(events, lost, cpus)


def decode(raw, cpu, memory, texts):
    time, kind, detail, tid, other, other_pid, rest = raw
    kind = KINDS[kind] if kind < len(KINDS) else "none"
    if kind in NAMED:
        name = rest.split(b"\0")[0].decode(errors="replace")
        return Event(time, cpu, kind, detail, tid, other, other_pid, 0, 0, name)
    a, b = PAIR.unpack(rest)
    reason = {"wake": b, "block": a, "contended": b, "acquired": b, "handoff": b}.get(kind)
    if reason is not None and reason not in texts:
        texts[reason] = memory.text(reason)
    return Event(time, cpu, kind, detail, tid, other, other_pid, a, b, texts.get(reason, ""))
