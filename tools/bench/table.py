# SPDX-License-Identifier: MIT
"""How figures are shown: one table, and what must be known to read it."""

import os
import statistics

from .rows import AT_LEAST


def number(value):
    if value is None:
        return "-"
    return "{:,.2f}".format(value) if value < 20 else "{:,.0f}".format(value)


def medians(figures):
    return {name: statistics.median(values) for name, values in figures.items()}


def spread(values):
    return "%s-%s" % (number(min(values)), number(max(values))) if values else "-"


def aligned(lines):
    """The first column and the last to the left, figures to the right."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        cells = [line[0].ljust(widths[0])] + [c.rjust(w) for c, w in
                                              list(zip(line, widths))[1:-1]] + [line[-1]]
        yield "  ".join(cells).rstrip()


def goal_of(settings, row, figures):
    """What is said of the goal, which is for counted figures and for ratios."""
    limit = row.limit(figures, settings.cpus)
    if limit is None or settings.unit(row) == "ns":
        return "", ""
    sign = "at least " if row.name in AT_LEAST else ""
    missed = row.name in figures and not row.reached(figures[row.name], limit)
    return sign + number(limit), "missed" if missed else ""


class Column:
    def __init__(self, title, cell):
        self.title, self.cell = title, cell  # cell(row): its text


def ratio(over, under):
    return "%.1f" % (over / under) if over and under else "-"


def change(new, old):
    return "%+.1f%%" % ((new / old - 1) * 100) if old and new is not None else "-"


def columns(settings, tarae, linux):
    """tarae, linux: Figures."""
    own, other = medians(tarae.main), medians(linux.main)
    out = [Column("Tarae", lambda row: number(own.get(row.name)))]
    if not settings.counted:
        out.append(Column("spread", lambda row: spread(tarae.main.get(row.name))))
    if settings.peer:
        out += [Column("Linux", lambda row: number(other.get(row.name))),
                Column("ratio", lambda row: ratio(other.get(row.name), own.get(row.name)))]
    if settings.before:
        old = settings.before["figures"]
        out += [Column("before", lambda row: number(old.get(row.name))),
                Column("change", lambda row: change(own.get(row.name), old.get(row.name)))]
    out.append(Column("goal", lambda row: goal_of(settings, row, own)[0]))
    if settings.counted and settings.timed:
        times, others = medians(tarae.times), medians(linux.times)
        out += [Column("ns", lambda row: number(times.get(row.name))),
                Column("spread", lambda row: spread(tarae.times.get(row.name)))]
        if settings.peer:
            out.append(Column("Linux ns", lambda row: number(others.get(row.name))))
    out += [Column("unit", settings.unit), Column("", lambda row: goal_of(settings, row, own)[1])]
    return out


def text(settings, tarae, linux):
    shown = [Column("operation", lambda row: row.title)] + columns(settings, tarae, linux)
    lines = [[column.title for column in shown]]
    lines += [[column.cell(row) for column in shown] for row in settings.rows]
    return "\n".join(list(aligned(lines)) + notes(settings, tarae))


def notes(settings, tarae):
    lines = []
    if tarae.scale is not None:
        lines.append("scale: an instruction takes %.4f ticks of the time-stamp counter" %
                     tarae.scale)
    if settings.timed:
        lines.append("times are medians and spreads of %d boots" % tarae.boots)
    if settings.cpus > host_cpus():
        lines.append("%d CPUs share this host's %d: no speedup can be more than that" %
                     (settings.cpus, host_cpus()))
    return lines


def host_cpus():
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
