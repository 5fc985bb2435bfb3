# SPDX-License-Identifier: MIT
"""Machines that are not the usual one: other numbers of CPUs, less memory, older CPUs."""

import os
import shutil
import tempfile

from runner_lib.compare import check


def at_work(m, cpus):
    """The machine has so many CPUs, and programs run on it."""
    m.prompt(limit=60)
    check(m.run("grep -c ^processor /proc/cpuinfo").strip() == str(cpus), "%d CPUs" % cpus, m.text)
    check(m.run("ls -l /etc | grep -c motd").strip() == "1", "a pipeline's output", m.text)
    for _ in range(20):  # a host that puts one of them aside gives its jobs to the others
        # More jobs than CPUs, so that each of these gets to work.
        m.run("for i in 1 2 3 4 5 6 7 8; do (j=0; while [ $j -lt 300 ]; do j=$((j+1)); done) & done")
        check(m.run("wait; echo waited", limit=60).endswith("waited\n"), "the jobs' end", m.text)
        # Each has user or system time, in ticks.
        lines = m.run("grep '^cpu[0-9]' /proc/stat").strip().split("\n")
        if len(lines) == cpus and all(int(n.split()[1]) + int(n.split()[3]) for n in lines):
            return
    check(False, "%d CPUs at work" % cpus, *lines)


def test_one_cpu(t):
    with t.machine(smp=1) as m:
        at_work(m, 1)


def test_four_cpus_of_two_cores_and_threads(t):
    with t.machine(smp="4,cores=2,threads=2") as m:
        at_work(m, 4)


def test_eight_cpus_in_two_sockets(t):
    with t.machine(smp="8,sockets=2,cores=4") as m:
        at_work(m, 8)


def test_64_mib(t):
    with t.machine(mem="64M", smp=2) as m:
        at_work(m, 2)


def test_grub_on_a_small_machine(t):
    # The other loader puts the initrd and its tables elsewhere.
    with tempfile.TemporaryDirectory() as overlay:
        with open(os.path.join(overlay, "added"), "w") as file:
            file.write("came through GRUB\n")
        with t.machine(boot="grub", mem="64M", smp=4, add=overlay) as m:
            at_work(m, 4)
            check(m.run("cat /added") == "came through GRUB\n", "the overlay's file", m.text)
            check(m.run("grep -c r-xp /proc/self/maps") == "1\n", "one piece of code", m.text)


def test_memory_above_4_gib(t):
    # Beyond what 32-bit registers and the hole for devices leave; QEMU takes it from the host only
    # when it is written.
    if os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") < 6 << 30:
        t.skip("this host has less than 6 GiB")
    with t.machine(mem="5G", smp=2) as m:
        at_work(m, 2)
        total = int(m.run("grep MemTotal /proc/meminfo").split()[1])
        check(total > 5 * 1000 * 1000, "nearly 5 GiB of memory", total)


def test_cpu_without_newer_features(t):
    # No XSAVE, SMEP, SMAP, FSGSBASE, 1 GiB pages or invariant TSC.
    for cpu in ("qemu64", "core2duo", "Nehalem"):
        with t.machine(smp=2, extra=["-cpu", cpu]) as m:
            at_work(m, 2)


def test_cpus_with_newer_features(t):
    for cpu in ("Haswell", "EPYC", "max,la57=off,pcid=off", "max,smap=off", "max,-xsave"):
        with t.machine(smp=2, extra=["-cpu", cpu]) as m:
            at_work(m, 2)


def test_foreign_program_on_an_old_cpu(t):
    # With no XSAVE a C library must not find AVX.
    program = shutil.which("busybox")
    if not program:
        t.skip("busybox is not installed")
    with tempfile.TemporaryDirectory() as overlay:
        shutil.copy(program, os.path.join(overlay, "busybox"))
        with t.machine(add=overlay, cmd="seq 1 1000 | /busybox sha256sum | /busybox cut -c1-16",
                       words=["quiet"], extra=["-cpu", "qemu64"]) as m:
            m.ended("power off")
            check(m.text == "67d4ff71d43921d5\n", "the right checksum", m.text)


def test_cpu_that_is_too_old_is_told(t):
    for cpu, word in (("qemu32", "64-bit"), ("qemu64,-nx", "NX")):
        with t.machine(extra=["-cpu", cpu]) as m:
            m.wait(lambda: word.lower() in m.text.lower(), what="a message about " + word)
