# SPDX-License-Identifier: MIT
"""Reading the kernel: its variables, lists and trees; its threads, processes and CPUs.

Everything here only looks. Numbers are Python's, structs are gdb.Values.
"""

import functools

import gdb

WORD = 8
ADDRESS_MASK = (1 << 64) - 1
KERNEL_HALF = 1 << 63
CR0_PAGING = 1 << 31
# A list with more nodes than this has lost its end.
ENDLESS = 100000
RUNNING = "RUNNING"
USER_LEVEL = 3
STACK_SIZE = 4 * 4096


class Command(gdb.Command):
    """`tarae NAME`. A subclass gives `name`, how many words it takes at most, run(words) and a docstring, which is its help."""

    name, takes = "", 0
    needs_kernel = True

    def __init__(self):
        super().__init__("tarae " + self.name, gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        if self.needs_kernel:
            require_kernel()
        try:
            words = gdb.string_to_argv(argument)
            if len(words) > self.takes:
                raise gdb.GdbError("tarae %s: what is '%s'? See `help tarae %s`." % (
                    self.name, words[self.takes], self.name))
            self.run(words)
        except gdb.error as error:
            raise gdb.GdbError("tarae %s: %s" % (self.name, error))

    def run(self, words):
        raise NotImplementedError


# ---- Numbers, addresses, variables --------------------------------------------------------------


def number(value):
    """A gdb value as a non-negative address, or a plain integer when it is no pointer."""
    if value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
        return int(value) & ADDRESS_MASK
    return int(value)


def register(name):
    """A register of the selected CPU, unsigned, whichever frame is selected."""
    return int(gdb.newest_frame().read_register(name)) & ADDRESS_MASK


def set_register(name, value):
    """Sets a register of the selected CPU. As bytes, because gdb casts no number to CR3's type."""
    kind = gdb.parse_and_eval("$" + name).type
    gdb.set_convenience_variable("tarae_register",
                                 gdb.Value(value.to_bytes(kind.sizeof, "little"), kind))
    gdb.newest_frame().select()
    gdb.execute("set var $%s = $tarae_register" % name)


def argument(text):
    """A command's argument: any expression of gdb's."""
    value = gdb.parse_and_eval(text)
    if value.type.code in (gdb.TYPE_CODE_FUNC, gdb.TYPE_CODE_ARRAY, gdb.TYPE_CODE_STRUCT):
        value = value.address
    return int(value) & ADDRESS_MASK


def variable(name, file=None):
    """A variable of the kernel; `file` tells which one, if it is static."""
    try:
        return gdb.parse_and_eval("'%s'::%s" % (file, name) if file else name)
    except gdb.error:
        raise gdb.GdbError("the kernel has no variable %s%s: is this its ELF file, with debug "
                           "information?" % (name, " in " + file if file else ""))


@functools.lru_cache(maxsize=None)
def struct(name):
    return gdb.lookup_type("struct " + name)


def at(address, name):
    """The struct `name` at an address."""
    return gdb.Value(int(address) & ADDRESS_MASK).cast(struct(name).pointer()).dereference()


def address_of(value):
    return int(value.address) & ADDRESS_MASK


@functools.lru_cache(maxsize=None)
def offset_of(name, member):
    """Of a member, which may be a path such as "signal.queue"."""
    kind, offset = struct(name), 0
    for part in member.split("."):
        field = kind[part]
        offset, kind = offset + field.bitpos // 8, field.type
    return offset


def has_field(name, member):
    try:
        return member in struct(name).keys()
    except gdb.error:
        return False


def word_at(address):
    memory = gdb.selected_inferior().read_memory(address, WORD)
    return int.from_bytes(bytes(memory), "little")


def enum_name(value, prefix=""):
    """THREAD_BLOCKED as BLOCKED."""
    text = str(value.cast(value.type.unqualified().strip_typedefs()))
    return text[len(prefix):] if text.startswith(prefix) else text


def text(value):
    """A C string, whatever bytes are in it; "" for NULL."""
    if value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR and not number(value):
        return ""
    return value.string(errors="replace").split("\0")[0]


def place(address):
    """`function+0x12` of a code address."""
    shown = gdb.execute("info symbol 0x%x" % address, to_string=True)
    if shown.startswith("No symbol"):
        return "0x%x" % address
    name, plus, rest = shown.split(" in section")[0].partition(" + ")
    return "%s+0x%x" % (name, int(rest)) if plus else name


def is_code(address):
    """It lies in the kernel's text."""
    start, end = (number(gdb.parse_and_eval("(unsigned long)&__text_" + name))
                  for name in ("start", "end"))
    return start <= address < end


def milliseconds(ns):
    return "%.3f ms" % (ns / 1e6)


# ---- Lists and trees ------------------------------------------------------------------------------


def nodes(head):
    """The nodes of a struct list, each a struct list_node *."""
    end, node, count = address_of(head), head["head"]["next"], 0
    while number(node) not in (0, end):
        yield node
        node, count = node["next"], count + 1
        if count > ENDLESS:
            raise gdb.GdbError("the list at 0x%x has no end" % end)


def items(head, name, member):
    """The structs on a struct list, by the node that is their `member`."""
    offset = offset_of(name, member)
    for node in nodes(head):
        yield at(number(node) - offset, name)


def tree_items(tree, name, member):
    """The structs in a struct tree, in order."""
    offset, above, node = offset_of(name, member), [], tree["root"]
    while above or number(node):
        while number(node):
            above.append(node)
            node = node["left"]
        node = above.pop()
        yield at(number(node) - offset, name)
        node = node["right"]


# ---- CPUs -----------------------------------------------------------------------------------------


def paging():
    return bool(register("cr0") & CR0_PAGING)


def this_cpu(read=register):
    """The struct cpu of the selected CPU (whose registers `read` reads); None: the kernel does not run there yet. GS
    leads to it, and in user mode the other GS (see SWAPGS)."""
    if not read("cr0") & CR0_PAGING:
        return None
    for name in ("gs_base", "k_gs_base"):
        base = read(name)
        if base & KERNEL_HALF:
            return at(base, "cpu")
    return None


def current():
    """The struct thread that the selected CPU runs; None: none yet.

    Just before a switch `current` is the one that comes, while the CPU still stands on the stack of
    the one that leaves: this is the one whose stack it is."""
    cpu = this_cpu()
    if cpu is None or not number(cpu["current_thread"]):
        return None
    thread = cpu["current_thread"].dereference()
    if register("cs") & USER_LEVEL:
        return thread
    leaving = variable("run_queues", "kernel/sched/runq.c")[int(cpu["id"])]["previous"]
    stack_pointer = register("rsp")
    if number(leaving) and stands_on(stack_pointer, leaving) and not stands_on(stack_pointer, thread):
        return leaving.dereference()
    return thread


def stands_on(stack_pointer, thread):
    """An address lies in a thread's kernel stack."""
    return 0 < number(thread["stack_top"]) - stack_pointer <= STACK_SIZE


def require_kernel():
    if not gdb.selected_inferior().threads():
        raise gdb.GdbError("no machine: `make gdb`, or target remote")
    if current() is None and not any(cpu for _, cpu in cpus()):
        raise gdb.GdbError("the kernel has no threads yet: `break kernel_main`, `continue`, or later")


class Selection:
    """with Selection(): afterwards CPU and frame are selected as before."""

    def __enter__(self):
        self.thread = gdb.selected_thread()
        try:
            self.level = gdb.selected_frame().level()
        except (gdb.error, AttributeError):
            self.level = 0

    def __exit__(self, *_):
        if self.thread and self.thread.is_valid():
            self.thread.switch()
            frame = gdb.newest_frame()
            for _ in range(self.level):
                frame = frame.older() or frame
            frame.select()


def cpus():
    """[(gdb's thread, struct cpu or None)] of all CPUs; to gdb each CPU is a thread."""
    found = []
    with Selection():
        for thread in sorted(gdb.selected_inferior().threads(), key=lambda t: t.num):
            thread.switch()
            found.append((thread, this_cpu()))
    return found


# ---- Threads and processes ------------------------------------------------------------------------


def threads():
    """All threads, oldest first."""
    return items(variable("all_threads", "kernel/sched/thread.c"), "thread", "all_node")


def state(thread):
    return enum_name(thread["state"], "THREAD_")


def find_thread(tid):
    """By number; the idle threads, which have none, are found by their CPU: -1 is CPU 0's."""
    for thread in threads():
        if int(thread["tid"]) == tid:
            return thread
    raise gdb.GdbError("there is no thread %d: see `tarae ps`" % tid)


def processes():
    """All processes by number, the kernel's first."""
    yield variable("kernel_process")
    for process in tree_items(variable("processes", "kernel/proc/process.c"), "process", "pid_node"):
        yield process


def find_process(pid):
    for process in processes():
        if int(process["pid"]) == pid:
            return process
    raise gdb.GdbError("there is no process %d: see `tarae ps`" % pid)


def name_of(thread):
    """`tid (name)`."""
    return "%d (%s)" % (int(thread["tid"]), text(thread["name"]))


def stack_top(thread):
    return number(thread["stack_top"])


def runner(thread):
    """gdb's thread for the CPU that runs `thread` now; None: none does."""
    wanted = address_of(thread)
    with Selection():
        for cpu_thread in gdb.selected_inferior().threads():
            cpu_thread.switch()
            running = current()
            if running is not None and address_of(running) == wanted:
                return cpu_thread
    return None
