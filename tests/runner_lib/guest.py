# SPDX-License-Identifier: MIT
"""Machines that test themselves: kernel tests (ktest=) and user tests (init=/tests/runner tests=).

What they say on the report port, each line stamped with the nonce:

    boot                    the kernel is alive
    start NAME              a test begins (optional: names the culprit when the machine dies)
    test NAME pass          a test's result
    test NAME fail REASON
    plan COUNT, done        all results have been given, COUNT of them
    panic TEXT              the first line of a panic

A machine is judged by watch(): it must report `boot` in time, go on reporting, and end by powering
off after `done` with as many results as planned. Otherwise it has failed, and the failure says why
and shows the end of the console. A machine that hangs is sent an NMI first, which makes the kernel
dump every thread.
"""

import os
import re
import time

from machine import Problem, vm
from machine.symbols import Symbols

from .results import Result, last_lines

# On one CPU time is virtual, 2^N ns for each instruction. The emulator does about a hundred million
# of them a second: with 8 ns virtual seconds are about as long as the host's.
ICOUNT = 3

# Seconds that one user test may take, if nobody says otherwise.
LIMIT_S = 60

END_WORDS = {
    vm.POWER_OFF: "it powered off", vm.HALT: "it halted", vm.RESET: "it reset itself",
    vm.KILLED: "QEMU was ended from outside", vm.BROKEN: "QEMU failed", None: "it hung",
}


class Limits:
    """Seconds: until `boot` is reported, from then on without a sign of life, in all, for a dump after
    NMI."""

    def __init__(self, boot=60, silence=300, total=1800, dump=8, slow=1):
        self.boot, self.silence, self.total, self.dump = (
            boot * slow, silence * slow, total * slow, dump * slow)
        self.slow = slow

    def stretched(self, slow):
        """The same on a host that has become so slow meanwhile."""
        by = max(1, slow / self.slow)
        return Limits(self.boot * by, self.silence * by, self.total * by, self.dump * by)


class Verdict:
    """What became of a machine: results [(name, passed, reason, seconds, what it printed)], and
    failure, None or why the machine as a whole failed; started: the test at which it did; culprit: that one, or else
    the first without a result; detail: the evidence."""

    def __init__(self):
        self.results, self.failure, self.started, self.culprit = [], None, None, None
        self.detail, self.ended = "", None


def watch(machine, limits, expected=()):
    """Lets a started machine run to its end, or ends it; returns a Verdict."""
    started = time.monotonic()
    seen, last, hang = 0, started, None
    while machine.running():
        machine.pump(0.25)
        now = time.monotonic()
        signs = len(machine.console) + len(machine.report)
        if signs != seen:
            seen, last = signs, now
        if not machine.reported("boot"):
            last = now
            if now - started > limits.boot:
                hang = "it never booted: nothing reported within %g s" % limits.boot
        elif now - last > limits.silence:
            hang = "it hung: no sign of life for %g s" % limits.silence
        elif now - started > limits.total:
            hang = "it was still running after %g s" % limits.total
        if hang:
            collect_dump(machine, limits.dump)
            break
    return judge(machine, hang, expected)


def collect_dump(machine, seconds):
    """Makes a hung kernel dump its threads; if it cannot any more, asks QEMU where its CPUs are."""
    machine.nmi()
    limit = time.monotonic() + seconds
    while machine.running() and time.monotonic() < limit:
        machine.pump(0.25)
    if machine.running():
        symbols = Symbols(machine.kernel)
        registers = machine.monitor("info registers -a")
        for cpu, part in enumerate(re.split(r"\n(?=CPU#)", registers)):
            rip = re.search(r"\b[RE]IP=([0-9a-f]+)", part)
            if rip:
                where = symbols.name(int(rip.group(1), 16))
                machine.story += "no dump; CPU %d is at %s\n" % (cpu, where)
        machine.quit()
        machine.pump(1)


def judge(machine, hang, expected):
    verdict = Verdict()
    verdict.ended = machine.ended
    started, since, begin = None, 0.0, 0
    for word, rest, when, end in machine.report:
        if word == "test":
            result = parse_result(rest)
            printed = printed_by(machine.console, result[0], begin, end)
            verdict.results.append(result + (when - since, printed))
        if word in ("start", "test"):
            started, since, begin = rest if word == "start" else None, when, end
    names = [result[0] for result in verdict.results]
    verdict.failure = hang or failure_of(machine, names)
    if verdict.failure:
        missing = [name for name in expected if name not in names]
        verdict.started = started
        verdict.culprit = started or (missing[0] if missing else None)
        verdict.detail = evidence(machine, missing)
    return verdict


def printed_by(console, name, begin, end):
    """What a test printed: between the marks of /tests/runner, which may come later than its result,
    or else what came on the console between its start and its result."""
    mark = b"---- output of %s\r\n" % name.encode()
    first = console.find(mark)
    if first >= 0:
        begin, end = first + len(mark), console.find(b"---- end of ", first)
    return console[begin:end if end >= 0 else len(console)].decode(errors="replace")


def parse_result(rest):
    words = rest.split(" ", 2)
    name, outcome = words[0], words[1] if len(words) > 1 else ""
    if outcome == "pass" and len(words) == 2:
        return name, True, ""
    reason = words[2] if len(words) > 2 else "no reason given"
    return name, False, reason if outcome == "fail" else "not a result line: test " + rest


def failure_of(machine, names):
    """Why the machine as a whole failed, or None."""
    panics = machine.reported("panic")
    if panics or machine.ended == vm.PANIC:
        return "the kernel panicked: " + (panics[0] if panics else "no text")
    if machine.ended == vm.TRIPLE_FAULT:
        return "triple fault: " + machine.story.split("\n")[0]
    how = END_WORDS.get(machine.ended, str(machine.ended))
    if machine.ended == vm.BROKEN or not machine.reported("boot"):
        story = machine.story and " (%s)" % machine.story.split("\n")[0]
        return "it never booted: %s%s" % (how, story)
    if not names and not machine.reported("plan"):
        return "it reported no test at all: " + how
    if not machine.reported("done"):
        return "it ended before all tests were done: " + how
    plans = machine.reported("plan")
    if len(plans) != 1 or not plans[0].isdigit():
        return "it reported %d plans, expected one" % len(plans)
    if int(plans[0]) != len(names):
        return "it planned %s results and gave %d" % (plans[0], len(names))
    if len(set(names)) != len(names):
        return "it gave two results for one test"
    if machine.ended != vm.POWER_OFF:
        return "all tests were done, but then %s" % how
    return None


def evidence(machine, missing):
    """The end of the console, the addresses in it as file:line, and what did not run."""
    text = machine.console.decode(errors="replace")
    parts = ["last lines of the console:", last_lines(text) or "(it printed nothing)"]
    where = Symbols(machine.kernel).explain(text[-16384:]) if machine.kernel else []
    parts += where[:40]
    if machine.story:
        parts.append(machine.story.rstrip("\n"))
    if missing:
        shown = missing[:10] + (["and %d more" % (len(missing) - 10)] if len(missing) > 10 else [])
        parts.append("no result of: " + ", ".join(shown))
    return "\n".join(parts)


def run(settings, kind, width, pattern, limits, expected=(), words=(), icount=None, **overrides):
    """Runs one machine of kernel or user tests and returns its results."""
    kernel = os.path.join(settings.build, "kernel-test.elf")
    initrd = os.path.join(settings.build, "initrd-test.cpio")
    options = settings.machine(smp=width, **overrides)
    slow = settings.slow
    if kind == "kernel":
        chosen = ["ktest=" + pattern]
    else:
        # On several CPUs the machine's time is the host's: its limits are stretched as those here.
        chosen = ["init=/tests/runner", "tests=" + pattern, "limit=%d" % (LIMIT_S * slow), "SLOW=%d" % slow]
    if settings.verbose:
        chosen.append("V=1")
    words = ["seed=%d" % settings.seed] + chosen + list(words)
    where = "SMP=%s" % width
    if options.accel != "tcg":
        icount = None
    elif icount is None and options.cpus == 1:
        icount = ICOUNT
    try:
        with vm.Machine(options, kernel=kernel, initrd=initrd, words=words,
                        icount=icount) as machine:
            verdict = watch(machine, limits.stretched(slow), expected)
    except Problem as problem:
        return [Result("%s/machine" % kind, where, False, str(problem))]
    return results_of(settings, kind, width, verdict)


def results_of(settings, kind, width, verdict):
    where, results = "SMP=%s" % width, []
    for name, passed, reason, seconds, printed in verdict.results:
        again = "" if passed else settings.again(kind, name, width, seeded=True)
        detail = "" if passed and not settings.verbose else last_lines(printed)
        results.append(Result("%s/%s" % (kind, name), where, passed, reason, detail, again, seconds))
    if verdict.failure:
        name = verdict.culprit or "machine"
        again = settings.again(kind, verdict.culprit or settings.filter, width, seeded=True)
        results.append(Result("%s/%s" % (kind, name), where, False, verdict.failure,
                              verdict.detail, again))
    return results
