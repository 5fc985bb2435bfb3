# SPDX-License-Identifier: MIT
"""The symbols of user programs.

All programs lie at the same addresses, so only one program's symbols can be loaded at a time: those
of the process whose page table is live on the selected CPU. They are swapped whenever the machine
stops, and at each exec, so that `break main if $process("race")` finds its main(). While a
breakpoint's condition names a process, the exec of another program does not take its symbols away.

The ELF file of /bin/NAME is build/user/bin/NAME, and so on: the initrd has it without symbols.
"""

import os
import re

import gdb

from . import connection, kernel

BUILD = os.environ.get("BUILD") or "build"
OVERLAY = os.environ.get("ADD")
NAMED = re.compile(r'\$process\s*\(\s*"([^"]+)"')
DEPTH_MAX = 64


class Loaded:
    """What is loaded now: the host's file, and the name of the process it was loaded for."""

    path = None
    process = ""


def live_process():
    """The process whose page table the selected CPU has loaded; None: the kernel's own table. A
    kernel thread keeps the table of the thread before it."""
    cpu = kernel.this_cpu()
    if cpu is None or not kernel.number(cpu["page_table"]):
        return None
    aspace = kernel.number(cpu["page_table"]) - kernel.offset_of("aspace", "table")
    thread = kernel.current()
    if thread is not None and kernel.number(thread["process"]["aspace"]) == aspace:
        return thread["process"].dereference()
    for process in kernel.processes():
        if kernel.number(process["aspace"]) == aspace:
            return process
    return None


def names_up_from(entry):
    """The names on the path of a struct dentry *, from the root down."""
    names = []
    while kernel.number(entry["parent"]) not in (0, kernel.number(entry)) and len(names) < DEPTH_MAX:
        names.append(kernel.text(entry["name"]))
        entry = entry["parent"]
    return reversed(names)


def guest_path(process):
    """The path of the program that a process runs, without the first "/"; None: it has none."""
    if not kernel.number(process["executable"]):
        return None
    return "/".join(names_up_from(process["executable"]["dentry"]))


def host_file(path):
    """The file of this host with the symbols of the guest's `path`; None: there is none."""
    places = [os.path.join(BUILD, "user", path)]
    if OVERLAY:
        # What lies over the root file system hides what was there.
        places = [os.path.join(OVERLAY, path)] if os.path.exists(
            os.path.join(OVERLAY, path)) else places
    return next((place for place in places if os.path.isfile(place)), None)


def load(process):
    """Makes the symbols of a process's program the loaded ones. True: that was a change."""
    path = guest_path(process) if process is not None else None
    # The real path: gdb knows the file by that one when it is to forget it.
    wanted = os.path.realpath(host_file(path)) if path and host_file(path) else None
    Loaded.process = kernel.text(process["name"]) if process is not None else ""
    if wanted == Loaded.path:
        return False
    if Loaded.path:
        gdb.execute('remove-symbol-file "%s"' % Loaded.path, to_string=True)
    Loaded.path = None
    if wanted:
        gdb.execute('add-symbol-file "%s"' % wanted, to_string=True)
        Loaded.path = wanted
    return True


class Borrowed:
    """with Borrowed(process): its program's symbols are loaded; afterwards the former ones are."""

    def __init__(self, process):
        self.process = process

    def __enter__(self):
        self.before = live_process()
        load(self.process)

    def __exit__(self, *_):
        load(self.before)


def named_in_conditions():
    """Names of processes that breakpoints wait for."""
    return {name for breakpoint in gdb.breakpoints() or () if breakpoint.enabled
            for name in NAMED.findall(breakpoint.condition or "")}


def on_exec():
    """A process has got another program."""
    wanted = named_in_conditions()
    process = kernel.current()["process"].dereference()
    if Loaded.process in wanted and kernel.text(process["name"]) not in wanted:
        return False
    load(process)
    return False


def on_stop(_event):
    try:
        changed = load(live_process())
    except (gdb.error, gdb.GdbError):
        return
    # gdb has shown the place before it had the symbols.
    if changed and not kernel.register("rip") & kernel.KERNEL_HALF:
        gdb.execute("frame 0")


def on_end():
    if Loaded.path:
        gdb.execute('remove-symbol-file "%s"' % Loaded.path, to_string=True)
    Loaded.path, Loaded.process = None, ""


# In process_exec(), when the new program's page table is loaded and the process has its new name.
connection.on_connect.append(lambda: [connection.HiddenBreakpoint("signal_exec", on_exec)])
gdb.events.stop.connect(on_stop)
connection.on_disconnect.append(on_end)
