# SPDX-License-Identifier: MIT
"""Tests of the host: tests/host/NAME.c, compiled with sanitizers into build/host/NAME by the
Makefile, and scripts tests/host/NAME.py and NAME.sh. Each passes when it exits with 0."""

import os
import subprocess
import sys
import time

from .pool import Job
from .results import Result, last_lines

DIRECTORY = "tests/host"
LIMIT_S = 120


def commands(build):
    """[(name, command line)] of all tests of this kind."""
    found = []
    for name in sorted(os.listdir(DIRECTORY)) if os.path.isdir(DIRECTORY) else ():
        base, dot, kind = name.rpartition(".")
        path = os.path.join(DIRECTORY, name)
        if dot and kind == "c":
            found.append((base, [os.path.join(build, "host", base)]))
        elif kind == "py":
            found.append((base, [sys.executable, "-B", path]))
        elif kind == "sh":
            found.append((base, ["bash", path]))
    return found


def run_one(settings, name, command):
    started = time.monotonic()
    limit = LIMIT_S * settings.slow
    env = dict(os.environ, SEED=str(settings.seed), BUILD=settings.build,
               UBSAN_OPTIONS="print_stacktrace=1")
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=limit, env=env)
        status, output = done.returncode, done.stdout
        reason = "exit status %d" % status if status >= 0 else "killed by signal %d" % -status
    except subprocess.TimeoutExpired as late:
        status, output, reason = 1, late.stdout or b"", "still running after %d s" % limit
    except OSError as error:
        status, output, reason = 1, b"", str(error)
    seconds = time.monotonic() - started
    if status == 0:
        return [Result("host/" + name, seconds=seconds)]
    detail = last_lines(output.decode(errors="replace"), 60)
    return [Result("host/" + name, "", False, reason, detail,
                   settings.again("host", name, seeded=True), seconds)]


def jobs(settings):
    return [Job("host/" + name, lambda n=name, c=command: run_one(settings, n, c))
            for name, command in commands(settings.build) if settings.matches("host", name)]
