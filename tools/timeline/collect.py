# SPDX-License-Identifier: MIT
"""From a machine that has ended to trace.json and trace.html."""

from . import chrome, page
from .model import Model
from .ring import SYMBOLS, machine_memory, read_recording

# Words of the kernel's command line: tracing from the start, and room for a few seconds of it.
WORDS = ("trace=on", "trace_events=65536")


def write_pages(machine, prefix, command):
    """Writes PREFIX.json and PREFIX.html; returns a line that says so."""
    with machine_memory(machine, SYMBOLS) as (memory, symbols):
        recording = read_recording(memory, symbols)
    model = Model(recording)
    chrome.write(prefix + ".json", model, command)
    page.write(prefix + ".html", model, command)
    lost = "; %d more were lost: APPEND=trace_events=131072 keeps more" % recording.lost
    return "%d events in %s.html (a browser shows it) and %s.json (for ui.perfetto.dev)%s" % (
        len(recording.events), prefix, prefix, lost if recording.lost else "")
