# SPDX-License-Identifier: MIT
"""Somebody else's programs: Debian's busybox-static, the same file that runs on this host.

The scripts in tests/linux/busybox run under it here and there, and what they print must be equal.
Then its interactive shell, vi, ps, top and free are used by hand.
"""

import os
import re
import shutil
import subprocess
import tempfile

from runner_lib.compare import check, same
from runner_lib.screen import Screen

SCRIPTS = "tests/linux/busybox"
PLACES = ("/bin/busybox", "/usr/bin/busybox", "/usr/bin/busybox-static", "/sbin/busybox")
# The applets come first in the search path; no program of the host or of Tarae is used.
RUN = """cd "$1" && exec env -i PATH="$2" HOME=/ TZ=UTC0 "$2/sh" "$3" </dev/null 2>&1"""


def busybox(t):
    """The host's busybox, if it would run anywhere."""
    for path in PLACES:
        if os.path.exists(path):
            with open(path, "rb") as file:
                image = file.read()
            # A dynamic one names its loader.
            if image[:4] == b"\x7fELF" and image[18:20] == b"\x3e\x00" and b"/ld-" not in image[:4096]:
                return path
    return t.skip("busybox-static is not installed (tools/setup test does it)")


def applets(directory, program):
    """Fills a directory with busybox under all its names."""
    os.makedirs(directory)
    shutil.copy(program, os.path.join(directory, "busybox"))
    names = subprocess.run([program, "--list"], stdout=subprocess.PIPE, check=True,
                           universal_newlines=True).stdout.split()
    for name in names:
        if name != "busybox":
            os.symlink("busybox", os.path.join(directory, name))


def compare_script(t, name):
    """Runs a script on both and compares."""
    program = busybox(t)
    with tempfile.TemporaryDirectory() as scratch:
        overlay, work = os.path.join(scratch, "overlay"), os.path.join(scratch, "work")
        os.mkdir(work)
        applets(os.path.join(overlay, "bb"), program)
        script = os.path.join(overlay, name + ".sh")
        shutil.copy(os.path.join(SCRIPTS, name + ".sh"), script)
        os.mkdir(os.path.join(overlay, "work"))
        here = subprocess.run(["sh", "-c", RUN, "sh", work, os.path.join(overlay, "bb"), script],
                              stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=100 * t.slow)
        wanted = here.stdout.decode().replace(script, "/%s.sh" % name)
        wanted += "status %d\n" % here.returncode
        with open(os.path.join(overlay, "run"), "w") as file:
            file.write(RUN)
        # Through a pipe, as here; its end keeps the console's last bytes in order.
        command = "(sh /run /work /bb /%s.sh; echo status $?) | cat" % name
        with t.machine(add=overlay, cmd=command, words=["quiet"]) as m:
            m.ended("power off", limit=100)
            same(m.text, wanted, name + ".sh")


def test_shell_script(t):
    compare_script(t, "shell")


def test_jobs_script(t):
    compare_script(t, "jobs")


def test_text_script(t):
    compare_script(t, "text")


def test_files_script(t):
    compare_script(t, "files")


class Ash:
    """A machine at the prompt of busybox's shell."""

    def __init__(self, t, **options):
        self.scratch = tempfile.TemporaryDirectory()
        applets(os.path.join(self.scratch.name, "overlay", "bb"), busybox(t))
        self.machine = t.machine(add=os.path.join(self.scratch.name, "overlay"), **options)

    def __enter__(self):
        m = self.machine.__enter__()
        m.prompt()
        m.type("PATH=/bb exec ash\n")
        m.prompt()
        # Typed with a break in it, so that the words on the line are not taken for the prompt.
        m.type("PS1='a''sh# '\n")
        m.expect(r"^ash# \Z")
        return m

    def __exit__(self, *error):
        self.machine.__exit__(*error)
        self.scratch.cleanup()


# A program that says that it runs and then reads.
READY = "sh -c 'echo ready; exec cat'"


def start(m, command):
    m.type(command + "\n")
    m.expect("^ready\n")


def test_job_control(t):
    with Ash(t) as m:
        m.run("sleep 1000 &")
        check("Running" in m.run("jobs"), "a job in the background", m.text)
        start(m, READY)
        m.type("line\n")
        m.expect("^line\nline\n")
        m.type("\x1a")
        m.prompt()
        jobs = m.run("jobs")
        check(re.search("Running +sleep", jobs) and re.search("Stopped +sh", jobs), "two jobs", jobs)
        m.type("fg\n")
        m.expect("exec cat.\n")
        m.type("again\n")
        m.expect("^again\nagain\n")
        m.type("\x03")
        m.prompt()
        check(m.run("echo $?") == "130\n", "the status of an interrupted program", m.text)
        check("sleep 1000" in m.run("jobs"), "the other job still there", m.text)
        # It is ready when the word has come through all of them: each is then the program that it is
        # to be, and a forked shell that still ignores ^Z no longer.
        start(m, "sh -c 'echo ready; exec sleep 1001' | cat | cat")
        m.type("\x1a")
        m.prompt()
        m.run("bg")
        check("Stopped" not in m.run("jobs"), "all jobs to run", m.text)
        m.run("kill %1 %2")
        m.run("wait")
        m.run("")
        check(m.run("jobs") == "", "no jobs", m.text)
        start(m, "echo ready; while :; do :; done")
        m.type("\x03")
        m.prompt()
        start(m, READY)
        m.type("end\x04\x04")
        m.expect("endend")
        m.prompt()
        m.type("\x04")
        m.expect("tarae:")


def test_line_editing(t):
    with Ash(t) as m:
        screen = Screen(m)

        def key(keys, line, column):
            m.type(keys)
            screen.expect("ash# " + line, column=5 + column)

        key("echo ac", "echo ac", 7)
        key("\x1b[D", "echo ac", 6)
        key("b", "echo abc", 7)
        key("\x1b[H", "echo abc", 0)
        key("\x1b[3~", "cho abc", 0)
        key("e\x1b[F", "echo abc", 8)
        m.type("\n")
        m.expect("^abc\n")
        m.prompt()
        key("\x1b[A", "echo abc", 8)
        key("\x7f\x08d", "echo ad", 7)
        key("\x17", "echo ", 5)
        key("\x15", "", 0)
        key("hexd\t", "hexdump ", 8)
        m.type("\x03")
        m.prompt()


def test_vi(t):
    with Ash(t) as m:
        screen = Screen(m)
        m.run("seq 1 40 >f")
        m.type("vi f\n")
        screen.expect_block([str(n) for n in range(1, 24)])
        screen.expect("1", row=0, column=0)
        # Insert, move, delete, join, undo, search, replace, put, write, quit.
        m.type("ihello \x1b")
        screen.expect("hello 1", column=5)
        m.type("jdd")
        screen.expect_block(["hello 1", "3", "4"])
        m.type("onew line\x1b")
        screen.expect_block(["hello 1", "3", "new line", "4"])
        m.type("J")
        screen.expect_block(["3", "new line 4", "5"])
        m.type("u")
        screen.expect_block(["new line", "4", "5"])
        m.type("/30\n")
        screen.expect("30", column=0)
        m.type("cwthirty\x1b")
        screen.expect("thirty", column=5)
        m.type("yyp")
        screen.expect_block(["29", "thirty", "thirty"])
        m.type("G")
        screen.expect("40", column=0)
        m.type(":%s/3/III/\n")
        screen.expect_block(["III8", "III9"])
        m.type(":wq\n")
        m.prompt()
        wanted = ["hello 1", "III", "new line", "4"] + [str(n) for n in range(5, 41)]
        wanted[wanted.index("30")] = "thirty\nthirty"
        wanted = [line.replace("3", "III", 1) for line in wanted]
        same(m.run("cat f"), "\n".join(wanted) + "\n", "the edited file")
        check(m.run("echo back") == "back\n", "the terminal as it was", m.text)


# Commands whose output names the machine, and how it looks.
SHAPES = (
    ("ps", r"PID +USER +COMMAND\n +1 root +/bin/init\n(.*\n)*.* sleep 1000\n(.*\n)*"),
    ("ps -o pid,ppid,comm", r"PID +PPID +COMMAND\n +1 +0 init\n(.*\n)*"),
    ("top -b -n1", r"Mem: \d+K used, \d+K free.*\nCPU: .*idle.*\nLoad average: .*\n +PID .*\n"
     r"(.*\n)*.*sleep 1000\n(.*\n)*"),
    ("free", r" +total +used +free.*\nMem: +\d+ +\d+ +\d+.*\n(.*\n)*Swap: +0 +0 +0\n"),
    ("uptime", r" \d\d:\d\d:\d\d up \d+ min, +0 users, +load average: [\d., ]+\n"),
    ("uname -sm", r"Tarae x86_64\n"),
    ("df /", r"Filesystem.*\n.* /\n"),
    ("mount", r"tmpfs on / type tmpfs .*\n(.*\n)*"),
    ("stty size", r"24 80\n"),
    ("tty", r"/dev/(console|ttyS0)\n"),
    ("nproc", r"2\n"),
    ("id -u", r"0\n"),
    ("pidof sleep", r"\d+\n"),
    ("cat /proc/loadavg", r"\d+\.\d\d \d+\.\d\d \d+\.\d\d \d+/\d+ \d+\n"),
    ("ls -l /proc/self/exe", r"l.* -> /bb/busybox\n"),
    ("ls -l /proc/1/cwd", r"l.* -> /\n"),
    ("head -n 1 /proc/self/maps", r"00400000-[0-9a-f]{8} r--p 00000000 .*/bb/busybox\n"),
    ("time true", r"real\t0m \d+\.\d\ds\nuser\t0m \d+\.\d\ds\nsys\t0m \d+\.\d\ds\n"),
)


def test_looking_at_the_machine(t):
    with Ash(t, smp=2) as m:
        m.run("sleep 1000 &")
        for command, shape in SHAPES:
            output = m.run(command)
            check(re.fullmatch(shape, output), "output of %r that looks like %s" % (command, shape),
                  output)
        # top as a page, until q.
        m.type("top -d 1\n")
        m.expect(r"(?s)Load average.*sleep 1000")
        m.expect(r"Load average")
        m.type("q")
        m.prompt()


def test_less_and_more(t):
    with Ash(t) as m:
        screen = Screen(m)
        m.run("seq 1 100 >f")
        m.type("less f\n")
        screen.expect_block([str(n) for n in range(1, 24)])
        m.type(" ")
        screen.expect("24", row=0)
        m.type("G")
        screen.expect_block(["98", "99", "100"])
        m.type("g/42\r")
        screen.expect("42", row=0)
        m.type("q")
        m.prompt()
