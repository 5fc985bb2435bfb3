/* SPDX-License-Identifier: MIT */
/*
 * Entering the kernel. sys(name, arguments...) makes the system call `name` and answers as POSIX
 * functions do: the result, or -1 with errno set. sys_raw() answers as the kernel does: the
 * result, or -errno. A call has up to six arguments of 64 bits.
 */
#ifndef LIBC_SYSCALL_INTERNAL_H
#define LIBC_SYSCALL_INTERNAL_H

#include "lib/abi/nr.h"

#define sys(name, ...) sys_result(sys_raw(name, ##__VA_ARGS__))
#define sys_raw(name, ...) \
	sys_pick(0, ##__VA_ARGS__, 6, 5, 4, 3, 2, 1, 0)(SYS_##name, ##__VA_ARGS__)
/* The macro for as many arguments as there are. */
#define sys_pick(_0, _1, _2, _3, _4, _5, _6, count, ...) sys_##count

#define sys_0(n)                syscall0(n)
#define sys_1(n, a)             syscall3(n, (long)(a), 0, 0)
#define sys_2(n, a, b)          syscall3(n, (long)(a), (long)(b), 0)
#define sys_3(n, a, b, c)       syscall3(n, (long)(a), (long)(b), (long)(c))
#define sys_4(n, a, b, c, d)    sys_6(n, a, b, c, d, 0, 0)
#define sys_5(n, a, b, c, d, e) sys_6(n, a, b, c, d, e, 0)
#define sys_6(n, a, b, c, d, e, f) \
	syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/*
 * System V ABI, AMD64 supplement, A.2.1: number in RAX, arguments in RDI, RSI, RDX, R10, R8, R9,
 * result in RAX; the instruction itself destroys RCX and R11.
 */
static inline long syscall0(long number)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number) : "rcx", "r11", "memory");
	return result;
}

static inline long syscall3(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

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

/* The same, and no call where it is no failure. */
static inline long sys_result(long raw)
{
	return __builtin_expect((unsigned long)raw > -4096UL, 0) ? libc_syscall_result(raw) : raw;
}

#endif
