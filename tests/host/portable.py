#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The Makefile keeps to GNU make 3.81 and the scripts to bash 3.2, which macOS has, or to POSIX.

Neither is to be had everywhere, so what came after them is looked for in the text; each rule has an
example that it must find. Scripts must also be read by the shells that are here.
"""

import os
import re
import shutil
import subprocess
import sys

SCRIPTS = [".ci/run", "tools/setup", "tools/toolchain", "tools/mkoffsets"] + sorted(
    os.path.join("tests/host", name) for name in os.listdir("tests/host") if name.endswith(".sh"))
SHELLS = {"bash": (["bash"],), "sh": (["sh"], ["bash", "--posix"], ["dash"], ["busybox", "sh"], ["yash"],
                                      ["mksh"], ["posh"])}

# What is newer than bash 3.2: (what to look for, an example of it).
NEWER_THAN_BASH = (
    (r"\b(declare|local|typeset)\s+-[a-zA-Z]*[Ang]", "declare -A map"),
    (r"\b(mapfile|readarray|coproc)\b", "mapfile -t lines"),
    (r"\$\{!?\w+(\[[^]]*\])?(\^|,)", "${name,,}"),
    (r"\$\{[\w@*]+@[A-Za-z]\}", "${name@Q}"),
    (r"\$\{\w+:[^}]*:\s*-", "${name:0:-1}"),
    (r"\|&|&>>|;;?&", "one |& two"),
    (r"\[\[\s+(!\s+)?-[vR]\s", "[[ -v name ]]"),
    (r"\[[^]\[]*\s-v\s+\w", "[ -v name ]"),
    (r"printf\s+.*%\(", "printf '%(%s)T'"),
    (r"\bwait\s+-n\b|\bread\s+-[a-z]*[iN]", "wait -n"),
    (r"\{\w+\.\.\w+\.\.\w+\}", "{1..9..2}"),
    (r"\$(EPOCH|BASHPID|SRANDOM)|\bshopt\s+-s\s+(globstar|lastpipe|inherit_errexit)", "$EPOCHSECONDS"),
    (r"\{[a-z]\w*\}[<>]", "exec {fd}>file"),
    (r"\$'[^']*\\[uU]", r"$'\u00e9'"),
    (r"\$\(\s*case\b", "$(case $x in a) echo;; esac)"),  # its ) ends the substitution there
    (r'"[^"]*\$\{\w+[:+-]+[^}]*\'[^}]*\}', "\"${name:-'x'}\""),  # quotes within, read in another way
)
# What is not POSIX: for scripts that begin with #!/bin/sh.
NEWER_THAN_SH = (
    (r"(^|[\s;!])\[\[\s|\(\(|<<<|<\(|&>|\|&", "[[ a = b ]]"),
    (r"^\s*(function|local|declare|typeset|source|select)\s", "local name"),
    (r"\$\{\w+(/|:\d|\[)|\w\+=|==|(^|[\s=])\$'|\$RANDOM", "${name/a/b}"),
    (r"\becho\s+-[ne]|\bread\s+-[a-qs-z]|\bset\s+-o\s+pipefail", "echo -n text"),
)
# What is newer than make 3.81, or was read in another way by it.
NEWER_THAN_MAKE = (
    (r"^[\w.-]+\s*(!|::|:::)=", "NAME != command"),
    (r"^\s*(undefine|private)\s|:\s*private\s", "undefine NAME"),
    (r"^\s*(override\s+)?define\s+\S+\s*[:+?]*=", "define NAME ="),
    (r"^\.(ONESHELL|RECIPEPREFIX|SHELLFLAGS|POSIX|WAIT|NOTINTERMEDIATE|EXTRA_PREREQS)\b", ".ONESHELL:"),
    (r"\$\((file|guile|let|intcmp)\s", "$(file >name)"),
    (r"^[^\t#=]*&:", "one two &: three"),
    (r"^\s*(-?load|sinclude)\s", "load module"),
    (r"\.SHELLSTATUS|MAKE_HOST|MAKE_TERMOUT|--output-sync|--shuffle", "$(.SHELLSTATUS)"),
    # A # within a function began a comment.
    (r"\$\((shell|call|eval|if|subst|foreach)\b[^)]*#", "$(shell sed 's/#//')"),
    # One rule for a pattern and a name.
    (r"^[^\t#:=]*%[^:=%]*\s[^%:=\s]+\s*:(?!=)", "%.o name: %.c"),
)

failures = []


def expect_none(path, text, rules):
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("#"):
            continue
        for rule, _ in rules:
            if re.search(rule, line):
                failures.append("%s:%d: newer than what it is for: %s" % (path, number, line.strip()))


def check_script(path):
    with open(path) as file:
        text = file.read()
    kind = "bash" if text.startswith("#!/bin/bash\n") else "sh"
    expect_none(path, text, NEWER_THAN_BASH + (NEWER_THAN_SH if kind == "sh" else ()))
    for shell in SHELLS[kind]:
        if shutil.which(shell[0]):
            done = subprocess.run(shell + ["-n", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode:
                failures.append("%s -n %s: %s" % (" ".join(shell), path, done.stdout.decode()))


def shadowed(text):
    """Pattern rules behind a more general one. Make 3.81 takes the first that fits, later ones that with
    the shortest stem: special ones first is right for both."""
    rules, found = [], []
    for target in re.findall(r"^([^\t#=:]*%[^=:]*):(?!=)", text, re.M):
        target = target.strip()
        for general in rules:
            head, tail = general.split("%")
            if target.startswith(head) and target.endswith(tail) and len(target) > len(general):
                found.append("%s behind %s" % (target, general))
        rules.append(target)
    return found


def main():
    for rules in (NEWER_THAN_BASH, NEWER_THAN_SH, NEWER_THAN_MAKE):
        for rule, example in rules:
            if not re.search(rule, example):
                failures.append("%r does not find its example %r" % (rule, example))
    if not shadowed("a/%.o: %.c\n\tcc\na/b/%.o: b/%.c\n\tcc\n"):
        failures.append("a rule that is behind a more general one is not found")
    for path in SCRIPTS:
        check_script(path)
    with open("Makefile") as file:
        text = file.read()
    # Lines that go on are one, to make.
    expect_none("Makefile", text.replace("\\\n\t", " "), NEWER_THAN_MAKE)
    failures.extend("Makefile: " + story for story in shadowed(text))
    sys.exit("\n".join(failures) if failures else 0)


if __name__ == "__main__":
    main()
