# SPDX-License-Identifier: MIT
"""tests/budgets: how many instructions each row may take, with the compiler that it holds for.

The figures are deterministic, so the check is no timed test; but another compiler makes other
code, and then the file only informs.
"""

import math
import re

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


def write(compiler, figures, path=PATH):
    with open(path, "w") as file:
        file.write("# Instructions that each row of `make bench` may take, for this compiler: what "
                   "it took when this was\n# written, and 3%%. `make bench BUDGETS=save` writes it "
                   "anew.\ncompiler %s\n" % compiler)
        for name, figure in figures.items():
            file.write("%s %d\n" % (name, math.ceil(figure * MARGIN)))


def exceeded(budgets, figures):
    """Lines that name the rows over their budget, and the budgets without a figure."""
    lines = []
    for name, budget in budgets.items():
        if name not in figures:
            lines.append("%s: no figure (its budget is %d)" % (name, budget))
        elif figures[name] > budget:
            lines.append("%s: %.0f instructions, its budget is %d" % (name, figures[name], budget))
    return lines
