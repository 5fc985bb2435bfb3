# SPDX-License-Identifier: MIT
"""The shell as one meets it: typed into, through the serial console.

Nothing here waits for a time to pass: a key that must reach a program is typed when that program
has said that it is there.
"""

import os
import re
import tempfile

from runner_lib.compare import check, same
from runner_lib.screen import Screen

# Commands and what they print.
COMMANDS = (
    ("echo one two | cat | wc -w", "2"),
    ("seq 1 100 | grep 7 | tail -n 2", "87\n97"),
    ("echo a; echo b", "a\nb"),
    ("true && echo yes || echo no", "yes"),
    ("false && echo yes || echo no", "no"),
    ("false; echo $?", "1"),
    ("(exit 42); echo $?", "42"),
    ("no_such_program 2>/dev/null; echo $?", "127"),
    ("""echo 'a  b' "c  $HOME" d\\ \\ e f  g""", "a  b c  /root d  e f g"),
    ("x='1  2'; echo $x \"$x\"", "1 2 1  2"),
    ("echo $((6 * 7)) $(echo in)", "42 in"),
    ("echo to > f; echo more >> f; cat < f", "to\nmore"),
    ("ls /none 2>&1 >/dev/null | grep -c none", "1"),
    ("ls /none /etc/motd >out 2>err; wc -l out err | head -n 2", "1 out\n1 err"),
    ("for i in 1 2 3; do echo -n $i; done; echo", "123"),
    ("f() { echo $2 $1; return 5; }; f a b; echo $?", "b a\n5"),
    ("cd /etc; pwd; cd -", "/etc\n/"),
    ("echo /etc/mo* [z]", "/etc/motd [z]"),
    ("kill -TERM $$; echo still here", "still here"),
)

# A program that says that it runs in the foreground and then sleeps.
READY = "sh -c 'echo ready; exec sleep 1000'"


def start(m, command, says="ready"):
    """Types a command, waits until it has said something."""
    m.type(command + "\n")
    m.expect("^%s$" % says)


def running(m, program):
    """How many processes have this name; beside ps there is no copy of the shell that will be grep."""
    return m.run("ps >/tmp/ps; grep -c '[0-9] %s' /tmp/ps" % program).strip()


def test_commands(t):
    with t.machine(words=["cols=200"]) as m:
        m.prompt()
        for command, output in COMMANDS:
            got = m.run(command)
            # wc aligns its figures.
            got = "\n".join(line.strip() for line in got.strip().split("\n"))
            same(got, output, repr(command))
        # The Enter key of a real terminal.
        m.type("echo carriage return\r")
        m.expect("^carriage return$")


def test_help(t):
    with t.machine() as m:
        m.prompt()
        text = m.run("help")
        for word in ("jobs", "cd", "^C", "ls /bin"):
            check(word in text, "%r in the help" % word, text)
        check(text.count("\n") < 24 and all(len(line) < 80 for line in text.splitlines()),
              "help on one screen", text)
        check("jobs" in m.run("help jobs"), "help about a builtin", m.text)


def test_script_from_a_file(t):
    with t.machine() as m:
        m.prompt()
        start(m, "echo ready; cat >s")
        m.type("#!/bin/sh\nfor i in $*\ndo\n\techo \"<$i>\" #$0\ndone | sort -r\nexit 3\n\x04")
        m.prompt()
        check(m.run("chmod +x s; ./s a b; echo $?") == "<b>\n<a>\n3\n", "a script's output", m.text)
        check(m.run("sh s x; echo $?") == "<x>\n3\n", "the same through sh", m.text)


def test_background_jobs(t):
    with t.machine() as m:
        m.prompt()
        check(m.run("sleep 1000 &").startswith("[1] "), "the number of the first job", m.text)
        check(m.run("sleep 1001 | cat &").startswith("[2] "), "that of the second", m.text)
        jobs = m.run("jobs").split("\n")
        check("[1]" in jobs[0] and "Running" in jobs[0] and "sleep 1000" in jobs[0], "job 1", jobs)
        check("[2]" in jobs[1] and "Running" in jobs[1] and "cat" in jobs[1], "job 2", jobs)
        same(m.run("jobs | cat"), "\n".join(jobs), "the jobs as a subshell tells them")
        check(m.run("kill %2; wait %2 2>/dev/null; echo $?").split()[-1] == "143",
              "the status of a job that was killed", m.text)
        check(running(m, "sleep") == "1", "one job left", m.text)
        m.run("kill -9 $(jobs -p)")
        m.run("wait")
        m.run("")
        check(m.run("jobs") == "", "no job left", m.text)
        words = m.run("(sleep 0.3; echo late) & wait; echo after").split()
        check(words.index("late") < words.index("after"), "wait to have waited", words)


def test_interrupt(t):
    with t.machine() as m:
        m.prompt()
        m.run("sleep 1000 &")
        start(m, READY)
        m.type("\x03")
        m.prompt()
        check(m.run("echo $?") == "130\n", "the status of an interrupted program", m.text)
        # All of a pipeline; the word comes through it when each of its programs is there.
        start(m, "sh -c 'echo ready; exec sleep 1001' | cat | cat")
        m.type("\x03")
        m.prompt()
        check(running(m, "cat") == "0", "no process of the pipeline left", m.text)
        # The shell's own loop, and what is after it on the line.
        start(m, "echo ready; while :; do :; done; echo not reached")
        m.type("\x03")
        m.prompt()
        check("\nnot reached" not in m.text, "the rest of the line to be given up", m.text)
        # A line that was begun.
        m.type("echo never run")
        m.expect("never run")
        m.type("\x03")
        m.expect(r"\^C\n")
        m.prompt()
        check("Running" in m.run("jobs"), "the background job to be left alone", m.text)
        check(running(m, "sleep") == "1", "only the background job", m.text)
        # ^\ kills what catches ^C.
        start(m, "sh -c 'trap \"echo caught\" INT; echo ready; while :; do sleep 0.1; done'")
        m.type("\x03")
        m.expect("caught\n")
        m.type("\x1c")
        m.prompt()


def test_stop_and_continue(t):
    with t.machine() as m:
        m.prompt()
        start(m, "echo ready; cat")
        m.type("hello\n")
        m.expect("^hello\nhello\n")
        m.type("\x1a")
        m.prompt()
        check("Stopped" in m.run("jobs"), "a stopped job", m.text)
        m.type("fg\n")
        m.expect("^cat\n")
        m.type("again\n")
        m.expect("^again\nagain\n")
        m.type("\x04")
        m.prompt()
        check(m.run("jobs") == "", "no job left", m.text)
        # A pipeline stops and goes on as one; in the background nothing stops it again.
        # It is ready when it has read a line: it has the terminal then, whoever was stopped before.
        m.type("sh -c 'read x; echo re$x; read x; echo got $x' | cat\n")
        m.type("ady\n")
        m.expect("^ready\n")
        m.type("\x1a")
        m.prompt()
        check("Stopped" in m.run("jobs"), "a stopped pipeline", m.text)
        m.type("fg\n")
        m.type("it\n")
        m.expect("^got it$")
        m.prompt()
        m.run("mkfifo p")
        start(m, "sh -c 'echo ready; read x <p; echo $x'")
        m.type("\x1a")
        m.prompt()
        check("Stopped" in m.run("jobs"), "a stopped program", m.text)
        m.run("bg")
        m.type("echo woke >p\n")
        # From the job that goes on, before or after the prompt.
        m.expect("woke\n")
        m.run("wait")
        # What reads in the background stops.
        m.run("cat &")
        m.run("wait; jobs")
        m.run("")
        check("Stopped" in m.run("jobs"), "a background reader to be stopped", m.text)
        m.type("fg\n")
        m.expect("^cat\n")
        m.type("\x03")
        m.prompt()


def test_pipeline_that_reads_before_it_has_the_terminal(t):
    # Its first program may find itself in the background yet, and the signal that stops it for that
    # goes to the others as well, wherever they are on their way to their program.
    with t.machine() as m:
        m.prompt()
        for _ in range(60):
            start(m, "echo ready; cat | wc -c")
            m.type("abc\n\x04")
            m.expect(r"^ *4$")
            m.prompt()


def test_stop_key_within_a_substitution(t):
    # In a shell that another one could continue, so that ^Z does stop what does not ignore it. The
    # program for $(...) is no job: nobody could continue it, and its shell would wait for ever.
    with t.machine() as m:
        m.prompt()
        m.type("sh\n")
        m.prompt()
        start(m, "x=$(echo ready >/dev/tty; cat)")
        m.type("\x1aline\n\x04")
        m.prompt()
        check(m.run("echo got $x") == "got line\n", "what was typed after ^Z", m.text)


def test_end_of_input(t):
    with t.machine() as m:
        m.prompt()
        start(m, "echo ready; cat | wc -c")
        m.type("abc\n\x04")
        m.expect(r"^ *4$")
        m.prompt()
        # ^D after a part of a line hands that over; a second one ends.
        start(m, "echo ready; cat; echo end")
        m.type("abc\x04")
        m.expect("abcabc")
        m.type("\x04")
        m.expect("end\n")
        m.prompt()
        m.run("mark=1")
        m.type("\x04")
        m.prompt()
        check(m.run("echo [$mark] $PPID") == "[] 1\n", "a new shell after ^D", m.text)
        m.run("mark=1")
        m.type("exit\n")
        m.expect("exit\n")
        m.prompt()
        check(m.run("echo [$mark] $PPID") == "[] 1\n", "a new shell after exit", m.text)
        check(running(m, "-sh") == "1", "one shell", m.text)


# What is typed as a line, and what it becomes.
ERASURES = (
    ("abx\x08c\x7f\x7fcd", "acd"),
    ("junk\x15kill", "kill"),
    ("one two three\x17four \x17\x17last", "one last"),
    ("\x7f\x08\x15\x17nothing before", "nothing before"),
)


def test_erase_and_kill(t):
    with t.machine() as m:
        m.prompt()
        screen = Screen(m)
        m.type("cat >f\n")
        screen.expect("")
        for keys, line in ERASURES:
            m.type(keys)
            screen.expect(line, column=len(line))
            m.type("\n")
        m.type("a\x16\x03b\x16\x7fc\n\x04")
        m.prompt()
        wanted = "".join(line + "\n" for _, line in ERASURES)
        same(m.run("head -n %d f" % len(ERASURES)), wanted, "the lines as edited")
        check("61 03 62 7f 63" in m.run("tail -n 1 f | hexdump"), "characters after ^V", m.text)
        # The same keys at the prompt.
        for keys, line in ERASURES:
            m.type(keys)
            screen.expect("tarae:/# " + line, column=9 + len(line))
            m.type("\x15")
            screen.expect("tarae:/#", column=9)


def test_editing(t):
    with t.machine() as m:
        m.prompt()
        screen = Screen(m)
        left, right, up, down = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B"
        home, end, delete = "\x1b[H", "\x1b[F", "\x1b[3~"

        def key(keys, line, column):
            m.type(keys)
            screen.expect("tarae:/# " + line, column=9 + column)

        key("echo ac", "echo ac", 7)
        key(left, "echo ac", 6)
        key("b", "echo abc", 7)
        key(home, "echo abc", 0)
        key(right, "echo abc", 1)
        key(delete, "eho abc", 1)
        key("c", "echo abc", 2)
        key(end, "echo abc", 8)
        key("\x01", "echo abc", 0)
        key("\x0b", "", 0)
        key("\x19", "echo abc", 8)
        m.type("\n")
        screen.expect_block(["tarae:/# echo abc", "abc", "tarae:/#"])
        m.type("echo second\n")
        screen.expect_block(["second", "tarae:/#"])
        key("half", "half", 4)
        key(up, "echo second", 11)
        key(up, "echo abc", 8)
        key(up, "echo abc", 8)
        key(down, "echo second", 11)
        key(down, "half", 4)
        key("\x10", "echo second", 11)
        m.type("\n")
        screen.expect_block(["tarae:/# echo second", "second", "tarae:/#"])
        # Characters of more than one byte, and of two columns.
        key("echo 한글", "echo 한글", 9)
        m.type("\x7f\n")
        m.expect("^한$")


def test_line_longer_than_the_screen_is_wide(t):
    with t.machine() as m:
        m.prompt()
        screen = Screen(m)
        text = "".join(chr(ord("a") + i % 26) for i in range(200))
        line = "tarae:/# echo " + text
        m.type("echo " + text)
        screen.expect_block([line[:80], line[80:160], line[160:]])
        m.type("\x01")
        screen.expect(line[:80], column=9)
        m.type(": ")
        line = "tarae:/# : echo " + text
        screen.expect(line[:80], column=11)
        screen.expect_block([line[:80], line[80:160], line[160:]])
        m.type("\x1b[3~" * 5)
        line = "tarae:/# : " + text
        screen.expect_block([line[:80], line[80:160], line[160:]])
        m.type("\x1b[F\x15echo short\n")
        screen.expect_block(["tarae:/# echo short", "short", "tarae:/#"])
        # Exactly as wide as the screen: the cursor goes to the next row.
        fill = "echo " + "x" * (80 - 9 - 5)
        m.type(fill)
        screen.expect_block(["tarae:/# " + fill])
        m.type("yz")
        screen.expect("yz", column=2)
        m.type("\x7f\x7f\x7f")
        screen.expect("tarae:/# " + fill[:-1], column=79)
        m.type("\n")
        m.expect("^x{65}$")


def test_completion(t):
    with t.machine() as m:
        m.prompt()
        screen = Screen(m)
        m.run("mkdir /t /t/directory")
        m.run("touch /t/alpha /t/alphabet '/t/with space'")

        def complete(keys, line):
            m.type(keys)
            screen.expect("tarae:/# " + line, column=9 + len(line))
            m.type("\x15")
            screen.expect("tarae:/#", column=9)

        complete("cat /t/dir\t", "cat /t/directory/")
        complete("cat /t/w\t", "cat /t/with\\ space ")
        complete("hexd\t", "hexdump ")
        complete("cat /t/nothing\t", "cat /t/nothing")
        complete("cat /t/al\t", "cat /t/alpha")
        m.type("cat /t/al\t\t")
        m.expect(r"^alpha +alphabet *\n")
        complete("b\t", "cat /t/alphabet ")


def paste(size):
    """Text of so many bytes whose every line is different."""
    text = "".join("%06d %s\n" % (i, "the quick brown fox "[i % 20:] * (i % 9))
                   for i in range(size // 20))
    return text[:size - 1] + "\n"


def test_paste_of_100_kib(t):
    text = paste(100 * 1024)
    with t.machine() as m:
        m.prompt()
        start(m, "echo ready; cat >f")
        m.type(text + "\x04")
        m.prompt(limit=60)
        check(m.run("wc -c <f").strip() == str(len(text)), "all %d bytes" % len(text), m.text[-80:])
        same(m.run("cat f", limit=60), text, "the file that was pasted")


def test_paste_of_commands(t):
    # Typed ahead, while the shell is busy with the lines before.
    with t.machine() as m:
        m.prompt()
        m.type("".join("echo line %d | cat >>f\n" % i for i in range(300)) + "echo e''nd\n")
        m.expect("^end$", limit=60)
        m.prompt()
        same(m.run("cat f"), "".join("line %d\n" % i for i in range(300)), "300 pasted commands")


def test_every_byte_arrives_raw(t):
    data = bytes((i * 7 + i // 256) % 256 for i in range(8192))
    with t.machine() as m:
        m.prompt()
        m.type("stty raw -echo; echo ready; head -c %d >f; stty sane\n" % len(data))
        m.expect(r"^ready")
        m.type(data)
        m.prompt(limit=60)
        dump = m.run("hexdump f", limit=60)
        found = bytearray()
        for line in dump.split("\n"):
            found += bytes(int(word, 16) for word in line.partition("|")[0].split()[1:])
        check(bytes(found) == data, "the same %d bytes, found %d" % (len(data), len(found)))


def test_interrupt_passes_a_full_terminal(t):
    with t.machine() as m:
        m.prompt()
        start(m, READY)
        m.type(paste(200 * 1024))
        m.wait(lambda: m.vm.unsent() == 0, 60, "the machine to take 200 KiB that nobody reads")
        m.type("\x03")
        m.prompt()
        check(m.run("echo $?") == "130\n", "the program to have been interrupted", m.text[-200:])
        check(m.run("cat f 2>&1 | wc -l").strip() == "1", "the pasted text to be gone", m.text)


def test_poweroff(t):
    for command in ("poweroff", "kill -TERM 1; sleep 1000"):
        with t.machine() as m:
            m.prompt()
            m.run("sleep 1000 &")
            m.type(command + "\n")
            if command != "poweroff":
                # Process 1 has no handler for it: nothing happens.
                m.expect("sleep 1000\n")
                m.type("\x03")
                m.prompt()
                m.type("poweroff\n")
            m.ended("power off")


def test_top(t):
    with t.machine() as m:
        m.prompt()
        m.run("sleep 1000 &")
        m.type("top\n")
        m.expect("(?s)PID.*COMMAND.*/bin/init.*sleep 1000.*top")
        m.expect("(?s)PID.*COMMAND.*/bin/init")
        m.type("q")
        m.prompt()
        check(m.run("echo back") == "back\n", "the terminal as it was", m.text)


def test_looking_at_processes(t):
    with t.machine() as m:
        m.prompt()
        m.run("sleep 1000 &")
        shapes = (
            ("ps", r" +PID +PPID .*COMMAND\n +1 +0 .*init\n(.*\n)*.*sleep 1000\n(.*\n)* .*ps\n"),
            ("ps -T", r"(.*\n)*.*sleep 1000\n(.*\n)*"),
            ("free", r".*total.*used.*free.*\n ?Mem\w*:( +\d+)+\n"),
            ("uptime", r" *\d\d:\d\d:\d\d up .*load average: [\d. ,]+\n"),
            ("pmap $!", r"\d+: sleep.*\n(.*\n)*.*r-xp +code.*\n(.*\n)*.*\[stack\]\n *total +\d+.*\n"),
            ("uname -a", r"Tarae .*x86_64.*\n"),
        )
        for command, shape in shapes:
            m.type(command + "\n")
            m.expect(r".*\n")
            at = m.position
            match = m.prompt()
            got = m.text[at:match.start()]
            check(re.fullmatch(shape, got), "output of %r that looks like %s" % (command, shape), got)


def test_shell_script_on_the_command_line(t):
    with tempfile.TemporaryDirectory() as overlay:
        with open(os.path.join(overlay, "s"), "w") as file:
            file.write("echo in a script: $1\nread x && echo $x\nexit 7\n")
        with t.machine(add=overlay, cmd="echo piped | sh /s one", words=["quiet"]) as m:
            m.ended("power off")
            check(m.vm.reported("exit") == [str(7 << 8)], "status 7", m.vm.report)
            same(m.text, "in a script: one\npiped\n", "the script")
