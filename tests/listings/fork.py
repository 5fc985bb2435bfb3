# SPDX-License-Identifier: MIT
"""The listing that user/demos/fork.c follows."""
import os

pid = os.fork()
if pid == 0:
    print("child:", os.getpid(), "parent:", os.getppid())
else:
    print("parent:", os.getpid(), "child:", pid)
    os.wait()
