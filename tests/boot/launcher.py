# SPDX-License-Identifier: MIT
"""Tests of the launcher, tools/run, as a user meets it: statuses, messages, signals, the terminal.

The machines run the little kernel of tiny.asm, which does what APPEND=tiny=… says.
"""

import os
import signal
import subprocess
import sys
import tempfile

from runner_lib.console import Failure
from runner_lib.on_terminal import OnTerminal, clean_environment

LEAVE = "^A x leaves"


def command(t, program, *variables):
    tiny = os.path.join(t.build, "tests", "tiny.elf")
    return [sys.executable, "tools/run", "--kernel", tiny, "--initrd", tiny, "--limit", str(60 * t.slow),
            "BOOT=direct", "SMP=1", "MEM=32M", "APPEND=tiny=" + program] + list(variables)


def run(t, program, *variables):
    """Runs the launcher on pipes; returns (status, output, messages)."""
    done = subprocess.run(command(t, program, *variables), stdin=subprocess.DEVNULL, timeout=90 * t.slow,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True,
                          env=clean_environment())
    return done.returncode, done.stdout, done.stderr


def check(condition, what, *seen):
    if not condition:
        raise Failure("expected " + what, "\n".join(map(str, seen)))


def expect_status(t, status, program, *variables, says=""):
    got = run(t, program, *variables)
    check(got[0] == status, "status %d" % status, *got)
    check(says in got[2], "a message with %r" % says, *got)


def on_terminal(t, program):
    return OnTerminal(command(t, program), t.slow)


def test_powering_off_is_success(t):
    status, output, messages = run(t, "[boot](hello)o")
    check(status == 0, "status 0", status, messages)
    check(output == "hello\n", "the console and nothing else on standard output", repr(output))


def test_status_of_the_program(t):
    expect_status(t, 0, "[boot][exit_0]o", "CMD=true")
    expect_status(t, 3, "[boot][exit_768]o", "CMD=x")
    # isa-debug-exit would have kept 7 bits only.
    expect_status(t, 255, "[boot][exit_65280]o", "CMD=x")
    expect_status(t, 137, "[boot][exit_9]o", "CMD=x", says="killed by signal 9")
    expect_status(t, 139, "[boot][exit_139]o", "CMD=x", says="killed by signal 11")


def test_no_status_is_the_machine_s_failure(t):
    expect_status(t, 125, "[boot]o", "CMD=x", says="without a status of CMD")
    expect_status(t, 125, "[boot]{-_exit_0}o", "CMD=x", says="without a status of CMD")


def test_panic(t):
    expect_status(t, 125, "[boot][panic_oh_no]p", says="the kernel panicked: oh no")


def test_triple_fault_says_where(t):
    status, _, messages = run(t, "[boot]f")
    check(status == 125, "status 125", status, messages)
    for word in ("triple fault", "RIP=", "CR2=", "(fault+0x"):
        check(word in messages, "a message with %r" % word, messages)


def test_wrong_values_are_explained(t):
    for variable in ("SMP=0", "SMP=4,cores=3", "MEM=lots", "MEM=1", "BOOT=usb", "ACCEL=magic",
                     "ADD=no/such/place"):
        expect_status(t, 2, "o", variable, says=variable + ": expected ")


def run_by_shell(t, program, line):
    """Runs the launcher without a limit in a line of the shell, as "$@"; returns (status, output, messages)."""
    argv = command(t, program)
    at = argv.index("--limit")
    del argv[at:at + 2]
    done = subprocess.run(["sh", "-c", line, "sh"] + argv, timeout=90 * t.slow, env=clean_environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    return done.returncode, done.stdout, done.stderr


def test_nobody_at_the_console(t):
    """A shell would wait for ever."""
    for line in ('"$@" </dev/null', '"$@" <&-', ': | "$@"'):
        found = run_by_shell(t, "[boot](ready)h", line)
        check(found[0] == 2 and "nobody can type" in found[2], "status 2 and why", line, *found)
    found = run_by_shell(t, "[boot]to", 'echo x | "$@"')
    check((found[0], found[1].strip()) == (0, "x"), "what was piped in to be typed, though input ends", *found)


def test_limit(t):
    expect_status(t, 124, "[boot]h", "--limit", "1", says="still running")


def test_leaving_with_the_key(t):
    with on_terminal(t, "[boot](ready)th") as terminal:
        terminal.wait_for("ready")
        check(terminal.output.startswith(LEAVE), "how to leave, on the first line", terminal.output)
        terminal.type("\x03")
        terminal.wait_for("C")  # it went to the guest
        terminal.type("\x01x")
        terminal.finish(0)
        check(terminal.output.endswith("C\n"), "the end of the guest's last line", repr(terminal.output))


def test_terminal_comes_back_after_a_signal(t):
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        with on_terminal(t, "[boot](ready)h") as terminal:
            terminal.wait_for("ready")
            terminal.child("qemu-system-x86_64")
            terminal.process.send_signal(number)
            terminal.finish(128 + number)


def test_terminal_comes_back_when_qemu_is_killed(t):
    with on_terminal(t, "[boot](ready)h") as terminal:
        terminal.wait_for("ready")
        os.kill(terminal.child("qemu-system-x86_64"), signal.SIGKILL)
        terminal.finish(125)


def test_terminal_comes_back_after_a_triple_fault(t):
    with on_terminal(t, "[boot](ready)f") as terminal:
        terminal.finish(125)
        check("triple fault" in terminal.output, "the reason", terminal.output)


def test_no_scratch_files_stay(t):
    with tempfile.TemporaryDirectory() as directory:
        env = dict(clean_environment(), TMPDIR=directory)
        for program in ("[boot]o", "[boot]f", "[boot]p"):
            subprocess.run(command(t, program), stdin=subprocess.DEVNULL, env=env,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=90 * t.slow)
        check(os.listdir(directory) == [], "no scratch files left", os.listdir(directory))
