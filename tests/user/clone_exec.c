/* SPDX-License-Identifier: MIT */
/*
 * exec in a process with threads: from any of them, at the same time from two, against exit_group
 * and clone, while the others sleep in every kind of call. The process keeps its number, the one
 * thread that is left gets it, the others are gone, and what they held is told to whoever waits.
 */
#include "threads.h"

#include <poll.h>

#define CROWD 4

static struct thread threads[CROWD + 1], worker;
static char *program;
static int fds[2];
static _Atomic int started, zero;

/* Becomes this program's part NAME. */
static void become(const char *part)
{
	char number[16];
	char *argv[] = {program, (char *)part, number, NULL}, *envp[] = {NULL};

	snprintf(number, sizeof(number), "%d", (int)raw_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0));
	raw_syscall(SYS_execve, (long)program, (long)argv, (long)envp, 0, 0, 0);
	/* It failed: another thread was quicker, and this one is about to end. */
	for (;;)
		sleep_ms_raw(1000);
}

/* The part: alone, and the first thread, with the old number. */
static int part_alone(int number)
{
	struct stat st;

	CHECK_EQ(getpid(), number);
	CHECK_EQ(gettid_raw(), number);
	CHECK_OK(stat("/proc/self/task", &st));
	CHECK_EQ(st.st_nlink, 3);
	CHECK_EQ(tgkill_raw(number, number, 0), 0);
	return check_failures ? 1 : 42;
}

static void exec_from_thread(void *unused)
{
	become("part_alone");
}

/* What threads may be doing when another calls exec. */
static void do_compute(void *unused)
{
	for (;;)
		;
}

static void do_futex(void *unused)
{
	futex(&zero, FUTEX_WAIT_OP, 0, 0, NULL, 0);
}

static void do_read(void *unused)
{
	char c;

	raw_syscall(SYS_read, fds[0], (long)&c, 1, 0, 0, 0);
}

static void do_sleep(void *unused)
{
	sleep_ms_raw(1000000);
}

static void do_poll(void *unused)
{
	struct pollfd p = {fds[0], POLLIN, 0};

	raw_syscall(SYS_poll, (long)&p, 1, -1, 0, 0, 0);
}

static void do_wait(void *unused)
{
	raw_syscall(SYS_wait4, -1, 0, 0, 0, 0, 0);
}

static void do_pause(void *unused)
{
	raw_syscall(SYS_pause, 0, 0, 0, 0, 0, 0);
}

static void do_sigwait(void *unused)
{
	unsigned long set = 1UL << (SIGUSR2 - 1);

	raw_syscall(SYS_rt_sigtimedwait, (long)&set, 0, 0, 8, 0, 0);
}

/* In a child: until the new program, which holds the pipe's other end, has ended. */
static void outlive_it(void *unused)
{
	raw_syscall(SYS_close, fds[1], 0, 0, 0, 0, 0);
	do_read(NULL);
	raw_syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}

static char vfork_stack[4 * CHECK_PAGE] __attribute__((aligned(16)));

static void do_vfork(void *unused)
{
	clone_call(T_VM | T_VFORK | SIGCHLD, vfork_stack + sizeof(vfork_stack), outlive_it, NULL,
		   NULL, NULL, NULL);
}

static const struct {
	const char *name;
	void (*run)(void *unused);
	int sleeps;
} doings[] = {
	{"compute", do_compute, 0}, {"futex", do_futex, 1},     {"read", do_read, 1},
	{"sleep", do_sleep, 1},     {"poll", do_poll, 1},       {"wait", do_wait, 1},
	{"pause", do_pause, 1},     {"sigwait", do_sigwait, 1}, {"vfork", do_vfork, 1},
};

/* In a child: a crowd at `doing`, then exec from a further thread or from the first. */
static void crowd_and_exec(int doing, int from_first)
{
	CHECK_OK(pipe(fds));
	if (doings[doing].run == do_wait && fork() == 0)
		outlive_it(NULL); /* somebody to wait for */
	for (int i = 0; i < CROWD; i++) {
		thread_start(&threads[i], doings[doing].run, NULL);
		if (doings[doing].sleeps && !(i > 0 && doings[doing].run == do_vfork))
			thread_await_asleep(getpid(), threads[i].tid);
		if (doings[doing].run == do_vfork)
			break; /* they would share the child's stack */
	}
	if (from_first)
		become("part_alone");
	thread_start(&worker, exec_from_thread, NULL);
	for (;;)
		sleep_ms_raw(1000);
}

static void while_others(int from_first)
{
	for (size_t i = 0; i < COUNT(doings); i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0)
			crowd_and_exec((int)i, from_first);
		status = check_wait(pid, 10000);
		if (status != 42 << 8)
			check_fail(__FILE__, __LINE__, "others at %s: wait status 0x%x",
				   doings[i].name, status);
	}
	while (waitpid(-1, NULL, 0) > 0) /* the vfork children */
		;
}

static void from_the_first(void)
{
	while_others(1);
}

static void from_another(void)
{
	while_others(0);
}

/* ---- At the same time ---- */

static void wait_for_all(int n)
{
	atomic_fetch_add(&started, 1);
	while (atomic_load(&started) < n)
		raw_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

static void exec_together(void *unused)
{
	wait_for_all(CROWD);
	become("part_alone");
}

static void exit_together(void *unused)
{
	wait_for_all(CROWD);
	raw_syscall(SYS_exit_group, 7, 0, 0, 0, 0, 0);
}

static void start_for_ever(void *unused)
{
	wait_for_all(CROWD);
	for (;;) {
		struct thread *fresh = &threads[CROWD];

		/* Several on one stack, and none lives long: they only have to exist. */
		clone_call((T_ALL & ~T_CHILD_CLEARTID) & ~T_PARENT_SETTID,
			   fresh->stack + fresh->stack_size, do_pause, NULL, NULL, NULL, NULL);
		sleep_ms_raw(0);
	}
}

static void together(void (*first)(void *), void (*others)(void *))
{
	thread_stack(&threads[CROWD], THREAD_STACK);
	thread_start(&threads[0], first, NULL);
	for (int i = 1; i < CROWD; i++)
		thread_start(&threads[i], others, NULL);
	for (;;)
		sleep_ms_raw(1000);
}

static int race(void (*first)(void *), void (*others)(void *))
{
	pid_t pid = fork();

	if (pid == 0)
		together(first, others);
	return check_wait(pid, 10000);
}

#define RACES 15

/* One of them wins, the others end. */
static void two_execs(void)
{
	for (int i = 0; i < RACES; i++)
		CHECK_EXITED(race(exec_together, exec_together), 42);
}

/* Either the new program runs or the process ends as it was told. */
static void exec_and_exit(void)
{
	for (int i = 0; i < RACES; i++) {
		int status = race(exec_together, exit_together);

		CHECK(status == 42 << 8 || status == 7 << 8);
	}
}

/* A thread that is made while exec ends all others does not escape. */
static void exec_and_clone(void)
{
	for (int i = 0; i < RACES; i++)
		CHECK_EXITED(race(exec_together, start_for_ever), 42);
}

static void exit_and_clone(void)
{
	for (int i = 0; i < RACES; i++)
		CHECK_EXITED(race(exit_together, start_for_ever), 7);
}

/* A signal that kills ends exec and all. */
static void exec_and_kill(void)
{
	for (int i = 0; i < RACES; i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0)
			together(exec_together, exec_together);
		check_sleep_ms(i % 4);
		kill(pid, SIGKILL);
		status = check_wait(pid, 10000);
		CHECK(status == SIGKILL || status == 42 << 8);
	}
}

/* ---- While another thread shares the descriptors ---- */

#define KEPT 30 /* closes on exec */
#define TOLD 31 /* a pipe's end, with which the new program says that it runs */

struct round {
	_Atomic int in_time;   /* the slice was over before exec had all others end */
	_Atomic int kept_lost; /* KEPT was closed in the process that shares it */
};
static struct round *this_round;
static _Atomic int slices, in_exec;

static void look_after_exec(void *unused)
{
	char c;

	raw_syscall(SYS_read, fds[0], (long)&c, 1, 0, 0, 0);
	this_round->kept_lost = raw_syscall(SYS_fcntl, KEPT, F_GETFD, 0, 0, 0, 0) < 0;
}

/* Its turn comes when the slice of the thread in exec is over. */
static void share_during_exec(void *unused)
{
	for (; !in_exec; slices++)
		raw_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
	this_round->in_time = clone_call(T_VM | T_FILES | SIGCHLD,
					 vfork_stack + sizeof(vfork_stack), look_after_exec, NULL,
					 NULL, NULL, NULL) > 0;
	do_pause(NULL);
}

/* Calls exec so many turns of an empty loop after the begin of a slice. */
static void exec_after(long turns)
{
	unsigned long first_cpu = 1;
	int slice;

	CHECK_OK(pipe(fds));
	CHECK_EQ(dup2(fds[1], TOLD), TOLD);
	CHECK_EQ(dup3(fds[0], KEPT, O_CLOEXEC), KEPT);
	CHECK_EQ(raw_syscall(SYS_sched_setaffinity, 0, sizeof(first_cpu), (long)&first_cpu, 0, 0,
			     0),
		 0);
	thread_start(&worker, share_during_exec, NULL);
	raw_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
	slice = slices;
	for (volatile long i = 0; i < turns && slices == slice; i++)
		;
	this_round->in_time = slices != slice;
	in_exec = 1;
	become("part_telling");
}

static int part_telling(void)
{
	CHECK_EQ(write(TOLD, "x", 1), 1);
	while (wait(NULL) > 0) /* the process that looks, if there is one */
		;
	return check_failures ? 1 : 42;
}

static void exec_in_a_child(long turns)
{
	pid_t pid;

	this_round->in_time = this_round->kept_lost = 0;
	pid = fork();
	if (pid == 0)
		exec_after(turns);
	CHECK_EXITED(check_wait(pid, 10000), 42);
	CHECK_EQ(this_round->kept_lost, 0);
}

/* Did the other thread come before exec had it end? */
static int in_time_after(long turns)
{
	/* So that each round finds free memory as the one before: how long exec takes depends on
	 * it. */
	exec_in_a_child(0);
	exec_in_a_child(turns);
	return this_round->in_time;
}

/* What exec closes it closes for itself, though another thread shares the table with a new process
 * at the last moment: just before exec has all others end. That moment is found by halving; then we
 * go to and fro around it. */
static void closes_for_itself_alone(void)
{
	long too_late = 0, in_time = 1024, turns;

	this_round = check_shared(sizeof(*this_round));
	while (!in_time_after(in_time))
		in_time *= 2;
	turns = in_time;
	while (in_time - too_late > 1) {
		turns = (in_time + too_late) / 2;
		if (in_time_after(turns))
			in_time = turns;
		else
			too_late = turns;
	}
	for (int i = 0; i < 40; i++)
		turns += (1L << i % 8) * (in_time_after(turns) ? -1 : 1);
	check_print("the last moment: after %ld turns", turns);
}

/* ---- What is told ---- */

/* An exec that fails leaves every thread as it was. */
static void exec_that_fails(void)
{
	char *argv[] = {NULL};

	thread_start(&threads[0], do_futex, NULL);
	thread_await_asleep(getpid(), threads[0].tid);
	CHECK_EQ(raw_syscall(SYS_execve, (long)"/no/such/file", (long)argv, (long)argv, 0, 0, 0),
		 -ENOENT);
	CHECK_EQ(raw_syscall(SYS_execve, (long)"/proc/self/maps", (long)argv, (long)argv, 0, 0, 0),
		 -EACCES);
	CHECK_EQ(futex(&zero, FUTEX_WAKE_COUNT, 1, 0, NULL, 0), 1);
	thread_join(&threads[0]);
}

/* A child that shares the memory: its exec clears the word, and wakes who waits for it. */
static void exec_in_child(void *unused)
{
	int parent = (int)raw_syscall(SYS_getppid, 0, 0, 0, 0, 0, 0);

	thread_await_asleep(parent, parent); /* with its library, which it does not use meanwhile */
	become("part_alone");
}

static void clears_the_word(void)
{
	static _Atomic int word = 1;
	int status;
	long pid = clone_call(T_VM | T_CHILD_CLEARTID | SIGCHLD, vfork_stack + sizeof(vfork_stack),
			      exec_in_child, NULL, NULL, &word, NULL);

	CHECK(pid > 0);
	while (atomic_load(&word)) {
		long r = futex(&word, FUTEX_WAIT_OP, 1, 0, NULL, 0);

		CHECK(r == 0 ||
		      (r == -EAGAIN && !atomic_load(&word))); /* it was cleared just now */
	}
	CHECK_EQ(waitpid((pid_t)pid, &status, 0), pid);
	CHECK_EXITED(status, 42);
}

/* Pending for the process, the signal is there after exec from another thread; that thread's mask
 * is, too. */
static void exec_masked(void *unused)
{
	unsigned long set = 1UL << (SIGUSR1 - 1);

	raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, (long)&set, 0, 8, 0, 0);
	raw_syscall(SYS_kill, raw_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0), SIGUSR1, 0, 0, 0, 0);
	become("part_masked");
}

static int part_masked(void)
{
	sigset_t set;

	sigpending(&set);
	CHECK(sigismember(&set, SIGUSR1));
	sigprocmask(SIG_BLOCK, NULL, &set);
	CHECK(sigismember(&set, SIGUSR1));
	return check_failures ? 1 : 43;
}

static void keeps_pending_signals(void)
{
	sigset_t set;
	pid_t pid = fork();

	if (pid == 0) {
		sigemptyset(&set);
		sigaddset(&set, SIGUSR1);
		sigprocmask(SIG_BLOCK, &set, NULL);
		thread_start(&worker, exec_masked, NULL);
		for (;;)
			sleep_ms_raw(1000);
	}
	CHECK_EXITED(check_wait(pid, 10000), 43);
}

static const struct check_case cases[] = {
	CASE(from_the_first),
	CASE(from_another),
	CASE(two_execs),
	CASE(exec_and_exit),
	CASE(exec_and_clone),
	CASE(exit_and_clone),
	CASE(exec_and_kill),
	CASE(exec_that_fails),
	CASE(clears_the_word),
	CASE(keeps_pending_signals),
	CASE(closes_for_itself_alone),
};

int main(int argc, char **argv)
{
	program = (char *)"/proc/self/exe";
	if (argc > 2 && strcmp(argv[1], "part_alone") == 0)
		return part_alone(atoi(argv[2]));
	if (argc > 1 && strcmp(argv[1], "part_masked") == 0)
		return part_masked();
	if (argc > 1 && strcmp(argv[1], "part_telling") == 0)
		return part_telling();
	return CHECK_MAIN(cases, argc, argv);
}
