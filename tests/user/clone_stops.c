/* SPDX-License-Identifier: MIT */
/*
 * Stops and continues at random moments of processes that have threads, fork, vfork and exec: each
 * must go on in the end, or die of the signal that it is sent. TIME_MS makes it longer.
 */
#include "threads.h"

#define VICTIMS 6

static uint64_t random_state;

static unsigned random_below(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 33) % n;
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
}

static char vfork_stack[2][4 * CHECK_PAGE] __attribute__((aligned(16)));

static void exec_self(void *unused)
{
	char *argv[] = {(char *)"x", (char *)"part_exit", NULL}, *envp[] = {NULL};

	raw_syscall(SYS_execve, (long)"/proc/self/exe", (long)argv, (long)envp, 0, 0, 0);
	raw_syscall(SYS_exit_group, 1, 0, 0, 0, 0, 0);
}

static void vfork_and_exec(int slot)
{
	int status = 0;
	long pid = clone_call(T_VM | T_VFORK | SIGCHLD, vfork_stack[slot] + sizeof(vfork_stack[0]),
			      exec_self, NULL, NULL, NULL, NULL);

	if (pid > 0)
		while (raw_syscall(SYS_wait4, pid, (long)&status, 0, 0, 0, 0) == -EINTR)
			;
}

static void be_busy(void *unused)
{
	for (;;) {
		struct timespec t = {0, 100000};

		vfork_and_exec(0);
		raw_syscall(SYS_nanosleep, (long)&t, 0, 0, 0, 0, 0);
	}
}

static void wait_for_signals(void *unused)
{
	unsigned long set = 1UL << (SIGUSR2 - 1);

	for (;;)
		raw_syscall(SYS_rt_sigtimedwait, (long)&set, 0, 0, 8, 0, 0);
}

/* A process that is never at rest. */
static void victim(void)
{
	struct thread threads[2];

	setpgid(0, 0);
	thread_start(&threads[0], be_busy, NULL);
	thread_start(&threads[1], wait_for_signals, NULL);
	for (;;)
		vfork_and_exec(1);
}

static void torment(pid_t pid)
{
	static const int signals[] = {SIGSTOP, SIGTSTP, SIGCONT, SIGUSR1,
				      SIGCONT, SIGTTIN, SIGSTOP};

	for (int i = random_below(4); i >= 0; i--)
		if (kill(random_below(3) ? pid : -pid, signals[random_below(COUNT(signals))]) != 0)
			CHECK_EQ(errno, ESRCH); /* it has no group of its own yet */
}

int main(int argc, char **argv)
{
	uint64_t seed = (uint64_t)check_env("SEED", time(NULL));
	long long end = check_now_us() + check_env("TIME_MS", 1000) * 1000LL;
	pid_t pids[VICTIMS];
	int rounds = 0;

	if (argc > 1 && strcmp(argv[1], "part_exit") == 0)
		return 0;
	check_handler(SIGUSR1, on_signal, 0); /* the victims': one may be signalled at once */
	random_state = (seed + 1) * 0x9e3779b97f4a7c15ULL | 1;
	for (int i = 0; i < VICTIMS; i++)
		pids[i] = check_fork(victim);
	for (; check_now_us() < end && !check_failures; rounds++) {
		int i = (int)random_below(VICTIMS);

		torment(pids[i]);
		if (random_below(50))
			continue;
		/* Its end, in whatever state it is, and another in its place. */
		kill(-pids[i], SIGKILL);
		kill(pids[i], SIGKILL);
		CHECK_KILLED(check_wait(pids[i], 10000), SIGKILL);
		pids[i] = check_fork(victim);
	}
	for (int i = 0; i < VICTIMS; i++) {
		kill(-pids[i], SIGKILL);
		kill(pids[i], SIGKILL);
		CHECK_KILLED(check_wait(pids[i], 10000), SIGKILL);
	}
	check_print("SEED=%llu: %d rounds, %d failures", (unsigned long long)seed, rounds,
		    check_failures);
	return check_failures ? 1 : 0;
}
