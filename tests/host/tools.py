# SPDX-License-Identifier: MIT
"""Tests of the tools: initrd builder, symbol table, options of a machine, command lines, layers."""

import importlib.machinery
import importlib.util
import io
import os
import re
import subprocess
import sys
import tempfile
import types
import unittest

sys.dont_write_bytecode = True
sys.path[:0] = ["tools", "tests"]

from machine import Problem, images, options, symbols, vm  # noqa: E402
from runner_lib import boot, guest, results, settings  # noqa: E402


def tool(name):
    """A tool without .py in its name, as a module."""
    loader = importlib.machinery.SourceFileLoader(name, os.path.join("tools", name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def cpio(data):
    """{path: (mode, bytes)} of a newc archive, read independently of the writer."""
    found, at = {}, 0
    while True:
        assert data[at:at + 6] == b"070701", "no magic at %d" % at
        fields = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        mode, size, name_size = fields[1], fields[6], fields[11]
        name = data[at + 110:at + 110 + name_size - 1].decode()
        at = (at + 110 + name_size + 3) & ~3
        if name == "TRAILER!!!":
            return found
        found[name] = (mode, data[at:at + size])
        at = (at + size + 3) & ~3


class Mkinitrd(unittest.TestCase):
    def make(self, *args):
        with tempfile.TemporaryDirectory() as scratch:
            out = os.path.join(scratch, "out.cpio")
            argv = [sys.executable, "tools/mkinitrd"]
            argv += [out if a == "OUT" else a.replace("SCRATCH", scratch) for a in args]
            tree = os.path.join(scratch, "tree")
            os.makedirs(os.path.join(tree, "etc"))
            with open(os.path.join(tree, "etc", "motd"), "w") as file:
                file.write("hello\n")
            os.chmod(os.path.join(tree, "etc", "motd"), 0o640)
            os.symlink("motd", os.path.join(tree, "etc", "link"))
            os.symlink("/nowhere", os.path.join(tree, "dangling"))
            done = subprocess.run(argv, stderr=subprocess.PIPE, universal_newlines=True)
            if not os.path.exists(out):
                return done, None
            with open(out, "rb") as file:
                return done, file.read()

    def test_tree_modes_links_and_parents(self):
        done, data = self.make("OUT", "/=SCRATCH/tree", "/a/b/c=SCRATCH/tree/etc/motd")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = cpio(data)
        self.assertEqual(found["etc/motd"], (0o100640, b"hello\n"))
        self.assertEqual(found["etc/link"], (0o120777, b"motd"))
        self.assertEqual(found["dangling"], (0o120777, b"/nowhere"))
        self.assertEqual(found["a/b"][0], 0o040755)
        self.assertEqual(found["tmp"][0], 0o041777)
        names = list(found)
        for name in names:
            if "/" in name:
                self.assertLess(names.index(os.path.dirname(name)), names.index(name))

    def test_same_input_same_bytes(self):
        archives = [self.make("OUT", "/=SCRATCH/tree")[1] for _ in range(2)]
        self.assertEqual(*archives)

    def test_bare_has_only_what_was_given(self):
        self.assertEqual(sorted(cpio(self.make("--bare", "OUT", "/=SCRATCH/tree")[1])),
                         ["dangling", "etc", "etc/link", "etc/motd"])

    def test_wrong_use_is_refused_and_writes_nothing(self):
        for args in (["OUT", "etc=SCRATCH/tree"], ["OUT", "/x=SCRATCH/nothing"], ["/=SCRATCH/tree"],
                     ["OUT", "/a/../b=SCRATCH/tree"], ["OUT", "/=SCRATCH/tree/etc/motd"],
                     ["OUT", "/x=SCRATCH/tree/etc/motd", "/x/y=SCRATCH/tree/etc/motd"]):
            done, data = self.make(*args)
            self.assertNotEqual(done.returncode, 0, args)
            self.assertTrue(done.stderr.startswith("mkinitrd: "), done.stderr)
            self.assertIsNone(data)


class Mksyms(unittest.TestCase):
    NM = """0000000000100000 T boot_entry
ffffffff80101000 T __text_start
ffffffff80101000 T first
ffffffff80101000 t alias
ffffffff80101010 t second
ffffffff80101010 t second.loop
ffffffff80102000 T __text_end
ffffffff80103000 D data
"""

    def test_table(self):
        mksyms = tool("mksyms")
        self.assertEqual(mksyms.read_nm(self.NM.splitlines()),
                         (4096, [(0, "first"), (16, "second")]))

    def test_names_index(self):
        source = tool("mksyms").source(32, [(0, "ab"), (16, "c")])
        self.assertIn("ksyms_count = 2;", source)
        self.assertIn("\t0, 16, 32,", source)
        self.assertIn("\t0, 3,", source)


class Options(unittest.TestCase):
    def test_wrong_values_are_explained(self):
        wrong = (("smp", "0"), ("smp", "x"), ("smp", "4,cores=3"), ("smp", "2,clusters=2"),
                 ("smp", "1000"), ("mem", "0"), ("mem", "12Q"), ("mem", "-5M"), ("mem", "10K"),
                 ("add", "Makefile"), ("add", "no/such"), ("boot", "usb"), ("accel", "hvf"),
                 ("append", 'a="b'), ("cmd", "two\nlines"))
        for name, value in wrong:
            with self.assertRaises(Problem, msg=name + "=" + value) as caught:
                options.Options(**{name: value})
            self.assertIn("expected", str(caught.exception))

    def test_right_values(self):
        self.assertEqual(options.Options(smp="4,cores=2,threads=2").cpus, 4)
        self.assertEqual(options.Options(mem="64m").mem, "65536K")
        self.assertEqual(options.Options(mem="1G").mem, "1048576K")
        self.assertEqual(options.Options(append='a b="c d"').append, ["a", "b=c d"])
        self.assertIsNone(options.from_variables({"CMD": ""}).cmd)

    def test_command_line(self):
        self.assertEqual(images.command_line(["a=b", "cmd=echo \"x\" 'y' \\z 5%"]),
                         "a=b cmd=echo%20%22x%22%20%27y%27%20%5cz%205%25")
        with self.assertRaises(Problem):
            images.command_line(["cmd=" + "x" * 3000])

    def test_every_option_of_the_kernel_is_known_and_documented(self):
        asked = set()
        for directory, _, names in os.walk("kernel"):
            for name in names:
                with open(os.path.join(directory, name), errors="replace") as file:
                    asked |= set(re.findall(r'boot_option(?:_number|_on)?\(\s*"(\w+)"', file.read()))
        with open("kernel/base/boot_info.c") as file:
            table = re.search(r"known_options\[\] = \{(.*?)\};", file.read(), re.S).group(1)
        with open("docs/options.md") as file:
            rows = "".join(line for line in file if line.startswith("| `"))
        known = re.findall(r'"(\w+)"', table)
        self.assertEqual(sorted(known), sorted(re.findall(r"`([a-z_]+)[=`]", re.sub(
            r"\|[^|]*\|[^|]*\|$", "", rows, flags=re.M))))
        self.assertLess(asked, set(known))

    def test_grub_config_quotes(self):
        self.assertIn("'cmd=it%27s%20$HOME;'", images.grub_config(["cmd=it's $HOME;"]))


class Runner(unittest.TestCase):
    def test_filter_kinds(self):
        self.assertEqual(settings.split_filter("kernel/list"), ("kernel", "list"))
        self.assertEqual(settings.split_filter("scripts/pipe"), (None, "scripts/pipe"))
        self.assertEqual(settings.split_filter("boot"), ("boot", ""))
        self.assertEqual(settings.split_filter("fork"), (None, "fork"))

    def test_reports(self):
        found = [results.Result("user/a", "SMP=2"),
                 results.Result("user/b", "", False, "<why & \x01>", "detail\nmore")]
        self.assertTrue(results.tap(found).startswith(
            "TAP version 13\n1..2\nok 1 - user/a (SMP=2)\nnot ok 2"))
        self.assertIn("&lt;why &amp; ?&gt;", results.junit(found))

    def test_verbose_shows_what_a_passing_test_printed(self):
        console = (b"booting\r\n---- output of a\r\nits order\r\n---- end of a\r\n"
                   b"---- output of b\r\nits seed\r\n---- end of b\r\n")
        report = [("boot", "", 0, 9), ("start", "a", 1, 9), ("test", "a pass", 2, 9),
                  ("start", "b", 2, 9), ("test", "b pass", 3, 9), ("plan", "2", 3, 9), ("done", "", 3, 9)]
        machine = types.SimpleNamespace(
            console=console, report=report, ended=vm.POWER_OFF, story="",
            reported=lambda word: [line[1] for line in report if line[0] == word])
        said = []
        for verbose in (False, True):
            chosen = settings.Settings({"V": "1"} if verbose else {})
            found = guest.results_of(chosen, "user", 1, guest.judge(machine, None, []))
            book = results.Book(chosen.verbose, io.StringIO())
            book.add("machine", found, 0)
            said.append(book.out.getvalue().splitlines()[1:])
        self.assertEqual(said, [[], [
            "      pass user/a (SMP=1) 1.0 s", "      | its order",
            "      pass user/b (SMP=1) 1.0 s", "      | its seed"]])

    def test_smp_is_for_machines_that_want_no_other_width(self):
        for variables, cpus in (({}, 2), ({"SMP": "4,cores=2,threads=2"}, 4)):
            t = boot.Context(settings.Settings(variables))
            self.assertEqual([t.machine().vm.options.cpus, t.machine(smp=1).vm.options.cpus], [cpus, 1])

    def test_own_symbols(self):
        with tempfile.TemporaryDirectory() as scratch:
            path = os.path.join(scratch, "none")
            self.assertEqual(symbols.Symbols(path).name(0x1234), "0x1234")


class Layers(unittest.TestCase):
    def test_rules(self):
        allowed = tool("check_layers").allowed
        self.assertIsNone(allowed("kernel/sched/a.c", "sched", "mm"))
        self.assertIsNone(allowed("kernel/arch/a.c", "arch", "mm"))
        self.assertIsNone(allowed("user/libc/include/a.h", "user", "lib"))
        for path, source, target in (
                ("kernel/mm/a.c", "mm", "sched"), ("kernel/arch/a.h", "arch", "base"),
                ("kernel/arch/a.c", "arch", "sched"), ("lib/a.c", "lib", "arch"),
                ("user/bin/a.c", "user", "lib"), ("kernel/fs/a.c", "fs", "ipc")):
            self.assertIsNotNone(allowed(path, source, target), (path, target))


if __name__ == "__main__":
    unittest.main()
