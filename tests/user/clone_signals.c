/* SPDX-License-Identifier: MIT */
/*
 * Signals in a process with threads: masks of their own, signals for one thread and for any,
 * sigtimedwait by several, stops and continues that hold all, and what a thread that ends leaves.
 */
#include "threads.h"

#define CROWD 4

static struct thread threads[CROWD];
static _Atomic int handled, taker, ready, stop, results[CROWD];

static void mask_raw(int how, int sig)
{
	unsigned long set = 1UL << (sig - 1);

	raw_syscall(SYS_rt_sigprocmask, how, (long)&set, 0, 8, 0, 0);
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
	atomic_store(&taker, gettid_raw());
	atomic_fetch_add(&handled, 1);
}

static void wait_for_stop(void *argument)
{
	if (argument)
		mask_raw(SIG_BLOCK, SIGUSR1);
	atomic_fetch_add(&ready, 1);
	while (!atomic_load(&stop))
		futex(&stop, FUTEX_WAIT_OP, 0, 0, NULL, 0);
}

static void end_all(int n)
{
	atomic_store(&stop, 1);
	futex(&stop, FUTEX_WAKE_COUNT, 99, 0, NULL, 0);
	for (int i = 0; i < n; i++)
		thread_join(&threads[i]);
}

/* A thread's mask is its own, and begins as its maker's. */
static void inherit(void *unused)
{
	unsigned long set = 0;

	raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, 0, (long)&set, 8, 0, 0);
	atomic_store(&results[0], (set & 1UL << (SIGUSR1 - 1)) != 0);
	mask_raw(SIG_UNBLOCK, SIGUSR1);
	mask_raw(SIG_BLOCK, SIGUSR2);
}

static void own_masks(void)
{
	sigset_t set;

	mask_raw(SIG_BLOCK, SIGUSR1);
	thread_start(&threads[0], inherit, NULL);
	thread_join(&threads[0]);
	CHECK_EQ(results[0], 1);
	sigprocmask(SIG_BLOCK, NULL, &set);
	CHECK(sigismember(&set, SIGUSR1) && !sigismember(&set, SIGUSR2));
}

/* tgkill reaches the thread it names, and nobody else. */
static void for_one_thread(void)
{
	check_handler(SIGUSR1, on_signal, SA_RESTART);
	for (int i = 0; i < CROWD; i++)
		thread_start(&threads[i], wait_for_stop, NULL);
	CHECK_EQ(await_value(&ready, CROWD), 0);
	for (int i = 0; i < CROWD; i++) {
		CHECK_EQ(tgkill_raw(getpid(), threads[i].tid, SIGUSR1), 0);
		CHECK_EQ(await_value(&handled, i + 1), 0);
		CHECK_EQ(taker, threads[i].tid);
	}
	CHECK_EQ(tgkill_raw(getpid() + 1, threads[0].tid, SIGUSR1), -ESRCH);
	CHECK_EQ(tgkill_raw(getpid(), threads[0].tid, 65), -EINVAL);
	CHECK_EQ(tgkill_raw(getpid(), -1, SIGUSR1), -EINVAL);
	CHECK_EQ(tgkill_raw(getpid(), threads[0].tid, 0), 0);
	CHECK_EQ(raw_syscall(SYS_tkill, threads[1].tid, SIGUSR1, 0, 0, 0, 0), 0);
	CHECK_EQ(await_value(&handled, CROWD + 1), 0);
	CHECK_EQ(taker, threads[1].tid);
	end_all(CROWD);
	CHECK_EQ(handled, CROWD + 1);
}

/* One for the process is taken by the one thread that lets it in, wherever that hangs. */
static void for_any_thread(void)
{
	check_handler(SIGUSR1, on_signal, SA_RESTART);
	mask_raw(SIG_BLOCK, SIGUSR1);
	for (int i = 0; i < CROWD; i++)
		thread_start(&threads[i], wait_for_stop, (void *)1L);
	CHECK_EQ(await_value(&ready, CROWD), 0);
	CHECK_OK(kill(getpid(), SIGUSR1));
	sleep_ms_raw(10);
	CHECK_EQ(handled, 0); /* pending: all block it */
	end_all(CROWD);
	atomic_store(&stop, 0);
	atomic_store(&ready, 0);

	/* Whoever lets it in takes it, though it came before. */
	mask_raw(SIG_UNBLOCK, SIGUSR1);
	CHECK_EQ(handled, 1);
	CHECK_EQ(taker, getpid());
	thread_start(&threads[0], wait_for_stop, NULL);
	CHECK_EQ(await_value(&ready, 1), 0);
	mask_raw(SIG_BLOCK, SIGUSR1);
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_EQ(await_value(&handled, 2), 0);
	CHECK_EQ(taker, threads[0].tid);
	end_all(1);
}

/* Chosen for a thread that then blocks it or ends: another takes it. */
static void come_and_go(void *unused)
{
	while (!atomic_load(&stop)) {
		mask_raw(SIG_UNBLOCK, SIGUSR1);
		mask_raw(SIG_BLOCK, SIGUSR1);
	}
}

static void none_is_lost(void)
{
	check_handler(SIGUSR1, on_signal, 0);
	mask_raw(SIG_BLOCK, SIGUSR1);
	for (int i = 0; i < CROWD; i++)
		thread_start(&threads[i], come_and_go, NULL);
	for (int i = 0; i < 100; i++) {
		CHECK_OK(kill(getpid(), SIGUSR1));
		if (await_value(&handled, i + 1) != 0) {
			check_fail(__FILE__, __LINE__, "signal %d was not taken", i);
			break;
		}
	}
	end_all(CROWD);
}

/* Two signals at once, and the handler of the one keeps the other out: that one is for another
 * thread then, which sleeps and must be told. */
static void keep_the_other_out(int sig, siginfo_t *info, void *context)
{
	CHECK_EQ(await_value(&handled, 1), 0);
}

static void blocked_while_chosen(void)
{
	struct sigaction action = {.sa_sigaction = keep_the_other_out,
				   .sa_flags = SA_SIGINFO | SA_RESTART};

	sigaddset(&action.sa_mask, SIGUSR2);
	CHECK_OK(sigaction(SIGUSR1, &action, NULL));
	check_handler(SIGUSR2, on_signal, SA_RESTART);
	for (long i = 0; i < 2; i++) {
		thread_start(&threads[i], wait_for_stop, (void *)i);
		CHECK_EQ(await_value(&ready, (int)i + 1), 0);
		thread_await_asleep(getpid(), threads[i].tid);
	}
	mask_raw(SIG_BLOCK, SIGUSR2);
	CHECK_EQ(tgkill_raw(getpid(), threads[0].tid, SIGUSR1), 0);
	CHECK_OK(kill(getpid(), SIGUSR2));
	CHECK_EQ(await_value(&handled, 1), 0);
	CHECK_EQ(taker, threads[1].tid);
	end_all(2);
}

/* A list of robust locks that leads in a ring: the kernel follows it for long when the thread ends,
 * and in that time the signal comes. */
static struct {
	void *next;
	long offset;
	void *pending;
} ring_head;
static void *ring;
static _Atomic int go;

static void brief_life(void *spins)
{
	raw_syscall(SYS_set_robust_list, (long)&ring_head, sizeof(ring_head), 0, 0, 0, 0);
	while (!atomic_load(&go))
		futex(&go, FUTEX_WAIT_OP, 0, 0, NULL, 0);
	for (volatile long i = (long)spins; i > 0; i--)
		;
}

/* The first thread that would take it is chosen, and ends; the other one sleeps. */
static void ends_while_chosen(void)
{
	ring = &ring;
	ring_head.next = &ring;
	check_handler(SIGUSR1, on_signal, SA_RESTART);
	for (int i = 0; i < 12; i++) {
		atomic_store(&go, 0);
		atomic_store(&stop, 0);
		mask_raw(SIG_UNBLOCK, SIGUSR1);
		thread_start(&threads[1], brief_life, (void *)(i * 40000L));
		thread_start(&threads[0], wait_for_stop, NULL);
		CHECK_EQ(await_value(&ready, i + 1), 0);
		thread_await_asleep(getpid(), threads[0].tid);
		mask_raw(SIG_BLOCK, SIGUSR1);
		atomic_store(&go, 1);
		futex(&go, FUTEX_WAKE_COUNT, 1, 0, NULL, 0);
		raw_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
		CHECK_OK(kill(getpid(), SIGUSR1));
		CHECK_EQ(await_value(&handled, i + 1), 0);
		thread_join(&threads[1]);
		end_all(1);
	}
}

/* Each signal goes to exactly one of several that wait for it. */
static void wait_for_signal(void *argument)
{
	unsigned long set = 1UL << (SIGUSR1 - 1) | 1UL << (SIGTERM - 1);

	for (;;) {
		long sig = raw_syscall(SYS_rt_sigtimedwait, (long)&set, 0, 0, 8, 0, 0);

		if (sig == SIGTERM)
			return;
		if (sig == SIGUSR1)
			atomic_fetch_add(&handled, 1);
	}
}

static void several_wait(void)
{
	mask_raw(SIG_BLOCK, SIGUSR1);
	mask_raw(SIG_BLOCK, SIGTERM);
	for (int i = 0; i < CROWD; i++)
		thread_start(&threads[i], wait_for_signal, NULL);
	for (int i = 0; i < 200; i++) {
		CHECK_OK(kill(getpid(), SIGUSR1));
		if (await_value(&handled, i + 1) != 0) {
			check_fail(__FILE__, __LINE__, "signal %d was not taken", i);
			break;
		}
	}
	for (int i = 0; i < CROWD; i++) /* one each, for the thread itself */
		CHECK_EQ(tgkill_raw(getpid(), threads[i].tid, SIGTERM), 0);
	for (int i = 0; i < CROWD; i++)
		thread_join(&threads[i]);
	CHECK_EQ(handled, 200);
}

/* A default action is the whole process's, whichever thread takes the signal. */
static void take_term(void *unused)
{
	tgkill_raw(getpid(), gettid_raw(), SIGTERM);
	sleep_ms_raw(1000000);
}

static void killed_by_one(void)
{
	thread_start(&threads[0], wait_for_stop, NULL);
	thread_start(&threads[1], take_term, NULL);
	sleep_ms_raw(1000000);
}

static void default_kills_all(void)
{
	CHECK_KILLED(check_run(killed_by_one, 5000), SIGTERM);
}

/* ---- Stopped ---- */

static _Atomic long *work;

static void count_up(void *argument)
{
	for (;;)
		atomic_fetch_add(&work[(long)argument], 1);
}

static void many_that_work(void)
{
	for (long i = 0; i < CROWD; i++)
		thread_start(&threads[i], i < 2 ? count_up : wait_for_stop, (void *)i);
	for (;;)
		sleep_ms_raw(1);
}

static long all_work(void)
{
	return work[0] + work[1];
}

/* Waits until the threads have counted on from `from`. */
static void await_work(long from)
{
	while (all_work() == from)
		check_sleep_ms(1);
}

/* A thread that runs on another CPU is held a moment later. */
static long await_standstill(void)
{
	for (int i = 0; i < 1000; i++) {
		long before = all_work();

		check_sleep_ms(5);
		if (all_work() == before)
			return before;
	}
	check_fail(__FILE__, __LINE__, "threads of a stopped process go on");
	return all_work();
}

static void stop_holds_all(void)
{
	pid_t pid;
	int status;

	work = check_shared(CHECK_PAGE);
	pid = check_fork(many_that_work);
	await_work(0);
	for (int i = 0; i < 20; i++) {
		long before;

		CHECK_OK(kill(pid, i % 2 ? SIGTSTP : SIGSTOP));
		/* SIGTSTP is ignored in a group without a shell: then SIGSTOP does it. */
		if (i % 2)
			CHECK_OK(kill(pid, SIGSTOP));
		CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
		CHECK(WIFSTOPPED(status));
		before = await_standstill();
		CHECK_OK(kill(pid, SIGCONT));
		await_work(before);
		CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
	}
	CHECK_OK(kill(pid, SIGSTOP));
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_KILLED(check_wait(pid, 5000), SIGKILL);
}

static const struct check_case cases[] = {
	CASE(own_masks),
	CASE(for_one_thread),
	CASE(for_any_thread),
	CASE_LIMIT(none_is_lost, 60000),
	CASE(blocked_while_chosen),
	CASE(ends_while_chosen),
	CASE(several_wait),
	CASE(default_kills_all),
	CASE(stop_holds_all),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
