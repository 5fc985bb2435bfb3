/* SPDX-License-Identifier: MIT */
/*
 * Waiting for children: wait4 and waitid and their options, whom they wait for, what they say of
 * exits, deaths, stops and continuations, zombies, and the resources that a child used.
 */
#include "check.h"

#include <sys/resource.h>
#include <sys/time.h>

static pid_t exits_with(int code)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(code);
	return pid;
}

static pid_t sleeps(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void statuses(void)
{
	int status;
	pid_t pid = exits_with(0x1234);

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0x3400);
	pid = sleeps();
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_EQ(wait(&status), pid);
	CHECK_EQ(status, SIGKILL);
	CHECK_ERRNO(wait(&status), ECHILD);
	pid = exits_with(1);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	CHECK_ERRNO(waitpid(pid, NULL, 0), ECHILD);
	CHECK_ERRNO(waitpid(1, NULL, WNOHANG), ECHILD);
	CHECK_ERRNO(waitpid(getpid(), NULL, 0), ECHILD);
	CHECK_ERRNO(waitpid(-1, &status, 0x1000), EINVAL);
}

static void no_hang(void)
{
	pid_t pid = sleeps();
	int status = 77;

	CHECK_EQ(waitpid(-1, &status, WNOHANG), 0);
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	CHECK_EQ(status, 77);
	CHECK_OK(kill(pid, SIGTERM));
	check_await_state(pid, 'Z');
	CHECK_EQ(waitpid(pid, &status, WNOHANG), pid);
	CHECK_EQ(status, SIGTERM);
}

/* A zombie stays until it is waited for: it can be signalled, and its number is not given away. */
static void zombies(void)
{
	pid_t pid = exits_with(3);

	check_await_state(pid, 'Z');
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_EQ(getpgid(pid), getpgid(0));
	for (int i = 0; i < 50; i++) {
		pid_t other = exits_with(0);

		CHECK(other != pid);
		CHECK_EQ(waitpid(other, NULL, 0), other);
	}
	CHECK_EXITED(check_wait(pid, 1000), 3);
	CHECK_ERRNO(kill(pid, 0), ESRCH);
}

/* Each of many is reported once, by whatever way it is asked for. */
static void many(void)
{
	enum { N = 40 };
	pid_t pids[N];
	int seen = 0, status;

	for (int i = 0; i < N; i++)
		pids[i] = exits_with(i);
	for (int i = 0; i < N; i += 2) {
		CHECK_EQ(waitpid(pids[i], &status, 0), pids[i]);
		CHECK_EXITED(status, i);
	}
	for (;;) {
		pid_t pid = wait(&status);
		int i;

		if (pid < 0)
			break;
		for (i = 1; i < N && pids[i] != pid; i += 2)
			;
		CHECK(i < N);
		CHECK_EXITED(status, i);
		seen++;
	}
	CHECK_EQ(errno, ECHILD);
	CHECK_EQ(seen, N / 2);
}

static void by_group(void)
{
	pid_t a = sleeps(), b = sleeps(), c = sleeps();
	int status;

	CHECK_OK(setpgid(a, a));
	CHECK_OK(setpgid(b, a));
	CHECK_OK(kill(c, SIGKILL));
	check_await_state(c, 'Z');
	CHECK_EQ(waitpid(-a, &status, WNOHANG), 0);
	CHECK_OK(kill(b, SIGTERM));
	CHECK_EQ(waitpid(-a, &status, 0), b);
	CHECK_EQ(waitpid(0, &status, 0), c);
	CHECK_ERRNO(waitpid(0, &status, 0), ECHILD);
	CHECK_ERRNO(waitpid(-c, &status, 0), ECHILD);
	CHECK_OK(kill(a, SIGKILL));
	CHECK_EQ(waitpid(-a, &status, 0), a);
}

static void stops(void)
{
	pid_t pid = sleeps();
	int status;

	CHECK_OK(kill(pid, SIGSTOP));
	check_await_state(pid, 'T');
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK_EQ(status, SIGSTOP << 8 | 0x7f);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
	CHECK_EQ(waitpid(pid, &status, WCONTINUED | WNOHANG), 0);
	CHECK_OK(kill(pid, SIGCONT));
	CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
	CHECK_EQ(status, 0xffff);
	CHECK(WIFCONTINUED(status) && !WIFEXITED(status) && !WIFSIGNALED(status));
	CHECK_EQ(waitpid(pid, &status, WCONTINUED | WNOHANG), 0);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_EQ(waitpid(pid, &status, WUNTRACED | WCONTINUED), pid);
	CHECK_EQ(status, SIGKILL);
}

static void with_siginfo(void)
{
	pid_t pid = exits_with(9);
	siginfo_t info;

	memset(&info, 0xff, sizeof(info));
	CHECK_OK(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	CHECK_EQ(info.si_pid, pid);
	CHECK_EQ(info.si_signo, SIGCHLD);
	CHECK_EQ(info.si_code, CLD_EXITED);
	CHECK_EQ(info.si_status, 9);
	CHECK_OK(waitid(P_ALL, 0, &info, WEXITED));
	CHECK_EQ(info.si_pid, pid);
	CHECK_ERRNO(waitid(P_ALL, 0, &info, WEXITED), ECHILD);
	pid = sleeps();
	memset(&info, 0xff, sizeof(info));
	CHECK_OK(waitid(P_PID, pid, &info, WEXITED | WSTOPPED | WNOHANG));
	CHECK_EQ(info.si_pid, 0);
	CHECK_EQ(info.si_signo, 0);
	CHECK_OK(kill(pid, SIGSTOP));
	CHECK_OK(waitid(P_PID, pid, &info, WSTOPPED));
	CHECK_EQ(info.si_code, CLD_STOPPED);
	CHECK_EQ(info.si_status, SIGSTOP);
	CHECK_OK(kill(pid, SIGCONT));
	CHECK_OK(waitid(P_PGID, getpgid(0), &info, WCONTINUED));
	CHECK_EQ(info.si_code, CLD_CONTINUED);
	CHECK_OK(kill(pid, SIGABRT));
	CHECK_OK(waitid(P_ALL, 0, &info, WEXITED));
	CHECK(info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED);
	CHECK_EQ(info.si_status, SIGABRT);
	CHECK_ERRNO(waitid(P_ALL, 0, &info, 0), EINVAL);
	CHECK_ERRNO(waitid((idtype_t)9, 0, &info, WEXITED), EINVAL);
}

/* Only the parent may wait; a grandchild is nobody's business until its parent is gone. */
static void whose_child(void)
{
	int fds[2], status;
	pid_t pid, grandchild;

	CHECK_OK(pipe(fds));
	pid = fork();
	if (pid == 0) {
		grandchild = sleeps();
		_exit(write(fds[1], &grandchild, sizeof(grandchild)) != sizeof(grandchild));
	}
	CHECK_EQ(read(fds[0], &grandchild, sizeof(grandchild)), sizeof(grandchild));
	CHECK_ERRNO(waitpid(grandchild, &status, 0), ECHILD);
	CHECK_EXITED(check_wait(pid, 5000), 0);
	CHECK_ERRNO(waitpid(grandchild, &status, 0), ECHILD);
	CHECK_OK(kill(grandchild, SIGKILL));
}

/* The waiter sleeps before the child ends, and after; between, many children end at one moment. */
static void races(void)
{
	int status, rounds = check_env("ROUNDS", 60);

	for (int i = 0; i < rounds; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			for (int spin = 0; spin < i * 50; spin++)
				__asm__ volatile("" : : : "memory");
			_exit(i & 127);
		}
		if (i & 1)
			sched_yield();
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EXITED(status, i & 127);
	}
}

static void burn(int ms)
{
	struct timespec t;
	long long start, now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	start = t.tv_sec * 1000000000LL + t.tv_nsec;
	do {
		for (volatile int i = 0; i < 10000; i++)
			;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
		now = t.tv_sec * 1000000000LL + t.tv_nsec;
	} while (now - start < ms * 1000000LL);
}

static long usage_ms(const struct rusage *u)
{
	return u->ru_utime.tv_sec * 1000 + u->ru_utime.tv_usec / 1000 + u->ru_stime.tv_sec * 1000 +
	       u->ru_stime.tv_usec / 1000;
}

static void resources(void)
{
	struct rusage before, child, after;
	int status;
	pid_t pid;

	CHECK_OK(getrusage(RUSAGE_CHILDREN, &before));
	pid = fork();
	if (pid == 0) {
		burn(100);
		_exit(0);
	}
	memset(&child, 0xff, sizeof(child));
	CHECK_EQ(wait4(pid, &status, 0, &child), pid);
	CHECK_RANGE(usage_ms(&child), 90, 100000);
	CHECK_OK(getrusage(RUSAGE_CHILDREN, &after));
	CHECK_RANGE(usage_ms(&after) - usage_ms(&before), 90, 100000);
	CHECK_OK(getrusage(RUSAGE_SELF, &before));
	burn(50);
	CHECK_OK(getrusage(RUSAGE_SELF, &after));
	CHECK_RANGE(usage_ms(&after) - usage_ms(&before), 40, 100000);
	CHECK_ERRNO(getrusage(77, &after), EINVAL);
}

/* Each page that is touched for the first time is a fault, of the process and then of its parent's
 * children. (Linux may fill several at once where they lie in a huge page: not with MAP_SHARED.) */
static void faults(void)
{
	enum { PAGES = 64 };
	struct rusage before, after, child;
	int status;

	CHECK_OK(getrusage(RUSAGE_SELF, &before));
	char *shared = check_shared(PAGES * CHECK_PAGE);
	for (int i = 0; i < PAGES; i++)
		shared[i * CHECK_PAGE] = 1;
	CHECK_OK(getrusage(RUSAGE_SELF, &after));
	CHECK_RANGE(after.ru_minflt - before.ru_minflt, PAGES, 4 * PAGES);
	CHECK_EQ(after.ru_majflt, before.ru_majflt);
	CHECK_OK(getrusage(RUSAGE_CHILDREN, &before));
	pid_t pid = fork();
	if (pid == 0) {
		char *own = check_shared(PAGES * CHECK_PAGE);

		for (int i = 0; i < PAGES; i++)
			own[i * CHECK_PAGE] = 1;
		_exit(0);
	}
	CHECK_EQ(wait4(pid, &status, 0, &child), pid);
	CHECK(child.ru_minflt >= PAGES);
	CHECK_OK(getrusage(RUSAGE_CHILDREN, &after));
	CHECK_EQ(after.ru_minflt - before.ru_minflt, child.ru_minflt);
}

static const struct check_case cases[] = {
	CASE(faults),      CASE(statuses), CASE(no_hang),   CASE(zombies),
	CASE(many),        CASE(by_group), CASE(stops),     CASE(with_siginfo),
	CASE(whose_child), CASE(races),    CASE(resources),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
