# SPDX-License-Identifier: MIT
"""Addresses in a kernel image to names, from its ELF symbol table; file:line with addr2line."""

import bisect
import os
import re
import struct
import subprocess

from .options import find_program

ADDR2LINE = ("x86_64-elf-addr2line", "x86_64-linux-gnu-addr2line", "addr2line", "llvm-addr2line")
TEXT_ADDRESS = re.compile(r"\b(?:0x)?(ffffffff8[0-9a-f]{7})\b")


class Symbols:
    """Functions of one ELF64 image, by address."""

    def __init__(self, path):
        self.path = path
        try:
            self.table = sorted(read_symbols(path))
        except (OSError, struct.error, IndexError):
            self.table = []
        self.addresses = [address for address, _ in self.table]

    def name(self, address):
        """`function+0x12`, or the bare address when no function holds it."""
        index = bisect.bisect_right(self.addresses, address) - 1
        if index < 0 or address - self.addresses[index] > 0x10000:
            return "0x%x" % address
        return "%s+0x%x" % (self.table[index][1], address - self.addresses[index])

    def lines(self, addresses):
        """{address: "file:line"} for those that addr2line knows; {} without addr2line."""
        tool = find_program(*ADDR2LINE)
        if not tool or not addresses:
            return {}
        try:
            done = subprocess.run([tool, "-e", self.path] + ["%x" % a for a in addresses],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20,
                                  universal_newlines=True)
        except (OSError, subprocess.TimeoutExpired):
            return {}
        found = zip(addresses, done.stdout.splitlines())
        return {address: shorten(line) for address, line in found if "?" not in line}

    def explain(self, text):
        """Lines `address function file:line` for the kernel addresses in a console's text."""
        addresses = []
        for match in TEXT_ADDRESS.finditer(text):
            address = int(match.group(1), 16)
            if address not in addresses and self.name(address).find("+") > 0:
                addresses.append(address)
        # A return address belongs to the call before it, maybe its function's last instruction.
        where = self.lines([address - 1 for address in addresses])
        return ["%x  %s  %s" % (address, self.name(address - 1).split("+")[0], where[address - 1])
                for address in addresses if address - 1 in where]


def shorten(line):
    """addr2line's file:line, from here. nasm names the directory twice: dir/dir/file."""
    line = os.path.normpath(re.sub(r" \(.*", "", line)).replace(os.getcwd() + os.sep, "")
    return re.sub(r"^((?:[^/]+/)+)\1", r"\1", line)


def elf_symbols(path):
    """Yields (address, name, kind, executable) of all symbols; kind as in ELF: 0 none, 1 object, 2
    function."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:5] != b"\x7fELF\x02":
        return
    offset, = struct.unpack_from("<Q", data, 0x28)
    size, count = struct.unpack_from("<HH", data, 0x3a)
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, offset + i * size) for i in range(count)]
    for section in sections:
        if section[1] != 2:  # SHT_SYMTAB
            continue
        names = sections[section[6]][4]
        for entry in range(section[4], section[4] + section[5], 24):
            name, info, _, index, value, _ = struct.unpack_from("<IBBHQQ", data, entry)
            executable = 0 < index < count and sections[index][2] & 4
            end = data.index(b"\0", names + name)
            yield value, data[names + name:end].decode(errors="replace"), info & 15, executable


def read_symbols(path):
    """Yields (address, name) of the functions and untyped symbols in executable sections."""
    for value, text, kind, executable in elf_symbols(path):
        if kind in (0, 2) and executable and text and not text.startswith("__text_"):
            yield value, text


def addresses_of(path, names):
    """{name: address} of these variables or functions, as far as the image has them."""
    return {text: value for value, text, _, _ in elf_symbols(path) if text in names}
