# SPDX-License-Identifier: MIT
"""The HTML pages: page.html with a body, style, script and data put in. No network."""

import html
import json
import os
import re

from .model import RUNNING, READY, process_of

HERE = os.path.dirname(os.path.abspath(__file__))


def part(name, directory=HERE):
    with open(os.path.join(directory, name), encoding="utf-8") as file:
        return file.read()


def data_of(model, command):
    """What timeline.js draws; it says there which number in a list means what. Texts are numbered,
    times are ns since the start."""
    texts, zero = {}, model.start
    number_of = {thread: number for number, thread in enumerate(model.threads)}

    def text(what):
        return texts.setdefault(what, len(texts))

    threads = []
    for thread in model.threads:
        states = [[s.start - zero, s.end - zero,
                   0 if s.state == RUNNING else 1 if s.state == READY else 2,
                   s.cpu if s.state == RUNNING else text(s.reason)] for s in thread.states]
        calls = [[c.start - zero, c.end - zero, text(c.label), c.depth] for c in thread.calls]
        threads.append({"tid": thread.tid, "pid": process_of(thread), "name": thread.name,
                        "states": states, "calls": calls})
    cpus = [{"runs": [[r.start - zero, r.end - zero, number_of[r.thread]] for r in runs],
             "irqs": [[i.start - zero, i.end - zero, text(i.label)] for i in irqs]}
            for runs, irqs in zip(model.cpus, model.interrupts)]
    arrows = [[a.start - zero, number_of.get(a.source, -1), a.cpu, a.end - zero,
               number_of[a.target], text(a.kind), text(a.label)] for a in model.arrows]
    marks = [[m.time - zero, number_of.get(m.thread, -1), text(m.text)] for m in model.marks]
    return {"command": command, "zero": zero, "length": max(1, model.end - zero),
            "first": first_view(model) - zero, "lost": model.lost, "threads": threads,
            "cpus": cpus, "arrows": arrows, "marks": marks, "texts": list(texts)}


def first_view(model):
    """Where the first program but init begins: what comes before is boot."""
    times = [mark.time for mark in model.marks
             if mark.text.startswith("exec ") and mark.thread and mark.thread.tid != 1]
    return min(times, default=model.start)


def embed(data):
    """JSON that ends no script element and means the same in JavaScript."""
    text = json.dumps(data, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def write(path, model, command):
    with open(path, "w", encoding="utf-8") as file:
        file.write(document("Timeline", HERE, "timeline", data_of(model, command), command))


def document(title, directory, name, data, command):
    """The frame that all pages share, with the body, style and script that are called `name` in a directory."""
    command = html.escape(command)
    return assemble(part("page.html"), {
        "@TITLE@": title, "@COMMAND@": command,
        "@BODY@": assemble(part(name + ".html", directory), {"@COMMAND@": command}),
        "@STYLE@": part("page.css") + part(name + ".css", directory),
        "@SCRIPT@": part(name + ".js", directory), "@DATA@": embed(data)})


def assemble(template, parts):
    """The template with its marks, such as @DATA@, replaced; what is put in is left as it is."""
    return re.sub("|".join(parts), lambda match: parts[match.group()], template)
