# SPDX-License-Identifier: MIT
"""What a machine boots from: command line, initrd and overlay, GRUB ISO, made in a scratch
directory."""

import glob
import os
import shutil
import subprocess
import sys

from . import Problem
from .options import find_program

TOOLS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COMMAND_LINE_MAX = 2047

# All that grub.cfg below needs; the rest of GRUB would make the ISO three times as large.
GRUB_MODULES = "normal configfile iso9660 biosdisk multiboot2 serial terminal terminfo"
MKRESCUE = ("grub-mkrescue", "grub2-mkrescue", "x86_64-elf-grub-mkrescue", "i686-elf-grub-mkrescue")
MODULE_DIRS = ("/usr/lib/grub/i386-pc", "/usr/lib/grub2/i386-pc", "/usr/share/grub2/i386-pc",
               "/usr/share/grub/i386-pc")


def encode(word):
    """One kernel option as it survives every loader: GRUB would put quotes and backslashes of its
    own, so what is special is written %XX. Kernel and init undo it (kernel/base/boot_info.c)."""
    return "".join("%%%02x" % ord(c) if c in " \"'\\%" or ord(c) < 32 or ord(c) == 127 else c
                   for c in word)


def command_line(words):
    line = " ".join(encode(word) for word in words)
    if len(line.encode("utf-8", "surrogateescape")) > COMMAND_LINE_MAX:
        raise Problem("the kernel's command line is %d bytes long, expected at most %d: shorten "
                      "CMD or APPEND (put a script in with ADD=)" % (len(line), COMMAND_LINE_MAX))
    return line


def initrd_with_overlay(initrd, add, scratch):
    """Path of `initrd`, or of a copy with the directory `add` as a second archive behind it."""
    if not add:
        return initrd
    overlay = os.path.join(scratch, "overlay.cpio")
    done = subprocess.run([sys.executable, os.path.join(TOOLS, "mkinitrd"), "--bare", overlay,
                           "/=" + add], stderr=subprocess.PIPE, universal_newlines=True)
    if done.returncode:
        raise Problem("ADD=%s: %s" % (add, done.stderr.strip()))
    joined = os.path.join(scratch, "initrd.cpio")
    with open(joined, "wb") as out:
        for part in (initrd, overlay):
            with open(part, "rb") as file:
                shutil.copyfileobj(file, out)
    os.unlink(overlay)
    return joined


def grub_tools():
    """(grub-mkrescue, directory of the BIOS modules), or a Problem that says what is missing."""
    mkrescue = find_program(*MKRESCUE)
    if not mkrescue:
        raise Problem("grub-mkrescue is not installed")
    prefix = os.path.dirname(os.path.dirname(os.path.realpath(mkrescue)))
    places = MODULE_DIRS + tuple(glob.glob(prefix + "/lib/grub/i386-pc") +
                                 glob.glob(prefix + "/lib/*/grub/i386-pc"))
    modules = [place for place in places if os.path.exists(place + "/multiboot2.mod")]
    if not modules:
        raise Problem("GRUB's modules for the BIOS (i386-pc) are not installed")
    for tool in ("xorriso", "mformat"):
        if not find_program(tool):
            raise Problem("%s is not installed" % tool)
    return mkrescue, modules[0]


def grub_config(words):
    quoted = " ".join("'" + encode(word) + "'" for word in words)
    return "\n".join([
        "set timeout=0",
        "serial --unit=0 --speed=115200",
        # No clearing of the user's screen.
        "terminfo serial dumb",
        "terminal_input serial",
        "terminal_output serial",
        "multiboot2 /boot/kernel.elf " + quoted,
        "module2 /boot/initrd.cpio initrd",
        "boot", ""])


def make_iso(kernel, initrd, words, scratch):
    """An ISO with GRUB, the kernel and the initrd; its grub.cfg carries the command line."""
    mkrescue, modules = grub_tools()
    tree = os.path.join(scratch, "iso")
    os.makedirs(os.path.join(tree, "boot", "grub"))
    shutil.copy(kernel, os.path.join(tree, "boot", "kernel.elf"))
    shutil.copy(initrd, os.path.join(tree, "boot", "initrd.cpio"))
    with open(os.path.join(tree, "boot", "grub", "grub.cfg"), "wb") as config:
        config.write(os.fsencode(grub_config(words)))
    iso = os.path.join(scratch, "tarae.iso")
    done = subprocess.run([mkrescue, "--directory=" + modules, "--install-modules=" + GRUB_MODULES,
                           "--locales=", "--themes=", "--fonts=", "--output=tarae.iso", "iso"],
                          cwd=scratch, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True, errors="replace")
    if done.returncode or not os.path.exists(iso):
        raise Problem("grub-mkrescue failed:\n" + done.stdout.strip())
    shutil.rmtree(tree)
    return iso
