# SPDX-License-Identifier: MIT
"""Every demo, at 1 and at 4 CPUs and on Linux as the control: its statement must hold.

boot/demos.NAME runs `demo NAME --quick` and looks at the closing line, the status and the width of
what it prints. tests/mutants has for each demo a patch that makes this very test fail.
"""

import os
import platform
import re
import runpy
import subprocess
import sys
import tempfile

from runner_lib.compare import check, same

LIST = "root/usr/share/demos"
SOURCES = "user/demos"
WIDTHS = (1, 4)
CODE_MAX = 108  # lines of code: what can be read in a lecture
# These only show: there is no statement in them.
WITHOUT_VERDICT = ("turns", "lost")


def listed():
    with open(LIST) as file:
        return [line.split()[0] for line in file]


def source(name):
    """The files of a demo, NAME.c or NAME/*.c."""
    path = os.path.join(SOURCES, name)
    if os.path.isdir(path):
        return sorted(os.path.join(path, f) for f in os.listdir(path) if f.endswith(".c"))
    return [path + ".c"]


def on_tarae(t, smp, command, limit=100, **options):
    """(output, wait status) of a command on a machine of its own."""
    # Through a pipe, whose end keeps the console's last bytes in order.
    with t.machine(cmd=command + " 2>&1", smp=smp, words=["quiet"], **options) as m:
        m.ended("power off", limit=limit)
        return m.text, int(m.vm.reported("exit")[-1])


def on_linux(t, name, arguments):
    """The same of the same source, compiled unchanged; None where the host is no such Linux."""
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        return None
    with tempfile.TemporaryDirectory() as scratch:
        program = os.path.join(scratch, name)
        compiler = os.environ.get("HOSTCC", "cc").split()
        subprocess.run(compiler + ["-std=gnu11", "-Wall", "-Werror", "-pthread", "-o", program] +
                       source(name), check=True)
        done = subprocess.run([program] + arguments, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100)
        return done.stdout.decode(), done.returncode


def judge(where, output, status, verdict=True):
    check(status == 0, "status 0 " + where, "status %d" % status, output)
    lines = output.rstrip("\n").splitlines()
    wide = [line for line in lines if len(line) > 80]
    check(not wide, "at most 80 columns " + where, *wide)
    closing = [line for line in lines if re.match("held: |DID NOT HOLD: ", line)]
    if verdict:
        check(closing == lines[-1:], "one closing line, at the end, " + where, output)


def run_everywhere(t, name):
    verdict = name not in WITHOUT_VERDICT
    arguments = ["--quick"] if verdict else []
    for smp in WIDTHS:
        output, status = on_tarae(t, smp, " ".join(["demo", name] + arguments))
        judge("at SMP=%d" % smp, output, status, verdict)
    control = on_linux(t, name, arguments)
    if control:
        judge("on Linux", *control, verdict)


def add_tests():
    for name in listed():
        if os.path.exists(source(name)[0]):
            globals()["test_" + name] = lambda t, name=name: run_everywhere(t, name)


add_tests()


def test_list(t):
    """`demo` shows them all, each is there, and bad arguments bring the usage."""
    programs = {re.sub(r"\.c$", "", name) for name in os.listdir(SOURCES)
                if not name.endswith(".h")}
    check(programs == set(listed()), "the list to name each demo",
          *programs.symmetric_difference(listed()))
    with t.machine() as m:
        m.prompt()
        lines = m.run("demo").splitlines()
        with open(LIST) as file:
            same("\n".join(lines[1:]) + "\n", file.read(), "demo")
        check(all(len(line) <= 80 for line in lines), "at most 80 columns", *lines)
        check("no demo is called" in m.run("demo nothing"), "an unknown demo to be named")
        check("usage: demo" in m.run("demo ../bin/ls"), "a path to be refused")
        for name in listed():
            output = m.run("demo %s --no-such-thing; echo status $?" % name)
            check(re.match(r"usage: %s .*\nstatus 2\n" % name, output), "usage of " + name, output)


def test_short(t):
    """A demo can be read in a lecture."""
    code_lines = runpy.run_path("tools/check_size")["code_lines"]
    for name in listed():
        for path in source(name):
            with open(path) as file:
                count = code_lines(path, file.read())
            check(count <= CODE_MAX, "%s to have at most %d lines of code" % (path, CODE_MAX), count)
