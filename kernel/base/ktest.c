/* SPDX-License-Identifier: MIT */
/*
 * Runs the in-kernel tests and reports each on the report port. What belongs to higher layers (a
 * thread to run a test in, the counts of what must not leak) they register here.
 */
#include "base/ktest.h"

#include "arch/power.h"
#include "base/assert.h"
#include "base/boot_info.h"
#include "base/printk.h"
#include "base/spinlock.h"
#include "lib/string.h"
#include "lib/vsnprintf.h"

#define REASON_MAX      256
#define COUNTS_MAX      8
#define PREFIX_SELFTEST "selftest_"

extern const struct ktest __ktests_start[], __ktests_end[];

/* const after initialisation */
static void (*run_in_thread)(void (*function)(void));
static void (*settle)(void);
static struct {
	const char *name;
	size_t (*count)(void);
} counts[COUNTS_MAX];
static unsigned count_kinds;

static struct spinlock failure_lock = SPINLOCK_INIT("ktest failure", RANK_TEST_FAILURE);
/* [failure_lock] */
static bool failed;
static char reason[REASON_MAX];

void ktest_set_runner(void (*runner)(void (*function)(void)), void (*settler)(void))
{
	run_in_thread = runner;
	settle = settler;
}

void ktest_add_count(const char *name, size_t (*count)(void))
{
	if (count_kinds == COUNTS_MAX)
		panic("more kinds of counts than ktest.c has room for");
	counts[count_kinds].name = name;
	counts[count_kinds++].count = count;
}

void ktest_fail(const char *file, int line, const char *format, ...)
{
	uint64_t flags = spin_lock_irq_save(&failure_lock);
	va_list arguments;

	if (!failed) {
		failed = true;
		size_t length = (size_t)snprintf(reason, sizeof(reason), "%s:%d: ", file, line);
		va_start(arguments, format);
		if (length < sizeof(reason))
			vsnprintf(reason + length, sizeof(reason) - length, format, arguments);
		va_end(arguments);
	}
	spin_unlock_irq_restore(&failure_lock, flags);
}

static void read_counts(size_t values[COUNTS_MAX])
{
	if (settle)
		settle();
	for (unsigned i = 0; i < count_kinds; i++)
		values[i] = counts[i].count();
}

static void run_one(const struct ktest *test)
{
	size_t before[COUNTS_MAX], after[COUNTS_MAX];

	failed = false;
	/* Names the culprit should the machine die in it. */
	report("start %s", test->name);
	read_counts(before);
	run_in_thread(test->run);
	read_counts(after);
	for (unsigned i = 0; i < count_kinds; i++)
		if (after[i] != before[i])
			ktest_fail(test->name, 0, "left %s at %zu, found it at %zu", counts[i].name,
				   after[i], before[i]);
	if (failed)
		report("test %s fail %s", test->name, reason);
	else
		report("test %s pass", test->name);
	printk("test %s: %s%s\n", test->name, failed ? "FAILED: " : "passed", failed ? reason : "");
}

static bool wanted(const struct ktest *test, const char *pattern)
{
	if (strncmp(test->name, PREFIX_SELFTEST, strlen(PREFIX_SELFTEST)) == 0)
		return strcmp(test->name, pattern) == 0;
	return strcmp(pattern, "all") == 0 || strstr(test->name, pattern);
}

void ktest_run_all(void)
{
	char pattern[64];
	unsigned ran = 0;

	if (!boot_option("ktest", pattern, sizeof(pattern)))
		strlcpy(pattern, "all", sizeof(pattern));
	for (const struct ktest *test = __ktests_start; test < __ktests_end; test++) {
		if (!wanted(test, pattern))
			continue;
		run_one(test);
		ran++;
	}
	report("plan %u", ran);
	report("done");
	machine_end(END_POWER_OFF);
}
