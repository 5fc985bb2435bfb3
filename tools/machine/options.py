# SPDX-License-Identifier: MIT
"""The variables of every target that starts a machine, checked before QEMU sees them."""

import os
import platform
import re
import shutil

from . import Problem

NAMES = ("SMP", "MEM", "CMD", "ADD", "BOOT", "APPEND", "ACCEL", "ICOUNT")
MAX_CPUS = 64
MIN_MEMORY = 16 << 20  # of which the firmware keeps some: MEMORY_MIN in kernel/arch/cpu.c is what is left
UNITS = {"": 20, "K": 10, "M": 20, "G": 30}


def bad(name, value, expected, todo):
    return Problem("%s=%s: expected %s; %s" % (name, value, expected, todo))


class Options:
    """smp (QEMU's -smp), cpus, mem (QEMU's -m), cmd or None, add or None, boot, append, accel, icount or None."""

    def __init__(self, smp="2", mem="512M", cmd=None, add=None, boot="direct", append="",
                 accel="tcg", icount=None):
        self.smp, self.cpus = check_smp(smp)
        self.mem = check_mem(mem)
        self.cmd = check_text("CMD", cmd) if cmd else None
        self.add = check_add(add) if add else None
        self.boot = check_choice("BOOT", boot, ("grub", "direct"))
        self.append = split_words(check_text("APPEND", append))
        self.accel = check_accel(accel)
        self.icount = self.check_icount(icount) if icount else None

    def check_icount(self, value):
        if not re.fullmatch(r"[0-9]|10", value):
            raise bad("ICOUNT", value, "a number N from 0 to 10: an instruction takes 2^N ns", "give ICOUNT=3")
        if self.cpus != 1 or self.accel != "tcg":
            raise bad("ICOUNT", value, "one CPU and ACCEL=tcg", "instructions are counted with SMP=1 only")
        return int(value)


def from_variables(variables, **defaults):
    """Options from a mapping such as os.environ; empty or absent variables keep their defaults."""
    given = {name.lower(): variables[name] for name in NAMES if variables.get(name)}
    return Options(**dict(defaults, **given))


def check_smp(value):
    example = "give a number of CPUs (SMP=4) or QEMU's form (SMP=4,cores=2,threads=2)"
    words = value.split(",")
    if not re.fullmatch(r"[0-9]+", words[0]) or not 1 <= int(words[0]) <= MAX_CPUS:
        raise bad("SMP", value, "a number of CPUs from 1 to %d" % MAX_CPUS, example)
    cpus, product, sockets = int(words[0]), 1, False
    for word in words[1:]:
        match = re.fullmatch(r"(sockets|dies|cores|threads)=([1-9][0-9]*)", word)
        if not match:
            raise bad("SMP", value, "sockets=, dies=, cores= or threads= after the number, not '%s'"
                      % word, example)
        product *= int(match.group(2))
        sockets = sockets or match.group(1) == "sockets"
    if cpus % product or (sockets and "cores" in value and "threads" in value and cpus != product):
        raise bad("SMP", value, "a topology whose product is %d CPUs, not %d" % (cpus, product),
                  example)
    return value, cpus


def check_mem(value):
    match = re.fullmatch(r"([0-9]+)([KMG]?)i?B?", value.upper())
    if not match or int(match.group(1)) == 0:
        raise bad("MEM", value, "an amount of memory", "give a number with K, M or G (MEM=512M)")
    size = int(match.group(1)) << UNITS[match.group(2)]
    if size < MIN_MEMORY:
        raise bad("MEM", value, "at least %dM" % (MIN_MEMORY >> 20),
                  "give a number with K, M or G (MEM=512M)")
    try:
        host = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        host = 0
    if host and size > host:
        raise bad("MEM", value, "no more than this host has (%d MiB)" % (host >> 20), "give less")
    return "%dK" % (size >> 10)


def check_choice(name, value, choices):
    if value not in choices:
        raise bad(name, value, " or ".join(choices), "leave it out for the default")
    return value


def check_accel(value):
    check_choice("ACCEL", value, ("tcg", "kvm"))
    if value == "kvm":
        if platform.machine() not in ("x86_64", "AMD64"):
            raise bad("ACCEL", value, "an x86-64 host (this one is %s)" % platform.machine(),
                      "use ACCEL=tcg")
        if not os.access("/dev/kvm", os.R_OK | os.W_OK):
            why = "is not there" if not os.path.exists("/dev/kvm") else "may not be opened"
            raise bad("ACCEL", value, "/dev/kvm to be usable (it %s)" % why,
                      "use ACCEL=tcg, or join the group that owns /dev/kvm")
    return value


def check_add(value):
    if not os.path.isdir(value):
        found = "a file" if os.path.exists(value) else "nothing there"
        raise bad("ADD", value, "a directory to lay over the root file system (found %s)" % found,
                  "give a directory whose layout is that of / (ADD=dir with dir/bin/program)")
    return value


def check_text(name, value):
    if re.search(r"[\x00\n\r]", value):
        raise bad(name, repr(value), "one line", "leave line ends out (put a script in with ADD=)")
    return value


def split_words(text):
    """Kernel options: words parted by spaces; "double quotes" hold spaces together."""
    if text.count('"') % 2:
        raise bad("APPEND", text, 'an even number of "', 'quote as in APPEND=\'cmd="a b"\'')
    words = re.findall(r'(?:[^\s"]|"[^"]*")+', text)
    return [word.replace('"', "") for word in words]


def find_program(*names):
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    return None
