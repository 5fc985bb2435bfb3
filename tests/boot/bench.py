# SPDX-License-Identifier: MIT
"""The benchmark: that it repeats, and what is said of budgets.

How fast the kernel is, is measured on a build without checks, by `make bench`.
"""

import os
import re
import tempfile

from bench import budgets
from bench.rows import BY_NAME, COUNTED
from runner_lib.compare import check

ROWS = "null stat yield_processes pipe fork_exit fault map"


def figures(t):
    # As tools/bench starts it, but for the CPU: what counts here is that nothing depends on the host.
    with t.machine(smp=1, icount=0, words=["quiet", "seed=1"], cmd="bench -r " + ROWS,
                   extra=["-rtc", "base=2026-01-01"]) as m:
        m.ended("power off", limit=100)
        return m.text


def test_figures_repeat(t):
    first, second = figures(t), figures(t)
    rows = re.findall(r"^row (\S+) [0-9.]+$", first, re.M)
    check(rows and set(rows) == set(ROWS.split()), "a figure for each row", first)
    check("scale 1.0000\n" in first, "one tick for each instruction", first)
    check(first == second, "the same figures twice", first, second)


def test_budgets(t):
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "budgets")
        budgets.write("a compiler 1.2", {"null": 100.0, "stat": 1000.5}, path)
        compiler, limits = budgets.read(path)
    check(compiler == "a compiler 1.2" and limits == {"null": 103, "stat": 1031},
          "what was written", compiler, limits)
    check(budgets.exceeded(limits, {"null": 103, "stat": 1031}) == [], "no row over its budget")
    over = budgets.exceeded(limits, {"null": 104, "stat": 1})
    check(len(over) == 1 and over[0].startswith("null: 104"), "one row over its budget", over)
    check(len(budgets.exceeded(limits, {"stat": 1})) == 1, "a row that has gone", limits)


def test_budgets_are_of_rows(t):

    _, limits = budgets.read()
    for name in limits:
        check(name in BY_NAME and BY_NAME[name].group in COUNTED, "a counted row", name)
    check(limits, "budgets in " + budgets.PATH)
