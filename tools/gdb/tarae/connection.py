# SPDX-License-Identifier: MIT
"""A machine comes and goes.

When gdb has connected: checks that the kernel in the machine is the one whose ELF file gdb has read,
and in a replay arranges to stop before the end of the recording. Interrupts happen while
instructions are stepped.
"""

import gdb

from . import kernel

# Qqemu.sstep: 1 step, 2 without interrupts, 4 without time. What the student steps through is what
# happens, interrupts included; but the step by which gdb leaves a breakpoint that it continues from
# must not end in a handler, from which the machine would come back to the breakpoint.
STEP_WITH_INTERRUPTS, STEP_ALONE = "Qqemu.sstep=0x1", "Qqemu.sstep=0x7"
STEPPING_COMMANDS = ("step", "next", "stepi", "nexti")
RUNNING_COMMANDS = ("continue", "finish", "until", "advance")
IMAGE_BASE = 0xffffffff80000000
REFUSED = ("The kernel in the machine is not the one in %s:\n  build-id here   %s\n  in the machine  "
           "%s\nGive gdb the ELF file that the machine was started with, or start the machine anew.")


class Machine:
    """The machine at the other end; one at a time."""

    def __init__(self):
        self.connection = None
        self.known = False  # it is the right kernel
        self.is_replay = self.gdb_ends = False
        self.breakpoints = []

    def reset(self):
        self.connection, self.known = None, False
        for action in on_disconnect:
            action()


    def delete_breakpoints(self):
        """Only while a machine is there: gdb takes no breakpoint out of one that has just ended."""
        for breakpoint in self.breakpoints:
            if breakpoint.is_valid():
                breakpoint.delete()
        self.breakpoints = []


machine = Machine()
# What other modules want done when a machine has come (functions that return breakpoints) or gone.
on_connect, on_disconnect = [], []


class HiddenBreakpoint(gdb.Breakpoint):
    """A breakpoint of our own: in no list, stops only if `action` says so."""

    def __init__(self, place, action):
        super().__init__(place, internal=True)
        self.silent = True
        self.action = action

    def stop(self):
        return bool(self.action())


def packet(text):
    """QEMU's answer to a packet of the remote protocol."""
    shown = gdb.execute("maintenance packet " + text, to_string=True)
    return shown.partition("received: ")[2].strip().strip('"')


# ---- Stepping ---------------------------------------------------------------------------------------


def keep_interrupts_out():
    if machine.connection and not machine.is_replay:
        packet(STEP_ALONE)


class BeforeStepping(gdb.Command):
    """Run by gdb before commands that step: interrupts happen."""

    def __init__(self):
        super().__init__("tarae-before-stepping", gdb.COMMAND_MAINTENANCE)

    def invoke(self, argument, from_tty):
        refuse_to_end()
        if machine.connection and not machine.is_replay:
            packet(STEP_WITH_INTERRUPTS)


class BeforeRunning(gdb.Command):
    """Run by gdb before commands that let the machine run."""

    def __init__(self):
        super().__init__("tarae-before-running", gdb.COMMAND_MAINTENANCE)

    def invoke(self, argument, from_tty):
        refuse_to_end()


def hook_commands():
    for commands, hook in ((STEPPING_COMMANDS, BeforeStepping()),
                           (RUNNING_COMMANDS, BeforeRunning())):
        name = "tarae-before-" + type(hook).__name__[len("Before"):].lower()
        for command in commands:
            gdb.execute("define hook-%s\n%s\nend" % (command, name))


# ---- The right kernel -------------------------------------------------------------------------------


def build_id_of_file():
    """The build-id note of the ELF file, as its bytes lie in memory, in hex."""
    for objfile in gdb.objfiles():
        if objfile.filename == gdb.current_progspace().filename:
            return objfile.build_id
    return None


def build_id_of_machine():
    """The same of the kernel in the machine, if it lies where this file has it; "" where something
    else lies there; None where nothing does yet."""
    start, end = (kernel.number(gdb.parse_and_eval("(unsigned long)&" + name))
                  for name in ("__build_id_start", "__build_id_end"))
    if not kernel.paging():
        start, end = start - IMAGE_BASE, end - IMAGE_BASE
    try:
        note = bytes(gdb.selected_inferior().read_memory(start, end - start))
    except gdb.MemoryError:
        return "" if kernel.paging() else None
    if not any(note) and not kernel.paging():
        return None
    # Elf64_Nhdr: lengths of name and description, type; then "GNU".
    return note[16:].hex() if note[12:16] == b"GNU\0" else ""


def check_build_id():
    """Until it is known that this is the right kernel; raises when it is another."""
    here, there = build_id_of_file(), build_id_of_machine()
    if there is not None and here != there:
        raise gdb.GdbError(REFUSED % (gdb.current_progspace().filename, here,
                                      there or "none at that place"))
    machine.known = there is not None


def refuse(error):
    """Leaves the machine alone and forgets the symbols, so that nothing wrong can be shown."""
    gdb.write("%s\n" % error, gdb.STDERR)
    machine.delete_breakpoints()
    machine.reset()
    gdb.execute("disconnect", to_string=True)
    gdb.execute("symbol-file", to_string=True)


# ---- The end ----------------------------------------------------------------------------------------


ENDED = ("The recording ends here: the machine is about to end. The way back is open: "
         "reverse-continue, reverse-stepi.")


def stop_before_end():
    gdb.write("\n%s\n" % ENDED)
    return True


def refuse_to_end():
    """What lies behind the end of a recording is a closed connection."""
    if not machine.is_replay or "Reverse" in gdb.execute("show exec-direction", to_string=True):
        return
    if kernel.place(kernel.register("rip")).startswith("machine_end"):
        raise gdb.GdbError(ENDED)


def on_end(_event):
    if machine.connection and not machine.gdb_ends:
        gdb.write("The machine has ended.\n")
        machine.reset()


def on_gdb_exit(_event):
    machine.gdb_ends = True


# ---- Coming -----------------------------------------------------------------------------------------


def adopt():
    machine.delete_breakpoints()
    machine.is_replay = "ReverseStep+" in packet("qSupported:multiprocess+")
    if machine.is_replay:
        machine.breakpoints.append(HiddenBreakpoint("machine_end", stop_before_end))
    for action in on_connect:
        machine.breakpoints += action()


def on_stop(_event):
    connection = gdb.selected_inferior().connection
    if connection is not None and machine.connection is not connection:
        machine.connection = connection
        adopt()
    if machine.connection and not machine.known:
        try:
            check_build_id()
        except gdb.GdbError as error:
            refuse(error)
            return
    keep_interrupts_out()
    if machine.is_replay and "SIGTRAP" in gdb.execute("info program", to_string=True):
        gdb.write("(Backwards, QEMU does not say why it stops: the instruction before this one has "
                  "written to\nwhat is watched.)\n")


hook_commands()
gdb.events.stop.connect(on_stop)
gdb.events.exited.connect(on_end)
# Of gdb 12 and later.
for name, handler in (("connection_removed", on_end), ("gdb_exiting", on_gdb_exit)):
    if hasattr(gdb.events, name):
        getattr(gdb.events, name).connect(handler)
