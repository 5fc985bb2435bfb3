# SPDX-License-Identifier: MIT
"""Every demo, at 1 and at 4 CPUs and on Linux as the control: its statement must hold.

boot/demos.NAME runs `demo NAME --quick` and looks at the closing line, the status and the width of
what it prints; boot/demos.NAME_on_linux does so with the same source on this host. All demos take
turns in one machine of each width, and leave nothing behind in it. A demo that follows a listing is
also compared with the listing, in Python, in tests/listings: what it prints before its first empty
line must be the same, in any order where the scheduler is free. tests/mutants has patches that make
these very tests fail.
"""

import functools
import os
import platform
import re
import runpy
import shutil
import subprocess
import sys
import tempfile

from runner_lib.compare import check, same
from runner_lib.console import Failure
from runner_lib.pool import Job
from runner_lib.results import Result
from runner_lib.turns import MACHINE, take_turns

LIST = "root/usr/share/demos"
SOURCES = "user/demos"
LISTINGS = "tests/listings"
MUTANTS = "tests/mutants"
# Of these the order is fixed; of the others the lines are compared in any order.
IN_ORDER = ("pool-map", "fork-join", "worker-class")
WIDTHS = ("1", "4")
LIMIT_S = 100
CODE_MAX = 96  # lines of code: what can be read in a lecture
HEADER_MAX = 220  # of what they share
# Runs a listing with a print() that writes each line whole: Python's own may write it in pieces,
# and those of two threads would mix.
WHOLE_LINES = """
import builtins, runpy, sys
builtins.print = lambda *words: sys.stdout.write(" ".join(map(str, words)) + "\\n")
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
# Programs that a demo starts: on Linux they are compiled too.
STARTS = {"web": {"webd": "user/bin/webd", "webget": "user/bin/webget.c"}}
# These only show: there is no statement in them.
WITHOUT_VERDICT = ("turns", "lost")
# It shows that several CPUs compute at once: where the host has one, those of a machine take turns.
WANTS_HOST_CPUS = ("concurrent",)


def listed():
    with open(LIST) as file:
        return [line.split()[0] for line in file]


def source(name):
    """The file of a demo."""
    return os.path.join(SOURCES, name + ".c")


def demos():
    """Those of the list that are there."""
    return [name for name in listed() if os.path.exists(source(name))]


def compile_on_linux(path, program):
    """A file, or all of a directory."""
    files = [path]
    if os.path.isdir(path):
        files = sorted(os.path.join(path, f) for f in os.listdir(path) if f.endswith(".c"))
    compiler = os.environ.get("HOSTCC", "cc").split()
    subprocess.run(compiler + ["-std=gnu11", "-Wall", "-Werror", "-pthread", "-o", program] +
                   files, check=True)


def on_linux(t, name, arguments):
    """The same of the same source, compiled unchanged; None where the host is no such Linux."""
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        return None
    with tempfile.TemporaryDirectory() as scratch:
        program = os.path.join(scratch, name)
        compile_on_linux(source(name), program)
        for started, path in STARTS.get(name, {}).items():
            compile_on_linux(path, os.path.join(scratch, started))
        done = subprocess.run([program] + arguments, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_S * t.slow,
                              env=dict(os.environ, PATH=scratch + ":" + os.environ["PATH"]))
        return done.stdout.decode(), done.returncode


def judge(where, output, status, verdict=True):
    check(status == 0, "status 0 " + where, "status %d" % status, output)
    lines = output.rstrip("\n").splitlines()
    wide = [line for line in lines if len(line) > 80]
    check(not wide, "at most 80 columns " + where, *wide)
    closing = [line for line in lines if re.match("held: |DID NOT HOLD: ", line)]
    if verdict:
        check(closing == lines[-1:], "one closing line, at the end, " + where, output)


def lines_of_listing(name, output):
    """What is compared: process ids by what they are, the lines in order or sorted."""
    parent = re.search(r"parent: (\d+)", output)
    if name == "fork" and parent:
        output = re.sub(r"\b%s\b" % parent.group(1), "PARENT", output)
        output = re.sub(r"\d+", "CHILD", output)
    lines = output.split("\n\n")[0].splitlines()
    return lines if name in IN_ORDER else sorted(lines)


@functools.lru_cache(maxsize=None)
def listing(name, arguments, limit):
    """What the listing prints under Python here; None where there is none, or no fork()."""
    path = os.path.join(LISTINGS, name + ".py")
    if not os.path.exists(path) or not hasattr(os, "fork"):
        return None
    done = subprocess.run([sys.executable, "-c", WHOLE_LINES, path, *arguments], timeout=limit,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    return lines_of_listing(name, done.stdout.decode())


def arguments_of(name):
    return [] if name in WITHOUT_VERDICT else ["--quick"]


def judge_demo(name, where, output, status, slow):
    judge(where, output, status, name not in WITHOUT_VERDICT)
    wanted = listing(name, tuple(arguments_of(name)), LIMIT_S * slow)
    if wanted:
        same("\n".join(lines_of_listing(name, output)), "\n".join(wanted),
             "%s %s" % (name, where))


def host_cpus():
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def on_tarae(settings, smp, names):
    """The results of these demos, which take turns in one machine."""
    scripts = {name: "exec demo " + " ".join([name] + arguments_of(name)) for name in names}
    return [result_on_tarae(settings, smp, name, turn)
            for name, turn in take_turns(settings, smp, scripts, LIMIT_S).items()]


def result_on_tarae(settings, smp, name, turn):
    passed, reason, detail = turn.passed, turn.reason, turn.detail
    if passed:
        try:
            judge_demo(name, "at SMP=" + smp, turn.printed, 0, settings.slow)
        except Failure as failure:
            passed, reason, detail = False, failure.reason, failure.detail
    again = "" if passed else settings.again("boot", "demos." + name.replace(MACHINE, ""), smp)
    if passed and not settings.verbose:
        detail = ""
    return Result("boot/demos." + name, "SMP=" + smp, passed, reason, detail, again, turn.seconds)


def shared_jobs(settings):
    """A machine with the demos that are wanted, for each width."""
    jobs = []
    for smp in [settings.env["SMP"]] if settings.env["SMP"] else WIDTHS:
        names = [name for name in demos() if settings.matches("boot", "demos." + name)]
        if smp != "1" and host_cpus() == 1:
            names = [name for name in names if name not in WANTS_HOST_CPUS]
        if names:
            jobs.append(Job("boot/demos at SMP=" + smp,
                            lambda s=smp, n=names: on_tarae(settings, s, n)))
    return jobs


def run_on_linux(t, name):
    result = on_linux(t, name, arguments_of(name))
    if result:
        judge_demo(name, "on Linux", *result, t.slow)


def add_tests():
    for name in demos():
        globals()["test_%s_on_linux" % name] = lambda t, name=name: run_on_linux(t, name)


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
            usage = re.match(r"usage: %s .*\n(    [A-Z]+ +\d+ to \d+\n)*status 2\n" % name, output)
            check(usage, "usage of " + name, output)
            check(all(len(line) <= 80 for line in output.splitlines()), "80 columns", output)


def shape(path):
    """What a page and its translation have in common: the depths of the headings, the cells of each
    table row, the commands, and in tables what stands between backquotes."""
    found = []
    with open(path) as file:
        for line in file:
            if line.startswith("#"):
                found.append(line.split()[0])
            elif line.startswith("|"):
                found.append([sorted(re.findall("`[^`]*`", cell)) for cell in line.split("|")])
            elif re.match("    (make|demo|cc) ", line):
                found.append(line.split("  #")[0].strip())
    return found


def same_shape(page):
    translation = page.replace(".md", ".ko.md")
    same("\n".join(map(str, shape(translation))), "\n".join(map(str, shape(page))), translation)


def test_translations(t):
    """Same headings, tables and commands; and the Korean page comes through the console unharmed."""
    same_shape("docs/concepts.md")
    same_shape("README.md")
    with tempfile.TemporaryDirectory() as overlay:
        shutil.copy("docs/concepts.ko.md", overlay)
        with t.machine(cmd="cat /concepts.ko.md", words=["quiet"], add=overlay) as m:
            m.ended("power off", limit=LIMIT_S)
            with open("docs/concepts.ko.md") as file:
                same(m.text, file.read(), "cat concepts.ko.md")
            check(m.vm.reported("exit") == ["0"], "status 0", m.vm.reported("exit"))


def test_concepts(t):
    """docs/concepts.md names each demo, and functions that there are."""
    with open("docs/concepts.md") as file:
        page = file.read()
    for name in listed():
        check("`%s`" % name in page, "docs/concepts.md to name `%s`" % name)
    for path, functions in re.findall(r"`(kernel/[a-z_/]+\.c)`: ((?:`\w+`(?:, )?)+)", page):
        with open(path) as file:
            text = file.read()
        for function in re.findall(r"\w+", functions):
            check(re.search(r"\b%s\(" % function, text), "%s to have %s()" % (path, function))


def test_complete(t):
    """Each statement has a mutant that falsifies it, and each listing is there to be compared."""
    heads = ""
    for patch in os.listdir(MUTANTS):
        with open(os.path.join(MUTANTS, patch)) as file:
            heads += file.read().partition("\n--- ")[0]
    for name in set(listed()).difference(WITHOUT_VERDICT):
        check("Fails: boot/demos.%s\n" % name in heads, "a mutant for " + name)
    with open(LIST) as file:
        for name in re.findall(r"^(\S+) +listing: ", file.read(), re.M):
            check(os.path.exists(os.path.join(LISTINGS, name + ".py")), "the listing of " + name)


def test_short(t):
    """A demo can be read in a lecture, and what it is not about fits a header."""
    code_lines = runpy.run_path("tools/check_size")["code_lines"]
    for name in sorted(os.listdir(SOURCES)):
        path, most = os.path.join(SOURCES, name), HEADER_MAX if name.endswith(".h") else CODE_MAX
        with open(path) as file:
            count = code_lines(path, file.read())
        check(count <= most, "%s to have at most %d lines of code" % (path, most), count)
