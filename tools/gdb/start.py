# SPDX-License-Identifier: MIT
"""What gdb reads first: `gdb -nx -x tools/gdb/start.py build/kernel-debug.elf`.

Sets gdb up so that it asks nothing, and loads the helpers of tools/gdb/tarae. `make gdb` does all of
that and connects; an IDE needs this one line among its set-up commands.
"""

import os
import sys

import gdb

SETTINGS = (
    "pagination off", "confirm off", "breakpoint pending on", "print pretty on", "print demangle off",
    # User addresses mean something else whenever another page table is loaded.
    "stack-cache off", "code-cache off",
    # The sources are nasm's: instructions are shown as they are written there.
    "disassembly-flavor intel",
)
# What only some versions of gdb know.
NEWER_SETTINGS = ("debuginfod enabled off", "style enabled off", "startup-quietly on")


def set_up():
    for setting in SETTINGS:
        gdb.execute("set " + setting)
    for setting in NEWER_SETTINGS:
        try:
            gdb.execute("set " + setting)
        except gdb.error:
            pass


sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(os.path.expanduser(__file__))))
set_up()

import tarae  # noqa: E402,F401
