/* SPDX-License-Identifier: MIT */
/*
 * Entering the kernel. sys(name, arguments...) makes the system call `name` and answers as POSIX
 * functions do: the result, or -1 with errno set. sys_raw() answers as the kernel does: the
 * result, or -errno. A call has up to six arguments of 64 bits; missing ones are passed as 0,
 * which the kernel ignores.
 */
#ifndef LIBC_SYSCALL_INTERNAL_H
#define LIBC_SYSCALL_INTERNAL_H

#include "lib/abi/nr.h"

#define sys(name, ...)     libc_syscall_result(sys_raw(name, ##__VA_ARGS__))
#define sys_raw(name, ...) sys_padded(SYS_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define sys_padded(number, a, b, c, d, e, f, ...) \
	syscall6(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/*
 * System V ABI, AMD64 supplement, A.2.1: number in RAX, arguments in RDI, RSI, RDX, R10, R8, R9,
 * result in RAX; the instruction itself destroys RCX and R11.
 */
static inline long syscall6(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* The kernel's answer turned into POSIX's: -errno becomes -1 and errno. */
long libc_syscall_result(long raw);

#endif
