# SPDX-License-Identifier: MIT
"""Tracing in whole machines: /dev/trace, the shell's commands, and what `make trace` writes."""

import json
import os
import re
import subprocess
import sys
import tempfile

from machine import vm
from runner_lib import chrome_rules, guest
from runner_lib.compare import check

WORK = "ls /bin | wc -l; yes | head -5000 | sort | tail -1; sleep 0.05"


def make_trace(t, directory, smp, *variables, work=WORK):
    """(the JSON document, the page's data, what the launcher said) of `make trace CMD=work`."""
    prefix = os.path.join(directory, "trace")
    done = subprocess.run(
        [sys.executable, "tools/run", "BOOT=direct", "SMP=%d" % smp, "CMD=" + work] + list(variables) +
        ["--kernel", t.build + "/kernel.elf", "--initrd", t.build + "/initrd.cpio", "--limit", str(60 * t.slow),
         "--trace", prefix], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=100 * t.slow,
        stderr=subprocess.PIPE, universal_newlines=True)
    check(done.returncode == 0, "status 0", done.returncode, done.stdout, done.stderr)
    with open(prefix + ".json") as file:
        document = json.load(file)
    with open(prefix + ".html", encoding="utf-8") as file:
        page = file.read()
    data = re.search(r'<script id="data"[^>]*>(.*?)</script>', page, re.S).group(1)
    return document, json.loads(data), done.stderr


def disjoint(spans):
    return all(one[0] < one[1] <= two[0] for one, two in zip(spans, spans[1:]))


def test_make_trace(t):
    for smp in (1, 2, 4):
        with tempfile.TemporaryDirectory() as directory:
            document, data, said = make_trace(t, directory, smp)
        check(not chrome_rules.problems(document), "a valid document",
              *chrome_rules.problems(document))
        names = {e["args"]["name"] for e in document["traceEvents"] if e["ph"] == "M"}
        check("CPU %d" % (smp - 1) in names and "CPU %d" % smp not in names, "a track per CPU", names)
        for program in ("ls", "wc", "yes", "head", "sort", "tail", "sleep"):
            check(any(re.match(program + r" \d+$", name) for name in names), "a track of " + program,
                  names)
        slices = {e["name"] for e in document["traceEvents"] if e["ph"] == "B"}
        for wanted in ("ready", "blocked: pipe read", "blocked: nanosleep", "timer"):
            check(wanted in slices, "a slice '%s'" % wanted, sorted(slices))
        check(any(name.startswith("read(") for name in slices), "system calls", sorted(slices))
        flows = {e["name"] for e in document["traceEvents"] if e["ph"] == "s"}
        check({"wake", "fork"} <= flows, "arrows of wake-ups and forks", flows)
        # The same in the page: nobody is twice at a time, no CPU runs two.
        check(len(data["cpus"]) == smp and data["lost"] == 0, "%d CPUs, nothing lost" % smp)
        for part in [c["runs"] for c in data["cpus"]] + [h["states"] for h in data["threads"]]:
            check(disjoint(part), "spans one after the other", part)
        check("events in " in said, "the launcher to say so", said)


def test_lost_events_are_told(t):
    with tempfile.TemporaryDirectory() as directory:
        document, data, said = make_trace(t, directory, 2, "APPEND=trace_events=1024",
                                          work="for i in 1 2 3 4 5 6 7 8 9; do ls /bin | wc; done")
    check(data["lost"] > 0 and document["otherData"]["lost events"] == data["lost"],
          "lost events in both files", data["lost"], document["otherData"])
    check("%d more were lost" % data["lost"] in said, "the launcher to tell", said)
    check(not chrome_rules.problems(document), "a valid document", *chrome_rules.problems(document))


def test_device(t):
    with t.machine(smp=2) as m:
        m.prompt()
        check(m.run("cat /dev/trace") == "# tracing off, 0 events a CPU\n", "nothing yet", m.text)
        m.run("echo on >/dev/trace; ls / >/dev/null; echo off >/dev/trace")
        first = m.run("cat /dev/trace >/tmp/1; head -1 /tmp/1")
        check(first == "# tracing off, 16384 events a CPU\n", "the head line", first)
        text = m.run("grep -c ' switch to=' /tmp/1; grep -c 'exec thread=[0-9]* pid=[0-9]* name=ls' "
                     "/tmp/1; grep -c getdents64 /tmp/1").split()
        check(len(text) == 3 and int(text[0]) > 3 and text[1] == "1" and int(text[2]) >= 2,
              "the switches and ls's work", text)
        check("nvalid" in m.run("echo up >/dev/trace"), "an error for other words", m.text)


def test_on_at_boot(t):
    with t.machine(smp=4, words=["trace=on", "trace_events=1024"], cmd="head -1 /dev/trace") as m:
        m.ended(vm.POWER_OFF, limit=60)
        check("# tracing on, 1024 events a CPU" in m.text, "tracing from the start", m.text)


def test_trace_command(t):
    with t.machine(smp=2) as m:
        m.prompt()
        check(m.run("trace on; ls /dev >/dev/null; trace off; trace dump | grep -c 'exec .*name=ls'")
              == "1\n", "ls's exec", m.text)
        check(m.run("trace; echo $?").split()[-1] == "2", "a usage message", m.text)


def picture_of(text):
    """{label: cells} of what timeline draws."""
    return {match.group(1).strip(): match.group(2)
            for match in re.finditer(r"^(\S.{15,18}) \|(.{60})\|$", text, re.M)}


BUSY = "for i in 1 2; do (for k in $(seq 20000); do j=$((k*k)); done) & done; wait"


def test_timeline(t):
    """Two busy processes: on one CPU in turns, on two side by side."""
    # In virtual time, of which a slice has the same share on any host.
    with t.machine(smp=1, icount=guest.ICOUNT) as m:
        m.prompt()
        check("nothing was traced" in m.run("timeline"), "what to do first", m.text)
        text = m.run("timeline sh -c '%s'" % BUSY, limit=60)
        rows = picture_of(text)
        check(all(len(line) <= 80 for line in text.split("\n")), "80 columns", text)
        busy = [cells for label, cells in rows.items() if label.startswith("sh")
                and cells.count("0") > 10]
        check(len(busy) >= 2 and all("=" in cells for cells in busy[-2:]), "turns", text)
        check(all("1" not in cells for cells in rows.values()), "one CPU", text)
        for program, status in (("/nope", 127), ("/etc", 126), ("sh -c \"exit 3\"", 3)):
            text = m.run("timeline %s; echo status $?" % program)
            check("status %d\n" % status in text, "the program's status", program, text)
    with t.machine(smp=2) as m:
        m.prompt()
        for _ in range(5):  # a host that puts one of them aside spoils it
            rows = picture_of(m.run("timeline sh -c '%s'" % BUSY, limit=60))
            both = sum(a == b == "#" for a, b in zip(rows["CPU             0"],
                                                     rows["CPU             1"]))
            if both > 10:
                return
        check(False, "both CPUs busy at once", rows)
