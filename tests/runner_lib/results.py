# SPDX-License-Identifier: MIT
"""Results of tests: collected from all jobs, printed, and written as TAP and JUnit."""

import os
import signal
import sys
import threading
from xml.sax.saxutils import escape, quoteattr


class Result:
    """One test: `name` as kind/name, `where` ("SMP=2" or ""), passed, reason, command that repeats it,
    detail: what it printed and other evidence."""

    def __init__(self, name, where="", passed=True, reason="", detail="", command="", seconds=0.0):
        self.name, self.where, self.passed = name, where, passed
        self.reason, self.detail, self.command, self.seconds = reason, detail, command, seconds

    def title(self):
        return self.name + (" (%s)" % self.where if self.where else "")


def printable(text):
    """Text of a guest without what would upset a terminal or an XML reader."""
    return "".join(c if c == "\n" or c == "\t" or " " <= c < "\x7f" or c > "\xa0" else "?"
                   for c in text.replace("\r\n", "\n").replace("\r", "\n"))


def last_lines(text, count=25):
    lines = printable(text).rstrip("\n").split("\n")
    return "\n".join(lines[-count:])


class Book:
    """All results. add() may be called from any thread."""

    def __init__(self, verbose=False, out=sys.stdout):
        self.results, self.notes = [], []
        self.verbose, self.out = verbose, out
        self._lock = threading.Lock()

    def add(self, title, results, seconds):
        """Takes the results of one job and tells about it."""
        with self._lock:
            self.results += results
            failed = [r for r in results if not r.passed]
            state = "FAIL" if failed else "ok"
            self._print("%-5s %-28s %4d passed %3d failed %7.1f s" % (
                state, title, len(results) - len(failed), len(failed), seconds))
            for result in results:
                if self.verbose and result.passed:
                    self._print("      pass %s %.1f s" % (result.title(), result.seconds))
                    self._print_detail(result)
            for result in failed:
                self._print_failure(result)

    def note(self, text):
        """What is no failure but must not go unsaid, such as a test that cannot run here."""
        with self._lock:
            self.notes.append(text)
            self._print("note  " + text)

    def _print_failure(self, result):
        self._print("      FAIL %s: %s" % (result.title(), result.reason))
        self._print_detail(result)
        if result.command:
            self._print("      again: " + result.command)

    def _print_detail(self, result):
        for line in result.detail.split("\n") if result.detail else ():
            self._print("      | " + line)

    def _print(self, text):
        try:
            self.out.write(text + "\n")
            self.out.flush()
        except BrokenPipeError:
            # Nobody reads on, as after `| head`: the run ends as by ^C, with all that it started.
            self.out = open(os.devnull, "w")
            os.dup2(self.out.fileno(), sys.stdout.fileno())  # what exit would flush
            signal.raise_signal(signal.SIGINT)

    def failed(self):
        return [r for r in self.results if not r.passed]

    def print_slowest(self, count):
        slowest = sorted(self.results, key=lambda r: -r.seconds)[:count]
        self._print("slowest: " + ", ".join("%s %.1f s" % (r.title(), r.seconds) for r in slowest))

    def close(self):
        """The closing line, alone; returns the exit status."""
        failed = self.failed()
        if len(failed) > 1:
            self._print("Failed:")
            for result in failed:
                self._print("  %s: %s" % (result.title(), result.reason))
        self._print("%d passed, %d failed" % (len(self.results) - len(failed), len(failed)))
        return 1 if failed or not self.results else 0

    def write_files(self, directory):
        ordered = sorted(self.results, key=lambda r: (r.name, r.where))
        with open(os.path.join(directory, "tests.tap"), "w", errors="replace") as file:
            file.write(tap(ordered))
        with open(os.path.join(directory, "tests.xml"), "w", errors="replace") as file:
            file.write(junit(ordered))


def tap(results):
    lines = ["TAP version 13", "1..%d" % len(results)]
    for number, result in enumerate(results, 1):
        lines.append("%s %d - %s" % ("ok" if result.passed else "not ok", number,
                                     result.title().replace("#", "\\#")))
        if not result.passed:
            text = "\n".join(t for t in (result.reason, result.detail, result.command) if t)
            lines += ["# " + line for line in text.split("\n")]
    return "\n".join(lines) + "\n"


def junit(results):
    failures = sum(not r.passed for r in results)
    out = ['<?xml version="1.0" encoding="UTF-8"?>',
           '<testsuite name="tarae" tests="%d" failures="%d">' % (len(results), failures)]
    for result in results:
        kind, _, name = result.name.partition("/")
        if result.where:
            name += " " + result.where
        head = '  <testcase classname=%s name=%s time="%.3f"' % (
            quoteattr(kind), quoteattr(name), result.seconds)
        if result.passed:
            out.append(head + "/>")
        else:
            text = escape(printable(result.detail + "\n" + result.command))
            out.append("%s><failure message=%s>%s</failure></testcase>" % (
                head, quoteattr(printable(result.reason)), text))
    return "\n".join(out + ["</testsuite>", ""])
