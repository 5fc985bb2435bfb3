# SPDX-License-Identifier: MIT
"""Sourced by gdb, without a machine: counts the arguments of the functions in sched/, sync/ and arch/, and those whose
place the debug information does not give for every instruction of the function."""

import re

import gdb

ROOMS = re.compile(r"^kernel/(sched|sync|arch)/.*\.[ch]$")
# In the frame, for the whole of the function: one place, not a list of them.
ALWAYS = re.compile(r"Symbol (\w+) is a(?: variable at frame base| complex DWARF expression:\n"
                    r" +0: DW_OP_fbreg -?\d+\n,)")


def functions():
    """The names of the functions with their files, as `info functions` lists them."""
    file = None
    for line in gdb.execute("info functions -q -n .", to_string=True).split("\n"):
        heading = re.match(r"File (.*):$", line)
        if heading:
            file = heading.group(1)
        found = re.match(r"\d+:\t.*?(\w+)\(", line)
        if found and file and ROOMS.match(file):
            yield file, found.group(1)


def arguments(file, name):
    """Names of a function's arguments."""
    symbol = gdb.parse_and_eval("'%s'::%s" % (file, name))
    block = gdb.block_for_pc(int(symbol.address))
    return [entry.name for entry in block if entry.is_argument]


def main():
    count = total = 0
    missing = []
    for file, name in functions():
        count += 1
        wanted = arguments(file, name)
        places = gdb.execute("info scope %s:%s" % (file, name), to_string=True) if wanted else ""
        there = {match.group(1) for match in ALWAYS.finditer(places)}
        total += len(wanted)
        missing += ["%s: %s(%s)" % (file, name, one) for one in wanted if one not in there]
    for line in missing:
        print(line)
    print("%d functions, %d arguments, %d not always there" % (count, total, len(missing)))


main()
