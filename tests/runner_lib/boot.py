# SPDX-License-Identifier: MIT
"""Whole-machine tests: each function test_NAME(t) in tests/boot/FILE.py is the test boot/FILE.NAME.

`t` is a Context: t.machine(…) makes a machine to drive, t.skip(…) says why a test cannot run here.
A function whose attribute `alone` is true has no other test beside it: those that measure time. A
file may also have a function shared_jobs(settings), whose jobs (see pool.py) give the results of
several tests each, because these share a machine.
"""

import importlib.util
import os
import time
import traceback

from machine import Problem, vm

from .console import Console, Failure
from .pool import Job
from .results import Result

DIRECTORY = "tests/boot"


class Skip(Exception):
    """A test that cannot run on this host."""


class Context:
    """What a test gets."""

    def __init__(self, settings):
        self.settings, self.build, self.seed, self.slow = (
            settings, settings.build, settings.seed, settings.slow)
        self.machines = []

    def machine(self, kernel=None, initrd=None, words=(), icount=None, test=False, extra=(),
                **options):
        """A machine, started on entering `with`. Default: the plain kernel and initrd, 2 CPUs or SMP,
        booted directly; test=True takes those with the tests in them. `words` are words of the
        kernel's command line; options: smp, mem (QEMU's forms), cmd, add, boot, append, as in
        `make help`."""
        suffix = "-test" if test else ""
        kernel = kernel or os.path.join(self.build, "kernel%s.elf" % suffix)
        initrd = initrd or os.path.join(self.build, "initrd%s.cpio" % suffix)
        chosen = self.settings.machine(**dict({"smp": self.settings.env["SMP"] or 2}, **options))
        machine = vm.Machine(chosen, kernel=kernel, initrd=initrd, words=words, icount=icount,
                             extra=extra)
        console = Console(machine, self.slow)
        self.machines.append(console)
        return console

    def skip(self, why):
        raise Skip(why)

    def needs_checks(self):
        """For what a kernel built with CHECKS=0 does not look for, or does not know of itself."""
        if not self.settings.checks:
            self.skip("it needs the checks that CHECKS=0 leaves out")

    def close(self):
        for console in self.machines:
            console.vm.close()


def load(name):
    """A file's module."""
    spec = importlib.util.spec_from_file_location("tests_boot_" + name,
                                                  os.path.join(DIRECTORY, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def modules():
    """[(file's name, module)] of all tests of this kind."""
    files = sorted(os.listdir(DIRECTORY)) if os.path.isdir(DIRECTORY) else ()
    names = [os.path.splitext(file)[0] for file in files if file.endswith(".py")]
    return [(name, load(name)) for name in names]


def tests_of(file, module):
    """[(name, function)]"""
    return [("%s.%s" % (file, attribute[len("test_"):]), value)
            for attribute, value in vars(module).items() if attribute.startswith("test_")]


def run_one(settings, book, name, function):
    context, started = Context(settings), time.monotonic()
    reason = detail = ""
    try:
        function(context)
    except Skip as skipped:
        book.note("boot/%s not run: %s" % (name, skipped))
        return []
    except Failure as failure:
        reason, detail = failure.reason, failure.detail
    except Problem as problem:
        reason = str(problem)
    except Exception as error:  # pylint: disable=broad-except
        reason, detail = "%s: %s" % (type(error).__name__, error), traceback.format_exc()
    finally:
        context.close()
    again = settings.again("boot", name, settings.env["SMP"], seeded=True) if reason else ""
    seconds = time.monotonic() - started
    return [Result("boot/" + name, "", not reason, reason, detail, again, seconds)]


def jobs(settings, book):
    """(jobs that may run beside others, jobs that must run alone)"""
    beside, alone = [], []
    for file, module in modules():
        if hasattr(module, "shared_jobs"):
            beside += module.shared_jobs(settings)
        for name, function in tests_of(file, module):
            if settings.matches("boot", name):
                job = Job("boot/" + name, lambda n=name, f=function: run_one(settings, book, n, f))
                (alone if getattr(function, "alone", False) else beside).append(job)
    return beside, alone
