# SPDX-License-Identifier: MIT
"""Every mutant's patch applies to the sources as they are, and the test it names is there."""

import os
import sys

os.environ.pop("FILTER", None)  # chose this test, not mutants
os.execv(sys.executable, [sys.executable, "-B", "tests/mutate", "--check"])
