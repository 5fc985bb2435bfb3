# SPDX-License-Identifier: MIT
"""One virtual machine: QEMU with the console, the report port and the monitor on socket pairs.

Everything is driven by pump(), from one thread per machine; nothing is ever on a TCP port or at a
fixed path. How a machine ended is in `ended`, one of the words below, with the story in `story`.
"""

import ctypes
import json
import os
import re
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from . import Problem, images
from .options import find_program
from .symbols import Symbols

POWER_OFF, PANIC, HALT = "power off", "panic", "halt"
TRIPLE_FAULT, RESET, KILLED, BROKEN = "triple fault", "reset", "killed", "broken"
# isa-debug-exit: QEMU's exit status is (value << 1) | 1.
EXIT_STATUS = {33: POWER_OFF, 35: PANIC, 37: HALT}
DEFAULT_KERNEL, DEFAULT_INITRD = "build/kernel.elf", "build/initrd.cpio"


# Loaded here: between fork and exec a child of a program with threads may hardly do anything.
LIBC = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
PR_SET_PDEATHSIG = 1


def die_with_parent():
    """In the child: Linux ends it when the thread that started it is gone, even by SIGKILL."""
    if LIBC:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def stand_apart():
    """In the child: ^C does not reach it. (In a session of its own it would not, either, but Linux
    compares priorities within a session only.)"""
    os.setpgrp()
    die_with_parent()


class Machine:
    """with Machine(options, …) as m: the machine runs; leaving the block ends it and tidies up.

    With icount=N time is virtual: 2^N ns an instruction, whatever the host does. Several CPUs then
    take turns on one of the host's: nothing is parallel any more, but a slice is a slice.

    console   bytearray of all that the console said
    report    list of the lines on the report port that carry our nonce: (word, rest, seconds since
              the start, bytes that had come on the console)
    ended     None while it runs, then one of the words above
    """

    def __init__(self, options, kernel=DEFAULT_KERNEL, initrd=DEFAULT_INITRD, words=(),
                 icount=None, extra=()):
        self.options, self.kernel, self.initrd = options, kernel, initrd
        self.nonce = secrets.token_hex(8)
        self.words = ["nonce=" + self.nonce] + list(words) + options.append
        if options.cmd:
            self.words.append("cmd=" + options.cmd)
        self.icount = options.icount if icount is None else icount
        self.extra = list(extra)
        self.counting = None  # QEMU's arguments to record or replay a run (debugger.Recording)
        self.console, self.report, self.foreign = bytearray(), [], []
        self.ended, self.story, self.status = None, "", None
        self.on_console = None
        self.process = self.scratch = None
        self._to_console, self._report_rest, self._qmp_rest = bytearray(), b"", b""
        self._replies = []
        self.sockets = {}

    # -- life --------------------------------------------------------------------------------------

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def start(self):
        for path in (self.kernel, self.initrd):
            if path and not os.path.exists(path):
                goal = "tests" if "test" in path else "all"
                raise Problem("%s is not there: run `make %s`" % (path, goal))
        qemu = find_program("qemu-system-x86_64")
        if not qemu:
            raise Problem("qemu-system-x86_64 is not installed: run tools/setup")
        self.scratch = tempfile.mkdtemp(prefix="tarae-")
        argv = [qemu] + self.arguments()
        ours = {name: socket.socketpair() for name in ("console", "report", "qmp")}
        for number, (name, (mine, theirs)) in enumerate(sorted(ours.items())):
            argv += ["-chardev", "socket,id=%s,fd=%d" % (name, theirs.fileno())]
            mine.setblocking(False)
            self.sockets[name] = mine
        argv += ["-serial", "chardev:console", "-serial", "chardev:report",
                 "-mon", "chardev=qmp,mode=control"]
        passed = [theirs.fileno() for _, theirs in ours.values()]
        with open(os.path.join(self.scratch, "qemu.err"), "wb") as errors:
            self.process = subprocess.Popen(argv, cwd=self.scratch, stdin=subprocess.DEVNULL,
                                            stdout=errors, stderr=errors, pass_fds=passed,
                                            preexec_fn=stand_apart)
        for _, theirs in ours.values():
            theirs.close()
        self.started = time.monotonic()
        self._qmp_send({"execute": "qmp_capabilities"})

    def arguments(self):
        o = self.options
        # A host that is itself virtual may refuse to set the one MSR that this feature needs.
        cpu = "max" if o.accel == "tcg" else "max,arch-capabilities=off"
        argv = ["-M", "q35", "-cpu", cpu, "-accel", o.accel, "-m", o.mem, "-smp", o.smp,
                "-nodefaults", "-no-user-config", "-display", "none", "-vga", "none",
                "-no-reboot", "-no-shutdown", "-d", "cpu_reset", "-D", "qemu.log",
                "-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
        if self.counting:
            argv += self.counting + ["-rtc", "clock=vm", "-seed", "1"]
        elif self.icount is not None:
            argv += ["-icount", "shift=%d,sleep=off" % self.icount, "-rtc", "clock=vm",
                     "-seed", "1"]
        line = images.command_line(self.words)
        initrd = self.initrd and images.initrd_with_overlay(self.initrd, o.add, self.scratch)
        if o.boot == "grub":
            images.make_iso(self.kernel, initrd, self.words, self.scratch)
            argv += ["-cdrom", "tarae.iso"]
        else:
            argv += ["-kernel", os.path.abspath(self.kernel), "-append", line]
            if initrd:
                argv += ["-initrd", os.path.abspath(initrd)]
        return argv + self.extra

    def close(self):
        """Ends QEMU if it still runs and removes the scratch directory. Harmless to repeat."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for sock in self.sockets.values():
            sock.close()
        self.sockets = {}
        if self.scratch:
            shutil.rmtree(self.scratch, ignore_errors=True)
            self.scratch = None

    # -- talking -----------------------------------------------------------------------------------

    def send(self, data):
        """Queues bytes for the console; pump() delivers them as fast as the guest reads."""
        self._to_console += data

    def unsent(self):
        return len(self._to_console)

    def pump(self, timeout, extra_fds=()):
        """Waits up to `timeout` seconds for anything from the machine, or for one of `extra_fds` to
        become readable; takes it in; returns the extra descriptors that are."""
        readable = list(self.sockets.values()) + list(extra_fds)
        writable = [self.sockets["console"]] if self._to_console and self.sockets.get("console") \
            else []
        if not self.sockets:
            self._reap()
            readable = list(extra_fds)
        ready, room, _ = select.select(readable, writable, [], max(0, timeout))
        if room:
            self._write_console()
        for name, sock in list(self.sockets.items()):
            if sock in ready:
                self._read(name, sock)
        if not self.sockets:
            self._reap()
        return [fd for fd in extra_fds if fd in ready]

    def _write_console(self):
        try:
            sent = self.sockets["console"].send(self._to_console[:4096])
            del self._to_console[:sent]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self._to_console.clear()

    def _read(self, name, sock):
        try:
            data = sock.recv(65536)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            sock.close()
            del self.sockets[name]
        elif name == "console":
            self.console += data
            if self.on_console:
                self.on_console(data)
        elif name == "report":
            *lines, self._report_rest = (self._report_rest + data).split(b"\n")
            for line in lines:
                self._take_report(line.decode(errors="replace").rstrip("\r"))
        else:
            *lines, self._qmp_rest = (self._qmp_rest + data).split(b"\n")
            for line in lines:
                self._take_qmp(json.loads(line.decode()))

    def _take_report(self, line):
        nonce, _, rest = line.partition(" ")
        if nonce != self.nonce:
            self.foreign.append(line)
            return
        word, _, rest = rest.partition(" ")
        self.report.append((word, rest, time.monotonic() - self.started, len(self.console)))

    def reported(self, word):
        """The rests of the report lines that begin with `word`."""
        return [rest for found, rest, _, _ in self.report if found == word]

    # -- monitor -----------------------------------------------------------------------------------

    def _qmp_send(self, message):
        sock = self.sockets.get("qmp")
        if sock:
            try:
                sock.send(json.dumps(message).encode() + b"\n")
            except OSError:
                pass

    def _take_qmp(self, message):
        if "return" in message or "error" in message:
            self._replies.append(message)
        elif message.get("event") == "SHUTDOWN":
            self._shutdown(message.get("data", {}).get("reason", ""))

    def monitor(self, command, timeout=10):
        """Runs a command of QEMU's human monitor; returns what it printed, "" if QEMU is gone."""
        self._replies.clear()
        self._qmp_send({"execute": "human-monitor-command", "arguments": {"command-line": command}})
        limit = time.monotonic() + timeout
        while "qmp" in self.sockets and time.monotonic() < limit:
            self.pump(0.1)
            for reply in self._replies:
                if isinstance(reply.get("return"), str):
                    return reply["return"].replace("\r", "")
        return ""

    def nmi(self):
        """Makes the kernel dump every thread and end the machine (what pump() then shows)."""
        self._qmp_send({"execute": "inject-nmi"})

    def quit(self):
        self._qmp_send({"execute": "quit"})

    # -- the end -----------------------------------------------------------------------------------

    def _shutdown(self, reason):
        """QEMU has stopped the CPUs and waits (-no-shutdown): look, then let it go."""
        if self.ended:
            return
        if reason == "guest-reset":
            with open(os.path.join(self.scratch, "qemu.log"), errors="replace") as log:
                triple = "Triple fault" in log.read()
            self.ended = TRIPLE_FAULT if triple or self.options.accel != "tcg" else RESET
            if self.ended == TRIPLE_FAULT:
                self.story = self._describe_cpus()
        elif reason == "guest-shutdown":
            self.ended = POWER_OFF
        else:
            self.ended, self.story = KILLED, reason
        self.quit()

    def _describe_cpus(self):
        """RIP with its function and CR2 of the CPUs that were running when the machine reset."""
        symbols, out = Symbols(self.kernel), []
        for part in re.split(r"\n(?=CPU#)", self.monitor("info registers -a")):
            # In 32-bit code QEMU prints EIP and ESP.
            values = {name.replace("E", "R"): value for name, value in
                      re.findall(r"\b([RE]IP|[RE]SP|CR2|CR3|HLT)=([0-9a-f]+)", part)}
            rip = int(values.get("RIP", "0"), 16)
            cpu = re.match(r"\s*CPU#(\d+)", part)
            # The idle CPUs, and those not yet started, are not to blame.
            if not values or values.get("HLT") == "1":
                continue
            where = symbols.lines([rip]).get(rip, "")
            out.append("CPU %s: RIP=%016x (%s)%s CR2=%s RSP=%s CR3=%s" % (
                cpu.group(1) if cpu else "0", rip, symbols.name(rip), where and " " + where,
                values.get("CR2", "?"), values.get("RSP", "?"), values.get("CR3", "?")))
        return "\n".join(out)

    def _reap(self):
        """All sockets are closed: QEMU is gone or about to be."""
        if self.status is not None or not self.process:
            return
        try:
            self.status = self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.status = self.process.wait()
        if self.ended:
            return
        self.ended = EXIT_STATUS.get(self.status)
        if self.ended is None:
            how = "status %d" % self.status if self.status >= 0 else "signal %d" % -self.status
            self.ended = BROKEN if self.status else KILLED
            self.story = "QEMU ended with %s: %s" % (how, self.qemu_messages() or "no message")

    def running(self):
        return self.status is None

    def qemu_messages(self):
        """What QEMU itself said, for a machine that never came to life."""
        try:
            with open(os.path.join(self.scratch, "qemu.err"), errors="replace") as errors:
                return errors.read().strip()
        except (OSError, TypeError):
            return ""
