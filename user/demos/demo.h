/* SPDX-License-Identifier: MIT */
/*
 * What the demos share: arguments, measuring, threads and processes, and the closing line.
 *
 * A demo begins with demo_begin(), shows what it measured, states with claim() what must be so for
 * its statement to hold, and ends with `return verdict("the statement")`. It exits with 0 when the
 * statement held, 1 when it did not, 2 when it was called wrongly or could not run.
 *
 * Included first: it asks for what the C library of Linux shows to _GNU_SOURCE only.
 */
#ifndef DEMO_H
#define DEMO_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A number on the command line: they come in order, and what is not given keeps its value. */
struct number {
	const char *name;
	long *value;
	long min, max;
};

static bool quick; /* --quick: show the same, measure less */
static int claims_failed;

/* ---- Arguments ---- */

static inline void demo_usage(const char *name, const struct number *numbers)
{
	fprintf(stderr, "usage: %s [--quick]", name);
	for (const struct number *n = numbers; n && n->name; n++)
		fprintf(stderr, " [%s]", n->name);
	fprintf(stderr, "\n");
	for (const struct number *n = numbers; n && n->name; n++)
		fprintf(stderr, "    %-12s %ld to %ld\n", n->name, n->min, n->max);
	exit(2);
}

/* Reads [--quick] and the numbers (their list ends with a NULL name; may be NULL); otherwise
 * prints the usage and exits with 2. */
static inline void demo_begin(int argc, char **argv, const struct number *numbers)
{
	const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
	const struct number *next = numbers;

	for (int i = 1; i < argc; i++) {
		char *end;
		long value = strtol(argv[i], &end, 10);

		if (strcmp(argv[i], "--quick") == 0) {
			quick = true;
			continue;
		}
		if (!next || !next->name || end == argv[i] || *end || value < next->min ||
		    value > next->max)
			demo_usage(name, numbers);
		*next++->value = value;
	}
	setvbuf(stdout, NULL, _IOLBF, 0); /* or a fork would print again what waits in the buffer */
}

/* ---- The closing line ---- */

/* What could not be done for another reason than the statement ends the demo. */
static inline void must(bool done, const char *what)
{
	if (!done) {
		perror(what);
		exit(2);
	}
}

/* Part of the statement; says so when it is not true. */
static inline bool __attribute__((format(printf, 2, 3))) claim(bool true_now, const char *what, ...)
{
	va_list args;

	if (true_now)
		return true;
	claims_failed++;
	printf("not so: ");
	va_start(args, what);
	vprintf(what, args);
	va_end(args);
	printf("\n");
	return false;
}

/* The closing line, and the status to exit with. */
static inline int verdict(const char *statement)
{
	printf("%s: %s\n", claims_failed ? "DID NOT HOLD" : "held", statement);
	return claims_failed ? 1 : 0;
}

/* ---- Measuring ---- */

static inline long clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static inline long now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

/* The time-stamp counter. Under `make run ICOUNT=0` it counts instructions. */
static inline uint64_t cycles(void)
{
	return __builtin_ia32_rdtsc();
}

static inline void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* The number after `key` in a file of lines such as "VmRSS:  44 kB"; -1 if it is not there. */
static inline long number_in(const char *path, const char *key)
{
	FILE *file = fopen(path, "r");
	size_t length = strlen(key);
	char line[256];
	long value = -1;

	while (file && value < 0 && fgets(line, sizeof(line), file))
		if (strncmp(line, key, length) == 0)
			value = strtol(line + length + strspn(line + length, ": \t"), NULL, 10);
	if (file)
		fclose(file);
	return value;
}

/* The same in /proc/PID/status; pid 0 means this process. */
static inline long status_of(pid_t pid, const char *key)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/status", pid ? pid : getpid());
	return number_in(path, key);
}

/* Kilobytes of a process: the pages that it has touched, and its page tables. */
static inline long memory_kb(pid_t pid)
{
	return status_of(pid, "VmRSS") + status_of(pid, "VmPTE");
}

/* How often the calling process has been switched so far. Tarae, known by /proc/counts, counts
 * them for the machine as a whole, and there little else runs beside a demo. */
static inline long switches_so_far(void)
{
	struct rusage usage;

	if (access("/proc/counts", F_OK) == 0)
		return number_in("/proc/stat", "ctxt");
	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

/* ---- Threads, processes, CPUs ---- */

static inline pthread_t start_thread(void *(*run)(void *), void *argument)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, run, argument);
	must(errno == 0, "pthread_create");
	return thread;
}

static inline pid_t start_process(void *(*run)(void *), void *argument)
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid == 0) {
		run(argument);
		_exit(0);
	}
	return pid;
}

/* Threads numbered from 0, which is the argument of each; returns when all have ended. */
static inline void run_threads(int count, void *(*run)(void *))
{
	pthread_t thread[count];

	for (intptr_t i = 0; i < count; i++)
		thread[i] = start_thread(run, (void *)i);
	for (int i = 0; i < count; i++)
		pthread_join(thread[i], NULL);
}

/* The same with processes; of others of its children the caller waits for none meanwhile. */
static inline void run_processes(int count, void *(*run)(void *))
{
	pid_t pid[count];

	for (intptr_t i = 0; i < count; i++)
		pid[i] = start_process(run, (void *)i);
	for (int i = 0; i < count; i++)
		waitpid(pid[i], NULL, 0);
}

/* Takes a mutex; false when that took longer than so many seconds. */
static inline bool lock_within(pthread_mutex_t *mutex, long seconds)
{
	struct timespec limit;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += seconds;
	return pthread_mutex_timedlock(mutex, &limit) == 0;
}

typedef void run_many(int count, void *(*run)(void *)); /* run_threads, run_processes */

/* Runs so many in this way; returns the microseconds it took. */
static inline long timed(run_many *as, int count, void *(*run)(void *))
{
	long start = now_us();

	as(count, run);
	return now_us() - start;
}

/* A sum by a call, so that there is room between load and store of what is added to: QEMU
 * interrupts only where code branches. */
static long __attribute__((noinline, unused)) plus(long value, long change)
{
	__asm__ volatile("");
	return value + change;
}

/* Memory that children of fork() share with their parent. Zero. */
static inline void *shared_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	must(memory != MAP_FAILED, "mmap");
	return memory;
}

/* The n-th CPU that this process may run on (counted round), or -1. */
static inline int cpu_number(int n)
{
	cpu_set_t set;

	must(sched_getaffinity(0, sizeof(set), &set) == 0, "sched_getaffinity");
	n %= CPU_COUNT(&set);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set) && n-- == 0)
			return cpu;
	return -1;
}

static inline int cpu_count(void)
{
	cpu_set_t set;

	must(sched_getaffinity(0, sizeof(set), &set) == 0, "sched_getaffinity");
	return CPU_COUNT(&set);
}

/* From now on the calling thread, and what it starts, runs on this CPU only. */
static inline void stay_on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	must(sched_setaffinity(0, sizeof(set), &set) == 0, "sched_setaffinity");
}

#endif
