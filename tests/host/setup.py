# SPDX-License-Identifier: MIT
"""Tests of tools/setup with made-up hosts: a PATH of stand-ins, a package manager that only writes
down what it was asked for (and then makes the missing command appear)."""

import os
import pty
import select
import shutil
import subprocess
import tempfile
import unittest

# What the script itself needs of the host.
REAL = "bash sh sed head grep tr sort dirname cat cp rm chmod printf env python3".split()
# Stand-ins: command → what it prints for --version (or whatever it is asked).
FAKE = {
    "make": "GNU Make 4.3", "gcc": "gcc (Debian) 12.2.0", "nm": "nm", "ld": "ld", "cc": "cc 12.2.0",
    "nasm": "NASM version 2.16.01", "qemu-system-x86_64": "QEMU emulator version 7.2.22",
    "grub-mkrescue": "grub-mkrescue (GRUB) 2.06", "xorriso": "xorriso version   :  1.5.4",
    "mformat": "mformat (GNU mtools) 4.0.32", "patch": "GNU patch 2.7.6", "tmux": "tmux 3.3a",
}


class Host:
    def __init__(self, scratch, manager=None, missing=(), uid="1000", sudo=False, versions=()):
        self.bin, self.log = os.path.join(scratch, "bin"), os.path.join(scratch, "log")
        os.mkdir(self.bin)
        for name in REAL:
            os.symlink(shutil.which(name), os.path.join(self.bin, name))
        self.script("id", "echo " + uid)
        self.script("uname", "case $1 in -m) echo x86_64 ;; *) echo Linux ;; esac")
        for name, version in dict(FAKE, **dict(versions)).items():
            self.script(name if name not in missing else "missing-" + name,
                        self.fake(name, version))
        if manager:
            made = "".join("cp %s/missing-%s %s/%s\n" % (self.bin, name, self.bin, name)
                           for name in missing)
            self.script(manager, 'echo "$*" >>%s\ncase "$*" in *install* | *-S*)\n%s;; esac' %
                        (self.log, made))
        if sudo:
            self.script("sudo", 'echo sudo >>%s; exec "$@"' % self.log)

    @staticmethod
    def fake(name, version):
        if name == "gcc":
            return "[ $1 = -dumpmachine ] && echo x86_64-linux-gnu || echo '%s'" % version
        return "echo '%s'" % version

    def script(self, name, text):
        path = os.path.join(self.bin, name)
        with open(path, "w") as file:
            file.write("#!/bin/sh\n%s\n" % text)
        os.chmod(path, 0o755)

    def env(self, **more):
        return dict({"PATH": self.bin, "HOME": "/", "BOOT": "direct"}, **more)

    def setup(self, *args, **env):
        done = subprocess.run(["bash", "tools/setup"] + list(args or ("run",)),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, universal_newlines=True,
                              env=self.env(**env))
        return done.returncode, done.stdout

    def setup_on_terminal(self, answer):
        master, slave = pty.openpty()
        with subprocess.Popen(["bash", "tools/setup", "run"], stdin=slave, stdout=slave,
                              stderr=slave, env=self.env()) as process:
            os.write(master, answer)
            output = b""
            while process.poll() is None or select.select([master], [], [], 0.1)[0]:
                if select.select([master], [], [], 0.1)[0]:
                    output += os.read(master, 4096)
        os.close(slave)
        os.close(master)
        return process.returncode, output.decode()

    def asked(self):
        if not os.path.exists(self.log):
            return ""
        with open(self.log) as file:
            return file.read()


class Setup(unittest.TestCase):
    def host(self, **what):
        scratch = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, scratch)
        return Host(scratch, **what)

    def test_nothing_missing_nothing_done(self):
        host = self.host(manager="apt-get", uid="0")
        self.assertEqual(host.setup(), (0, ""))
        self.assertEqual(host.asked(), "")

    def test_root_installs_without_sudo_or_question(self):
        host = self.host(manager="apt-get", missing=["nasm"], uid="0", sudo=True)
        status, output = host.setup()
        self.assertEqual(status, 0, output)
        self.assertIn("assembles the kernel's assembly", output)
        self.assertIn("install -y --no-install-recommends nasm", host.asked())
        self.assertNotIn("sudo", host.asked())

    def test_a_compiler_asked_for_is_not_replaced_by_another(self):
        for name, value in (("CC", "no-such-compiler"), ("CROSS", "odd-elf-")):
            host = self.host(manager="apt-get", uid="0")
            status, output = host.setup(**{name: value})
            self.assertNotEqual(status, 0)
            self.assertIn("%s=%s: " % (name, value), output)
            self.assertEqual(host.asked(), "")

    def test_user_installs_with_sudo(self):
        host = self.host(manager="dnf", missing=["qemu-system-x86_64"], sudo=True)
        status, output = host.setup()
        self.assertEqual(status, 0, output)
        self.assertEqual(host.asked(), "sudo\ninstall -y qemu-system-x86-core\n")

    def test_neither_root_nor_sudo_names_the_container(self):
        host = self.host(manager="pacman", missing=["nasm"])
        status, output = host.setup()
        self.assertNotEqual(status, 0)
        self.assertIn("docker build", output)
        self.assertEqual(host.asked(), "")

    def test_no_package_manager(self):
        status, output = self.host(missing=["nasm"], uid="0").setup()
        self.assertNotEqual(status, 0)
        self.assertIn("docker build", output)

    def test_too_old_counts_as_missing(self):
        host = self.host(manager="zypper", versions={"nasm": "NASM version 2.10"}.items(), uid="0")
        status, output = host.setup()
        self.assertNotEqual(status, 0)
        self.assertIn("too old", output)
        self.assertIn("nasm", host.asked())

    def test_question_on_a_terminal(self):
        host = self.host(manager="apt-get", missing=["nasm"], uid="0")
        status, output = host.setup_on_terminal(b"n\n")
        self.assertNotEqual(status, 0)
        self.assertEqual(output.count("[Y/n]"), 1)
        self.assertEqual(host.asked(), "")
        status, output = host.setup_on_terminal(b"\n")
        self.assertEqual(status, 0, output)
        self.assertIn("nasm", host.asked())

    def test_doctor_names_the_command(self):
        host = self.host(manager="brew", missing=["nasm"])
        status, output = host.setup("doctor")
        self.assertNotEqual(status, 0)
        self.assertIn("brew install nasm", output)
        self.assertEqual(host.asked(), "")


if __name__ == "__main__":
    unittest.main()
