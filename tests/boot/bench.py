# SPDX-License-Identifier: MIT
"""The benchmark: that it repeats, what it refuses, and what is said of budgets and goals."""

import json
import os
import subprocess
import sys
import tempfile

from bench import budgets
from bench.rows import BY_NAME, GROUPS, ROWS
from runner_lib.compare import check
from runner_lib.on_terminal import clean_environment

VARIABLES = ("PEER", "SAVE", "COMPARE", "BENCH_ICOUNT", "ROWS", "BUDGETS")
ONE_OF_EACH = "null yield_threads fork_exit fault kernel_switch thread_bytes boot_512"


def bench(*argv, **variables):
    """tools/bench/run as `make bench` starts it; returns (status, output, messages)."""
    env = {name: value for name, value in clean_environment().items() if name not in VARIABLES}
    done = subprocess.run([sys.executable, "tools/bench/run"] + list(argv),
                          env=dict(env, **variables), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    return done.returncode, done.stdout, done.stderr


def figures(directory):
    """What a run prints and keeps, both of which are to be the same each time."""
    with tempfile.TemporaryDirectory() as scratch:
        said = bench(directory, BUILD=scratch, ROWS=ONE_OF_EACH)
        check(said[0] == 0, "status 0", *said)
        with open(os.path.join(scratch, "bench.json")) as file:
            return said[1], json.load(file)


def test_figures_repeat(t):
    """On the kernel that the other tests have: its checks are counted with the rest, and repeat as well."""
    first, second = figures(t.build), figures(t.build)
    check(first == second, "the same figures twice", *first, *second)
    text, kept = first
    names = [row["name"] for row in kept["rows"]]
    check(set(names) == set(ONE_OF_EACH.split()), "a figure for each row", names)
    check({BY_NAME[name].group for name in names} == set(GROUPS) - {"parallel"},
          "a row of each group", names)
    check(kept["scale"] == 1 and "an instruction takes 1.0000 ticks" in text,
          "the scale, in the table and in the file", text, kept["scale"])


def refuses(message, **variables):
    status, _, messages = bench("--check", **variables)
    check(status == 1 and message in messages and "Traceback" not in messages,
          "%r refused with %r" % (variables, message), status, messages)


def test_wrong_values_are_explained(t):
    refuses("SMP=x: expected a number of CPUs", SMP="x")
    refuses("SMP=4,cores=3: expected a topology", SMP="4,cores=3")
    refuses("BENCH_ICOUNT=x: expected 0 or 1", BENCH_ICOUNT="x")
    refuses("counted on one CPU", BENCH_ICOUNT="1", SMP="2")
    refuses("budgets are counted", BUDGETS="check", BENCH_ICOUNT="0")
    refuses("no row or group zz", ROWS="null zz")
    refuses("speedup is not measured so", ROWS="null speedup")
    refuses("null is not measured so", ROWS="null", SMP="2")
    refuses("cannot be written", SAVE="no/such/place")
    refuses("COMPARE=no/such/place", COMPARE="no/such/place")
    for name, value in (("MEM", "1G"), ("CMD", "true"), ("ADD", "."), ("BOOT", "grub"),
                        ("APPEND", "quiet"), ("ACCEL", "tcg"), ("ICOUNT", "3")):
        refuses(name + ": not taken here", **{name: value})
    for variables in ({}, {"SMP": "4,cores=2,threads=2"}, {"BENCH_ICOUNT": "both"},
                      {"ROWS": "calls fork_exec"}):
        said = bench("--check", **variables)
        check(said[0] == 0, "%r accepted" % variables, *said)


def test_unlike_figures_are_not_compared(t):
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "before")
        kept = {"counted": True, "cpus": 1, "rows": [{"name": "null", "count": 80}]}
        with open(path, "w") as file:
            json.dump(kept, file)
        check(bench("--check", COMPARE=path)[0] == 0, "counts compared with counts")
        refuses("it has instructions on 1 CPU, this run would have times on 1 CPU", COMPARE=path,
                BENCH_ICOUNT="0")
        refuses("this run would have times on 2 CPUs", COMPARE=path, SMP="2")


def test_budgets(t):
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "budgets")
        with open(path, "w") as file:
            file.write("compiler an older one\nfault 7\n")
        budgets.save("cc 1.2", {"null": 100.0, "stat": 1000.5}, path)
        check(budgets.read(path) == ("cc 1.2", {"null": 103, "stat": 1031}),
              "what was written, without what held for another compiler", budgets.read(path))
        budgets.save("cc 1.2", {"stat": 100.0}, path)
        check(budgets.read(path)[1] == {"null": 103, "stat": 103}, "one changed, the other kept",
              budgets.read(path))

        def verdict(compiler, must_hold, **counts):
            lines, status = budgets.verdict(compiler, counts, ["null", "stat"], must_hold, path)
            return "\n".join(lines), status

        within = verdict("cc 1.2", True, null=103, stat=103)
        check(within == ("budgets: all 2 rows are within tests/budgets", 0), "rows within", within)
        over = verdict("cc 1.2", True, null=104, stat=1)
        check(over[1] == 1 and "null: 104 instructions, its budget is 103" in over[0] and
              "stat" not in over[0], "one row over its budget, which fails", *over)
        told = verdict("cc 1.2", False, null=104, stat=1)
        check(told == (over[0], 0), "the same, only said", *told)
        other = verdict("cc 1.3", True, null=104, stat=1)
        check(other[1] == 0 and over[0] in other[0] and "another compiler (cc 1.2" in other[0],
              "with another compiler said and not failed", *other)
        gone = verdict("cc 1.2", True, stat=1)
        check(gone[1] == 1 and "null: no figure" in gone[0], "a row without a figure fails", *gone)


def test_budgets_are_of_all_counted_rows(t):
    _, limits = budgets.read()
    counted = {row.name for row in ROWS if row.counted}
    check(set(limits) == counted, "a budget for each counted row and no other",
          sorted(set(limits) ^ counted))


def test_goals(t):
    def limit(name, cpus=1, **figures):
        return BY_NAME[name].limit(figures, cpus)

    check(limit("null") == 70, "a number")
    check(limit("yield_1024", yield_threads=200) == 210, "5% more than another row")
    check(limit("yield_1024") is None, "none without the other row")
    check(limit("fork_speedup", cpus=4) == 3.2, "0.8 for each CPU")
    check(BY_NAME["free_64"].reached(60000, 57344) and not BY_NAME["free_64"].reached(5, 57344),
          "at least so much")
    check(BY_NAME["null"].reached(70, 70) and not BY_NAME["null"].reached(71, 70), "at most so much")
    without = [row.name for row in ROWS if row.counted and row.goal is None]
    check(not without, "a goal for each counted row", without)
