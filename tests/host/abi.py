#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lib/abi against the headers of a Linux x86-64 host: every constant that both name has the same value, every
struct the same size and the same offsets, and the table of system calls the same numbers, all of them.

Two C programs print what each side says; the differences are the failures. On another kind of host there is
nothing to compare with, and the test says so."""

import os
import platform
import re
import subprocess
import sys
import tempfile

ABI = "lib/abi"
KINDS = "idspoaln"  # of arguments, in syscall_table.h

# Which of the host's headers define what a header of ours does. The kernel's own (asm/, linux/) come where the C
# library's struct or constant is another than the kernel's.
HOST = {
    "auxv": ["elf.h", "sys/auxv.h"],
    "dirent": ["dirent.h"],
    "elf": ["elf.h"],
    "errno": ["errno.h"],
    "fcntl": ["fcntl.h", "unistd.h", "sys/file.h", "stdio.h"],
    "futex": ["linux/futex.h"],
    "ioctl": ["sys/ioctl.h"],
    "mman": ["sys/mman.h"],
    "poll": ["poll.h"],
    "prctl": ["sys/prctl.h", "asm/prctl.h"],
    "reboot": ["linux/reboot.h"],
    "resource": ["sys/resource.h"],
    "sched": ["sched.h"],
    "select": ["sys/select.h"],
    "signal": ["signal.h", "ucontext.h"],
    "socket": ["sys/socket.h", "sys/un.h"],
    "stat": ["sys/stat.h", "sys/statfs.h", "linux/magic.h"],
    "sysinfo": ["sys/sysinfo.h"],
    "sysmacros": ["sys/sysmacros.h"],
    "termios": ["asm/termbits.h"],
    "time": ["time.h", "sys/time.h", "sys/times.h", "utime.h", "sys/stat.h"],
    "uio": ["sys/uio.h"],
    "utsname": ["sys/utsname.h"],
    "wait": ["sys/wait.h"],
}

# Same name, another meaning: the C library's value is not the kernel's.
DIFFERENT = {"O_LARGEFILE", "_POSIX_VDISABLE", "MINSIGSTKSZ", "SIGSTKSZ", "MAP_FAILED", "TCSANOW"}

# struct: (our header, fields). Fields that the two sides call differently are left out.
STRUCTS = {
    "struct flock": ("fcntl", "l_type l_whence l_start l_len l_pid"),
    "struct stat": ("stat", "st_dev st_ino st_nlink st_mode st_uid st_gid st_rdev st_size st_blksize st_blocks "
                    "st_atim st_mtim st_ctim"),
    "struct statx": ("stat", "stx_mask stx_blksize stx_attributes stx_nlink stx_uid stx_gid stx_mode stx_ino stx_size "
                     "stx_blocks stx_attributes_mask stx_atime stx_btime stx_ctime stx_mtime stx_rdev_major "
                     "stx_dev_minor"),
    "struct statfs": ("stat", "f_type f_bsize f_blocks f_bfree f_bavail f_files f_ffree f_fsid f_namelen f_frsize "
                      "f_flags"),
    "struct timespec": ("time", "tv_sec tv_nsec"),
    "struct timeval": ("time", "tv_sec tv_usec"),
    "struct itimerval": ("time", "it_interval it_value"),
    "struct itimerspec": ("time", "it_interval it_value"),
    "struct tms": ("time", "tms_utime tms_stime tms_cutime tms_cstime"),
    "struct utimbuf": ("time", "actime modtime"),
    "struct pollfd": ("poll", "fd events revents"),
    "fd_set": ("select", ""),
    "struct iovec": ("uio", "iov_base iov_len"),
    "struct rlimit": ("resource", "rlim_cur rlim_max"),
    "struct rusage": ("resource", "ru_utime ru_stime ru_maxrss ru_minflt ru_majflt ru_nswap ru_inblock ru_nsignals "
                      "ru_nvcsw ru_nivcsw"),
    "struct utsname": ("utsname", "sysname nodename release version machine"),
    "struct sysinfo": ("sysinfo", "uptime loads totalram freeram sharedram bufferram totalswap freeswap procs totalhigh "
                       "freehigh mem_unit"),
    "struct sched_param": ("sched", "sched_priority"),
    "struct robust_list_head": ("futex", "list futex_offset list_op_pending"),
    "struct termios": ("termios", "c_iflag c_oflag c_cflag c_lflag c_line c_cc"),
    "struct winsize": ("ioctl", "ws_row ws_col ws_xpixel ws_ypixel"),
    "siginfo_t": ("signal", "si_signo si_errno si_code si_pid si_uid si_addr si_status si_utime si_stime si_value "
                  "si_timerid si_overrun si_band si_fd si_addr_lsb"),
    "stack_t": ("signal", "ss_sp ss_flags ss_size"),
    "mcontext_t": ("signal", "gregs fpregs"),
    "struct sockaddr": ("socket", "sa_family sa_data"),
    "struct sockaddr_un": ("socket", "sun_family sun_path"),
    "struct msghdr": ("socket", "msg_name msg_namelen msg_iov msg_iovlen msg_control msg_controllen msg_flags"),
    "struct cmsghdr": ("socket", "cmsg_len cmsg_level cmsg_type"),
    "struct ucred": ("socket", "pid uid gid"),
    "Elf64_Ehdr": ("elf", "e_ident e_type e_entry e_phoff e_shoff e_flags e_phnum e_shstrndx"),
    "Elf64_Phdr": ("elf", "p_type p_flags p_offset p_vaddr p_filesz p_memsz p_align"),
    "Elf64_Shdr": ("elf", "sh_name sh_type sh_flags sh_addr sh_offset sh_size sh_entsize"),
    "Elf64_Sym": ("elf", "st_name st_info st_shndx st_value st_size"),
    "Elf64_Dyn": ("elf", "d_tag d_un"),
    "Elf64_Rela": ("elf", "r_offset r_info r_addend"),
}

# Where the kernel's ucontext ends and its set begins: the C library's is larger, but begins alike.
UCONTEXT = ("ucontext_t", "uc_flags uc_link uc_stack uc_mcontext uc_sigmask")


def constants(header):
    """The names of the object-like macros and enumerators of one of our headers."""
    with open(os.path.join(ABI, header + ".h")) as f:
        text = f.read()
    names = re.findall(r"^#define (\w+)[ \t]+\S", text, re.M)
    names += re.findall(r"^\t(REG_\w+|NGREG),", text, re.M)
    return [n for n in names if n not in DIFFERENT and not n.startswith("st_") and not n.startswith("si_")]


def source(header, includes, names, structs):
    lines = ["#define _GNU_SOURCE", "#include <stddef.h>", "#include <stdio.h>"] if includes else \
        ["#include <stddef.h>", "int printf(const char *, ...);"]
    lines += ["#include <%s>" % i for i in includes] or ['#include "%s/%s.h"' % (ABI, header)]
    lines.append("int main(void)\n{")
    for name in names:
        # An enumerator is no macro; the host's are macros of themselves.
        guard = "" if re.match("REG_|NGREG", name) else "#ifdef %s\n" % name
        lines.append('%sprintf("%s %%lld\\n", (long long)(%s));%s'
                     % (guard, name, name, "\n#endif" if guard else ""))
    for struct, fields, sized in structs:
        if sized:
            lines.append('printf("sizeof(%s) %%zu\\n", sizeof(%s));' % (struct, struct))
        for field in fields.split():
            lines.append('printf("%s.%s %%zu\\n", offsetof(%s, %s));' % (struct, field, struct, field))
    lines.append("return 0;\n}")
    return "\n".join(lines) + "\n"


def run(directory, text):
    """What the program prints, as {name: value}."""
    c, program = os.path.join(directory, "a.c"), os.path.join(directory, "a")
    with open(c, "w") as f:
        f.write(text)
    compiler = os.environ.get("HOSTCC", "cc").split()
    subprocess.run(compiler + ["-std=gnu11", "-w", "-iquote", ".", c, "-o", program], check=True)
    output = subprocess.run([program], check=True, stdout=subprocess.PIPE).stdout.decode()
    return dict(line.rsplit(" ", 1) for line in output.splitlines())


def compare_header(directory, header):
    """(how many were compared, [differences])"""
    names = [n for n in constants(header) if n != "LIB_ABI_%s_H" % header.upper()]
    # Strings have no value to print.
    names = [n for n in names if n not in ("ELFMAG",)]
    structs = [(s, fields, True) for s, (h, fields) in sorted(STRUCTS.items()) if h == header]
    if header == "signal":
        structs.append(UCONTEXT + (False,))
    ours = run(directory, source(header, [], names, structs))
    theirs = run(directory, source(header, HOST[header], names, structs))
    both = sorted(set(ours) & set(theirs))
    return len(both), ["%s.h: %s is %s, on Linux %s" % (header, n, ours[n], theirs[n])
                       for n in both if ours[n] != theirs[n]]


def compare_calls(directory):
    program = '#include <asm/unistd.h>\n#define N(x) x\n'
    dump = subprocess.run(os.environ.get("HOSTCC", "cc").split() + ["-E", "-dM", "-"], input=program.encode(),
                          stdout=subprocess.PIPE, check=True).stdout.decode()
    linux = {m[1]: int(m[2]) for m in re.finditer(r"^#define __NR_(\w+) (\d+)$", dump, re.M) if int(m[2]) <= 450}
    with open(os.path.join(ABI, "syscall_table.h")) as f:
        text = f.read()
    rows = re.findall(r'^(?:SYSCALL|NOSYS|PROBED)\((\d+), (\w+)(?:, "(\w*)")?\)$', text, re.M)
    ours = {name: int(number) for number, name, _ in rows}
    wrong = ["%s: has letters other than %s" % (name, KINDS) for _, name, kinds in rows if set(kinds) - set(KINDS)]
    wrong += ["%s: more than six arguments" % name for _, name, kinds in rows if len(kinds) > 6]
    if len(rows) != len(ours) or len(set(ours.values())) != len(ours):
        wrong.append("a name or a number is there twice")
    for name in sorted(set(ours) | set(linux)):
        if ours.get(name) != linux.get(name):
            wrong.append("system call %s is %s, on Linux %s" % (name, ours.get(name), linux.get(name)))
    return len(ours), wrong


def main():
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        print("not a Linux x86-64 host: nothing to compare with")
        return 0
    compared, wrong = 0, []
    with tempfile.TemporaryDirectory() as directory:
        for header in sorted(HOST):
            count, differences = compare_header(directory, header)
            compared += count
            wrong += differences
            if count == 0 and header != "sysmacros":
                wrong.append("%s.h: nothing in common with the host's headers" % header)
        count, differences = compare_calls(directory)
        compared += count
        wrong += differences
    for line in wrong:
        print(line)
    print("%d compared, %d wrong" % (compared, len(wrong)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
