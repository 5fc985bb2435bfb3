# SPDX-License-Identifier: MIT
"""tarae pagetable, maps: where an address leads, and what a process has mapped."""

import gdb

from . import kernel, programs

DIRECT_MAP = 0xffff800000000000
ADDRESS = 0x000ffffffffff000
PRESENT, HUGE, KEPT, NO_EXECUTE = 1 << 0, 1 << 7, 1 << 10, 1 << 63
# SDM vol. 3, tables 4-15 to 4-20; the last two are the kernel's own (arch/pte.h).
FLAGS = ((1 << 1, "writable"), (1 << 2, "user"), (1 << 3, "write-through"), (1 << 4, "uncached"),
         (1 << 5, "accessed"), (1 << 6, "dirty"), (1 << 8, "global"), (1 << 9, "copy-on-write"),
         (KEPT, "kept: PROT_NONE"))
LEVELS = ("PML4", "PDPT", "PD", "PT")
PAGE_SHIFT, INDEX_BITS = 12, 9
RIGHTS = (("REGION_READ", "r"), ("REGION_WRITE", "w"), ("REGION_EXEC", "x"))


def flags(entry):
    """An entry's flags in words."""
    names = [name for bit, name in FLAGS if entry & bit]
    return ", ".join(names + ["no-execute" if entry & NO_EXECUTE else "executable"])


def walk(root, address):
    """(level's name, index, entry) from the root down to where the walk ends."""
    table = root
    for depth, level in enumerate(LEVELS):
        shift = PAGE_SHIFT + INDEX_BITS * (len(LEVELS) - 1 - depth)
        index = address >> shift & ((1 << INDEX_BITS) - 1)
        entry = kernel.word_at(DIRECT_MAP + table + index * kernel.WORD)
        yield level, index, entry, shift
        if not entry & PRESENT or (entry & HUGE and level in ("PDPT", "PD")):
            return
        table = entry & ADDRESS


def chosen(words, usage):
    """The process that a command is about, and the words that are left."""
    if not words:
        raise gdb.GdbError(usage)
    return kernel.find_process(kernel.argument(words[0])), words[1:]


class PageTable(kernel.Command):
    """The walk of an address through the page table, level by level.

    tarae pagetable ADDR         in the page table that the selected CPU has loaded
    tarae pagetable PID ADDR     in that of a process

ADDR may be any expression of gdb's: &counter, $rsp."""

    name, takes = "pagetable", 2

    def run(self, words):
        if len(words) == 2:
            process, words = chosen(words, "")
            if not kernel.number(process["aspace"]):
                raise gdb.GdbError("process %d has no memory of its own" % int(process["pid"]))
            root = int(process["aspace"]["table"]["root"])
        elif len(words) == 1:
            root = kernel.register("cr3") & ADDRESS
        else:
            raise gdb.GdbError("tarae pagetable [PID] ADDR")
        self.show(root, kernel.argument(words[0]))

    @staticmethod
    def show(root, address):
        print("0x%x, from the root at physical 0x%x:" % (address, root))
        for level, index, entry, shift in walk(root, address):
            if not entry & PRESENT:
                print("  %-4s [%3d]  %s" % (level, index, "%016x  not present%s" % (
                    entry, ", but holds a frame (PROT_NONE)" if entry & KEPT else "")))
                return
            print("  %-4s [%3d]  %016x  %s" % (level, index, entry, flags(entry)))
        inside = (1 << shift) - 1
        print("  physical 0x%x%s" % (
            (entry & ADDRESS & ~inside) | (address & inside),
            "" if shift == PAGE_SHIFT else ", in a page of %d KiB" % (1 << (shift - 10))))


# ---- Mappings ----------------------------------------------------------------------------------------


def bit(name):
    return int(gdb.parse_and_eval(name))


def file_name(region):
    """The name of the file that a region maps; "": none."""
    if not kernel.number(region["backing"]):
        return ""
    address = kernel.number(region["backing"]) - kernel.offset_of("file", "backing")
    return "/" + "/".join(programs.names_up_from(kernel.at(address, "file")["dentry"]))


def region_name(region):
    if int(region["flags"]) & bit("REGION_STACK"):
        return "[stack]"
    if int(region["flags"]) & bit("REGION_HEAP"):
        return "[heap]"
    return file_name(region) or "anonymous"


class Maps(kernel.Command):
    """The regions of a process's address space: code, data, heap, the stack of each thread.

    tarae maps PID"""

    name, takes = "maps", 1

    def run(self, words):
        process, _ = chosen(words, "tarae maps PID: see `tarae ps` for the numbers")
        aspace = process["aspace"]
        if not kernel.number(aspace):
            raise gdb.GdbError("process %d has no memory of its own" % int(process["pid"]))
        shared = bit("REGION_SHARED")
        print("START            END               KIB MODE WHAT")
        for region in kernel.tree_items(aspace["regions"], "region", "node"):
            start, end, mode = int(region["start"]), int(region["end"]), int(region["flags"])
            rights = "".join(letter if mode & bit(name) else "-" for name, letter in RIGHTS)
            print("%016x %016x %5d %s%s %s" % (start, end, (end - start) >> 10, rights,
                                               "s" if mode & shared else "p", region_name(region)))
        print("%d KiB mapped, %d KiB resident" % (int(aspace["mapped_pages"]) * 4,
                                                 int(aspace["resident_pages"]) * 4))


PageTable()
Maps()
