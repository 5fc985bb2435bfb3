/* SPDX-License-Identifier: MIT */
/*
 * The system call layer: check, copy in, call down, copy out. One function per call, named
 * sys_NAME, in sys_*.c by subject; the table that maps numbers to them is an expansion of
 * lib/abi/syscall_table.h.
 *
 * All of them run in the thread that asked, with interrupts on and no lock held, and may sleep.
 * They return what the user finds in RAX: a result, -errno, or one of signal.h's -ERESTART* codes,
 * which the way back to user mode turns into a restart or -EINTR.
 */
#ifndef SYSCALL_SYSCALL_H
#define SYSCALL_SYSCALL_H

#include "arch/trap.h"
#include "arch/types.h"

typedef long syscall_function(struct trap_frame *frame);

/* Runs the call that the frame asks for and returns its result, for RAX. Missing ones answer
 * -ENOSYS and are logged once by name. */
long syscall_dispatch(struct trap_frame *frame);

#define SYSCALL(number, name, kinds) syscall_function sys_##name;
#include "lib/abi/syscall_table.h"

/*
 * SYSCALL3(sys_read, int, fd, user_addr_t, buffer, size_t, bytes) { … } defines sys_read(frame)
 * with these parameters, taken from the registers of the frame in the order of the ABI (and cut to
 * their types, as the ABI leaves the upper half of a 32-bit argument undefined). The body sees
 * `frame`, too.
 */
#define SYSCALL0(name) SYSCALL_DEFINE(name, (struct trap_frame * frame), (frame))
#define SYSCALL1(name, t1, a1) \
	SYSCALL_DEFINE(name, (struct trap_frame * frame, t1 a1), (frame, SYSCALL_REGISTER(t1, rdi)))
#define SYSCALL2(name, t1, a1, t2, a2)                                  \
	SYSCALL_DEFINE(name, (struct trap_frame * frame, t1 a1, t2 a2), \
		       (frame, SYSCALL_REGISTER(t1, rdi), SYSCALL_REGISTER(t2, rsi)))
#define SYSCALL3(name, t1, a1, t2, a2, t3, a3)                                       \
	SYSCALL_DEFINE(name, (struct trap_frame * frame, t1 a1, t2 a2, t3 a3),       \
		       (frame, SYSCALL_REGISTER(t1, rdi), SYSCALL_REGISTER(t2, rsi), \
			SYSCALL_REGISTER(t3, rdx)))
#define SYSCALL4(name, t1, a1, t2, a2, t3, a3, t4, a4)                                \
	SYSCALL_DEFINE(name, (struct trap_frame * frame, t1 a1, t2 a2, t3 a3, t4 a4), \
		       (frame, SYSCALL_REGISTER(t1, rdi), SYSCALL_REGISTER(t2, rsi),  \
			SYSCALL_REGISTER(t3, rdx), SYSCALL_REGISTER(t4, r10)))
#define SYSCALL5(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)                               \
	SYSCALL_DEFINE(name, (struct trap_frame * frame, t1 a1, t2 a2, t3 a3, t4 a4, t5 a5), \
		       (frame, SYSCALL_REGISTER(t1, rdi), SYSCALL_REGISTER(t2, rsi),         \
			SYSCALL_REGISTER(t3, rdx), SYSCALL_REGISTER(t4, r10),                \
			SYSCALL_REGISTER(t5, r8)))
#define SYSCALL6(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6)                        \
	SYSCALL_DEFINE(name,                                                                  \
		       (struct trap_frame * frame, t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6), \
		       (frame, SYSCALL_REGISTER(t1, rdi), SYSCALL_REGISTER(t2, rsi),          \
			SYSCALL_REGISTER(t3, rdx), SYSCALL_REGISTER(t4, r10),                 \
			SYSCALL_REGISTER(t5, r8), SYSCALL_REGISTER(t6, r9)))

#define SYSCALL_DEFINE(name, parameters, arguments) \
	static inline long name##_body parameters;  \
	long name(struct trap_frame *frame)         \
	{                                           \
		return name##_body arguments;       \
	}                                           \
	static inline long name##_body parameters

#define SYSCALL_REGISTER(type, reg) \
	_Generic((type){0}, user_addr_t : user_addr(frame->reg), default : frame->reg)

#endif
