# SPDX-License-Identifier: MIT
"""Sourced by gdb: `walk END` steps instruction by instruction until the expression END is true, and holds each
instruction to what it may do to the backtrace:

    call, syscall           one frame more, whose caller is where we were, behind the instruction
    ret, iret, sysret       one frame less, and we are where its caller was said to be
    mov rsp in a switch     another thread's frames: those with which it left, if it did while we walked
    an exception            one frame more, whose caller is where we were
    any other               the callers are the same

So each backtrace on the way is right if the first is, which is printed: `begins at INNERMOST < CALLER < …`. All of the assembly
is stepped through, and the C functions of INTO; the others are stepped over. No interrupts come meanwhile.
"""

import re

import gdb
import gdb.frames

INTO = re.compile(r"(upcall_(syscall|thread_start|return_to_user|check_return)|syscall_dispatch|sys_set_tid_address|"
                  r"sched_finish_switch|trap_dispatch|exception|interrupt|trap_check_user_return)$")
# Of the memory that an instruction's backtrace reads: most is read several times. (tools/gdb/start.py has these off, for CPUs
# with other page tables; here one CPU is looked at, and gdb forgets what it read whenever that goes on.)
CACHES = ("code-cache", "stack-cache")
LIMIT = 1000
STUB_BYTES = 256 * 16
MASK = (1 << 64) - 1


def frames():
    """[(function, address)] from the innermost outward, as `backtrace` shows them, but without inlined functions."""
    shown = gdb.frames.execute_frame_filters(gdb.newest_frame(), 0, -1)
    return [(name_of(one), one.inferior_frame().pc()) for one in shown
            if one.inferior_frame().type() != gdb.INLINE_FRAME]


def name_of(shown):
    name = shown.function()
    return str(name if isinstance(name, str) else shown.inferior_frame().name())


def same(one, other):
    """The same frames. Assembly that has called C is shown as what it is for, such as <system call 3>."""
    return len(one) == len(other) and all(
        a[1] == b[1] and (a[0] == b[0] or "<" in (a[0][0], b[0][0])) for a, b in zip(one, other))


def value(expression):
    return int(gdb.parse_and_eval(expression)) & MASK


def next_instruction():
    """(mnemonic, operands, address of the one after it)."""
    pc = value("(long)$pc")
    line = gdb.selected_inferior().architecture().disassemble(pc)[0]
    mnemonic, _, operands = line["asm"].replace("rex.w ", "").partition(" ")
    return mnemonic, operands.strip(), pc + line["length"]


def over(mnemonic, operands):
    """It calls a function that is not looked into."""
    callee = re.search(r"<(\w+)>", operands)
    return mnemonic == "call" and not (callee and INTO.match(callee.group(1)))


def in_stub(address):
    return 0 <= address - value("(long)&trap_stubs") < STUB_BYTES


class Walk(gdb.Command):
    """walk END: see the file's head."""

    def __init__(self):
        super().__init__("walk", gdb.COMMAND_USER)
        self.left = {}  # kernel stack pointer of a thread that has left: its frames

    def invoke(self, argument, from_tty):
        # Without the hooks of tarae/connection.py, which let interrupts come.
        gdb.execute("define hook-stepi\nend\ndefine hook-nexti\nend")
        now, wrong, count = frames(), [], 0
        self.show("begins", now)
        while not count or not value(argument) and count < LIMIT:
            now = self.step(now, wrong)
            count += 1
        self.show("ends", now)
        for story in wrong:
            print("WRONG " + story)
        print("walked %d instructions, %d backtraces wrong" % (count, len(wrong)))

    @staticmethod
    def show(word, shown):
        print("%s at %s" % (word, " < ".join(str(name) for name, _ in shown)))

    def step(self, before, wrong):
        mnemonic, operands, following = next_instruction()
        coming = None
        if before[0][0] == "switch_context" and operands.startswith("rsp,QWORD PTR [rsi]"):
            self.left[value("(long)$rsp")] = before[1:]
            coming = value("*(long *)$rsi")
        skipped = over(mnemonic, operands)
        gdb.execute("nexti" if skipped else "stepi", to_string=True)
        after = frames()
        if coming:
            expected = after[:1] + self.left.pop(coming, after[1:])
        else:
            expected = self.expected("" if skipped else mnemonic, following, before, after)
        if not same(after, expected):
            wrong.append("after %s %s:\n  before   %s\n  expected %s\n  is       %s" % (
                mnemonic, operands, *(self.text(part) for part in (before, expected, after))))
        return after

    @staticmethod
    def text(shown):
        return " < ".join("%s@%x" % frame for frame in shown)

    @staticmethod
    def expected(mnemonic, following, before, after):
        here = after[:1]
        if in_stub(after[0][1]) and not in_stub(before[0][1]):
            return here + before
        if mnemonic in ("call", "syscall"):
            return here + [(before[0][0], following)] + before[1:]
        if mnemonic in ("ret", "iret", "iretq", "sysret", "sysretq"):
            return before[1:]
        return here + before[1:]


for cache in CACHES:
    gdb.execute("set %s on" % cache)
Walk()
