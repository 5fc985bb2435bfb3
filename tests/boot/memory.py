# SPDX-License-Identifier: MIT
"""What `make memory` writes, of a real machine."""

import json
import os
import re
import subprocess
import sys
import tempfile

from runner_lib.compare import check

WORK = "(ls / | wc); /demos/threads; true"  # what the demo says of time may not hold here


def make_memory(t, work):
    """(moments, steps) of `make memory CMD=work`."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "memory.html")
        done = subprocess.run(
            [sys.executable, "tools/run", "BOOT=direct", "SMP=2", "CMD=" + work, "--kernel",
             t.build + "/kernel.elf", "--initrd", t.build + "/initrd.cpio", "--limit", str(60 * t.slow),
             "--memory", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=100 * t.slow,
            stderr=subprocess.PIPE, universal_newlines=True)
        check(done.returncode == 0, "status 0", done.returncode, done.stdout, done.stderr)
        with open(path, encoding="utf-8") as file:
            text = re.search(r'<script id="data"[^>]*>(.*?)</script>', file.read(), re.S).group(1)
    data = json.loads(text)
    check(data["dropped"] == 0, "every moment", data["dropped"])
    return data["moments"], [step for step in data["steps"] if step[1] is not None]


def find(moment, pid):
    return next(process for process in moment["processes"] if process["pid"] == pid)


def pages_of(process, writable=None):
    """{address: [frame, references, copy-on-write]}, of all or of (not) writable regions."""
    return {page[0]: page[1:] for region in process["regions"] for page in region["pages"]
            if writable is None or (region["mode"][1] == "w") == writable}


def tids_of(process):
    return {tid for tid, _, _ in process["threads"]}


def check_fork(before, after):
    parent, old = find(after, after["pid"]), find(before, before["pid"])
    pids = {process["pid"] for process in before["processes"]}
    children = [process for process in after["processes"] if process["pid"] not in pids]
    # Somebody else may have forked meanwhile.
    child = next(process for process in children if process["parent"] == parent["pid"])
    if child["root"] == parent["root"]:
        return "vfork"
    check(pages_of(old).keys() == pages_of(parent).keys(), "the parent's pages as before")
    for address, (frame, references, cow) in pages_of(child).items():
        same = pages_of(parent)[address]
        check(same[0] == frame and references >= 2, "the parent's frame at %#x" % address, same)
        check(cow, "copy-on-write at %#x" % address, frame, references)
    return "fork"


def check_exec(after):
    process = find(after, after["pid"])
    names = {region["name"] for region in process["regions"]}
    check("[stack]" in names and any(name.endswith("/" + process["name"]) for name in names),
          "a stack and the program's file", process)
    mine = {frame for frame, _, _ in pages_of(process, True).values()}
    others = {page[0] for other in after["processes"] if other["root"] != process["root"]
              for page in pages_of(other, True).values()}
    check(not mine & others, "writable pages of its own", mine & others)
    check(len(process["threads"]) == 1, "one thread", process["threads"])


def test_make_memory(t):
    moments, steps = make_memory(t, WORK)
    seen = set()
    for first, second in steps:
        before, after = moments[first], moments[second]
        what = after["what"].split()[1]
        if what == "fork":
            what = check_fork(before, after)
        elif what == "exec":
            check_exec(after)
        else:
            process = find(after, after["pid"])
            # One more; another may have ended meanwhile.
            check(tids_of(process) - tids_of(find(before, before["pid"])), "a new thread", process["threads"])
            guards = [region for region in process["regions"] if region["mode"] == "---p"]
            stacks = [stack for _, stack, _ in process["threads"] if stack]
            check(guards and any(region["start"] < stack <= region["end"] and "w" in region["mode"]
                                 for region in process["regions"] for stack in stacks),
                  "its stack above a guard", process)
        seen.add(what)
        for process in after["processes"]:
            check(process["tables"] >= 4, "a page table of four levels", process)
    check(seen >= {"fork", "exec", "thread"}, "forks, execs and threads", seen)
