#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Does what docs/first-hour.md says, in a copy of the tree, and compares what it shows.

In each code block a line "$ COMMAND" is run; the lines below it must appear in the output, with every number of
milliseconds within 10% and counts of turns within 20%. A command may fail only if the page shows "N failed"."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

PAGE = "docs/first-hour.md"


def commands():
    """[(command, [shown lines])] in order."""
    found = []
    with open(PAGE) as page:
        blocks = re.findall(r"^```\n(.*?)^```", page.read(), re.S | re.M)
    for block in blocks:
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def matches(shown, line):
    """The same words, and nearly the same numbers where a unit says that they are measured."""
    number = r"(\d+(?:\.\d+)?)(?= (?:ms$|turns))"
    if re.sub(number, "N", shown) != re.sub(number, "N", line):
        return False
    pairs = zip(re.findall(number, shown), re.findall(number, line))
    return all(abs(float(a) - float(b)) <= 0.2 * float(a) for a, b in pairs)


def copy_tree(to):
    files = subprocess.run(["git", "ls-files", "-z"], stdout=subprocess.PIPE, check=True).stdout
    for name in filter(None, files.decode().split("\0")):
        if os.path.lexists(name):
            os.makedirs(os.path.join(to, os.path.dirname(name)), exist_ok=True)
            shutil.copy2(name, os.path.join(to, name), follow_symlinks=False)
    # What is built already need not be built again; what other tests are writing is none of it.
    build = os.environ.get("BUILD", "build")
    if os.path.isdir(build):
        shutil.copytree(build, os.path.join(to, build), symlinks=True,
                        ignore=shutil.ignore_patterns("clang", "bench", "mutants*", "record*",
                                                      "terminal-*", "tests.*", "*.sock"))


def main():
    environment = {k: v for k, v in os.environ.items()
                   if k not in ("FILTER", "SMP", "MEM", "CMD", "ADD", "BOOT", "APPEND", "ICOUNT",
                                "MAKEFLAGS", "MAKELEVEL")}
    with tempfile.TemporaryDirectory(prefix="tarae-first-hour-") as tree:
        copy_tree(tree)
        for command, shown in commands():
            done = subprocess.run(["bash", "-c", command], cwd=tree, env=environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            output = done.stdout.decode(errors="replace").replace("\r", "")
            lines = output.splitlines()
            missing = [s for s in shown if not any(matches(s, line) for line in lines)]
            may_fail = any(re.search(r"[1-9]\d* failed", s) for s in shown)
            if missing or (done.returncode != 0) != may_fail:
                sys.exit("$ %s\nstatus %d; not in its output: %s\n%s" % (command, done.returncode, missing, output))
    print("%s: all commands did what the page says" % PAGE)


if __name__ == "__main__":
    main()
