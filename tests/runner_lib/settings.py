# SPDX-License-Identifier: MIT
"""What the variables of `make test` ask for."""

import os
import random
import shlex
import time

from machine import Problem, options

KINDS = ("host", "kernel", "user", "boot")
WIDTHS = (1, 2, 4)


class Settings:
    """filter (text), kind (of the filter, or None), widths, seed, jobs, slow, build, checks, variables."""

    def __init__(self, env):
        self.env = {name: env.get(name, "") for name in options.NAMES}
        if self.env["CMD"]:
            raise Problem("CMD=%s: tests choose what they run; use `make run CMD=…`" %
                          self.env["CMD"])
        self.build = env.get("BUILD") or "build"
        self.checks = env.get("CHECKS") != "0"
        self.verbose = env.get("V") == "1"
        self.kind, self.filter = split_filter(env.get("FILTER", ""))
        self.widths = WIDTHS
        if self.env["SMP"]:
            self.widths = (self.env["SMP"],)
            options.check_smp(self.env["SMP"])
        self.seed = number(env, "SEED", random.SystemRandom().randrange(1, 1 << 31))
        self.jobs = max(1, number(env, "JOBS", min(2, os.cpu_count() or 1)))
        self._slow, self._slow_is_given = max(1, number(env, "SLOW", slowness())), bool(env.get("SLOW"))
        self.seconds = number(env, "SECONDS", 10)
        self.handoffs = number(env, "HANDOFFS", 1000000)

    @property
    def slow(self):
        """By how much limits are stretched that begin now: what the host was like when the run began, or
        is by now; asked for often, it costs nothing."""
        if not self._slow_is_given:
            self._slow = max(self._slow, min(SLOW_MAX, round(load())))
        return self._slow

    def machine(self, **overrides):
        """Options for one machine: the user's variables, then what the test itself insists on."""
        variables = {name: value for name, value in self.env.items() if value and name != "SMP"}
        chosen = options.from_variables(variables, boot="direct")
        for name, value in overrides.items():
            if name == "smp":
                chosen.smp, chosen.cpus = options.check_smp(str(value))
            elif name == "append":
                chosen.append = chosen.append + list(value)
            else:
                setattr(chosen, name, value)
        return chosen

    def matches(self, kind, name):
        if self.kind and self.kind != kind:
            return False
        return self.filter in name

    def again(self, kind, name, width=None, seeded=False):
        """The command that runs one test again."""
        words = ["make test", "FILTER=" + shlex.quote("%s/%s" % (kind, name))]
        if width:
            words.append("SMP=%s" % width)
        if seeded:
            words.append("SEED=%d" % self.seed)
        built = {"CHECKS": "" if self.checks else "0", "BUILD": "" if self.build == "build" else self.build}
        words += ["%s=%s" % (name, shlex.quote(value))
                  for name, value in sorted({**self.env, **built}.items())
                  if value and name != "SMP"]
        return " ".join(words)


# Seconds that work() takes where the limits were chosen.
WORK_S = 0.1
# Longer than that nobody waits for a hang.
SLOW_MAX = 8


def work():
    """The time that a piece of work takes here and now."""
    started = time.monotonic()
    sum(range(5_000_000))
    return time.monotonic() - started


def load():
    """How many want each of the host's CPUs."""
    try:
        return os.getloadavg()[0] / (os.cpu_count() or 1)
    except OSError:
        return 0


def slowness():
    """By how much every limit is stretched: a host is slow, or has other work, now or in turns, and
    gives us less of itself."""
    return min(SLOW_MAX, max(1, round(load()), round(work() / WORK_S)))


def split_filter(text):
    """FILTER=kernel/name restricts to one kind; FILTER=name looks in every kind."""
    kind, slash, rest = text.partition("/")
    if slash and kind in KINDS:
        return kind, rest
    return (text, "") if text in KINDS else (None, text)


def number(env, name, default):
    value = env.get(name, "")
    if not value:
        return default
    if not value.isdigit():
        raise Problem("%s=%s: expected a whole number" % (name, value))
    return int(value)
