# SPDX-License-Identifier: MIT
"""Boots machines that measure, and reads their figures: {name of row: [figure of each pass]}."""

import os
import re
import struct
import time

from machine import Problem, images, options, vm

# Without the string instructions that clear and copy by bytes at a stroke, so that Linux moves
# words, as Tarae does: each word then is an instruction.
CPU = "max,-erms,-fsrm"
ICOUNT = 0
LINE = re.compile(r"^row (\S+) (\S+)\r?$", re.M)
LIMIT_S = 900


class Build:
    """Where the unchecked kernel and its programs are."""

    def __init__(self, directory):
        self.kernel = os.path.join(directory, "kernel.elf")
        self.test_kernel = os.path.join(directory, "kernel-test.elf")
        self.initrd = os.path.join(directory, "initrd.cpio")
        self.program = os.path.join(directory, "user", "stripped", "bin", "bench")


def take(text):
    """Figures among a console's lines. A row that could not run has none."""
    figures = {}
    for name, figure in LINE.findall(text):
        if figure != "-":
            figures.setdefault(name, []).append(float(figure))
    return figures


def run(machine, limit=LIMIT_S, meanwhile=None):
    """Lets a machine run until it has powered itself off; returns what its console said. Every now
    and then it calls meanwhile(machine)."""
    with machine:
        end = time.monotonic() + limit
        while machine.running() and time.monotonic() < end:
            machine.pump(0.5)
            if meanwhile:
                meanwhile(machine)
        text = machine.console.decode(errors="replace")
        if machine.ended != vm.POWER_OFF:
            raise Problem("the machine did not end by itself (%s):\n%s\n%s" % (
                machine.ended or "still running", text[-3000:], machine.story))
        return text


def tarae(build, words=(), cmd=None, counted=True, smp="1", mem="512M", test=False, append=()):
    """A machine; counted: its clock is executed instructions."""
    chosen = options.Options(smp=smp, mem=mem, cmd=cmd)
    chosen.append = list(append)
    extra = ["-cpu", CPU]
    if counted:
        extra += ["-rtc", "base=2026-01-01"]
    return vm.Machine(chosen, kernel=build.test_kernel if test else build.kernel,
                      initrd=build.initrd, words=["quiet", "seed=1"] + list(words),
                      icount=ICOUNT if counted else None, extra=extra)


def rows(build, names, counted=True, smp="1"):
    """(figures of user/bin/bench, the scale: ticks that an instruction took)"""
    command = "bench -r %s %s" % ("" if counted else "-w", " ".join(names))
    text = run(tarae(build, cmd=command, counted=counted, smp=smp))
    scale = re.search(r"^scale (\S+)", text, re.M)
    scale = float(scale.group(1)) if scale else None
    if counted and (scale is None or abs(scale - 1) > 0.001):
        raise Problem("an instruction should take one tick, but took %s" % scale)
    return take(text), scale


def kernel_rows(build, counted=True, smp="1"):
    """Figures of tests/kernel/bench.c, which come on the report port."""
    machine = tarae(build, words=["ktest=bench_"], counted=counted, smp=smp, test=True)
    run(machine)
    words = [line.split() for line in machine.reported("bench")]
    return {name: [float(figure)] for name, figure in words}


# ---- boot ----------------------------------------------------------------------------------------

def boot_instructions(build, mem):
    """From the kernel's first instruction to the main() of the first program."""
    machine = tarae(build, words=["init=/bin/bench"], mem=mem)
    text = run(machine)
    started, entered = re.search(r"^start (\d+)", text, re.M), machine.reported("boot")
    if not started or not entered:
        raise Problem("no time of the start:\n" + text[-2000:])
    return float(int(started.group(1)) - int(entered[0]))


def free_after_boot(build):
    text = run(tarae(build, cmd="cat /proc/meminfo", mem="64M"))
    return float(re.search(r"^MemFree:\s+(\d+)", text, re.M).group(1))


def prompt_ms(build, loader):
    """Wall time; the best of three. None without the loader."""
    times = []
    if loader == "grub":
        try:
            images.grub_tools()
        except Problem:
            return None
    for _ in range(3):
        chosen = options.Options(smp="2", boot=loader)
        with vm.Machine(chosen, kernel=build.kernel, initrd=build.initrd) as machine:
            while machine.running() and not machine.console.rstrip().endswith((b"#", b"$")):
                machine.pump(0.02)
                if time.monotonic() - machine.started > 60:
                    raise Problem("no prompt")
            times.append((time.monotonic() - machine.started) * 1000)
    return min(times)


def image_bytes(build):
    """What the kernel's segments take in memory."""
    with open(build.kernel, "rb") as file:
        data = file.read()
    start, = struct.unpack_from("<Q", data, 0x20)
    size, count = struct.unpack_from("<HH", data, 0x36)
    headers = [struct.unpack_from("<IIQQQQQQ", data, start + i * size) for i in range(count)]
    return float(sum(header[6] for header in headers if header[0] == 1))


BOOT_ROWS = {
    "image": image_bytes,
    "free_64": free_after_boot,
    "boot_512": lambda build: boot_instructions(build, "512M"),
    "boot_4096": lambda build: boot_instructions(build, "4G"),
    "prompt": lambda build: prompt_ms(build, "direct"),
    "prompt_grub": lambda build: prompt_ms(build, "grub"),
}


def boot_rows(build, names):
    figures = {name: measure(build) for name, measure in BOOT_ROWS.items() if name in names}
    return {name: [figure] for name, figure in figures.items() if figure is not None}
