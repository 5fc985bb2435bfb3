# SPDX-License-Identifier: MIT
"""Linux as the control: Debian's kernel for virtual machines with our benchmark as its only
program.

The package comes through apt (as the host is set up for it), is unpacked into build/peer and
installed nowhere.
"""

import glob
import os
import re
import subprocess
import sys
import tempfile

from machine import Problem, vm, options
from machine.options import find_program

from . import measure

PACKAGE = "linux-image-cloud-amd64"
DIRECTORY = os.path.join("build", "peer")
# No mitigations: an emulated CPU has none of the faults. `--` ends the kernel's own words.
COMMAND_LINE = "console=ttyS0 quiet mitigations=off panic=-1 rdinit=/init -- "

# Refused in 512 MiB (its limit is half of that number), and trying takes minutes.
BEYOND = ("yield_8192",)


def fetch():
    """Path of the kernel, downloaded if it is not there yet."""
    found = glob.glob(os.path.join(DIRECTORY, "boot", "vmlinuz-*"))
    if found:
        return found[0]
    if not find_program("apt-get") or not find_program("dpkg-deb"):
        raise Problem("PEER=linux: needs apt-get and dpkg-deb, to fetch Debian's " + PACKAGE)
    os.makedirs(DIRECTORY, exist_ok=True)
    depends = call("apt-cache", "depends", PACKAGE)
    image = re.search(r"Depends: (linux-image-[0-9]\S+)", depends)
    if not image:
        raise Problem("PEER=linux: apt knows no %s (apt-get update?)" % PACKAGE)
    call("apt-get", "download", image.group(1), cwd=DIRECTORY)
    archive = glob.glob(os.path.join(DIRECTORY, "linux-image-*.deb"))[0]
    call("dpkg-deb", "--extract", archive, DIRECTORY)
    os.unlink(archive)
    return fetch()


def call(*argv, cwd=None):
    done = subprocess.run(argv, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True)
    if done.returncode:
        raise Problem("PEER=linux: %s failed:\n%s" % (" ".join(argv), done.stdout.strip()))
    return done.stdout


class Machine(vm.Machine):
    """A machine that boots Linux: only the command line and the CPU differ."""

    def __init__(self, arguments, counted, **rest):
        super().__init__(icount=measure.ICOUNT if counted else None,
                         extra=["-cpu", measure.CPU], **rest)
        self.arguments_of_init = arguments

    def arguments(self):
        argv = super().arguments()
        argv[argv.index("-append") + 1] = COMMAND_LINE + self.arguments_of_init
        return argv


def rows(build, names, counted=True, smp="1"):
    """Figures of the same program on Linux."""
    names = [name for name in names if name not in BEYOND]
    if not names:
        return {}
    kernel = fetch()
    with tempfile.TemporaryDirectory() as scratch:
        initrd = os.path.join(scratch, "initrd.cpio")
        done = subprocess.run([sys.executable, "tools/mkinitrd", initrd, "/init=" + build.program])
        if done.returncode:
            raise Problem("tools/mkinitrd failed")
        arguments = "-r %s %s" % ("" if counted else "-w", " ".join(names))
        machine = Machine(arguments, counted, options=options.Options(smp=smp),
                          kernel=kernel, initrd=initrd)
        return measure.take(measure.run(machine))
