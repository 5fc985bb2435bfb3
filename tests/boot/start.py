# SPDX-License-Identifier: MIT
"""Starting the machine: both loaders, the time to the prompt, and the variables of `make run`."""

import os
import re
import subprocess
import sys
import tempfile

from runner_lib import guest
from runner_lib.console import Failure


def check(condition, what, *seen):
    if not condition:
        raise Failure("expected " + what, "\n".join(map(str, seen)))


def launch(t, *variables):
    """tools/run with the real kernel on pipes; returns (status, output, messages)."""
    argv = [sys.executable, "tools/run", "--kernel", os.path.join(t.build, "kernel.elf"),
            "--initrd", os.path.join(t.build, "initrd.cpio"), "--limit", str(60 * t.slow)]
    dropped = ("SMP", "MEM", "CMD", "ADD", "BOOT", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    env = {name: value for name, value in os.environ.items() if name not in dropped}
    done = subprocess.run(argv + list(variables), stdin=subprocess.DEVNULL, env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output = done.stdout.decode(errors="replace").replace("\r\n", "\n")
    return done.returncode, output, done.stderr.decode(errors="replace")


def shell_works(m):
    m.prompt()
    check(m.run("echo hello | wc -c").strip() == "6", "a working shell", m.text)


def test_grub_iso(t):
    with t.machine(boot="grub") as m:
        shell_works(m)
        check("GRUB" in m.text, "the loader's name on the boot screen", m.text)
        m.type("poweroff\n")
        m.ended("power off")


def test_direct(t):
    with t.machine() as m:
        shell_works(m)
        m.type("poweroff\n")
        m.ended("power off")


def test_output_of_cmd_is_whole(t):
    """The machine goes off when the console has taken the last byte, not before."""
    with t.machine(cmd="seq 30000", words=["quiet"]) as m:
        m.ended("power off")
        check(m.text.split() == [str(n) for n in range(1, 30001)], "30000 lines",
              "the last: " + m.text[-20:])


def test_boot_screen_is_one_screen(t):
    with t.machine() as m:
        m.prompt()
        lines = m.text.count("\n")
        check(lines < 24, "the prompt on the first screen, not %d lines" % lines, m.text)
        for word in ("memory", "cpu", "clock", " ms"):
            check(word in m.text.lower(), "%r on the boot screen" % word, m.text)


def test_nonce_is_hidden(t):
    with t.machine() as m:
        m.prompt()
        line = m.run("cat /proc/cmdline")
        check(m.vm.nonce not in line, "no nonce in /proc/cmdline", line)


def time_to_prompt(t, boot, limit):
    """In the machine's own time, from its first instruction, the loader's and all: eight ns for each, as
    in tests at SMP=1, however fast or busy the host is."""
    with tempfile.TemporaryDirectory() as overlay:
        os.mkdir(os.path.join(overlay, "etc"))
        with open(os.path.join(overlay, "etc/profile"), "w") as file:
            file.write("PS1='$(cat /proc/uptime) tarae:$PWD# '\n")
        with t.machine(boot=boot, smp=1, icount=guest.ICOUNT, add=overlay) as m:
            m.prompt(limit=60)
            # The TSC, here virtual ns, when the kernel was entered; then what the prompt says.
            entered = int(m.vm.reported("boot")[0]) / 1e9
            took = entered + float(re.search(r"^(\d+\.\d+) \S+ tarae:/# ", m.text, re.M).group(1))
    check(took < limit, "the prompt %g s after the machine's start, not %.2f s" % (limit, took))


def test_time_to_prompt_direct(t):
    time_to_prompt(t, "direct", 1.0)


def test_time_to_prompt_grub(t):
    time_to_prompt(t, "grub", 3.0)


def test_cmd_gives_its_status(t):
    for command, status in (("true", 0), ("exit 3", 3), ("exit 255", 255), ("kill -9 $$", 137),
                            ("/no/such/program", 127)):
        found = launch(t, "BOOT=direct", "CMD=" + command)
        check(found[0] == status, "status %d of CMD=%s" % (status, command), *found)


def test_cmd_waits_for_descendants(t):
    found = launch(t, "BOOT=direct", "CMD=(sleep 1; echo late) & (sleep 0.1; exit 9) & exit 4",
                   "APPEND=quantum=abc quantm=5 trace=yes")
    check(found[0] == 4, "the status of the job itself", *found)
    check(found[1].startswith("boot option quantum=abc: not a number from 1 to 1000, using 10\n"
                              "boot option trace=yes: expected trace=on\n"
                              "boot option quantm: unknown, not heeded\n"),
          "each wrong option to be named, though the boot is quiet", *found)
    check("late" in found[1], "the output of a background job", *found)


def test_cmd_comes_through_both_loaders(t):
    command = """printf '%s|' "a  b" 'c"d' "it's" \\\\ 100% $((1+1)) ; echo 한글"""
    for boot in ("direct", "grub"):
        found = launch(t, "BOOT=" + boot, "CMD=" + command)
        check(found[1] == "a  b|c\"d|it's|\\|100%|2|한글\n", "the text as typed", boot, *found)


def test_add_overlays_a_directory(t):
    with tempfile.TemporaryDirectory(prefix="a 한글 ") as overlay:
        os.makedirs(os.path.join(overlay, "etc"))
        os.makedirs(os.path.join(overlay, "bin"))
        for path, text in (("etc/motd", "changed\n"), ("bin/mine", "#!/bin/sh\necho mine $1\n")):
            with open(os.path.join(overlay, path), "w") as file:
                file.write(text)
        os.chmod(os.path.join(overlay, "bin/mine"), 0o755)
        found = launch(t, "BOOT=direct", "ADD=" + overlay, "CMD=cat /etc/motd; mine 7; ls /bin/sh")
        check(found[1] == "changed\nmine 7\n/bin/sh\n", "the overlay's files", *found)


def test_size_of_the_terminal(t):
    with t.machine(words=["rows=51", "cols=123"]) as m:
        m.prompt()
        check("51 123" in m.run("stty size"), "51 rows and 123 columns", m.text)


def test_too_little_memory_is_told(t):
    for mem in ("8M", "10M"):
        with t.machine(mem=mem, smp=1) as m:
            m.ended(None, limit=20)
            check("memory" in m.text.lower(), "a message about memory with MEM=" + mem, m.text)


def test_no_initrd_is_told(t):
    machine = t.machine()
    machine.vm.initrd = None
    with machine as m:
        m.expect("(?i)initrd", dead=True)
