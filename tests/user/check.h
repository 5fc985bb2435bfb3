/* SPDX-License-Identifier: MIT */
/*
 * What every user test includes, first: checks that say where and what, and cases that each run in
 * a process of their own under a time limit.
 *
 *	static void reads_what_was_written(void)
 *	{
 *		CHECK_EQ(write(fd, "x", 1), 1);
 *		CHECK_ERRNO(read(-1, buf, 1), EBADF);
 *	}
 *	static const struct check_case cases[] = {CASE(reads_what_was_written)};
 *	int main(int argc, char **argv)
 *	{
 *		return CHECK_MAIN(cases, argc, argv);
 *	}
 *
 * A failed check prints one line and the case goes on; a case fails when a check in it failed, when
 * it is killed, exits with a status other than 0, or outlives its limit, which SLOW=n in the
 * environment stretches as all limits here. `prog NAME` runs only the cases whose name contains
 * NAME; so does CASE=NAME in the environment, which `make test FILTER=user/prog APPEND=CASE=NAME`
 * puts there. Nothing here uses stdio's buffers, so a check may fail in a vfork child, in a signal
 * handler, or just before _exit().
 *
 * The programs run on Linux as the control and unchanged on Tarae. Where Tarae's documented subset
 * differs, on_tarae() tells the two apart and a comment says why.
 */
#ifndef TESTS_USER_CHECK_H
#define TESTS_USER_CHECK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define UNUSED     __attribute__((unused))
#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define CHECK_PAGE 4096UL

/* What check_wait() and check_run() return for a child that had to be killed: no wait status. */
#define CHECK_TIMEOUT (-1)

/* Milliseconds of a case that asks for no limit of its own. */
#define CHECK_CASE_MS 20000

struct check_case {
	const char *name;
	void (*run)(void);
	int limit_ms; /* 0: CHECK_CASE_MS */
};
/* clang-format off */
#define CASE_LIMIT(fn, ms) {#fn, fn, ms}
#define CASE(fn)           CASE_LIMIT(fn, 0)
/* clang-format on */

static int check_failures UNUSED;

/* One line on standard output in one write, so that lines of several processes never mix. */
UNUSED static void __attribute__((format(printf, 1, 2))) check_print(const char *format, ...)
{
	char line[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (n < 0)
		return;
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	if (write(1, line, n) != n)
		_exit(99);
}

UNUSED static void __attribute__((format(printf, 3, 4)))
check_fail(const char *file, int line, const char *format, ...)
{
	char text[400];
	va_list args;
	int saved = errno;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	check_failures++;
	check_print("%s:%d: %s", strrchr(file, '/') ? strrchr(file, '/') + 1 : file, line, text);
	errno = saved;
}

#define CHECK(cond)                                                                      \
	do {                                                                             \
		if (!(cond))                                                             \
			check_fail(__FILE__, __LINE__, "expected %s, got false", #cond); \
	} while (0)

/* Both are compared as long long; a pointer must be cast. */
#define CHECK_EQ(actual, expected)                                                         \
	do {                                                                               \
		long long check_a = (long long)(actual), check_e = (long long)(expected);  \
		if (check_a != check_e)                                                    \
			check_fail(__FILE__, __LINE__,                                     \
				   "%s: expected %lld (0x%llx), got %lld "                 \
				   "(0x%llx) (errno %d)",                                  \
				   #actual, check_e, (unsigned long long)check_e, check_a, \
				   (unsigned long long)check_a, errno);                    \
	} while (0)

/* low <= actual <= high */
#define CHECK_RANGE(actual, low, high)                                                        \
	do {                                                                                  \
		long long check_a = (long long)(actual);                                      \
		long long check_l = (long long)(low), check_h = (long long)(high);            \
		if (check_a < check_l || check_a > check_h)                                   \
			check_fail(__FILE__, __LINE__, "%s: expected %lld to %lld, got %lld", \
				   #actual, check_l, check_h, check_a);                       \
	} while (0)

/*
 * For what takes a time: how much longer than that is up to the host, which may put a CPU aside for
 * seconds, and what comes far too late is found by the limit of its case.
 */
#define CHECK_AT_LEAST(actual, low) CHECK_RANGE(actual, low, INT64_MAX)

#define CHECK_STR(actual, expected)                                                                \
	do {                                                                                       \
		const char *check_a = (actual), *check_e = (expected);                             \
		if (strcmp(check_a, check_e) != 0)                                                 \
			check_fail(__FILE__, __LINE__, "%s: expected \"%s\", got \"%s\"", #actual, \
				   check_e, check_a);                                              \
	} while (0)

/* The call must fail with exactly this errno. */
#define CHECK_ERRNO(call, expected)                                                           \
	do {                                                                                  \
		long check_r;                                                                 \
		errno = 0;                                                                    \
		check_r = (long)(call);                                                       \
		if (check_r != -1)                                                            \
			check_fail(__FILE__, __LINE__, "%s: expected errno %d (%s), got %ld", \
				   #call, (expected), #expected, check_r);                    \
		else if (errno != (expected))                                                 \
			check_fail(__FILE__, __LINE__, "%s: expected errno %d (%s), got %d",  \
				   #call, (expected), #expected, errno);                      \
	} while (0)

/* The call must not return -1; its value is the macro's. */
#define CHECK_OK(call)                                                                       \
	({                                                                                   \
		long check_r = (long)(call);                                                 \
		if (check_r == -1)                                                           \
			check_fail(__FILE__, __LINE__, "%s: expected success, got errno %d", \
				   #call, errno);                                            \
		check_r;                                                                     \
	})

/*
 * A measurement that a busy host can spoil, by putting a CPU or all of them aside meanwhile: one of
 * so many must come out right. What is wrong on any host must be checked apart.
 */
#define CHECK_ONCE_IN(tries, right)                                                              \
	do {                                                                                     \
		int check_try = 0;                                                               \
		while (check_try < (tries) && !(right))                                          \
			check_try++;                                                             \
		if (check_try == (tries))                                                        \
			check_fail(__FILE__, __LINE__, "not once in %d tries: %s", (int)(tries), \
				   #right);                                                      \
	} while (0)

/* A wait status, decoded: the child must have exited with this status, or died of this signal. */
#define CHECK_EXITED(status, code) check_status(__FILE__, __LINE__, #status, (status), 0, (code))
#define CHECK_KILLED(status, sig)  check_status(__FILE__, __LINE__, #status, (status), 1, (sig))

UNUSED static const char *check_describe(int status, char *text, size_t size)
{
	if (status == CHECK_TIMEOUT)
		snprintf(text, size, "time limit");
	else if (WIFSIGNALED(status))
		snprintf(text, size, "killed by signal %d", WTERMSIG(status));
	else if (WIFEXITED(status))
		snprintf(text, size, "exit status %d", WEXITSTATUS(status));
	else
		snprintf(text, size, "wait status 0x%x", status);
	return text;
}

UNUSED static void check_status(const char *file, int line, const char *what, int status,
				int killed, int value)
{
	char text[64];

	if (status != CHECK_TIMEOUT && killed && WIFSIGNALED(status) && WTERMSIG(status) == value)
		return;
	if (status != CHECK_TIMEOUT && !killed && WIFEXITED(status) && WEXITSTATUS(status) == value)
		return;
	check_fail(file, line, "%s: expected %s %d, got %s", what,
		   killed ? "killed by signal" : "exit status", value,
		   check_describe(status, text, sizeof(text)));
}

UNUSED static long long check_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* Sleeps the whole time, whatever handlers run meanwhile. */
UNUSED static void check_sleep_ms(int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	while (nanosleep(&t, &t) != 0 && errno == EINTR)
		;
}

/* A number from the environment: loops are short on an emulator and may be made long by hand. */
UNUSED static long check_env(const char *name, long standard)
{
	const char *text = getenv(name);

	return text && *text ? strtol(text, NULL, 0) : standard;
}

/*
 * A limit as long as a slow host wants it: SLOW, which the host's side of the tests sets, is by how
 * much. Read once, because a test may change its environment.
 */
UNUSED static long long check_limit(long long limit)
{
	static long slow;

	if (!slow)
		slow = check_env("SLOW", 1);
	return limit * slow;
}

/*
 * Waits until a child ends and returns its wait status, or kills it after so many milliseconds,
 * however slow the host, and returns CHECK_TIMEOUT. Looks rather than sleeps in wait4(), so that
 * no other clock call is needed.
 */
UNUSED static int check_wait_exactly(pid_t pid, long long limit_ms)
{
	long long end = check_now_us() + limit_ms * 1000;
	struct timespec nap = {0, 100000};
	int status, looks = 0;

	for (;;) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			return status;
		if (got < 0 && errno != EINTR)
			return CHECK_TIMEOUT;
		if (check_now_us() > end)
			break;
		if (looks++ < 3) {
			sched_yield();
		} else {
			nanosleep(&nap, NULL);
			if (nap.tv_nsec < 5000000)
				nap.tv_nsec *= 2;
		}
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return CHECK_TIMEOUT;
}

/* The same with a limit that is there for a hang only: a slow host gets longer. */
UNUSED static int check_wait(pid_t pid, int limit_ms)
{
	return check_wait_exactly(pid, check_limit(limit_ms));
}

/* Forks a child that runs fn and exits: 0, or 1 when a check in it failed. Returns its pid. */
UNUSED static pid_t check_fork(void (*fn)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		check_failures = 0;
		fn();
		_exit(check_failures ? 1 : 0);
	}
	if (pid < 0) {
		check_print("fork failed: errno %d", errno);
		_exit(98);
	}
	return pid;
}

/* Runs fn in a child and returns its wait status, or CHECK_TIMEOUT. */
UNUSED static int check_run(void (*fn)(void), int limit_ms)
{
	return check_wait(check_fork(fn), limit_ms);
}

/* The state letter of a process in /proc/PID/stat ('S' asleep, 'Z' dead, 'T' stopped), 0: none. */
UNUSED static int check_state(pid_t pid)
{
	char path[64], text[256], *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = 0;
	p = strrchr(text, ')');
	return p && p[1] == ' ' ? p[2] : 0;
}

/* Waits until a process is in this state; returns 0, or -1 after five seconds, stretched. */
UNUSED static int check_await_state(pid_t pid, int state)
{
	for (int i = 0; i < check_limit(5000); i++) {
		if (check_state(pid) == state)
			return 0;
		check_sleep_ms(1);
	}
	check_fail(__FILE__, __LINE__, "process never reached state %c (is %c)", state,
		   check_state(pid));
	return -1;
}

/* Who sleeps for good is seen asleep so many times, a millisecond apart: who has locks to take on
 * the way there may be seen asleep once. */
#define CHECK_LOOKS 4

/* Waits until a process sleeps for good: in 'S', or in 'D', as a vfork parent. 0 or -1. */
UNUSED static int check_await_asleep(pid_t pid)
{
	int asleep = 0;

	for (int i = 0; i < check_limit(5000); i++) {
		int state = check_state(pid);

		asleep = state == 'S' || state == 'D' ? asleep + 1 : 0;
		if (asleep == CHECK_LOOKS)
			return 0;
		if (state == 0 || state == 'Z')
			break;
		check_sleep_ms(1);
	}
	check_fail(__FILE__, __LINE__, "process does not sleep (is %c)", check_state(pid));
	return -1;
}

/* Memory that this process and its later children see alike, zeroed. */
UNUSED static void *check_shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		check_print("no shared memory: errno %d", errno);
		_exit(98);
	}
	return p;
}

/* Is this Tarae rather than the control? Only Tarae has /proc/counts. */
UNUSED static int on_tarae(void)
{
	static int known;

	if (!known)
		known = access("/proc/counts", F_OK) == 0 ? 1 : 2;
	return known == 1;
}

/*
 * A system call as the machine makes it: no errno, no cancellation, no wrapper that a libc might
 * put between. Returns what the kernel returned, -errno on failure.
 */
UNUSED static inline __attribute__((always_inline)) long raw_syscall(long number, long a, long b,
								     long c, long d, long e, long f)
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

/* Installs a handler with flags and an empty mask. */
UNUSED static void check_handler(int sig, void (*fn)(int, siginfo_t *, void *), int flags)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = fn;
	sa.sa_flags = SA_SIGINFO | flags;
	sigemptyset(&sa.sa_mask);
	if (sigaction(sig, &sa, NULL) != 0)
		check_fail(__FILE__, __LINE__, "sigaction(%d): errno %d", sig, errno);
}

UNUSED static int check_main(const struct check_case *cases, int count, int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : getenv("CASE"), *last = "";
	int ran = 0, failed = 0;

	for (int i = 0; i < count; i++) {
		int limit = cases[i].limit_ms ? cases[i].limit_ms : CHECK_CASE_MS;
		char text[64];
		int status;

		if (only && !strstr(cases[i].name, only))
			continue;
		ran++;
		status = check_run(cases[i].run, limit);
		if (status == 0)
			continue;
		failed++;
		last = cases[i].name;
		check_print("case %s: %s", last, check_describe(status, text, sizeof(text)));
	}
	if (failed)
		check_print("%d of %d cases failed, last %s", failed, ran, last);
	else
		check_print("%d cases passed", ran);
	return failed || !ran ? 1 : 0;
}
#define CHECK_MAIN(cases, argc, argv) check_main((cases), COUNT(cases), (argc), (argv))

#endif
