# SPDX-License-Identifier: MIT
"""A sample of the mutants, other ones each time; `make mutants` runs them all."""

import os
import sys

os.environ.pop("FILTER", None)  # chose this test, not mutants
os.execv(sys.executable, [sys.executable, "-B", "tests/mutate", "--sample", "2"])
