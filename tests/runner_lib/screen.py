# SPDX-License-Identifier: MIT
"""The screen of a terminal: what a person would see of a console.

A script that only searches the stream of bytes cannot tell whether a line editor or vi has drawn
the right thing. A Screen plays the terminal (a VT100, as far as programs here use one) and can be
asked for its rows and its cursor:

    screen = Screen(m)
    m.type("abc\\x1b[D")
    screen.expect("prompt# abc", row=-1, column=10)
"""

import codecs
import re
import unicodedata

from .console import LIMIT_S, Failure

SEQUENCE = re.compile(r"\x1b(?:\[([?0-9;]*)([@-~])|([()][0-9A-B])|([78=>DM]))")
UNFINISHED = re.compile(r"\x1b(?:\[[?0-9;]*|[()])?\Z")


class Screen:
    """rows of text, the cursor in (row, column), both from 0. A column equal to the width means
    that the last column was just written: the next character wraps."""

    def __init__(self, machine, rows=24, columns=80):
        self.machine, self.rows, self.columns = machine, rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self._taken, self._rest = 0, ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.update()

    # -- what the terminal does

    def update(self):
        """Takes in what has come since."""
        data = bytes(self.machine.vm.console[self._taken:])
        self._taken += len(data)
        text = self._rest + self._decoder.decode(data)
        unfinished = UNFINISHED.search(text)
        self._rest = unfinished.group() if unfinished else ""
        text = text[:len(text) - len(self._rest)]
        at = 0
        while at < len(text):
            match = SEQUENCE.match(text, at) if text[at] == "\x1b" else None
            if match:
                self._sequence(match)
                at = match.end()
            else:
                self._character(text[at])
                at += 1

    def _character(self, c):
        if c == "\r":
            self.column = 0
        elif c == "\n":
            self._down()
        elif c == "\b":
            self.column = max(0, min(self.column, self.columns - 1) - 1)
        elif c == "\t":
            self.column = min(self.columns - 1, self.column // 8 * 8 + 8)
        elif c >= " " and c != "\x7f":
            # Half of a wide character's two columns is an empty cell.
            cells = [c, ""] if unicodedata.east_asian_width(c) in "WF" else [c]
            if self.column + len(cells) > self.columns:
                self.column = 0
                self._down()
            self.cells[self.row][self.column:self.column + len(cells)] = cells
            self.column += len(cells)

    def _down(self):
        if self.row < self.rows - 1:
            self.row += 1
        else:
            self.cells = self.cells[1:] + [[" "] * self.columns]

    def _up(self):
        if self.row:
            self.row -= 1
        else:
            self.cells = [[" "] * self.columns] + self.cells[:-1]

    def _sequence(self, match):
        if match.group(4) == "M":
            self._up()
        elif match.group(4) == "D":
            self._down()
        letter = match.group(2)
        if not letter or letter in "mhl":
            return
        numbers = [int(n) if n.isdigit() else 0 for n in match.group(1).split(";")]
        first = numbers[0]
        if letter in "ABCDGHf":
            self._move(letter, max(1, first), max(1, (numbers + [0])[1]))
        elif letter in "JK":
            self._erase(letter, first)

    def _move(self, letter, count, second):
        column = min(self.column, self.columns - 1)
        row = self.row
        if letter == "A":
            row -= count
        elif letter == "B":
            row += count
        elif letter == "C":
            column += count
        elif letter == "D":
            column -= count
        elif letter == "G":
            column = count - 1
        else:
            row, column = count - 1, second - 1
        self.row = max(0, min(self.rows - 1, row))
        self.column = max(0, min(self.columns - 1, column))

    def _erase(self, letter, what):
        column = min(self.column, self.columns - 1)
        start, end = ((column, self.columns), (0, column + 1), (0, self.columns))[what]
        self.cells[self.row][start:end] = [" "] * (end - start)
        if letter == "J":
            others = (range(self.row + 1, self.rows), range(self.row), range(self.rows))[what]
            for row in others:
                self.cells[row] = [" "] * self.columns

    # -- looking

    def lines(self):
        """The rows as text without trailing blanks."""
        self.update()
        return ["".join(row).rstrip() for row in self.cells]

    def expect(self, text, row=None, column=None, limit=LIMIT_S):
        """Waits until a row (the cursor's; row=: that one) reads `text`, and, if column is given,
        the cursor is in that column of its row."""
        def right():
            lines = self.lines()
            at = self.row if row is None else row
            return lines[at] == text.rstrip() and column in (None, self.column)

        self._wait(right, limit, "row %s to read %r, the cursor in column %s" % (
            "of the cursor" if row is None else row, text, "any" if column is None else column))

    def expect_block(self, block, limit=LIMIT_S):
        """Waits until the screen shows these rows somewhere, one below the other."""
        block = [text.rstrip() for text in block]

        def right():
            lines = self.lines()
            return any(lines[at:at + len(block)] == block for at in range(self.rows))

        self._wait(right, limit, "the screen to show %r" % block)

    def _wait(self, condition, limit, what):
        try:
            self.machine.wait(condition, limit, what)
        except Failure as failure:
            shown = "the screen, with the cursor in row %d, column %d:\n%s" % (
                self.row, self.column, "\n".join(self.lines()).rstrip())
            raise Failure(failure.reason, shown + "\n" + failure.detail) from None
