# SPDX-License-Identifier: MIT
"""From a machine that has ended to memory.html."""

import os

from machine import Problem
from timeline.page import document
from timeline.ring import machine_memory

from . import log

HERE = os.path.dirname(os.path.abspath(__file__))
# Words of the kernel's command line.
WORDS = ("memory_log=on",)


def write(path, moments, dropped, command):
    data = {"command": command, "dropped": dropped, "moments": moments, "steps": log.steps(moments)}
    with open(path, "w", encoding="utf-8") as file:
        file.write(document("Memory", HERE, "memory", data, command))


def write_page(machine, path, command):
    """Writes the page of a machine that was started with ring.ram_arguments() and WORDS; returns a
    line that says so."""
    with machine_memory(machine, log.SYMBOLS) as (memory, symbols):
        moments = [log.parse(text) for text in log.read_texts(memory, symbols)]
        dropped = memory.number(symbols["memory_log_dropped"])
    if not moments:
        raise Problem("the kernel wrote no moment down: nothing was started in it")
    write(path, moments, dropped, command)
    return "%d moments in %s (a browser shows it)" % (len(moments), path)
