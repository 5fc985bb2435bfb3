# SPDX-License-Identifier: MIT
"""Types the session that README.md shows, and compares what comes with what is shown there.

Numbers, versions and addresses may be others; the words, and what kind of thing stands where, may not.
"""

import re

from runner_lib.compare import same

PROMPT = "tarae:/# "


def session():
    """[(command, shown output)] of the README; the first is what comes before the first prompt."""
    with open("README.md") as page:
        block = re.search(r"^    \^A x leaves.*?(?=^\S)", page.read(), re.S | re.M).group()
    lines = [line[4:].rstrip() for line in block.rstrip().splitlines()]
    found = [("", [])]
    for line in lines:
        if line.startswith(PROMPT):
            found.append((line[len(PROMPT):], []))
        else:
            found[-1][1].append(line)
    return found


def masked(text):
    """Numbers become N, runs of spaces one, states and CPUs are whatever they are just now."""
    text = re.sub(r"\b[0-9a-f]{16}\b", "ADDRESS", text)
    text = re.sub(r" (RUNNABLE|RUNNING|BLOCKED) +\d+ +\d+:\d+\.\d+ +\d+ ", " STATE CPU TIME CALLS ", text)
    text = re.sub(r"\d+(\.\d+)*", "N", text)
    return "\n".join(re.sub(r" +", " ", line).strip() for line in text.strip().splitlines())


def test_session(t):
    shown = session()
    with t.machine(smp=2) as m:
        m.prompt()
        for command, output in shown[1:-1]:
            same(masked(m.run(command)), masked("\n".join(output)), repr(command))
        m.type(shown[-1][0] + "\n")
        m.ended("power off")
