# SPDX-License-Identifier: MIT
"""A machine under gdb: QEMU's server on a unix socket in the machine's scratch directory, gdb beside
it, the console for a second terminal, recordings.

    machine halted at its first instruction ◄─ gdb.sock ─► gdb          (this terminal)
                                            ◄─ console.sock ─► make console (another one)

Both sockets are where no other machine's are; build/gdb.sock and build/console.sock lead to those of
the machine that was started last.
"""

import functools
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import termios
import time

from . import Problem, vm
from .options import find_program

DEFAULT_KERNEL = "build/kernel-debug.elf"
START = "tools/gdb/start.py"
GDBS = ("gdb", "gdb-multiarch", "x86_64-elf-gdb", "x86_64-linux-gnu-gdb")
GRACE_S = 5

# A recording counts instructions: 2^5 ns each, so that a time slice is 300,000 of them. Each step
# backwards replays from the start: smaller machines and shorter recordings go back faster.
RECORD_SHIFT, RECORD_MEM, RECORD_SIZE = 5, "64M", "1G"
# Instructions of a recording that goes back in seconds.
RECORD_MOST = 200000000


def gdb_server():
    """QEMU's arguments for a machine that waits for gdb before its first instruction."""
    return ["-S", "-chardev", "socket,id=gdb,path=gdb.sock,server=on,wait=off",
            "-gdb", "chardev:gdb"]


# ---- gdb -------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=None)
def find_gdb():
    """A gdb with Python that knows x86-64."""
    for name in GDBS:
        path = find_program(name)
        if path and subprocess.run(
                [path, "-nx", "-batch", "-ex", "set architecture i386:x86-64", "-ex",
                 "python import gdb.unwinder; print('able')"], stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, env=gdb_environment()).stdout.endswith(b"able\n"):
            return path
    raise Problem("no gdb with Python that knows x86-64 is installed: run tools/setup debug")


def gdb_environment(**variables):
    """Nothing of the user's own settings, and no questions to servers of debug information."""
    env = dict(os.environ, **variables)
    env.pop("DEBUGINFOD_URLS", None)
    return env


def gdb_command(kernel, target, commands=(), batch=False):
    """gdb's command line; `target` is a socket's path."""
    argv = [find_gdb(), "-nx", "-q"] + (["-batch"] if batch else [])
    for command in ["source " + START, "target remote " + target] + list(commands):
        argv += ["-ex", command]
    return argv + [kernel]


def end(process):
    """Ends a process that we started: asks first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Foreground:
    """This terminal, lent to a process: a group of its own has the keyboard, so that ^C and ^Z reach it alone, and not make,
    which would take the job for interrupted. Afterwards the terminal is as it was."""

    def __init__(self):
        # Whoever is in the background is stopped when it sets the terminal, unless it ignores that.
        self.handlers = {number: signal.signal(number, signal.SIG_IGN)
                         for number in (signal.SIGINT, signal.SIGTTOU)}
        self.fd = sys.stdin.fileno() if hasattr(os, "waitid") and sys.stdin.isatty() else None
        self.saved = termios.tcgetattr(self.fd) if self.fd is not None else None

    def enter(self):
        """In the process, before its program: what is ignored would be inherited."""
        if self.fd is not None:
            os.setpgid(0, 0)
            os.tcsetpgrp(self.fd, os.getpid())
        for number in self.handlers:
            signal.signal(number, signal.SIG_DFL)
        vm.die_with_parent()

    def follow(self, process):
        """When ^Z has stopped it, our group stops, too; it goes on when we do."""
        try:
            stopped = self.fd is not None and os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOHANG)
        except ChildProcessError:
            return  # it has ended
        if stopped:
            os.tcsetpgrp(self.fd, os.getpgrp())
            os.killpg(os.getpgrp(), signal.SIGTSTP)
            os.tcsetpgrp(self.fd, process.pid)
            os.killpg(process.pid, signal.SIGCONT)

    def leave(self):
        if self.fd is not None:
            os.tcsetpgrp(self.fd, os.getpgrp())
            termios.tcsetattr(self.fd, termios.TCSADRAIN, self.saved)
        for number, handler in self.handlers.items():
            signal.signal(number, handler)


def run_gdb(machine, argv, fds=lambda: (), serve=lambda ready: None):
    """Runs gdb on this terminal until it ends, and the machine beside it; its status. ^C is gdb's:
    it stops the machine."""
    terminal = Foreground()
    gdb = subprocess.Popen(argv, env=gdb_environment(), preexec_fn=terminal.enter)
    try:
        while gdb.poll() is None:
            serve(machine.pump(0.2, fds()))
            terminal.follow(gdb)
        return gdb.returncode
    finally:
        end(gdb)
        terminal.leave()


# ---- The console -----------------------------------------------------------------------------------


class ConsoleServer:
    """The machine's console for whoever connects: first all that has been said, then what comes."""

    def __init__(self, machine):
        self.machine, self.clients = machine, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.path = os.path.join(machine.scratch, "console.sock")
        self.listener.bind(self.path)
        self.listener.listen(4)
        machine.on_console = self.tell

    def fds(self):
        return [self.listener] + self.clients

    def serve(self, ready):
        for fd in ready:
            if fd is self.listener:
                client = self.listener.accept()[0]
                self.clients.append(client)
                self.send(client, bytes(self.machine.console))
            else:
                self.take(fd)

    def take(self, client):
        try:
            data = client.recv(65536)
        except OSError:
            data = b""
        if data:
            self.machine.send(data)
        else:
            self.drop(client)

    def tell(self, data):
        for client in list(self.clients):
            self.send(client, data)

    def send(self, client, data):
        try:
            client.sendall(data)
        except OSError:
            self.drop(client)

    def drop(self, client):
        if client in self.clients:
            self.clients.remove(client)
        client.close()


class RemoteConsole:
    """The other end, in the shape of a machine for terminal.attach()."""

    ended = None

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.open, self.on_console = True, None

    def running(self):
        return self.open

    @staticmethod
    def reported(_word):
        return True

    @staticmethod
    def unsent():
        return 0

    def send(self, data):
        self.socket.sendall(data)

    def pump(self, timeout, extra=()):
        ready = select.select([self.socket] + list(extra), [], [], timeout)[0]
        if self.socket in ready:
            data = self.socket.recv(65536)
            if data:
                self.on_console(data)
            else:
                self.open = False
        return [fd for fd in ready if fd is not self.socket]

    def quit(self):
        """^A x leaves the console; the machine is gdb's to end."""
        self.open = False

    def nmi(self):
        pass


class Links:
    """with Links(machine, build): build/gdb.sock and build/console.sock lead to this machine's."""

    def __init__(self, machine, build):
        self.machine, self.build, self.links = machine, build, []

    def __enter__(self):
        self.links = [(os.path.join(self.build, name), os.path.join(self.machine.scratch, name))
                      for name in ("gdb.sock", "console.sock")]
        for link, target in self.links:
            self.remove(link)
            os.symlink(target, link)

    def __exit__(self, *_):
        for link, target in self.links:
            if os.path.islink(link) and os.readlink(link) == target:
                self.remove(link)

    @staticmethod
    def remove(link):
        if os.path.lexists(link):
            os.unlink(link)


# ---- Recordings ------------------------------------------------------------------------------------


class Recording:
    """A run that can be replayed: a directory with all that it takes.

    events          what came from outside and when, in instructions (QEMU's rr)
    start.qcow2     one snapshot, of the machine before its first instruction. Going backwards means
                    going on from there. (QEMU 7.2 hangs if there is a second one.)
    kernel.elf, initrd.cpio, recording.json   what it was started with"""

    def __init__(self, directory):
        self.directory = os.path.abspath(directory)
        self.events, self.start, self.kernel, self.initrd, self.settings = (
            os.path.join(self.directory, name) for name in
            ("events", "start.qcow2", "kernel.elf", "initrd.cpio", "recording.json"))

    def prepare(self, kernel, initrd, options, words):
        """An empty one for these."""
        shutil.rmtree(self.directory, ignore_errors=True)
        os.makedirs(self.directory)
        shutil.copy(kernel, self.kernel)
        shutil.copy(initrd, self.initrd)
        tool = find_program("qemu-img")
        if not tool:
            raise Problem("qemu-img is not installed: run tools/setup debug")
        subprocess.run([tool, "create", "-q", "-f", "qcow2", self.start, RECORD_SIZE], check=True)
        with open(self.settings, "w") as file:
            json.dump({"cmd": options.cmd, "mem": options.mem, "append": options.append,
                       "words": words, "icount": options.icount}, file)

    def load(self):
        """What it was recorded with; a Problem when there is none."""
        try:
            with open(self.settings) as file:
                settings = json.load(file)
        except OSError:
            raise Problem("nothing has been recorded yet: make record CMD=\"program args\"")
        if not os.path.exists(self.events):
            raise Problem("the last recording was broken off: make record CMD=… again")
        return settings

    def arguments(self, mode, shift):
        """QEMU's, to record or to replay. (kvmvapic, an aid to old Windows, waits in its reset for the CPU, which
        waits for the lock of the replay that goes back: a deadlock.)"""
        return ["-global", "apic-common.vapic=off",
                "-icount", "shift=%d,sleep=off,rr=%s,rrfile=%s,rrsnapshot=init" % (
            shift, mode, self.events.replace(",", ",,")), "-drive",
            "file=%s,if=none,id=start,format=qcow2" % self.start.replace(",", ",,")]


def record(machine, limit):
    """Runs the machine to its end, or for `limit` seconds; how many instructions it had executed when it was last asked, just
    before."""
    deadline, count = time.monotonic() + limit, 0
    while machine.running() and time.monotonic() < deadline:
        told = re.search(r"instruction count = (\d+)", machine.monitor("info replay"))
        count = int(told.group(1)) if told else count
        machine.pump(0.05)
    return count


def recording_machine(recording, chosen, kernel, initrd, words):
    """A machine that will record itself; its console and report port are recorded, too."""
    chosen.icount = RECORD_SHIFT if chosen.icount is None else chosen.icount
    machine = vm.Machine(chosen, recording.kernel, recording.initrd, words=words)
    recording.prepare(kernel, initrd, chosen, machine.words)
    machine.counting = recording.arguments("record", chosen.icount)
    return machine


def replaying_machine(recording, chosen):
    """The same machine again, halted before its first instruction and waiting for gdb."""
    settings = recording.load()
    chosen.cmd, chosen.mem, chosen.append = settings["cmd"], settings["mem"], settings["append"]
    machine = vm.Machine(chosen, recording.kernel, recording.initrd, extra=gdb_server())
    machine.words = settings["words"]
    machine.nonce = settings["words"][0].partition("=")[2]
    machine.counting = recording.arguments("replay", settings["icount"])
    return machine
