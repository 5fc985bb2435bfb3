# SPDX-License-Identifier: MIT
"""What the scripts in tests/boot check with."""

import difflib

from .console import Failure


def check(condition, what, *seen):
    """Fails with "expected WHAT" and what was seen instead."""
    if not condition:
        raise Failure("expected " + what, "\n".join(map(str, seen)))


def same(got, wanted, what):
    """Fails unless both texts are equal; shows where they differ."""
    if got != wanted:
        lines = difflib.unified_diff(wanted.splitlines(), got.splitlines(), "wanted", "got",
                                     lineterm="", n=2)
        raise Failure("expected other output of " + what,
                      "\n".join(list(lines)[:60]) or "%r\n%r" % (wanted, got))
