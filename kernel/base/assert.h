/* SPDX-License-Identifier: MIT */
/*
 * panic() stops the machine with a page that explains itself; ASSERT() guards what can only be
 * false by a bug of the kernel, never what a user program can bring about.
 */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

#include <stdbool.h>
#include <stdint.h>

_Noreturn void panic_at(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
#define panic(...) panic_at(__FILE__, __LINE__, __VA_ARGS__)

#if CONFIG_CHECKS
#define ASSERT(condition)                                          \
	do {                                                       \
		if (__builtin_expect(!(condition), 0))             \
			panic("assertion failed: %s", #condition); \
	} while (0)
#else
#define ASSERT(condition)                \
	do {                             \
		(void)sizeof(condition); \
	} while (0)
#endif

/* Calls every panic reporter (threads' backtraces, locks held, …) registered by higher layers, in
 * the order of registration. Each must print without taking locks. */
struct panic_reporter {
	struct panic_reporter *next;
	const char *title;
	void (*report)(void);
};
void panic_add_reporter(struct panic_reporter *reporter);
/* Registers what prints a line on the thread and process that a CPU was running. */
struct cpu;
void panic_set_subject(void (*print)(const struct cpu *cpu));
extern _Atomic bool panic_in_progress;
/* A panic is being printed: locks are not to be trusted nor waited for. */
static inline bool panicking(void)
{
	/* relaxed: set once, when the other CPUs have been stopped */
	return __atomic_load_n((const bool *)&panic_in_progress, __ATOMIC_RELAXED);
}

struct trap_frame;
/* For exceptions in the kernel: the same page, with the registers of the frame. */
_Noreturn void panic_trap(const struct trap_frame *frame, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints a backtrace that starts in `rip` (`returned`: a return address) with frame pointer `rbp`,
 * bounded to the kernel stack [low, high). It crosses trap frames, and ends at user mode or a
 * thread's first function. */
void backtrace_print(uint64_t rip, bool returned, uint64_t rbp, uint64_t low, uint64_t high);

#endif
