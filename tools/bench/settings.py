# SPDX-License-Identifier: MIT
"""The variables of `make bench`, checked before anything is measured."""

import json
import os

from machine import Problem, options

from .rows import BY_NAME, GROUPS, INSTRUCTIONS, ROWS

# The figures are those of one machine, whatever these say.
NOT_TAKEN = ("MEM", "CMD", "ADD", "BOOT", "APPEND", "ACCEL", "ICOUNT")
BIG = 5 << 30  # bytes that a host must have for a machine of 4 GiB


class Settings:
    """peer, save, budgets: as given, or ""; before: the data of COMPARE or None; smp: QEMU's -smp;
    cpus; counted: instructions are counted; timed: nanoseconds are measured; wanted: ROWS."""

    def __init__(self, env):
        self.peer = choice(env, "PEER", ("linux",))
        self.budgets = choice(env, "BUDGETS", ("save", "check"))
        clock = choice(env, "BENCH_ICOUNT", ("0", "1", "both"))
        self.smp, self.cpus = options.check_smp(env.get("SMP") or "1")
        refuse(env)
        if self.cpus > 1 and clock in ("1", "both"):
            raise Problem("BENCH_ICOUNT=%s SMP=%s: instructions are counted on one CPU; leave one "
                          "of them out" % (clock, self.smp))
        self.counted = self.cpus == 1 and clock != "0"
        self.timed = not self.counted or clock == "both"
        if self.budgets and not self.counted:
            raise Problem("BUDGETS=%s: budgets are counted instructions, on one CPU" % self.budgets)
        self.wanted = (env.get("ROWS") or "").split()
        self.rows = self.choose()
        self.save = check_writable(env.get("SAVE", ""))
        self.before = self.read_before(env.get("COMPARE", ""))

    def groups(self):
        if self.cpus > 1:
            return ["parallel"]
        fixed = () if self.counted else ("space", "boot")
        return [group for group in GROUPS if group != "parallel" and group not in fixed]

    def choose(self):
        """The rows to be measured; every word of ROWS is a row or a group that can be."""
        groups = self.groups()
        for word in self.wanted:
            group = BY_NAME[word].group if word in BY_NAME else word
            if group not in GROUPS:
                raise Problem("ROWS: no row or group %s; the rows are %s, the groups %s" %
                              (word, " ".join(BY_NAME), " ".join(GROUPS)))
            if group not in groups:
                raise Problem("ROWS: %s is not measured so: this is about %s (%s)" %
                              (word, " ".join(groups), NEEDS[group]))
        rows = [row for row in ROWS if row.group in groups and
                (not self.wanted or row.name in self.wanted or row.group in self.wanted)]
        return [row for row in rows if row.name != "boot_4096" or host_bytes() >= BIG]

    def unit(self, row):
        return "ns" if row.counted and not self.counted else row.unit

    def read_before(self, path):
        """What an earlier run saved, if its figures are of the same kind."""
        if not path:
            return None
        try:
            with open(path) as file:
                data = json.load(file)
            kind = data["counted"], data["cpus"]
            data["figures"] = {row["name"]: row["count"] for row in data["rows"]}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Problem("COMPARE=%s: %s: %s; SAVE=file makes one" % (
                path, type(error).__name__, error))
        if kind != (self.counted, self.cpus):
            raise Problem("COMPARE=%s: it has %s, this run would have %s" % (
                path, describe(*kind), describe(self.counted, self.cpus)))
        return data


NEEDS = {"parallel": "it needs SMP=2 or more", "space": "it needs counts, on one CPU",
         "boot": "it needs counts, on one CPU"}
NEEDS.update((group, "it needs one CPU") for group in GROUPS if group not in NEEDS)


def describe(counted, cpus):
    return "%s on %d CPU%s" % (INSTRUCTIONS if counted else "times", cpus, "s" * (cpus > 1))


def choice(env, name, values):
    value = env.get(name, "")
    if value and value not in values:
        raise Problem("%s=%s: expected %s" % (name, value, " or ".join(values)))
    return value


def refuse(env):
    given = [name for name in NOT_TAKEN if env.get(name)]
    if given:
        raise Problem("%s: not taken here, since figures are compared with those of the same "
                      "machine; SMP is (make help)" % " ".join(given))


def check_writable(path):
    directory = os.path.dirname(path) or "."
    if path and (os.path.isdir(path) or not os.path.isdir(directory) or
                 not os.access(path if os.path.exists(path) else directory, os.W_OK)):
        raise Problem("SAVE=%s: cannot be written" % path)
    return path


def host_bytes():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
