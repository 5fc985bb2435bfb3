# SPDX-License-Identifier: MIT
"""From a machine that has ended to trace.json and trace.html."""

import os

from machine import Problem
from machine.symbols import addresses_of

from . import chrome, page
from .model import Model
from .ring import Memory, read_recording

# Words of the kernel's command line: tracing from the start, and room for a few seconds of it.
WORDS = ("trace=on", "trace_events=65536")


def recording_of(machine):
    """The events of a machine that was started with ring.ram_arguments()."""
    symbols = addresses_of(machine.kernel, ("trace_rings", "trace_capacity"))
    if len(symbols) < 2:
        raise Problem("%s has no trace rings: build it anew" % machine.kernel)
    with open(os.path.join(machine.scratch, "ram"), "rb") as file:
        memory = Memory(file, int(machine.options.mem[:-1]) << 10)
        return read_recording(memory, symbols)


def write_pages(machine, prefix, command):
    """Writes PREFIX.json and PREFIX.html; returns a line that says so."""
    recording = recording_of(machine)
    model = Model(recording)
    chrome.write(prefix + ".json", model, command)
    page.write(prefix + ".html", model, command)
    lost = "; %d more were lost: APPEND=trace_events=131072 keeps more" % recording.lost
    return "%d events in %s.html (a browser shows it) and %s.json (for ui.perfetto.dev)%s" % (
        len(recording.events), prefix, prefix, lost if recording.lost else "")
