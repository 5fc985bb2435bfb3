#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The programs of user/ are Linux programs, too: its compiler takes them as they are, with its own C
library. And so are user tests: the guest's half of the runner is tried here, which shows what a
test printed when it failed, and with V=1 when it passed.
"""

import glob
import os
import platform
import subprocess
import sys
import tempfile
import unittest

CC = os.environ.get("HOSTCC") or "cc"
FLAGS = ["-std=gnu11", "-Wall", "-Werror"]
PROGRAMS = ("user/bin/*.c", "user/bin/*/*.c", "user/demos/*.c")


def call(*argv, **variables):
    """(status, output, errors and all)"""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env=dict(os.environ, **variables),
                          universal_newlines=True)
    return done.returncode, done.stdout


class OnLinux(unittest.TestCase):
    def test_programs_compile_unchanged(self):
        files = sorted(path for pattern in PROGRAMS for path in glob.glob(pattern))
        self.assertGreater(len(files), 60)
        self.assertEqual(call(CC, *FLAGS, "-fsyntax-only", *files), (0, ""))

    def test_runner_shows_what_tests_printed(self):
        with tempfile.TemporaryDirectory() as scratch:
            runner = os.path.join(scratch, "runner")
            tests = os.path.join(scratch, "tests")
            self.assertEqual(call(CC, *FLAGS, "-iquote", ".", "tests/user/runner.c", "-o", runner), (0, ""))
            os.mkdir(tests)
            for name, line in (("bad", "echo why; exit 1"), ("good", "echo how")):
                path = os.path.join(tests, name)
                with open(path, "w") as file:
                    file.write("#!/bin/sh\n%s\n" % line)
                os.chmod(path, 0o755)
            bad, good = ("---- output of %s\n%s\n---- end of %s\n" % words
                         for words in (("bad", "why", "bad"), ("good", "how", "good")))
            for v, shown, hidden in (("", [bad], [good]), ("1", [bad, good], [])):
                status, output = call(runner, tests, V=v)
                self.assertEqual(status, 1)
                for text in shown:
                    self.assertIn(text, output)
                for text in hidden:
                    self.assertNotIn(text, output)


if __name__ == "__main__":
    if sys.platform != "linux" or platform.machine() != "x86_64":
        print("not tried: this host is no Linux on x86-64")
        sys.exit(0)
    unittest.main()
