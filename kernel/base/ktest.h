/* SPDX-License-Identifier: MIT */
/*
 * In-kernel tests (tests/kernel/). KTEST(name) { … } registers a function; it runs in a kernel
 * thread of its own, with preemption on, and fails by KTEST_CHECK or by not giving back what it
 * took (frames, slab objects, threads are counted before and after). Names that begin with
 * selftest_ run only when asked for by their whole name.
 */
#ifndef BASE_KTEST_H
#define BASE_KTEST_H

#include <stdbool.h>
#include <stddef.h>

struct ktest {
	const char *name;
	void (*run)(void);
};

#define KTEST(test_name)                                                                      \
	static void ktest_##test_name(void);                                                  \
	static const struct ktest ktest_entry_##test_name                                     \
		__attribute__((used, section(".ktests"), aligned(16))) = {#test_name,         \
									  ktest_##test_name}; \
	static void ktest_##test_name(void)

/* Records the first failure of the running test and goes on. Callable from any thread. */
void ktest_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define KTEST_CHECK(condition)                                                     \
	do {                                                                       \
		if (!(condition))                                                  \
			ktest_fail(__FILE__, __LINE__, "expected %s", #condition); \
	} while (0)

#define KTEST_EQUAL(actual, expected)                                                              \
	do {                                                                                       \
		long long a_ = (long long)(actual), e_ = (long long)(expected);                    \
		if (a_ != e_)                                                                      \
			ktest_fail(__FILE__, __LINE__, "%s: expected %lld, got %lld", #actual, e_, \
				   a_);                                                            \
	} while (0)

/* Registered by sched: runs `function` in a kernel thread of its own and waits for its end.
 * `settle` waits until what ended is really gone. */
void ktest_set_runner(void (*run_in_thread)(void (*function)(void)), void (*settle)(void));
/* Registered by those who hand something out: how much of it is out now. Equal before and after
 * each test. */
void ktest_add_count(const char *name, size_t (*count)(void));

/* Runs the tests that the option ktest= asks for, reports each, and ends the machine. */
_Noreturn void ktest_run_all(void);

#endif
