/* SPDX-License-Identifier: MIT */
/* Signals and non-local jumps as libc wraps them. */
#include "check.h"

#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <sys/select.h>
#include <sys/time.h>

static volatile int seen, seen_code, seen_value;
static volatile pid_t seen_pid;

static void on_signal(int number)
{
	seen = number;
}

static void on_siginfo(int number, siginfo_t *info, void *context)
{
	(void)context;
	seen = number;
	seen_code = info->si_code;
	seen_pid = info->si_pid;
	seen_value = info->si_value.sival_int;
}

static void actions(void)
{
	struct sigaction action, old;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_signal;
	action.sa_flags = SA_RESTART | SA_NODEFER;
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGUSR2);
	CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
	CHECK_EQ(sigaction(SIGUSR1, NULL, &old), 0);
	CHECK(old.sa_handler == on_signal);
	CHECK_EQ(old.sa_flags & (SA_RESTART | SA_NODEFER | SA_SIGINFO), SA_RESTART | SA_NODEFER);
	CHECK_EQ(sigismember(&old.sa_mask, SIGUSR2), 1);
	CHECK_EQ(sigismember(&old.sa_mask, SIGUSR1), 0);
	CHECK_EQ(raise(SIGUSR1), 0);
	CHECK_EQ(seen, SIGUSR1);
	CHECK(signal(SIGUSR1, SIG_IGN) == on_signal);
	CHECK(signal(SIGUSR1, SIG_DFL) == SIG_IGN);
	CHECK_ERRNO(sigaction(SIGKILL, &action, NULL), EINVAL);
	CHECK(signal(SIGSTOP, SIG_IGN) == SIG_ERR);
	CHECK_ERRNO(sigaction(99, &action, NULL), EINVAL);
}

static void sets(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (int i = 1; i <= 31; i++) {
		CHECK_EQ(sigismember(&set, i), 0);
		CHECK_EQ(sigaddset(&set, i), 0);
		CHECK_EQ(sigismember(&set, i), 1);
	}
	CHECK_EQ(sigdelset(&set, 9), 0);
	CHECK_EQ(sigismember(&set, 9), 0);
	CHECK_EQ(sigismember(&set, 10), 1);
	sigfillset(&set);
	CHECK_EQ(sigismember(&set, SIGRTMAX), 1);
	CHECK_ERRNO(sigaddset(&set, 0), EINVAL);
	CHECK_ERRNO(sigaddset(&set, 65), EINVAL);
	CHECK_ERRNO(sigismember(&set, -1), EINVAL);
}

static void blocking(void)
{
	sigset_t set, old, pending;

	signal(SIGUSR1, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK_EQ(sigprocmask(SIG_BLOCK, &set, &old), 0);
	CHECK_EQ(kill(getpid(), SIGUSR1), 0);
	CHECK_EQ(seen, 0);
	CHECK_EQ(sigpending(&pending), 0);
	CHECK_EQ(sigismember(&pending, SIGUSR1), 1);
	CHECK_ERRNO(sigsuspend(&old), EINTR);
	CHECK_EQ(seen, SIGUSR1);
	CHECK_EQ(sigprocmask(SIG_BLOCK, NULL, &old), 0);
	CHECK_EQ(sigismember(&old, SIGUSR1), 1);
	CHECK_EQ(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
	CHECK_ERRNO(sigprocmask(77, &set, NULL), EINVAL);
}

static void waiting(void)
{
	struct timespec soon = {0, 1000000};
	siginfo_t info;
	sigset_t set;
	int number = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK_ERRNO(sigtimedwait(&set, &info, &soon), EAGAIN);
	CHECK_EQ(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 77}), 0);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN);
	CHECK_EQ(info.si_code, SI_QUEUE);
	CHECK_EQ(info.si_value.sival_int, 77);
	CHECK_EQ(info.si_pid, getpid());
	raise(SIGUSR1);
	CHECK_EQ(sigwait(&set, &number), 0);
	CHECK_EQ(number, SIGUSR1);
}

static void information(void)
{
	check_handler(SIGUSR1, on_siginfo, 0);
	kill(getpid(), SIGUSR1);
	CHECK_EQ(seen, SIGUSR1);
	CHECK_EQ(seen_code, SI_USER);
	CHECK_EQ(seen_pid, getpid());
	check_handler(SIGUSR2, on_siginfo, 0);
	CHECK_EQ(sigqueue(getpid(), SIGUSR2, (union sigval){.sival_int = 5}), 0);
	CHECK_EQ(seen_code, SI_QUEUE);
	CHECK_EQ(seen_value, 5);
	raise(SIGUSR2);
	CHECK_EQ(seen_code, SI_TKILL);
}

static void timers(void)
{
	struct itimerval timer = {{0, 0}, {0, 5000}}, left;
	sigset_t alarm_only, before;

	signal(SIGALRM, on_signal);
	/* Blocked until we wait for it: it may come before we do. */
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	CHECK_EQ(sigprocmask(SIG_BLOCK, &alarm_only, &before), 0);
	CHECK_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
	CHECK_ERRNO(sigsuspend(&before), EINTR);
	CHECK_EQ(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	CHECK_EQ(seen, SIGALRM);
	CHECK_EQ(alarm(100000), 0);
	CHECK_EQ(getitimer(ITIMER_REAL, &left), 0);
	CHECK_RANGE(left.it_value.tv_sec, 99000, 100000);
	CHECK_RANGE(alarm(0), 99000, 100000);
	/* An interval that is longer than time itself: once, and never again. */
	timer = (struct itimerval){{LONG_MAX, 0}, {0, 1}};
	seen = 0;
	CHECK_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
	while (!seen)
		sched_yield();
	timer = (struct itimerval){{0, 0}, {0, 0}};
	CHECK_EQ(setitimer(ITIMER_REAL, &timer, &left), 0);
	CHECK(left.it_value.tv_sec > 1000000000);
	CHECK_EQ(left.it_interval.tv_sec, INT64_MAX / 1000000000);
}

static jmp_buf plain;
static sigjmp_buf with_mask;

/* Called through a pointer, or the compiler says that this never ends. */
static void (*volatile jump)(jmp_buf, int) = longjmp;

static __attribute__((noinline)) int jump_from_depth(int depth, int value)
{
	if (depth > 0)
		return jump_from_depth(depth - 1, value) + depth;
	jump(plain, value);
	return 0;
}

static void jumps(void)
{
	volatile int rounds = 0;
	volatile double kept = 1.5;
	int value = setjmp(plain);

	CHECK_EQ(value, rounds);
	rounds++;
	if (rounds < 5)
		jump_from_depth(20, rounds);
	CHECK_EQ(rounds, 5);
	CHECK(kept == 1.5);

	rounds = 0;
	value = setjmp(plain);
	if (rounds++ == 0)
		longjmp(plain, 0);
	CHECK_EQ(value, 1); /* never 0 a second time */
}

static void on_segv(int number)
{
	(void)number;
	siglongjmp(with_mask, 9);
}

static void jump_out_of_handler(void)
{
	int *volatile nowhere = NULL;
	sigset_t mask;

	signal(SIGSEGV, on_segv);
	for (volatile int i = 0; i < 3; i++) {
		/* The mask is put back too, or the second fault would kill. */
		if (sigsetjmp(with_mask, 1) == 0) {
			*(volatile int *)nowhere = 1;
			CHECK(!"the fault was not seen");
		}
		sigprocmask(SIG_BLOCK, NULL, &mask);
		CHECK_EQ(sigismember(&mask, SIGSEGV), 0);
	}
	if (sigsetjmp(with_mask, 0) == 0)
		raise(SIGSEGV);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	CHECK_EQ(sigismember(&mask, SIGSEGV), 1);
}

static volatile uintptr_t handler_stack;

static void on_other_stack(int number)
{
	seen = number;
	handler_stack = (uintptr_t)__builtin_frame_address(0);
}

static void alternate_stack(void)
{
	static char memory[65536];
	stack_t stack = {.ss_sp = memory, .ss_size = sizeof(memory)}, old;
	struct sigaction action;

	CHECK_EQ(sigaltstack(&stack, NULL), 0);
	memset(&action, 0, sizeof(action));
	action.sa_handler = on_other_stack;
	action.sa_flags = SA_ONSTACK;
	CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
	raise(SIGUSR1);
	CHECK_EQ(seen, SIGUSR1);
	CHECK(handler_stack >= (uintptr_t)memory &&
	      handler_stack < (uintptr_t)memory + sizeof(memory));
	CHECK_EQ(sigaltstack(NULL, &old), 0);
	CHECK((char *)old.ss_sp == memory);
}

/* A system call that a handler without SA_RESTART interrupts fails; with it, it goes on. */
static void interrupted_calls(void)
{
	struct itimerval timer = {{0, 20000}, {0, 20000}};
	struct sigaction action;
	int fds[2];
	char c;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_signal;
	CHECK_EQ(pipe(fds), 0);
	CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0);
	setitimer(ITIMER_REAL, &timer, NULL);
	CHECK_ERRNO(read(fds[0], &c, 1), EINTR);
	signal(SIGALRM, on_signal); /* restarts */
	if (fork() == 0) {
		check_sleep_ms(100);
		CHECK_EQ(write(fds[1], "x", 1), 1);
		_exit(0);
	}
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_EQ(c, 'x');
}

static void waiting_for_descriptors(void)
{
	struct timespec none = {0, 0}, soon = {0, 1000000};
	struct timeval soon_too = {0, 1000};
	struct pollfd p;
	fd_set set;
	int fds[2];

	CHECK_EQ(pipe(fds), 0);
	p = (struct pollfd){.fd = fds[0], .events = POLLIN};
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_EQ(ppoll(&p, 1, &soon, NULL), 0);
	CHECK_EQ(soon.tv_nsec, 1000000); /* not changed */
	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	CHECK_EQ(select(fds[0] + 1, &set, NULL, NULL, &soon_too), 0);
	CHECK(!FD_ISSET(fds[0], &set));
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(poll(&p, 1, -1), 1);
	CHECK_EQ(p.revents, POLLIN);
	FD_SET(fds[0], &set);
	CHECK_EQ(pselect(fds[0] + 1, &set, NULL, NULL, &none, NULL), 1);
	CHECK(FD_ISSET(fds[0], &set));
	FD_CLR(fds[0], &set);
	CHECK(!FD_ISSET(fds[0], &set));
}

static const struct check_case cases[] = {
	CASE(actions),
	CASE(sets),
	CASE(blocking),
	CASE(waiting),
	CASE(information),
	CASE(timers),
	CASE(jumps),
	CASE(jump_out_of_handler),
	CASE(alternate_stack),
	CASE(interrupted_calls),
	CASE(waiting_for_descriptors),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
