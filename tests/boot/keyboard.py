# SPDX-License-Identifier: MIT
"""Keys that come at any moment: while a command is being started, while the shell itself is at
work, ahead of the command that reads them."""

import re

from runner_lib.console import Failure


def check(condition, what, *seen):
    if not condition:
        raise Failure("expected " + what, "\n".join(map(str, seen)))


def test_interrupt_whatever_runs(t):
    with t.machine() as m:
        m.prompt()
        m.run("sleep 1000 &")
        for command in ("while true; do :; done", "while true; do sleep 1000; done", "cat | cat",
                        "x=$(sleep 1000)", "sh -c 'sleep 1000; echo never'", "yes >/dev/null",
                        "(sleep 1000; echo never)", "wait", "read x", "f() { sleep 1000; }; f"):
            m.type(command + "\n")
            m.expect(re.escape(command) + r"\n")
            m.expect_not(r"# \Z", 0.1)
            m.type("\x03")
            m.prompt()
            check(m.run("echo $?") == "130\n", "130 after %r" % command, m.text)
        check("\nnever" not in m.text, "nothing to run after ^C", m.text)
        check("Running" in m.run("jobs"), "the background job to be left alone", m.text)


def test_keys_while_a_command_is_being_started(t):
    # The key comes at no particular moment between Enter and the program's first instruction.
    with t.machine() as m:
        m.prompt()
        for i in range(30):
            for command in ("sleep 1000", "(sleep 1000)", "sleep 1000 | cat"):
                m.type(command + "\n")
                m.expect(re.escape(command) + r"\n")
                m.type("\x1a" if i % 2 else "\x03")
                m.prompt()
                if i % 2:
                    m.run("kill -9 %%; wait 2>/dev/null")
        # wait does not wait for a stopped job, and the last kill may not have done its work yet.
        left = [m.run("jobs") for _ in range(50)]
        check(left[-1] == "", "no job left", m.text)
        check(m.run("ps | grep -c '[0-9] sleep'") == "0\n", "no process left", m.text)


def test_what_is_typed_ahead_is_kept(t):
    with t.machine() as m:
        m.prompt()
        # read takes its line and no more; what is left is the next command.
        m.type("sleep 0.3; read a; read b; echo $b $a\nfirst\nsecond\necho after\n")
        m.expect(r"^second first\n")
        m.expect(r"^after\n")
        m.prompt()
        m.type("for i in 1 2\ndo\necho turn $i\ndone\n")
        m.expect(r"^turn 1\nturn 2\n")


def test_history_and_completion(t):
    with t.machine() as m:
        m.prompt()
        m.run("mkdir /tmp/dir; cd /tmp/dir; touch alpha1 alpha2 'with space'")
        for keys, output in (("echo 'w\t", "with space"),
                             ("echo /tm\tdi\talp\t1", "/tmp/dir/alpha1"),
                             ("basena\t/x/y", "y"), ("\x1b[A\x1b[A!", "/tmp/dir/alpha1!"),
                             ("echo draft\x1b[A\x1b[B kept", "draft kept")):
            m.type(keys + "\n")
            m.expect(r"^%s\n" % re.escape(output))
            m.prompt()
        last = "    6  echo draft kept\n    7  history | tail -n 2\n"
        check(m.run("history | tail -n 2") == last, "the end of the history", m.text)


def test_init_waits_for_orphans(t):
    with t.machine() as m:
        m.prompt()
        m.run("for i in 1 2 3 4 5; do (sleep 0.1 & ) & done; wait")
        for _ in range(50):
            processes = m.run("sleep 0.1; ps").count("\n") - 1
            if processes <= 3:
                break
        check(processes == 3, "init, the shell and ps, not %d processes" % processes, m.text)
        m.type("kill -9 $$\n")
        m.expect(r"init: .*Killed")
        m.prompt()
