# SPDX-License-Identifier: MIT
"""Reads the memory log of kernel/proc/memory_log.c. Its text, line by line; numbers in
hexadecimal, but for pid, tid, time and counts:

    moment NS PID TID WHAT            "before fork", "after exec", …; then all processes:
    process PID PARENT ROOT TABLES NAME    ROOT: physical address of the page table
    thread TID STACK NAME             STACK: the end of its stack as clone(2) was told, or 0
    region START END rwxp NAME        in order of address
    page ADDRESS FRAME REFERENCES cow|-
"""

import struct

SYMBOLS = ("memory_log_first", "memory_log_dropped")
ENTRY = struct.Struct("<QQQ")  # next, text, size


def read_texts(memory, symbols):
    """The texts of all moments; `memory` is a timeline.ring.Memory."""
    address = memory.number(symbols["memory_log_first"])
    while address:
        address, text, size = ENTRY.unpack(memory.read(address, ENTRY.size))
        yield memory.read(text, size).decode(errors="replace")


def parse(text):
    """One moment: {"time", "pid", "tid", "what", "processes": […]}, ready to be JSON."""
    moment = process = region = None
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "moment":
            time, pid, tid, what = rest.split(" ", 3)
            moment = {"time": int(time), "pid": int(pid), "tid": int(tid), "what": what,
                      "processes": []}
        elif word == "process":
            pid, parent, root, tables, name = rest.split(" ", 4)
            process = {"pid": int(pid), "parent": int(parent), "root": int(root, 16),
                       "tables": int(tables), "name": name, "threads": [], "regions": []}
            moment["processes"].append(process)
        elif word == "thread":
            tid, stack, name = rest.split(" ", 2)
            process["threads"].append([int(tid), int(stack, 16), name])
        elif word == "region":
            start, end, mode, name = rest.split(" ", 3)
            region = {"start": int(start, 16), "end": int(end, 16), "mode": mode, "name": name,
                      "pages": []}
            process["regions"].append(region)
        elif word == "page":
            page, frame, references, cow = rest.split(" ")
            region["pages"].append([int(page, 16), int(frame, 16), int(references),
                                    int(cow == "cow")])
    return moment


def steps(moments):
    """[(before, after)]: indices of the moments that belong together; after is None where the
    deed failed or the machine ended."""
    found, open_ = [], {}
    for index, moment in enumerate(moments):
        when, _, _ = moment["what"].partition(" ")
        if when == "before":
            open_[moment["tid"]] = len(found)
            found.append([index, None])
        elif moment["tid"] in open_:
            found[open_.pop(moment["tid"])][1] = index
    return found
