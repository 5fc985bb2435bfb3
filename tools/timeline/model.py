# SPDX-License-Identifier: MIT
"""From events to a picture's parts: what each thread and CPU did when, and who woke whom.

Times are ns since the machine's boot. Spans are half-open and, within one list, in order and
disjoint, but for calls, which nest.
"""

import collections
import os
import re

RUNNING, READY, BLOCKED = "running", "ready", "blocked"
# enum thread_state, of the one that a switch takes off its CPU.
LEAVES_AS = {1: READY, 3: BLOCKED, 4: None}
VECTORS = {0xd0: "timer", 0xe0: "reschedule IPI", 0xf0: "TLB IPI"}
REUSED = 3000000
TABLE = os.path.join(os.path.dirname(__file__), "..", "..", "lib", "abi", "syscall_table.h")

State = collections.namedtuple("State", "start end state cpu reason")
Call = collections.namedtuple("Call", "start end label depth")
Run = collections.namedtuple("Run", "start end thread")
Interrupt = collections.namedtuple("Interrupt", "start end label")
Arrow = collections.namedtuple("Arrow", "kind start source cpu end target label")
Mark = collections.namedtuple("Mark", "time thread cpu text")


def syscall_names():
    with open(TABLE) as file:
        return {int(number): name for number, name in
                re.findall(r"^(?:NO)?SYS(?:CALL)?\((\d+), (\w+)", file.read(), re.M)}


class Thread:
    def __init__(self, tid, time, track):
        self.track = track   # tid, or where that was used before, a number of its own
        self.tid, self.pid, self.name, self.start = tid, None, "thread %d" % tid, time
        self.end = None      # when it ended, if it did
        self.states, self.calls = [], []
        self.state, self.since, self.cpu = None, time, None
        self.reason = ""     # of the block that is about to come, or has
        self.open_calls = []

    def enter(self, state, time, cpu=None):
        """The present state ends, `state` (None: none) begins."""
        if self.state and time > self.since:
            reason = self.reason if self.state == BLOCKED else ""
            self.states.append(State(self.since, time, self.state, self.cpu, reason))
        self.state, self.since, self.cpu = state, time, cpu

    def call(self, time, label):
        self.open_calls.append((time, label))

    def leave(self, time, word):
        """The innermost call whose label begins with `word` ends, and what was left open in it."""
        depths = [i for i, (_, label) in enumerate(self.open_calls) if label.startswith(word)]
        while depths and len(self.open_calls) > depths[-1]:
            start, label = self.open_calls.pop()
            self.calls.append(Call(start, time, label, len(self.open_calls)))

    def finish(self, time):
        self.enter(None, time)
        while self.open_calls:
            self.leave(time, "")
        self.calls.sort(key=lambda call: (call.start, call.depth))


class Model:
    """threads, cpus (lists of Run), interrupts (per CPU), arrows, marks, start, end, lost."""

    def __init__(self, recording):
        self.threads, self.arrows, self.marks = [], [], []
        self.cpus = [[] for _ in range(recording.cpus)]
        self.interrupts = [[] for _ in range(recording.cpus)]
        self.lost = recording.lost
        self._names = syscall_names()
        self._live = {}      # tid: its thread
        self._tids = set()   # all that were used
        self._woken = {}     # thread: (kind, time, source, cpu, label), until it runs
        self._running = [None] * recording.cpus
        self._run_since = [0] * recording.cpus
        self._open_interrupts = [[] for _ in range(recording.cpus)]
        events = recording.events
        self.start = events[0].time if events else 0
        self.end = events[-1].time if events else 0
        for event in events:
            getattr(self, "_" + event.kind.replace("-", "_"), self._nothing)(event)
        for cpu in range(recording.cpus):
            self._stop(cpu, self.end)
        for thread in self.threads:
            thread.finish(thread.end or self.end)

    def thread(self, tid, time):
        """The living thread of this number; None for idle threads."""
        if not tid:
            return None
        if tid not in self._live:
            track = REUSED + len(self.threads) if tid in self._tids else tid
            self._tids.add(tid)
            self._live[tid] = Thread(tid, time, track)
            self.threads.append(self._live[tid])
        return self._live[tid]

    def _stop(self, cpu, time):
        thread = self._running[cpu]
        if thread and time > self._run_since[cpu]:
            self.cpus[cpu].append(Run(self._run_since[cpu], time, thread))
        self._running[cpu] = None

    # -- one function for each kind of event, called with it

    def _nothing(self, event):
        """What the picture does not show."""

    def _switch(self, event):
        time, cpu = event.time, event.cpu
        before, after = self.thread(event.tid, time), self.thread(event.other, time)
        if before:
            if before.state is None:  # it was running when tracing began
                before.state, before.since, before.cpu = RUNNING, before.start, cpu
                self._running[cpu], self._run_since[cpu] = before, before.start
            state = LEAVES_AS.get(event.detail)
            before.enter(state, time)
            if state is None:
                before.end = time
                before.finish(time)
                self._live.pop(before.tid, None)
        self._stop(cpu, time)
        if not after:
            return
        after.pid, after.name = event.other_pid, event.name
        after.enter(RUNNING, time, cpu)
        self._running[cpu], self._run_since[cpu] = after, time
        self._arrive(after, time)

    def _arrive(self, thread, time):
        woken = self._woken.pop(thread, None)
        if woken:
            kind, start, source, cpu, label = woken
            self.arrows.append(Arrow(kind, start, source, cpu, time, thread, label))

    def _wake(self, event):
        thread = self.thread(event.other, event.time)
        thread.enter(READY, event.time)
        # A hand-off of a lock says more than the wake-up that comes with it.
        if thread not in self._woken:
            source = self.thread(event.tid, event.time)
            self._woken[thread] = ("wake", event.time, source, event.cpu, event.name)

    def _handoff(self, event):
        heir = self.thread(event.other, event.time)
        source = self.thread(event.tid, event.time)
        self._woken[heir] = ("hand-off", event.time, source, event.cpu, event.name)

    def _block(self, event):
        if event.tid:
            self.thread(event.tid, event.time).reason = event.name

    def _created(self, event, what):
        """A number that begins anew is another thread."""
        self._live.pop(event.other, None)
        thread = self.thread(event.other, event.time)
        thread.pid, thread.name = event.other_pid, event.name
        thread.enter(READY, event.time)
        self._woken[thread] = (what, event.time, self.thread(event.tid, event.time), event.cpu,
                               event.name)
        self._mark(event, "%s %d" % (what, event.other))

    def _fork(self, event):
        self._created(event, "fork")

    def _thread(self, event):
        self._created(event, "thread")

    def _exec(self, event):
        self.thread(event.tid, event.time).name = event.name
        self._mark(event, "exec " + event.name)

    def _exit(self, event):
        self._mark(event, "exit, status %#x" % event.a)

    def _preempt(self, event):
        if event.tid:
            self._mark(event, "preempted")

    def _migrate(self, event):
        thread = self.thread(event.other, event.time)
        self.marks.append(Mark(event.time, thread, event.cpu,
                               "moves from CPU %d to CPU %d" % (event.a, event.b)))

    def _mark(self, event, text):
        self.marks.append(Mark(event.time, self.thread(event.tid, event.time), event.cpu, text))

    def _syscall(self, event):
        name = self._names.get(event.a, "call %d" % event.a)
        self._begin(event, "%s(%s)" % (name, "%#x, …" % event.b if event.b else "…"))

    def _syscall_end(self, event):
        self._finish(event, self._names.get(event.a, "call %d" % event.a) + "(")

    def _fault(self, event):
        self._begin(event, "page fault at %#x" % event.a)

    def _fault_end(self, event):
        self._finish(event, "page fault at %#x" % event.a)

    def _contended(self, event):
        self._begin(event, "waits for " + event.name)

    def _acquired(self, event):
        self._finish(event, "waits for " + event.name)

    def _begin(self, event, label):
        thread = self.thread(event.tid, event.time)
        if thread:
            thread.call(event.time, label)

    def _finish(self, event, label):
        thread = self.thread(event.tid, event.time)
        if thread:
            thread.leave(event.time, label)

    def _irq(self, event):
        label = VECTORS.get(event.a, "device, vector %#x" % event.a)
        self._open_interrupts[event.cpu].append((event.time, label))

    def _irq_end(self, event):
        if self._open_interrupts[event.cpu]:
            start, label = self._open_interrupts[event.cpu].pop()
            self.interrupts[event.cpu].append(Interrupt(start, event.time, label))


def process_of(thread):
    """The process number; a thread that never ran has none known and stands for itself."""
    return thread.tid if thread.pid is None else thread.pid
