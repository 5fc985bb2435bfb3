# SPDX-License-Identifier: MIT
"""tests/budgets: how many instructions each row may take, with the compiler that it holds for.

The figures are deterministic, so the check is no timed test; but another compiler makes other
code, and then the file only informs.
"""

import math
import re

from .rows import ROWS

PATH = "tests/budgets"
MARGIN = 1.03


def compiler_of(build):
    """The compiler's version as the Makefile sees it."""
    with open(build + "/toolchain.mk") as file:
        match = re.search(r"^TOOL_VERSION := (.*)$", file.read(), re.M)
    return match.group(1).strip() if match else "unknown"


def read(path=PATH):
    """(compiler, {row: budget})"""
    compiler, budgets = None, {}
    with open(path) as file:
        for line in file:
            if line.startswith("compiler "):
                compiler = line[len("compiler "):].strip()
            elif line.strip() and not line.startswith("#"):
                name, budget = line.split()
                budgets[name] = int(budget)
    return compiler, budgets


def save(compiler, figures, path=PATH):
    """Writes the budgets of these figures; those of other rows stay, if they are for this
    compiler."""
    recorded, budgets = read(path)
    if recorded != compiler:
        budgets = {}
    budgets.update((name, math.ceil(figure * MARGIN)) for name, figure in figures.items())
    with open(path, "w") as file:
        file.write("# Instructions that each row of `make bench` may take, for this compiler: what "
                   "it took when this was\n# written, and 3%%. `make bench BUDGETS=save` writes it "
                   "anew.\ncompiler %s\n" % compiler)
        for row in ROWS:
            if row.name in budgets:
                file.write("%s %d\n" % (row.name, budgets[row.name]))


def exceeded(budgets, figures):
    """Lines that name the rows over their budget, and the budgets without a figure."""
    lines = []
    for name, budget in budgets.items():
        if name not in figures:
            lines.append("%s: no figure (its budget is %d)" % (name, budget))
        elif figures[name] > budget:
            lines.append("%s: %.0f instructions, its budget is %d" % (name, figures[name], budget))
    return lines


def verdict(compiler, figures, names, must_hold, path=PATH):
    """(lines to say, status): of the budgets of the rows `names`. The status is 1 if a row is over
    its budget, that is to fail, and the budgets are for this compiler."""
    recorded, limits = read(path)
    limits = {name: limit for name, limit in limits.items() if name in names}
    over = exceeded(limits, figures)
    if not over:
        return ["budgets: all %d rows are within %s" % (len(limits), PATH)], 0
    lines = ["budgets: over %s:" % PATH] + ["  " + line for line in over]
    if compiler != recorded:
        return lines + ["budgets: they hold for another compiler (%s; this is %s)" % (
            recorded, compiler)], 0
    return lines, 1 if must_hold else 0
