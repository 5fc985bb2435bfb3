# SPDX-License-Identifier: MIT
"""Programs built with other C libraries, run unchanged here and on Tarae; what they print, and the
status with which they end, must be equal."""

import os
import shutil
import subprocess
import tempfile

from runner_lib.compare import check, same

PROGRAMS = "tests/linux"
# How it is called on both: from its own directory, with arguments and an environment of its own.
RUN = """cd "$1" || exit
for program in hello facts
do
	env -i FIRST=1 SECOND="two words" ./$program one "two  words" "" 2>&1
	echo "$program ended with $?"
	./$program 2>&1 >/dev/null
	echo "without arguments $?"
done
"""
FLAGS = ["-std=gnu11", "-O2", "-w", "-x", "c"]


def build(t, directory, compiler, flags, names):
    """Compiles the programs; skips the test if this host cannot."""
    if not shutil.which(compiler):
        t.skip("%s is not installed" % compiler)
    for name in names:
        command = [compiler] + flags + FLAGS + [os.path.join(PROGRAMS, name + ".c"), "-lm",
                                                "-o", os.path.join(directory, name)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              universal_newlines=True)
        if done.returncode:
            t.skip("%s %s does not link: %s" % (compiler, " ".join(flags), done.stdout[-200:]))


def compare(t, compiler, *flags, names=("hello", "facts"), run=RUN, expected="hello ended with 14",
            cpus=(2,)):
    with tempfile.TemporaryDirectory() as overlay:
        directory = os.path.join(overlay, "programs")
        os.mkdir(directory)
        build(t, directory, compiler, list(flags), names)
        script = os.path.join(overlay, "run")
        with open(script, "w") as file:
            file.write(run)
        here = subprocess.run(["sh", script, directory], stdin=subprocess.DEVNULL, timeout=60 * t.slow,
                              stdout=subprocess.PIPE, universal_newlines=True, check=True)
        check(expected in here.stdout, "the programs to run on this host", here.stdout)
        for smp in cpus:
            with t.machine(add=overlay, cmd="sh /run /programs </dev/null | cat",
                           words=["quiet"], smp=smp) as m:
                m.ended("power off", limit=90)
                same(m.text, here.stdout, "%s %s, %d CPUs" % (compiler, " ".join(flags), smp))


def test_musl_static(t):
    compare(t, "musl-gcc", "-static")


def test_glibc_static(t):
    compare(t, "gcc", "-static")


def test_glibc_static_pie(t):
    compare(t, "gcc", "-static-pie")


RUN_THREADS = """cd "$1" || exit
./threads 2>&1
echo "threads ended with $?"
"""


def compare_threads(t, compiler, *flags):
    compare(t, compiler, *flags, names=("threads",), run=RUN_THREADS,
            expected="threads ended with 9", cpus=(1, 2, 4))


def test_musl_threads(t):
    compare_threads(t, "musl-gcc", "-static")


def test_glibc_threads(t):
    compare_threads(t, "gcc", "-static", "-pthread")
