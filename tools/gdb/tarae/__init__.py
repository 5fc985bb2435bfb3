# SPDX-License-Identifier: MIT
"""Tarae in gdb: what the kernel's structs say, in words.

    kernel       reading the kernel: variables, lists, trees, threads, processes, CPUs
    connection   a machine comes and goes: is it this kernel, which packets does QEMU want
    programs     the symbols of the user program whose page table is live
    unwinder     backtraces through assembly and trap frames
    printers     how lists and the main structs print; $thread() and $process()
    threads      tarae ps, thread, stacks
    scheduler    tarae runq, waitq, step-switch
    locks        tarae locks
    memory       tarae pagetable, maps
    trace        tarae trace

Everything is read through the kernel's debug information, by the names of structs and fields: what
changes in a struct changes here by itself, and what loses its name says so.
"""

import gdb


class Tarae(gdb.Command):
    """Commands that know this kernel: `help tarae` lists them."""

    def __init__(self):
        super().__init__("tarae", gdb.COMMAND_USER, prefix=True)

    def invoke(self, argument, from_tty):
        if argument:
            raise gdb.GdbError("there is no `tarae %s`: `help tarae` lists the commands" % argument)
        gdb.execute("help tarae")


Tarae()

from . import (connection, locks, memory, printers, programs, scheduler,  # noqa: E402,F401
               threads, trace, unwinder)
