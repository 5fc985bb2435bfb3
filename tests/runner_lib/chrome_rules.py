# SPDX-License-Identifier: MIT
"""The rules of Chrome's trace event format, as far as ui.perfetto.dev insists on them."""

PHASES = {"M", "B", "E", "s", "f", "i"}


def problems(document):
    """What is wrong with a document of that format, as texts; at most a few of each kind."""
    found = []
    if set(document) - {"traceEvents", "displayTimeUnit", "otherData"}:
        found.append("unknown members: %s" % sorted(document))
    if document.get("displayTimeUnit") not in ("ms", "ns"):
        found.append("displayTimeUnit is neither ms nor ns")
    events = document["traceEvents"]
    found += list(wrong_fields(events))[:5]
    found += list(wrong_tracks(events))[:5]
    found += list(wrong_flows(events))[:5]
    return found


def wrong_fields(events):
    for event in events:
        if event.get("ph") not in PHASES:
            yield "unknown phase: %r" % event
        for field in ("pid", "tid"):
            if not isinstance(event.get(field), int) or not 0 <= event[field] < 1 << 31:
                yield "%s is no number of 31 bits: %r" % (field, event)
        if not isinstance(event.get("ts"), (int, float)) or event["ts"] < 0:
            yield "no time: %r" % event
        if event.get("ph") != "E" and not (isinstance(event.get("name"), str) and event["name"]):
            yield "no name: %r" % event


def wrong_tracks(events):
    """Times go forward; on each track begins and ends are balanced and name the same; each track
    has a name."""
    named = {(e["pid"], e["tid"]) for e in events if e["ph"] == "M" and e.get("name") == "thread_name"}
    processes = {e["pid"] for e in events if e["ph"] == "M" and e.get("name") == "process_name"}
    owners, stacks, last = {}, {}, 0
    for event in events:
        if event["ph"] == "M":
            continue
        if event["ts"] < last:
            yield "time goes back at %r" % event
        last = event["ts"]
        track = event["pid"], event["tid"]
        if track not in named or event["pid"] not in processes:
            yield "a track without a name: %r" % event
        if owners.setdefault(event["tid"], event["pid"]) != event["pid"]:
            yield "thread %d in two processes" % event["tid"]
        stack = stacks.setdefault(track, [])
        if event["ph"] == "B":
            stack.append(event["name"])
        elif event["ph"] == "E" and (not stack or stack.pop() != event.get("name")):
            yield "an end without its begin: %r" % event
    for track, stack in stacks.items():
        if stack:
            yield "never ended on %r: %s" % (track, stack)


def wrong_flows(events):
    """Each arrow has one start and then one end."""
    starts, ends = {}, {}
    for event in events:
        if event["ph"] in "sf":
            place = starts if event["ph"] == "s" else ends
            if event["id"] in place:
                yield "two ends of one arrow: %r" % event
            place[event["id"]] = event["ts"]
    for number in set(starts) ^ set(ends):
        yield "half an arrow: %r" % number
    for number in set(starts) & set(ends):
        if starts[number] > ends[number]:
            yield "an arrow into the past: %r" % number
