/* SPDX-License-Identifier: MIT */
/*
 * The end of threads and of processes that have several: exit and exit_group, the first thread
 * before the others, crashes, kills in every state, fork and vfork from one of many, and robust
 * locks whose owners die.
 */
#include "threads.h"

#include <poll.h>
#include <stddef.h>

#define CROWD 4
#define TRIES 12

static struct thread threads[CROWD + 1];
static _Atomic int zero, go, seen;
static int fds[2];

static void wait_for_ever(void *unused)
{
	for (;;)
		futex(&zero, FUTEX_WAIT_OP, 0, 0, NULL, 0);
}

static void compute(void *unused)
{
	for (;;)
		;
}

static void wait_in_read(void *unused)
{
	char c;

	raw_syscall(SYS_read, fds[0], (long)&c, 1, 0, 0, 0);
}

static void wait_in_poll(void *unused)
{
	struct pollfd p = {fds[0], POLLIN, 0};

	raw_syscall(SYS_poll, (long)&p, 1, -1, 0, 0, 0);
}

static void wait_in_sleep(void *unused)
{
	sleep_ms_raw(1000000);
}

/* Threads at work in different ways. */
static void start_crowd(void)
{
	static void (*const work[CROWD])(void *) = {wait_for_ever, wait_in_read, wait_in_poll,
						    wait_in_sleep};

	CHECK_OK(pipe(fds));
	for (int i = 0; i < CROWD; i++)
		thread_start(&threads[i], work[i], NULL);
	thread_start(&threads[CROWD], compute, NULL);
}

/* ---- Which status ---- */

static void exit_with_threads(void)
{
	start_crowd();
	_exit(21);
}

static void call_exit_group(void *code)
{
	raw_syscall(SYS_exit_group, (long)code, 0, 0, 0, 0, 0);
}

static void exit_from_a_thread(void)
{
	start_crowd();
	thread_start(&threads[0], call_exit_group, (void *)22);
	sleep_ms_raw(1000000);
}

static void crash(void *unused)
{
	__asm__ volatile("ud2");
}

static void crash_in_a_thread(void)
{
	start_crowd();
	thread_start(&threads[0], crash, NULL);
	thread_join(&threads[0]); /* nobody comes back from here */
	_exit(1);
}

/* Without exit_group the last thread ends the process, whichever it is, with its status. */
static void leave_late(void *unused)
{
	sleep_ms_raw(30);
	thread_exit(99);
}

static void first_leaves_first(void)
{
	thread_start(&threads[0], leave_late, NULL);
	thread_exit(23);
}

static void last_decides(void *unused)
{
	sleep_ms_raw(30);
	raw_syscall(SYS_exit_group, 24, 0, 0, 0, 0, 0);
}

static void first_leaves_then_group(void)
{
	thread_start(&threads[0], last_decides, NULL);
	thread_exit(1);
}

static void statuses(void)
{
	for (int i = 0; i < TRIES; i++) {
		CHECK_EXITED(check_run(exit_with_threads, 5000), 21);
		CHECK_EXITED(check_run(exit_from_a_thread, 5000), 22);
		CHECK_KILLED(check_run(crash_in_a_thread, 5000), SIGILL);
	}
	CHECK_EXITED(check_run(first_leaves_first, 5000), 99);
	CHECK_EXITED(check_run(first_leaves_then_group, 5000), 24);
}

/* ---- The first thread has left ---- */

static void answer(void *unused)
{
	char c;

	while (raw_syscall(SYS_read, fds[0], (long)&c, 1, 0, 0, 0) == 1)
		;
	thread_exit(30);
}

static void leave_one(void)
{
	close(fds[1]);
	check_handler(SIGUSR1, NULL, 0);
	thread_start(&threads[0], answer, NULL);
	thread_exit(31);
}

/* The process is there as before: in /proc, for kill, for wait; a stop and a continue reach it. */
static void without_the_first(void)
{
	char path[64], text[300];
	int status, state, fd, n;
	pid_t pid;

	CHECK_OK(pipe(fds));
	pid = check_fork(leave_one);
	while ((state = thread_state(pid, pid)) != 0 && state != 'Z')
		check_sleep_ms(1);
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	CHECK_OK(kill(pid, 0));
	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	fd = open(path, O_RDONLY);
	n = (int)read(fd, text, sizeof(text));
	close(fd);
	/* On Linux the first thread's ghost has no memory, and so no command line. */
	CHECK(n > 0 || !on_tarae());
	CHECK_OK(kill(pid, SIGSTOP));
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	CHECK_OK(kill(pid, SIGCONT));
	CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
	CHECK(WIFCONTINUED(status));
	close(fds[1]);
	CHECK_EXITED(check_wait(pid, 5000), 30);
	close(fds[0]);
}

static void leave_to_be_killed(void)
{
	thread_start(&threads[0], wait_for_ever, NULL);
	thread_exit(32);
}

static void without_the_first_killed(void)
{
	pid_t pid = check_fork(leave_to_be_killed);

	check_sleep_ms(20);
	CHECK_OK(kill(pid, SIGTERM));
	CHECK_KILLED(check_wait(pid, 5000), SIGTERM);
}

/* ---- Killed, at any moment ---- */

static void live_briefly(void *unused)
{
	sleep_ms_raw(0);
}

static void crowd_that_works(void)
{
	start_crowd();
	/* Threads come and go as well. */
	for (;;) {
		struct thread brief;

		thread_stack(&brief, THREAD_STACK);
		if (thread_try(&brief, live_briefly, NULL) > 0)
			thread_join(&brief);
		else
			munmap(brief.stack, brief.stack_size);
	}
}

static void killed_at_any_moment(void)
{
	static const int signals[] = {SIGKILL, SIGTERM};

	for (int i = 0; i < 2 * TRIES; i++) {
		pid_t pid = check_fork(crowd_that_works);

		check_sleep_ms(i % 7);
		if (i % 3 == 0) {
			kill(pid, SIGSTOP);
			check_sleep_ms(i % 2);
		}
		CHECK_OK(kill(pid, signals[i % 2]));
		if (i % 3 == 0)
			CHECK_OK(kill(pid, SIGCONT));
		CHECK_KILLED(check_wait(pid, 5000), signals[i % 2]);
	}
}

/* ---- fork and vfork ---- */

static void fork_in_thread(void *unused)
{
	pid_t pid = (pid_t)raw_syscall(SYS_fork, 0, 0, 0, 0, 0, 0);
	int status = 0;

	if (pid == 0) {
		/* Alone in the child, and its first thread. */
		struct stat st;
		int alone = stat("/proc/self/task", &st) == 0 && st.st_nlink == 3;

		raw_syscall(SYS_exit_group, alone && gettid_raw() == getpid() ? 41 : 40, 0, 0, 0, 0,
			    0);
	}
	raw_syscall(SYS_wait4, pid, (long)&status, 0, 0, 0, 0);
	atomic_store(&seen, status);
}

static void forks_from_a_thread(void)
{
	start_crowd();
	for (int i = 0; i < TRIES; i++) {
		struct thread forker;

		atomic_store(&seen, 0);
		thread_start(&forker, fork_in_thread, NULL);
		thread_join(&forker);
		CHECK_EQ(seen, 41 << 8);
	}
	_exit(check_failures ? 1 : 0);
}

static char vfork_stack[4 * CHECK_PAGE] __attribute__((aligned(16)));
static _Atomic int released;

static void vforked(void *unused)
{
	atomic_store(&seen, 1);
	while (!atomic_load(&released))
		sleep_ms_raw(1);
	raw_syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}

static void vfork_in_thread(void *unused)
{
	clone_call(T_VM | T_VFORK | SIGCHLD, vfork_stack + sizeof(vfork_stack), vforked, NULL, NULL,
		   NULL, NULL);
	atomic_store(&seen, 2);
}

/* vfork holds the thread that calls it, and no other. */
static void vforks_from_a_thread(void)
{
	int status;

	thread_start(&threads[0], vfork_in_thread, NULL);
	CHECK_EQ(await_value(&seen, 1), 0);
	sleep_ms_raw(10);
	CHECK_EQ(seen, 1);
	atomic_store(&released, 1);
	thread_join(&threads[0]);
	CHECK_EQ(seen, 2);
	CHECK(wait(&status) > 0);
	CHECK_EXITED(status, 0);
}

static void vfork_and_die(void)
{
	thread_start(&threads[0], vfork_in_thread, NULL);
	await_value(&seen, 1);
	raw_syscall(SYS_exit_group, 51, 0, 0, 0, 0, 0);
}

/* The process ends while one of its threads waits for a vfork child, which goes on with the
 * memory. */
static void ends_during_vfork(void)
{
	CHECK_EXITED(check_run(vfork_and_die, 5000), 51);
}

static void forks(void)
{
	CHECK_EXITED(check_run(forks_from_a_thread, 10000), 0);
}

/* ---- Robust locks ---- */

#define OWNER_DIED 0x40000000U
#define WAITERS    0x80000000U

struct lock {
	struct lock *next;
	_Atomic unsigned word;
};

static struct head {
	struct lock *first;
	long offset;
	struct lock *pending;
} head = {NULL, offsetof(struct lock, word), NULL};

static struct lock locks[4];
static _Atomic unsigned *shared_words;
static _Atomic int may_end;

static long set_robust_list_raw(void *list, long size)
{
	return raw_syscall(SYS_set_robust_list, (long)list, size, 0, 0, 0, 0);
}

/* Holds locks 0 and 1 in the list, 2 as the one that it was just taking; 3 is another's. */
static void hold_and_end(void *unused)
{
	unsigned tid = (unsigned)gettid_raw();

	locks[0].word = tid;
	locks[1].word = tid | WAITERS;
	locks[2].word = tid;
	locks[3].word = tid + 1;
	head.first = &locks[0];
	locks[0].next = &locks[3];
	locks[3].next = &locks[1];
	locks[1].next = (struct lock *)&head;
	head.pending = &locks[2];
	set_robust_list_raw(&head, sizeof(head));
	while (!may_end)
		raw_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

/* One look at the word decides and is what the futex compares: a second look could see the death
 * and then sleep on it. */
static void await_owners_death(_Atomic unsigned *word)
{
	unsigned seen_word;

	while (!((seen_word = atomic_load(word)) & OWNER_DIED))
		futex((_Atomic int *)word, FUTEX_WAIT_OP, seen_word, 0, NULL, 0);
}

static void wait_for_dead_owner(void *word)
{
	await_owners_death(word);
}

static void robust(void)
{
	struct thread owner, waiter;
	unsigned tid;

	CHECK_EQ(set_robust_list_raw(&head, 8), -EINVAL);
	thread_start(&owner, hold_and_end, NULL);
	tid = owner.tid;
	while (locks[1].word != (tid | WAITERS)) /* its own doing */
		raw_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
	thread_start(&waiter, wait_for_dead_owner, (void *)&locks[1].word);
	thread_await_asleep(getpid(), waiter.tid);
	may_end = 1;
	thread_join(&waiter);
	thread_join(&owner);
	CHECK_EQ(locks[0].word, OWNER_DIED);
	CHECK_EQ(locks[1].word, WAITERS | OWNER_DIED);
	CHECK_EQ(locks[2].word, OWNER_DIED);
	CHECK_EQ(locks[3].word, tid + 1);
}

/* Lists that lead nowhere, in rings, to other people's memory, or off alignment. */
static void bad_list(void *how)
{
	static struct lock ring;

	head.pending = NULL;
	switch ((long)how) {
	case 0:
		set_robust_list_raw((void *)8, sizeof(head));
		break;
	case 1:
		head.first = (struct lock *)16;
		set_robust_list_raw(&head, sizeof(head));
		break;
	case 2: /* never comes back to its head */
		ring.next = &ring;
		head.first = &ring;
		set_robust_list_raw(&head, sizeof(head));
		break;
	case 3:
		head.first = (struct lock *)((char *)&ring + 1);
		set_robust_list_raw(&head, sizeof(head));
		break;
	case 4: /* words of the kernel's half */
		head.first = &ring;
		ring.next = (struct lock *)&head;
		head.offset = 1L << 63;
		set_robust_list_raw(&head, sizeof(head));
		break;
	default:
		set_robust_list_raw((void *)~0xffffUL, sizeof(head));
		break;
	}
}

static void bad_robust_lists(void)
{
	for (long how = 0; how < 6; how++) {
		struct thread thread;

		head.offset = offsetof(struct lock, word);
		thread_start(&thread, bad_list, (void *)how);
		thread_join(&thread);
	}
}

/* A child holds a lock in shared memory and is killed, or becomes another program. */
static void hold_shared(void)
{
	struct lock *lock = (struct lock *)(void *)shared_words;
	char *argv[] = {(char *)"x", (char *)"no such case", NULL};

	head.first = lock;
	head.pending = NULL;
	lock->next = (struct lock *)&head;
	set_robust_list_raw(&head, sizeof(head));
	lock->word = (unsigned)gettid_raw() | WAITERS;
	sleep_ms_raw(20);
	if (atomic_load(&go))
		raw_syscall(SYS_execve, (long)"/proc/self/exe", (long)argv, (long)(argv + 2), 0, 0,
			    0);
	sleep_ms_raw(1000000);
}

static void robust_between_processes(void)
{
	struct lock *lock = check_shared(CHECK_PAGE);
	int devnull = open("/dev/null", O_WRONLY), out = dup(1);

	shared_words = (void *)lock;
	for (int how = 0; how < 2; how++) {
		pid_t pid;

		atomic_store(&go, how);
		lock->word = 0;
		dup2(devnull, 1); /* what the other program says */
		pid = check_fork(hold_shared);
		dup2(out, 1);
		while (!lock->word)
			check_sleep_ms(1);
		if (!how)
			kill(pid, SIGKILL);
		await_owners_death(&lock->word);
		CHECK_EQ(lock->word, WAITERS | OWNER_DIED);
		check_wait(pid, 5000);
	}
}

static void end_at_once(void *unused)
{
}

static long count_of_threads(void)
{
	int counts = open("/proc/counts", O_RDONLY);
	char text[512], *line;
	ssize_t n = read(counts, text, sizeof(text) - 1);

	close(counts);
	text[n > 0 ? n : 0] = 0;
	line = strstr(text, "threads ");
	return line ? atol(line + strlen("threads ")) : -1;
}

/* Who has been seen to end is not counted any more: the counts wait for such a thread, so that what
 * looks for leaks does not take it for one. */
static void ended_are_not_counted(void)
{
	if (!on_tarae())
		return;
	long before = count_of_threads();
	for (int i = 0; i < 500 && !check_failures; i++) {
		struct thread thread;

		thread_start(&thread, end_at_once, NULL);
		for (int spins = 0; atomic_load(&thread.tid) != 0; spins++)
			if (spins > 1000)
				sched_yield();
		CHECK_EQ(count_of_threads(), before);
		thread_join(&thread);
	}
}

static const struct check_case cases[] = {
	CASE_LIMIT(statuses, 60000),
	CASE(without_the_first),
	CASE(without_the_first_killed),
	CASE_LIMIT(killed_at_any_moment, 60000),
	CASE(forks),
	CASE(vforks_from_a_thread),
	CASE(ends_during_vfork),
	CASE(robust),
	CASE(bad_robust_lists),
	CASE(robust_between_processes),
	CASE(ended_are_not_counted),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
