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
# All other tests may be running beside it, and at a higher priority.
LIMIT_S = 900
# These build kernels and boot them; of batch jobs the last are the first to begin.
LONG = ("build", "mutants", "first_hour")
# How long a test that was told to end has to end what it started.
GRACE_S = 10


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


def end(process):
    """Ends a test that takes too long; returns what it had printed."""
    process.terminate()
    try:
        return process.communicate(timeout=GRACE_S)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0]


def run_limited(command, env, limit):
    """(status, output, reason); a test that takes too long has status 1."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env=env) as process:
        try:
            output = process.communicate(timeout=limit)[0]
        except subprocess.TimeoutExpired:
            return 1, end(process), "still running after %d s" % limit
    status = process.returncode
    reason = "exit status %d" % status if status >= 0 else "killed by signal %d" % -status
    return status, output, reason


def run_one(settings, name, command):
    started = time.monotonic()
    env = dict(os.environ, SEED=str(settings.seed), BUILD=settings.build,
               UBSAN_OPTIONS="print_stacktrace=1")
    try:
        status, output, reason = run_limited(command, env, LIMIT_S * settings.slow)
    except OSError as error:
        status, output, reason = 1, b"", str(error)
    seconds = time.monotonic() - started
    detail = last_lines(output.decode(errors="replace"), 60)
    if status == 0:
        return [Result("host/" + name, seconds=seconds, detail=detail if settings.verbose else "")]
    return [Result("host/" + name, "", False, reason, detail,
                   settings.again("host", name, seeded=True), seconds)]


def jobs(settings):
    found = sorted(commands(settings.build), key=lambda one: one[0] in LONG)
    return [Job("host/" + name, lambda n=name, c=command: run_one(settings, n, c), batch=True)
            for name, command in found if settings.matches("host", name)]
