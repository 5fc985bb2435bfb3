# SPDX-License-Identifier: MIT
"""The sessions of docs/stepping.md: run again, and what gdb says compared with what is printed there.

A session begins with an indented line `$ make …`; its commands are the lines `(gdb) …` up to the
next session. Addresses, times, line numbers and counts of switches may differ. With REGENERATE=1 in
the environment the page is written anew.
"""

import difflib
import os
import re
import shlex

from machine import debugger
from runner_lib import debugging
from runner_lib.console import Failure

PAGE = "docs/stepping.md"
INDENT = "    "
START, COMMAND = INDENT + "$ make ", INDENT + "(gdb) "
GOODBYE = "[Inferior 1 (process 1) detached]\n"
MASKS = ((r"\s+$", ""), (r"0x[0-9a-f]+", "0x_"), (r"(#\d+ +)0x_ in ", r"\1"), (r"\d+\.\d+ ms", "_ ms"),
         (r"\.(c|h|asm):\d+", r".\1:_"), (r", line \d+", ", line _"), (r"^( *)\d+\t", r"\1_\t"),
         (r"\d+ switches", "_ switches"), (r"\d+ KiB", "_ KiB"), (r" {2,}", "  "))
# In the picture of a switch: words of a stack and registers.
PICTURE = (r"\b(?=[0-9a-f]*[0-9])[0-9a-f]{2,}\b|\b0$|\b0(?= )", "_")


def mask(line):
    if " | " in line:
        line = re.sub(PICTURE[0], PICTURE[1], line)
        # It may end just before its slice does, or just after.
        line = re.sub("RUNNABLE|BLOCKED|DEAD", "_", line)
    for pattern, text in MASKS:
        line = re.sub(pattern, text, line)
    return line


class Session:
    """One `$ make …` of the page: at which line, and [(line, command)]."""

    def __init__(self, line, words):
        self.line, self.words, self.commands = line, words, []


def sessions(lines):
    found = []
    for number, line in enumerate(lines):
        if line.startswith(START):
            found.append(Session(number, shlex.split(line[len(START):])))
        elif line.startswith(COMMAND):
            found[-1].commands.append((number, line[len(COMMAND):]))
    return found


def run_session(t, session, recording):
    """[what was said] after the start and after each command."""
    variables = dict(word.split("=", 1) for word in session.words[1:])
    if session.words[0] == "record":
        return [record(t, recording, variables)]
    with machine(t, session.words[0], recording, variables) as m:
        echoed = []
        for _, command in session.commands:
            echoed += ["echo \\001\\n", command]
        said = debugging.gdb(m, echoed, BUILD=t.build)
    text = said.text.replace(GOODBYE, "")
    return [part.strip("\n") for part in re.split(r"\x01\n", text)]


def machine(t, goal, recording, variables):
    if goal == "replay":
        vm = debugger.replaying_machine(recording, t.settings.machine(smp=1))
        return debugging.console(t, vm)
    return debugging.machine(t, smp=variables["SMP"], cmd=variables["CMD"],
                             icount=int(variables["ICOUNT"]))


def record(t, recording, variables):
    chosen = t.settings.machine(smp=1, cmd=variables["CMD"], mem=debugger.RECORD_MEM)
    vm = debugger.recording_machine(recording, chosen, os.path.join(t.build, "kernel-debug.elf"),
                                    os.path.join(t.build, "initrd.cpio"), ["quiet"])
    with debugging.console(t, vm) as m:
        m.ended(limit=60)
        return m.text.strip("\n")


def written(t):
    """The page as it would be written now."""
    with open(PAGE) as file:
        lines = file.read().split("\n")
    recording = debugger.Recording(os.path.join(t.build, "record-docs"))
    said = {}
    for session in sessions(lines):
        parts = run_session(t, session, recording)
        said[session.line] = parts[0] if session.words[0] == "record" else ""
        for (number, _), part in zip(session.commands, parts[1:]):
            said[number] = part
    return lines, "\n".join(fill(lines, said))


def fill(lines, said):
    """The page's lines, with what was said after each command instead of what stands there."""
    inside = False
    for number, line in enumerate(lines):
        if number in said:
            inside = True
            yield line
            yield from (INDENT + text.rstrip() for text in said[number].split("\n") if text)
        elif not (inside and line.startswith(INDENT)):
            inside = False
            yield line


def test_stepping(t):
    t.needs_checks()
    lines, now = written(t)
    if os.environ.get("REGENERATE") == "1":
        with open(PAGE, "w") as file:
            file.write(now)
        return
    before, after = ([mask(line) for line in text] for text in (lines, now.split("\n")))
    if before != after:
        different = "\n".join(difflib.unified_diff(before, after, PAGE, "now", lineterm="", n=1))
        raise Failure("%s shows something else than gdb; if that is right: REGENERATE=1 make test "
                      "FILTER=boot/gdb_docs" % PAGE, different)
