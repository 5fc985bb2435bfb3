# SPDX-License-Identifier: MIT
"""Backtraces through assembly and trap frames.

The compiler describes how to unwind C; nobody does that for assembly, but for the places to which C
returns (tools/gdb/unwind.asm). Here are all other instructions. There are three kinds:

- the ways into the kernel and back (entry.asm): somewhere above RSP lies a struct trap_frame, or
  the part of it that has been pushed so far. FRAME_WORDS says how many of its words at each label,
  and the instructions from there on are counted. The caller is what the frame interrupted: user
  code, or for an interrupt of the kernel, kernel code;
- functions that only push and pop (switch.asm, usercopy.asm, the C library's): the return address
  lies above what has been pushed;
- where a stack begins: `call kernel_main` and the like. Nothing is above.

So the backtrace is whole at every instruction of a system call, an interrupt or a context switch, and in a thread that has
never run (tests/boot/gdb_walk.py steps through all of them).
"""

import re

import gdb
from gdb.FrameDecorator import FrameDecorator
from gdb.unwinder import Unwinder

from . import kernel

PUSHED_BY_CPU = 5
# Exceptions for which the CPU pushes an error code, too (SDM vol. 3, table 6-1).
WITH_ERROR_CODE = {8, 10, 11, 12, 13, 14, 17, 21, 29, 30}
STUB_SIZE = 16
WITH_VECTOR = PUSHED_BY_CPU + 2
WHOLE = -1
# Words of the trap frame that lie above RSP at a label of entry.asm and switch.asm.
FRAME_WORDS = {
    "trap_common": WITH_VECTOR, "ist_common": WITH_VECTOR, "user_iret": PUSHED_BY_CPU,
    "syscall_return": WHOLE, "syscall_with_work": WHOLE, "syscall_whole_frame": WHOLE,
    "unmarked": WHOLE, "dispatch": WHOLE, "trap_return": WHOLE,
    "return_to_user": WHOLE, "restore_user": WHOLE, "return_with_work": WHOLE,
    "work_return": WHOLE, "restore_kernel": WHOLE, "trap_from_kernel": WHOLE,
    "ist_common.stay": WHOLE, "ist_return": WHOLE, "debug_from_user": WHOLE,
    "syscall_checked": WHOLE, "user_checked": WHOLE, "thread_entry": WHOLE, "thread_entry_return": WHOLE,
}
# Where C returns to, and a new thread: described by unwind.asm, unless the CPU is just there.
RETURNS = ("syscall_return", "syscall_checked", "trap_return", "work_return", "user_checked", "ist_return",
           "thread_entry", "thread_entry_return")
SYSRET = ("syscall_return", "syscall_checked")
# Below these there is nothing.
BOTTOM = ("high_half", "ap_high_half", "long_mode", "_start", "clone.child")
# What a caller has in common with whom it called: without a word of these gdb takes them for lost.
KEPT = ("eflags", "cs", "ss", "fs_base", "gs_base", "k_gs_base", "cr0", "cr2", "cr3", "cr4", "efer")
REGISTERS = ("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8", "r9", "r10", "r11", "r12",
             "r13", "r14", "r15")
RETURN = re.compile(r"(rep\w*\s+)?ret")
PUSH, POP = re.compile(r"push\s+(\w+)"), re.compile(r"pop\s+(\w+)")
DROP = re.compile(r"add\s+rsp,\s*(\w+)$")
STACK_LOADED = re.compile(r"mov\s+rsp,")


class FrameId:
    """Tells a frame from others: where its caller's stack begins, and in which function it is."""

    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class Place:
    """Where in the assembly an address is: label, its address, the instructions between."""

    def __init__(self, label, start, before):
        self.label, self.start, self.before = label, start, before

    def pushed(self):
        """What the instructions since the label have left on the stack, deepest first; what they
        popped that was there before is counted."""
        pushed, popped = [], 0
        for instruction in self.before:
            push, pop, drop = (p.match(instruction) for p in (PUSH, POP, DROP))
            count = 1 if pop else int(drop.group(1), 0) // kernel.WORD if drop else 0
            if push:
                pushed.append(push.group(1))
            for _ in range(count):
                if pushed:
                    pushed.pop()
                else:
                    popped += 1
        return pushed, popped

    def stack_loaded(self):
        return any(STACK_LOADED.match(instruction) for instruction in self.before)


PLACES = {}


def forget_places():
    PLACES.clear()


def label_of(pc):
    """The label before an address, and where it is; those inside macros (nasm's ..@N) are none."""
    label, start = "..@", pc + 1
    while label.startswith("..@"):
        at = start - 1
        label, plus, offset = kernel.place(at).partition("+")
        start = at - (int(offset, 16) if plus else 0)
    return label, start


def find_place(pc):
    """The Place of an address in assembly, None for any other; remembered for the kernel."""
    if pc in PLACES:
        return PLACES[pc]
    symtab = gdb.find_pc_line(pc).symtab
    found = None
    label, start = ("", 0) if symtab else label_of(pc)
    if label in BOTTOM:
        # boot/ has no lines.
        found = Place(label, start, [])
    elif symtab and symtab.filename.endswith((".asm", ".inc")):
        label, start = label_of(pc)
        if label == "trap_stubs":
            start = pc - (pc - start) % STUB_SIZE
        found = Place(label, start, instructions(start, pc))
    if pc & kernel.KERNEL_HALF:
        PLACES[pc] = found
    return found


def instructions(start, end):
    """Those in [start, end), as text."""
    if start >= end:
        return []
    listing = gdb.selected_inferior().architecture().disassemble(start, end - 1)
    return [line["asm"].strip() for line in listing if line["addr"] < end]


def place_without_frame(pc):
    """The Place of an interrupted instruction at a boundary of C: before the function has made its frame, or at its return.
    None for any other. (There gdb would look up the byte before, as is right for a caller, and find the frame otherwise.)"""
    block = gdb.block_for_pc(pc)
    while block and not (block.superblock and block.superblock.is_static):
        block = block.superblock  # out of inner blocks and inlined functions
    if not block or not block.function:
        return None
    before = instructions(block.start, pc)
    if all(PUSH.match(instruction) for instruction in before):
        return Place(block.function.name, block.start, before)
    last = gdb.selected_inferior().architecture().disassemble(pc)[0]["asm"]
    return Place(block.function.name, block.start, []) if RETURN.match(last) else None


class Registers:
    """The registers of a frame that is being unwound."""

    def __init__(self, pending):
        self.pending = pending

    def __getitem__(self, name):
        return int(self.pending.read_register(name)) & kernel.ADDRESS_MASK

    def unwind(self, stack_pointer, function, saved):
        """The answer to gdb: the caller's registers. Those not in `saved` it has as we have."""
        info = self.pending.create_unwind_info(FrameId(gdb.Value(stack_pointer),
                                                       gdb.Value(function)))
        for name in REGISTERS + ("rip", "rsp") + KEPT:
            value = self.pending.read_register(name)
            if name in saved:
                value = gdb.Value(saved[name].to_bytes(value.type.sizeof, "little"), value.type)
            info.add_saved_register(name, value)
        return info


class Assembly(Unwinder):
    """The frames of assembly, each by its kind."""

    def __init__(self):
        super().__init__("tarae assembly")
        self.broken_off = None  # RIP and RSP of what the frame that was unwound last interrupted

    def __call__(self, pending):
        try:
            registers = Registers(pending)
            pc = registers["rip"]
            found = find_place(pc)
            if not found and (pc, registers["rsp"]) == self.broken_off:
                found = place_without_frame(pc)
            if not found or (pc == found.start and found.label in RETURNS and pending.level() > 0):
                return None
            return self.unwind(registers, found)
        except (gdb.error, gdb.GdbError):
            # The stack cannot be read: gdb says so itself.
            return None

    def unwind(self, registers, found):
        if found.label in BOTTOM:
            return registers.unwind(registers["rsp"], found.start, {"rip": 0})
        if found.label == "syscall_entry":
            return self.system_call(registers, found)
        if found.label in SYSRET and found.stack_loaded():
            return self.before_sysret(registers, found)
        if found.label == "trap_stubs":
            return self.trap(registers, found, PUSHED_BY_CPU + self.error_code(found))
        if found.label in FRAME_WORDS:
            return self.trap(registers, found, FRAME_WORDS[found.label])
        return self.function(registers, found)

    @staticmethod
    def error_code(found):
        stubs = int(gdb.parse_and_eval("(long)&trap_stubs")) & kernel.ADDRESS_MASK
        return (found.start - stubs) // STUB_SIZE in WITH_ERROR_CODE

    @staticmethod
    def function(registers, found):
        """One that only pushes, pops and returns."""
        if found.label == "clone" and "syscall" in found.before and not registers["rax"]:
            # The child: on an empty stack.
            return registers.unwind(registers["rsp"], found.start, {"rip": 0})
        pushed, popped = found.pushed()
        return_at = registers["rsp"] + kernel.WORD * len(pushed)
        if found.label == "vfork" and popped:
            # Its return address is in RDX: the child uses the stack.
            return registers.unwind(return_at, found.start, {"rip": registers["rdx"]})
        saved = {"rip": kernel.word_at(return_at), "rsp": return_at + kernel.WORD}
        for depth, name in enumerate(pushed):
            if name in REGISTERS:
                saved[name] = kernel.word_at(return_at - kernel.WORD * (depth + 1))
        return registers.unwind(return_at + kernel.WORD, found.start, saved)

    def trap(self, registers, found, words):
        size = kernel.struct("trap_frame").sizeof // kernel.WORD
        pushed, popped = found.pushed()
        words = (size if words == WHOLE else words) + len(pushed) - popped
        end = registers["rsp"] + kernel.WORD * words
        if found.label == "debug_from_user" and found.stack_loaded():
            # RSP is where the frame is being moved to; this is where it comes from.
            end += registers["rsi"] - registers["rdi"]
        return self.interrupted(registers, found, self.frame_values(registers, end, words))

    def interrupted(self, registers, found, frame):
        """The caller is what the frame interrupted. Its stack pointer tells this frame from others: it is the same
        from the first instruction of the entry to the last, and gdb does not take a user stack below a kernel's for
        a broken one."""
        self.broken_off = (frame["rip"], frame["rsp"])
        return registers.unwind(frame["rsp"], found.start, self.caller(frame))

    @staticmethod
    def caller(frame):
        """Its registers. (CS and the flags stay away: gdb would read other code sizes into them.)"""
        return {name: frame[name] for name in REGISTERS + ("rip", "rsp")}

    @staticmethod
    def frame_values(registers, end, words):
        """The trap frame that ends at `end`: the last `words` of it are in memory already (or
        still), the others in the registers."""
        kind, values = kernel.struct("trap_frame"), {}
        for field in kind.fields():
            offset = field.bitpos // 8
            if offset >= kind.sizeof - kernel.WORD * words:
                values[field.name] = kernel.word_at(end - kind.sizeof + offset)
            elif field.name in REGISTERS:
                values[field.name] = registers[field.name]
        return values

    def system_call(self, registers, found):
        """The syscall instruction pushes nothing: RIP is in RCX, and RSP the user's until the
        kernel's is loaded."""
        cpu = kernel.this_cpu(registers.__getitem__)
        top = kernel.number(cpu["kernel_stack_top"])
        pushed = found.pushed()[0] if found.stack_loaded() else []
        frame = self.frame_values(registers, top, len(pushed))
        frame.setdefault("rip", registers["rcx"])
        frame.setdefault("rsp", int(cpu["user_rsp"]) if found.stack_loaded() else registers["rsp"])
        return self.interrupted(registers, found, frame)

    @staticmethod
    def before_sysret(registers, found):
        """All but RIP is loaded already."""
        return registers.unwind(registers["rsp"], found.start, {"rip": registers["rcx"]})


# ---- How they are shown ------------------------------------------------------------------------------


class Entry(FrameDecorator):
    """A frame of the entry code, called after what brought the CPU into the kernel."""

    SYSTEM_CALL, MODIFIED, PAGE_FAULT, FIRST_INTERRUPT = 256, 257, 14, 32

    def __init__(self, inner):
        super().__init__(inner)
        self.place = inner.inferior_frame()

    def function(self):
        frame = kernel.at(int(self.place.read_register("rsp")), "trap_frame")
        vector = int(frame["vector"])
        if vector == self.SYSTEM_CALL:
            return "<system call %d>" % int(frame["orig_rax"])
        if vector == self.MODIFIED:
            return "<a frame made by the kernel>"
        if vector == self.PAGE_FAULT:
            return "<page fault>"
        return "<%s %d>" % ("interrupt" if vector >= self.FIRST_INTERRUPT else "exception", vector)

    def line(self):
        return gdb.find_pc_line(self.place.pc()).line


class Exact(FrameDecorator):
    """A frame named after the instruction where it is. (gdb goes by the byte before it, as is right for a caller; but what has
    been interrupted at the first instruction of a function called nobody. And a label of a macro is no name.)"""

    def __init__(self, inner):
        super().__init__(inner)
        self.pc = inner.inferior_frame().pc()

    def function(self):
        block = gdb.block_for_pc(self.pc)
        while block and not block.function:
            block = block.superblock
        return block.function.name if block else label_of(self.pc)[0]

    def line(self):
        return gdb.find_pc_line(self.pc).line

    def frame_args(self):
        return None

    frame_locals = frame_args


class Start(Exact):
    """The first frame of a thread, before its call and in it."""

    def function(self):
        return "thread_entry"


def interrupts(place):
    """The CPU is in the assembly of an entry: what it interrupted is not at an instruction behind a call."""
    found = find_place(place.pc()) if place.level() == 0 else None
    return found and (found.label in FRAME_WORDS or found.label in ("trap_stubs", "syscall_entry"))


class Filter:
    """Names the ways into the kernel, and leaves out the frame without a place that gdb shows where a stack begins."""

    name, enabled, priority = "tarae", True, 100

    def __init__(self):
        gdb.frame_filters[self.name] = self

    @staticmethod
    def filter(frames):
        exact = False
        for frame in frames:
            place = frame.inferior_frame()
            name = place.name() or "..@"
            if name in ("thread_entry", "thread_entry_return"):
                yield Start(frame)
            elif place.type() == gdb.SIGTRAMP_FRAME and place.pc() & kernel.KERNEL_HALF:
                yield Entry(frame)
            elif (exact or name.startswith("..@")) and place.pc() and Exact(frame).function() != name:
                yield Exact(frame)
            elif place.pc():
                yield frame
            exact = interrupts(place)


gdb.unwinder.register_unwinder(None, Assembly(), replace=True)
Filter()
gdb.events.new_objfile.connect(lambda _: forget_places())
