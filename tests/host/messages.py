# SPDX-License-Identifier: MIT
"""The messages that docs/when-it-breaks.md shows are those of the sources, word for word; and the functions to stop
at are there. (That the mistakes lead to them is what boot/checks shows.)"""

import glob
import re
import unittest

SOURCES = ("kernel/**/*.c", "kernel/**/*.h", "user/libc/**/*.c")
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
# What stands for a value, in the page and in the formats of printf.
VALUE = re.compile(r"…|NAME|\d+|%[-#0-9.]*l*z?[a-z]")


def words(text):
    """The text between values and marks, in pieces."""
    pieces = re.split(r'[`"(),:;|]|\bwith\b', VALUE.sub("|", text))
    return [piece.strip() for piece in pieces if piece.strip()]


class Messages(unittest.TestCase):
    def setUp(self):
        with open("docs/when-it-breaks.md") as page:
            self.page = page.read()
        paths = [path for pattern in SOURCES for path in glob.glob(pattern, recursive=True)]
        self.source = ""
        for path in paths:
            with open(path) as file:
                self.source += file.read()

    def test_messages(self):
        literals = LITERAL.findall(re.sub(r'"\s*\n\s*"', "", self.source))
        said = [words(literal.replace('\\"', '"').replace("\\n", "")) for literal in literals]
        known = "\n".join(["", *(piece for pieces in said for piece in pieces)])
        cells = re.findall(r"^\|[^|]*\|([^|]*)\|$", self.page, re.M)
        shown = [piece for cell in cells for span in re.findall(r"`([^`]*)`", cell) for piece in words(span)]
        self.assertGreater(len(shown), 40)
        self.assertEqual([piece for piece in shown if "\n" + piece not in known], [])

    def test_functions(self):
        for name in re.findall(r"\(gdb\) break (\w+)", self.page):
            self.assertRegex(self.source, r"(?m)^[a-z_].*\b%s\(" % name)


if __name__ == "__main__":
    unittest.main()
