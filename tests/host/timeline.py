# SPDX-License-Identifier: MIT
"""Tests of tools/timeline: from the rings in a machine's memory to Chrome's format."""

import io
import os
import random
import struct
import sys
import unittest

sys.dont_write_bytecode = True
sys.path[:0] = ["tools", "tests"]

from runner_lib import chrome_rules, recordings  # noqa: E402
from timeline import chrome, page, ring  # noqa: E402
from timeline.model import BLOCKED, READY, RUNNING, Model  # noqa: E402

MS = recordings.MS


def spans(thread):
    return [(s.start / MS, s.end / MS, s.state) for s in thread.states]


class Memory(unittest.TestCase):
    """A kernel's memory made by hand: two CPUs, rings of four events."""

    def setUp(self):
        self.bytes = bytearray(1 << 16)
        struct.pack_into("<Q", self.bytes, 0x100, 4)
        self.symbols = {"trace_capacity": ring.IMAGE_BASE + 0x100,
                        "trace_rings": ring.IMAGE_BASE + 0x200}
        self.bytes[0x1000:0x1005] = b"pipe\0"
        self.set_ring(0, 0x2000, 6, 1)
        self.set_ring(1, 0x3000, 2, 0)

    def set_ring(self, cpu, address, written, first):
        ring.RING.pack_into(self.bytes, 0x200 + cpu * ring.RING.size, ring.DIRECT_BASE + address,
                            written, first)
        for number in range(max(0, written - 4), written):
            kind = ring.KINDS.index("block" if cpu else "exec")
            rest = struct.pack("<QQ", ring.IMAGE_BASE + 0x1000, 0) if cpu else b"name%d\0" % number
            ring.EVENT.pack_into(self.bytes, address + number % 4 * ring.EVENT.size,
                                 1000 * number + cpu, kind, 0, 7, 8, 9, rest)

    def read(self):
        return ring.read_recording(ring.Memory(io.BytesIO(self.bytes), 1 << 20), self.symbols)

    def test_rings(self):
        recording = self.read()
        self.assertEqual([e.time for e in recording.events], [1, 1001, 2000, 3000, 4000, 5000])
        self.assertEqual([e.name for e in recording.events],
                         ["pipe", "pipe", "name2", "name3", "name4", "name5"])
        self.assertEqual(recording.lost, 1)
        self.assertEqual(recording.cpus, 2)
        self.assertEqual(recording.events[2][3:7], (0, 7, 8, 9))

    def test_nothing_was_traced(self):
        self.bytes[0x200:0x200 + 64 * ring.RING.size] = bytes(64 * ring.RING.size)
        recording = self.read()
        self.assertEqual((recording.events, recording.cpus), ([], 0))
        document = chrome.document(Model(recording), "true")
        self.assertEqual(chrome_rules.problems(document), [])

    def test_the_header_says_the_same(self):
        """The kinds, in their order."""
        with open("kernel/base/trace.h") as file:
            text = file.read()
        enum = text[text.index("enum trace_kind {"):text.index("TRACE_KINDS\n")]
        words = [line.split()[0].rstrip(",") for line in enum.split("\n") if "\tTRACE_" in line]
        same = {"IRQ_ENTER": "irq", "IRQ_EXIT": "irq-end", "SYSCALL_ENTER": "syscall",
                "SYSCALL_EXIT": "syscall-end", "FAULT_ENTER": "fault", "FAULT_EXIT": "fault-end",
                "THREAD_CREATE": "thread", "LOCK_CONTENDED": "contended",
                "LOCK_ACQUIRED": "acquired", "LOCK_HANDOFF": "handoff"}
        kinds = [same.get(word[6:], word[6:].lower()) for word in words]
        self.assertEqual(tuple(kinds), ring.KINDS)

    def test_memory_above_the_hole(self):
        memory = ring.Memory(io.BytesIO(b""), 4 << 30)
        self.assertEqual(memory.below, 2 << 30)


class Threads(unittest.TestCase):
    def setUp(self):
        self.model = Model(recordings.small())
        self.ping, self.pong, self.helper = self.model.threads

    def test_states(self):
        self.assertEqual(spans(self.ping), [(0, 12, RUNNING)])
        self.assertEqual(spans(self.pong), [
            (2, 2.5, READY), (2.5, 5, RUNNING), (5, 6.1, BLOCKED), (6.1, 7.1, READY),
            (7.1, 9, RUNNING), (9, 10.01, BLOCKED), (10.01, 12, READY), (12, 20, RUNNING)])
        self.assertEqual([s.reason for s in self.pong.states if s.reason], ["pipe read", "mutex"])
        self.assertEqual(spans(self.helper)[-1], (9, 20, RUNNING))
        self.assertEqual((self.pong.pid, self.helper.pid), (3, 3))

    def test_calls_and_interrupts(self):
        self.assertEqual([(c.start / MS, c.end / MS, c.label) for c in self.pong.calls],
                         [(4, 7.5, "read(0x5, …)"), (8, 8.2, "page fault at 0x1000")])
        self.assertEqual([i.label for i in self.model.interrupts[1]], ["timer"])

    def test_arrows(self):
        arrows = [(a.kind, a.start / MS, a.end / MS, a.target.tid) for a in self.model.arrows]
        self.assertEqual(arrows, [("fork", 2, 2.5, 3), ("thread", 3, 5, 4), ("wake", 6.1, 7.1, 3),
                                  ("hand-off", 10, 12, 3)])

    def test_cpus(self):
        runs = [(r.start / MS, r.end / MS, r.thread.tid) for r in self.model.cpus[1]]
        self.assertEqual(runs, [(2.5, 5, 3), (5, 7.1, 4), (7.1, 9, 3), (9, 20, 4)])


class Chrome(unittest.TestCase):
    def test_small(self):
        document = chrome.document(Model(recordings.small()), "ping")
        self.assertEqual(chrome_rules.problems(document), [])
        begins = {e["name"] for e in document["traceEvents"] if e["ph"] == "B"}
        self.assertLessEqual({"running on CPU 0", "ready", "blocked: pipe read", "read(0x5, …)",
                              "timer", "ping 2"}, begins)
        self.assertEqual(sum(e["ph"] == "s" for e in document["traceEvents"]), 4)

    def test_whatever_comes(self):
        seed = int(os.environ.get("SEED", "1"))
        for round_ in range(60):
            recording = recordings.random_recording(random.Random(seed + round_), 300)
            document = chrome.document(Model(recording), "noise")
            self.assertEqual(chrome_rules.problems(document), [], "seed %d" % (seed + round_))

    def test_the_rules_find_what_is_wrong(self):
        for damage in (lambda e: e.pop(next(i for i, x in enumerate(e) if x["ph"] == "E")),
                       lambda e: e.pop(next(i for i, x in enumerate(e) if x["ph"] == "s")),
                       lambda e: e[-1].update(ts=0), lambda e: e[-1].update(ph="Q"),
                       lambda e: e[5].pop("name")):
            document = chrome.document(Model(recordings.small()), "ping")
            damage(document["traceEvents"])
            self.assertNotEqual(chrome_rules.problems(document), [])


class Page(unittest.TestCase):
    def test_what_a_command_says_stays_text(self):
        command = "echo '</script><b>@DATA@ & \\1'"
        text = page.document("Title", page.HERE, "timeline", {"command": command}, command)
        self.assertNotIn("</script><b>", text)
        self.assertIn("@DATA@ & ", text)


if __name__ == "__main__":
    unittest.main()
