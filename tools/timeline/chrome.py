# SPDX-License-Identifier: MIT
"""Chrome's trace event format, which ui.perfetto.dev and chrome://tracing open.

Tracks: a process "CPUs" with one track for each CPU, on which the threads that ran and the
interrupts are slices; and each process with a track for each thread: its states, and around them
its system calls and page faults. Flow arrows lead from who woke, made or handed a lock to a thread
to where that one runs next. Times are µs, as the format has them.
"""

import json

from .model import process_of

CPUS, KERNEL = 1000000, 1000001  # process numbers that the guest has not
CPU_THREAD = 2000000             # + CPU: its track's number


def us(time):
    return round(time / 1000, 3)


def track_of_thread(thread):
    pid = process_of(thread)
    return {"pid": pid if pid else KERNEL, "tid": thread.track}


def track_of_cpu(cpu):
    return {"pid": CPUS, "tid": CPU_THREAD + cpu}


def metadata(kind, name, **track):
    return dict({"ph": "M", "name": kind, "ts": 0, "cat": "__metadata", "args": {"name": name}},
                **track)


def names(model):
    yield metadata("process_name", "CPUs", pid=CPUS, tid=0)
    for cpu in range(len(model.cpus)):
        yield metadata("thread_name", "CPU %d" % cpu, **track_of_cpu(cpu))
    processes = {}
    for thread in model.threads:
        track = track_of_thread(thread)
        yield metadata("thread_name", "%s %d" % (thread.name, thread.tid), **track)
        if thread.tid == track["pid"] or track["pid"] not in processes:
            processes[track["pid"]] = thread.name
    for pid, name in processes.items():
        yield metadata("process_name", "kernel" if pid == KERNEL else name, pid=pid, tid=0)


def nested(track, spans, calls):
    """Begin and end events of the spans (start, end, name, category, args), which are cut where
    one of the calls, which nest, begins or ends: so that everything on the track nests."""
    calls = [call for call in calls if call[1] > call[0]]
    points = [(start, 2, depth, label) for start, _, label, depth in calls]
    points += [(end, 0, -depth, None) for _, end, _, depth in calls]
    for span in spans:
        points += [(span[0], 1, 1, span), (span[1], 1, 0, None)]
    current, opened = None, []

    def begin(time, name, category, args):
        opened.append(name)
        return dict({"ph": "B", "ts": us(time), "name": name, "cat": category, "args": args}, **track)

    def end(time):
        return dict({"ph": "E", "ts": us(time), "name": opened.pop()}, **track)

    for time, order, _, what in sorted(points, key=lambda point: point[:3]):
        if current:
            yield end(time)
        if order == 1:
            current = what
        elif order == 2:
            yield begin(time, what, "call", {})
        else:
            yield end(time)
        if current:
            yield begin(time, *current[2:])


def thread_track(thread):
    spans = []
    for state in thread.states:
        name = state.state
        if name == "running":
            name += " on CPU %d" % state.cpu
        elif name == "blocked":
            name += ": " + state.reason
        spans.append((state.start, state.end, name, state.state, {}))
    return nested(track_of_thread(thread), spans, thread.calls)


def cpu_track(model, cpu):
    spans = [(run.start, run.end, "%s %d" % (run.thread.name, run.thread.tid), "running",
              {"pid": process_of(run.thread)}) for run in model.cpus[cpu]]
    calls = [(irq.start, irq.end, irq.label, 0) for irq in model.interrupts[cpu]]
    return nested(track_of_cpu(cpu), spans, calls)


def arrows(model):
    for number, arrow in enumerate(model.arrows, 1):
        source = track_of_thread(arrow.source) if arrow.source else track_of_cpu(arrow.cpu)
        common = {"cat": "flow", "name": arrow.kind, "id": number}
        yield dict(common, ph="s", ts=us(arrow.start), **source)
        yield dict(common, ph="f", bp="e", ts=us(arrow.end), **track_of_thread(arrow.target))


def marks(model):
    for mark in model.marks:
        track = track_of_thread(mark.thread) if mark.thread else track_of_cpu(mark.cpu)
        yield dict({"ph": "i", "s": "t", "ts": us(mark.time), "name": mark.text, "cat": "mark"}, **track)


def document(model, command):
    """The whole file's content."""
    events = []
    for cpu in range(len(model.cpus)):
        events += cpu_track(model, cpu)
    for thread in model.threads:
        events += thread_track(thread)
    events += list(arrows(model)) + list(marks(model))
    events.sort(key=lambda event: event["ts"])  # stable: the order within a track stays
    return {"traceEvents": list(names(model)) + events, "displayTimeUnit": "ns",
            "otherData": {"command": command, "lost events": model.lost}}


def write(path, model, command):
    with open(path, "w") as file:
        json.dump(document(model, command), file, separators=(",", ":"))
        file.write("\n")
