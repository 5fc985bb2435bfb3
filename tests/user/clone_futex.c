/* SPDX-License-Identifier: MIT */
/*
 * futex(2): every operation, what it answers, and that no wake-up is lost or goes to the wrong
 * waiter: between threads, between processes, and when memory, masks or processes change meanwhile.
 */
#include "threads.h"

#define WAITERS 8

static _Atomic int word, other_word, woken, results[WAITERS];
static _Atomic int *shared;
static struct thread threads[WAITERS];
static long operation = FUTEX_WAIT_OP, bits;
static int expected;

/* Waits on `word` as `operation` says; the result in its slot. */
static void wait_once(void *argument)
{
	long slot = (long)argument;
	long r = futex(&word, operation, expected, 0, NULL, bits ? bits << slot : -1);

	atomic_store(&results[slot], (int)r);
	atomic_fetch_add(&woken, 1);
}

/* In order: each is asleep before the next begins. */
static void start_waiters(int n)
{
	for (long i = 0; i < n; i++) {
		results[i] = 12345;
		thread_start(&threads[i], wait_once, (void *)i);
		thread_await_asleep(getpid(), threads[i].tid);
	}
}

static void join_waiters(int n)
{
	for (int i = 0; i < n; i++)
		thread_join(&threads[i]);
}

static struct timespec from_now(int clock, int ms)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_nsec += ms * 1000000L;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void errors(void)
{
	struct timespec bad = {1, 1000000000}, negative = {-1, 0}, tick = {0, 1000000};
	_Atomic int *odd = (_Atomic int *)((char *)&word + 1), *nowhere = (_Atomic int *)64;
	_Atomic int *kernel = (_Atomic int *)(1L << 63);

	word = 5;
	CHECK_EQ(futex(&word, FUTEX_WAIT_OP, 4, 0, NULL, 0), -EAGAIN);
	CHECK_EQ(futex(&word, FUTEX_WAIT_OP | FUTEX_PRIVATE, 4, 0, NULL, 0), -EAGAIN);
	CHECK_EQ(futex(&word, FUTEX_WAIT_OP, 5, (long)&tick, NULL, 0), -ETIMEDOUT);
	CHECK_EQ(futex(&word, FUTEX_WAIT_OP, 5, (long)&bad, NULL, 0), -EINVAL);
	CHECK_EQ(futex(&word, FUTEX_WAIT_OP, 5, (long)&negative, NULL, 0), -EINVAL);
	CHECK_EQ(futex(&word, FUTEX_WAIT_OP, 5, 64, NULL, 0), -EFAULT);
	CHECK_EQ(futex(&word, FUTEX_WAIT_BITSET_OP, 5, 0, NULL, 0), -EINVAL);
	CHECK_EQ(futex(&word, FUTEX_WAKE_BITSET_OP, 1, 0, NULL, 0), -EINVAL);
	for (int private = 0; private <= FUTEX_PRIVATE; private += FUTEX_PRIVATE) {
		CHECK_EQ(futex(odd, FUTEX_WAIT_OP | private, 5, 0, NULL, 0), -EINVAL);
		CHECK_EQ(futex(odd, FUTEX_WAKE_COUNT | private, 1, 0, NULL, 0), -EINVAL);
		CHECK_EQ(futex(nowhere, FUTEX_WAIT_OP | private, 5, 0, NULL, 0), -EFAULT);
		CHECK_EQ(futex(kernel, FUTEX_WAKE_COUNT | private, 1, 0, NULL, 0), -EFAULT);
		CHECK_EQ(futex(&word, FUTEX_REQUEUE_OP | private, 1, 1, odd, 0), -EINVAL);
		CHECK_EQ(futex(&word, FUTEX_REQUEUE_OP | private, 1, -1, &other_word, 0), -EINVAL);
		CHECK_EQ(futex(&word, FUTEX_CMP_REQUEUE_OP | private, 1, 1, &other_word, 4),
			 -EAGAIN);
		CHECK_EQ(futex(&word, FUTEX_WAKE_OP_OP | private, 1, 1, odd, 0), -EINVAL);
		CHECK_EQ(futex(&word, FUTEX_WAKE_OP_OP | private, 1, 1, nowhere, 0), -EFAULT);
	}
	CHECK_EQ(futex(nowhere, FUTEX_WAKE_COUNT, 1, 0, NULL, 0), -EFAULT);
	CHECK_EQ(futex(nowhere, FUTEX_WAKE_COUNT | FUTEX_PRIVATE, 1, 0, NULL, 0), 0);
	CHECK_EQ(futex(&word, 99, 1, 0, NULL, 0), -ENOSYS);
	CHECK_EQ(futex(&word, FUTEX_WAIT_OP | FUTEX_REALTIME, 5, 0, NULL, 0), -ENOSYS);
	CHECK_EQ(futex(&word, FUTEX_WAKE_COUNT, 1, 0, NULL, 0), 0);
}

/* First come, first served; a count is honoured, and a woken waiter gets 0. */
static void wakes_in_order(void)
{
	start_waiters(4);
	CHECK_EQ(futex(&word, FUTEX_WAKE_COUNT, 1, 0, NULL, 0), 1);
	CHECK_EQ(await_value(&woken, 1), 0);
	CHECK_EQ(results[0], 0);
	CHECK_EQ(results[1], 12345);
	CHECK_EQ(futex(&word, FUTEX_WAKE_COUNT, 2, 0, NULL, 0), 2);
	CHECK_EQ(await_value(&woken, 3), 0);
	CHECK_EQ(results[3], 12345);
	CHECK_EQ(futex(&other_word, FUTEX_WAKE_COUNT, 100, 0, NULL, 0), 0);
	CHECK_EQ(futex(&word, FUTEX_WAKE_COUNT, 100, 0, NULL, 0), 1);
	join_waiters(4);
}

static void bitsets(void)
{
	operation = FUTEX_WAIT_BITSET_OP | FUTEX_PRIVATE;
	bits = 1;
	start_waiters(4);
	CHECK_EQ(futex(&word, FUTEX_WAKE_BITSET_OP | FUTEX_PRIVATE, 9, 0, NULL, 16), 0);
	CHECK_EQ(futex(&word, FUTEX_WAKE_BITSET_OP | FUTEX_PRIVATE, 9, 0, NULL, 4), 1);
	CHECK_EQ(await_value(&woken, 1), 0);
	CHECK_EQ(results[2], 0);
	CHECK_EQ(futex(&word, FUTEX_WAKE_BITSET_OP | FUTEX_PRIVATE, 9, 0, NULL, 1 | 8), 2);
	CHECK_EQ(await_value(&woken, 3), 0);
	/* A plain wake is for any. */
	CHECK_EQ(futex(&word, FUTEX_WAKE_COUNT | FUTEX_PRIVATE, 9, 0, NULL, 0), 1);
	join_waiters(4);
}

/* Those that are moved sleep on, and are woken where they were moved to. */
static void requeue(void)
{
	start_waiters(5);
	CHECK_EQ(futex(&word, FUTEX_CMP_REQUEUE_OP, 1, 2, &other_word, 0), 3);
	CHECK_EQ(await_value(&woken, 1), 0);
	CHECK_EQ(results[0], 0);
	CHECK_EQ(futex(&other_word, FUTEX_WAKE_COUNT, 1, 0, NULL, 0), 1);
	CHECK_EQ(await_value(&woken, 2), 0);
	CHECK_EQ(results[1], 0);
	CHECK_EQ(futex(&word, FUTEX_WAKE_COUNT, 99, 0, NULL, 0), 2);
	CHECK_EQ(await_value(&woken, 4), 0);
	CHECK_EQ(results[2], 12345);
	CHECK_EQ(futex(&other_word, FUTEX_REQUEUE_OP, 0, 99, &word, 0), 1);
	CHECK_EQ(futex(&other_word, FUTEX_WAKE_COUNT, 99, 0, NULL, 0), 0);
	CHECK_EQ(futex(&word, FUTEX_REQUEUE_OP, 0, 99, &word, 0), 1);
	CHECK_EQ(futex(&word, FUTEX_WAKE_COUNT, 99, 0, NULL, 0), 1);
	join_waiters(5);
}

#define OP(op, argument, comparison, with)                                             \
	((long)((unsigned)(op) << 28 | (comparison) << 24 | ((argument)&0xfff) << 12 | \
		((with)&0xfff)))
enum { SET, ADD, OR, ANDN, XOR, SHIFT = 8 };
enum { EQ, NE, LT, LE, GT, GE };

static void wake_op(void)
{
	static const struct {
		long call;
		int before, after;
	} rows[] = {
		{OP(SET, 7, EQ, 100), 3, 7},         {OP(ADD, -1, EQ, 100), 3, 2},
		{OP(OR, 4, EQ, 100), 3, 7},          {OP(ANDN, 1, EQ, 100), 3, 2},
		{OP(XOR, 5, EQ, 100), 3, 6},         {OP(ADD | SHIFT, 4, EQ, 100), 3, 19},
		{OP(SET, -2048, EQ, 100), 3, -2048},
	};
	static const struct {
		int comparison, with, holds;
	} comparisons[] = {
		{EQ, 5, 1}, {EQ, 4, 0}, {NE, 4, 1},  {NE, 5, 0},  {LT, 6, 1},
		{LT, 5, 0}, {LE, 5, 1}, {LE, 4, 0},  {GT, 4, 1},  {GT, 5, 0},
		{GE, 5, 1}, {GE, 6, 0}, {GT, -1, 1}, {LT, -5, 0},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		other_word = rows[i].before;
		CHECK_EQ(futex(&word, FUTEX_WAKE_OP_OP, 1, 1, &other_word, rows[i].call), 0);
		CHECK_EQ(other_word, rows[i].after);
	}
	CHECK_EQ(futex(&word, FUTEX_WAKE_OP_OP, 1, 1, &other_word, OP(6, 0, EQ, 0)), -ENOSYS);
	CHECK_EQ(futex(&word, FUTEX_WAKE_OP_OP, 1, 1, &other_word, OP(XOR, 0, 9, 0)), -ENOSYS);
	/* The second word's waiters are woken only when the comparison holds. */
	for (size_t i = 0; i < COUNT(comparisons); i++) {
		struct thread waiter;
		long call = OP(ADD, 0, comparisons[i].comparison, comparisons[i].with);

		word = expected = 5;
		thread_start(&waiter, wait_once, NULL);
		thread_await_asleep(getpid(), waiter.tid);
		CHECK_EQ(futex(&other_word, FUTEX_WAKE_OP_OP, 1, 1, &word, call),
			 comparisons[i].holds);
		if (!comparisons[i].holds)
			CHECK_EQ(futex(&word, FUTEX_WAKE_COUNT, 1, 0, NULL, 0), 1);
		thread_join(&waiter);
	}
}

/* Relative and absolute, on both clocks: not early. */
static void timeouts(void)
{
	static const struct {
		long operation;
		int clock; /* -1: relative */
	} rows[] = {
		{FUTEX_WAIT_OP, -1},
		{FUTEX_WAIT_BITSET_OP, CLOCK_MONOTONIC},
		{FUTEX_WAIT_BITSET_OP | FUTEX_REALTIME, CLOCK_REALTIME},
		{FUTEX_WAIT_BITSET_OP | FUTEX_PRIVATE | FUTEX_REALTIME, CLOCK_REALTIME},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct timespec t = {0, 20000000};
		long long start = check_now_us();

		if (rows[i].clock >= 0)
			t = from_now(rows[i].clock, 20);
		CHECK_EQ(futex(&word, rows[i].operation, 0, (long)&t, NULL, -1), -ETIMEDOUT);
		CHECK_AT_LEAST(check_now_us() - start, 19990);
		/* What has passed already ends the wait at once. */
		t = (struct timespec){0, rows[i].clock >= 0};
		CHECK_EQ(futex(&word, rows[i].operation, 0, (long)&t, NULL, -1), -ETIMEDOUT);
	}
}

static _Atomic int handled;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	atomic_fetch_add(&handled, 1);
}

static struct timespec timed;
static long timed_operation;

static void wait_timed(void *unused)
{
	long r = futex(&word, timed_operation, 0, timed_operation < 0 ? 0 : (long)&timed, NULL, -1);

	atomic_store(&results[0], (int)r);
	atomic_store(&woken, 1);
}

/* A handler ends a wait that has a deadline, whatever SA_RESTART says; one without goes on. */
static void interrupted(void)
{
	for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
		for (int absolute = 0; absolute < 2; absolute++) {
			timed_operation = absolute ? FUTEX_WAIT_BITSET_OP : FUTEX_WAIT_OP;
			timed = absolute ? from_now(CLOCK_MONOTONIC, 100000)
					 : (struct timespec){100, 0};
			check_handler(SIGUSR1, on_signal, flags);
			woken = handled = 0;
			thread_start(&threads[0], wait_timed, NULL);
			thread_await_asleep(getpid(), threads[0].tid);
			CHECK_EQ(tgkill_raw(getpid(), threads[0].tid, SIGUSR1), 0);
			thread_join(&threads[0]);
			CHECK_EQ(results[0], -EINTR);
			CHECK_EQ(handled, 1);
		}
		woken = handled = 0;
		start_waiters(1);
		CHECK_EQ(tgkill_raw(getpid(), threads[0].tid, SIGUSR1), 0);
		CHECK_EQ(await_value(&handled, 1), 0);
		if (flags) {
			thread_await_asleep(getpid(), threads[0].tid);
			CHECK_EQ(futex(&word, FUTEX_WAKE_COUNT, 1, 0, NULL, 0), 1);
		}
		thread_join(&threads[0]);
		CHECK_EQ(results[0], flags ? 0 : -EINTR);
	}
}

#define TOO_LATE 77

static void timed_child(void)
{
	struct timespec t = {0, 400000000};
	long long start = check_now_us(), took;

	CHECK_EQ(futex(&word, FUTEX_WAIT_OP, 0, (long)&t, NULL, 0), -ETIMEDOUT);
	took = check_now_us() - start;
	CHECK(took >= 399000);
	if (took > 560000 && !check_failures)
		_exit(TOO_LATE);
}

/* Whether the wait ended in time: it did not begin anew when it was continued after 200 ms. */
static int in_time_though_stopped(void)
{
	pid_t pid = check_fork(timed_child);
	int state, status;

	check_await_asleep(pid);
	check_sleep_ms(200);
	CHECK_OK(kill(pid, SIGSTOP));
	while ((state = check_state(pid)) != 'T' && state != 'Z')
		check_sleep_ms(1);
	CHECK_OK(kill(pid, SIGCONT));
	status = check_wait(pid, 10000);
	if (status == TOO_LATE << 8)
		return 0;
	CHECK_EXITED(status, 0);
	return state == 'T';
}

/* Stopped and continued, a wait keeps its deadline. */
static void stopped(void)
{
	CHECK_ONCE_IN(10, in_time_though_stopped());
}

/* Two processes that map the same memory at different addresses meet; two that have only equal
 * addresses do not, nor do private operations on what they share. */
static void between_processes(void)
{
	_Atomic int *there =
		mmap(NULL, CHECK_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	shared = there;
	pid = fork();
	if (pid == 0) {
		_Atomic int *moved = mremap((void *)there, CHECK_PAGE, CHECK_PAGE,
					    MREMAP_MAYMOVE | MREMAP_FIXED, (char *)0x10000000);

		if (futex(&moved[3], FUTEX_WAIT_OP, 0, 0, NULL, 0) != 0)
			_exit(1);
		if (futex(&word, FUTEX_WAIT_OP, 0, 0, NULL, 0) != 0)
			_exit(2);
		_exit(3);
	}
	check_await_asleep(pid);
	CHECK_EQ(futex(&there[2], FUTEX_WAKE_COUNT, 9, 0, NULL, 0), 0);
	CHECK_EQ(futex(&there[3], FUTEX_WAKE_COUNT | FUTEX_PRIVATE, 9, 0, NULL, 0), 0);
	CHECK_EQ(futex(&there[3], FUTEX_WAKE_COUNT, 9, 0, NULL, 0), 1);
	check_sleep_ms(5);
	check_await_asleep(pid);
	/* Private memory: the child has its own `word`. */
	CHECK_EQ(futex(&word, FUTEX_WAKE_COUNT, 9, 0, NULL, 0), 0);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_KILLED(check_wait(pid, 5000), SIGKILL);
}

/* Through a file, mapped by each on its own. */
static void through_a_file(void)
{
	int fd = CHECK_OK(open("futex.file", O_RDWR | O_CREAT | O_TRUNC, 0600));
	_Atomic int *here;
	pid_t pid;

	CHECK_OK(ftruncate(fd, 2 * CHECK_PAGE));
	pid = fork();
	if (pid == 0) {
		int own = open("futex.file", O_RDWR);
		_Atomic int *map =
			mmap(NULL, CHECK_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, own, CHECK_PAGE);

		_exit((int)futex(&map[1], FUTEX_WAIT_OP, 0, 0, NULL, 0));
	}
	check_await_asleep(pid);
	here = mmap(NULL, 2 * CHECK_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(here != MAP_FAILED);
	CHECK_EQ(futex(&here[1], FUTEX_WAKE_COUNT, 1, 0, NULL, 0), 0);
	CHECK_EQ(futex(&here[CHECK_PAGE / 4 + 1], FUTEX_WAKE_COUNT, 1, 0, NULL, 0), 1);
	CHECK_EXITED(check_wait(pid, 5000), 0);
	close(fd);
	unlink("futex.file");
}

static void wait_shared(void *argument)
{
	atomic_store(&results[0], (int)futex(argument, FUTEX_WAIT_OP, 0, 0, NULL, 0));
}

/* The memory goes while a thread waits on it: it sleeps on, other memory at the same address and
 * other objects do not reach it, a signal does. */
static void unmapped_while_waiting(void)
{
	for (int kind = MAP_SHARED; kind <= MAP_PRIVATE; kind++) {
		_Atomic int *page = mmap(NULL, CHECK_PAGE, PROT_READ | PROT_WRITE,
					 kind | MAP_ANONYMOUS, -1, 0),
			    *again;

		check_handler(SIGUSR1, on_signal, 0);
		thread_start(&threads[0], wait_shared, page);
		thread_await_asleep(getpid(), threads[0].tid);
		CHECK_OK(munmap((void *)page, CHECK_PAGE));
		CHECK_EQ(futex(page, FUTEX_WAKE_COUNT, 1, 0, NULL, 0), -EFAULT);
		if (kind == MAP_SHARED) {
			again = mmap((void *)page, CHECK_PAGE, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
			CHECK(again == page);
			CHECK_EQ(futex(again, FUTEX_WAKE_COUNT, 1, 0, NULL, 0), 0);
		}
		CHECK_EQ(tgkill_raw(getpid(), threads[0].tid, SIGUSR1), 0);
		thread_join(&threads[0]);
		CHECK_EQ(results[0], -EINTR);
	}
}

/* fork while a thread waits: the parent's waiter is the parent's, the child has none. */
static void fork_while_waiting(void)
{
	pid_t pid;

	start_waiters(2);
	pid = fork();
	if (pid == 0)
		_exit((int)futex(&word, FUTEX_WAKE_COUNT, 9, 0, NULL, 0));
	CHECK_EXITED(check_wait(pid, 5000), 0);
	CHECK_EQ(woken, 0);
	CHECK_EQ(futex(&word, FUTEX_WAKE_COUNT, 9, 0, NULL, 0), 2);
	join_waiters(2);
}

/* A ball between two threads, each waking the other and sleeping; a wake-up may come at any moment
 * around the sleep. None is lost: else both sleep until the deadline. */
#define ROUNDS 4000

static void play(void *argument)
{
	int me = (int)(long)argument;
	struct timespec patience = {20, 0};

	for (int i = 0; i < ROUNDS; i++) {
		while (atomic_load(&word) != me)
			if (futex(&word, FUTEX_WAIT_OP | FUTEX_PRIVATE, !me, (long)&patience, NULL,
				  0) == -ETIMEDOUT)
				check_fail(__FILE__, __LINE__, "round %d: a wake-up was lost", i);
		atomic_store(&word, !me);
		futex(&word, FUTEX_WAKE_COUNT | FUTEX_PRIVATE, 1, 0, NULL, 0);
	}
}

static void ball(void)
{
	thread_start(&threads[0], play, (void *)0);
	thread_start(&threads[1], play, (void *)1);
	join_waiters(2);
	CHECK_EQ(word, 0);
}

/* Wake-ups that come just when the waiter's time is over: each that was counted arrives. */
#define BRIEF_WAITS 6000

static _Atomic long given, taken;
static _Atomic int brief_over;

static void wait_briefly(void *unused)
{
	unsigned state = 1;

	for (int i = 0; i < BRIEF_WAITS; i++) {
		state = state * 1103515245 + 12345;
		struct timespec t = {0, state >> 16 & 0x7fff};
		long r = futex(&word, FUTEX_WAIT_OP | FUTEX_PRIVATE, 0, (long)&t, NULL, 0);

		if (r == 0)
			atomic_fetch_add(&taken, 1);
		else if (r != -ETIMEDOUT)
			check_fail(__FILE__, __LINE__, "wait %d: %ld", i, r);
	}
	atomic_store(&brief_over, 1);
}

static void woken_when_late(void)
{
	thread_start(&threads[0], wait_briefly, NULL);
	while (!atomic_load(&brief_over)) {
		long woke = futex(&word, FUTEX_WAKE_COUNT | FUTEX_PRIVATE, 1, 0, NULL, 0);

		atomic_fetch_add(&given, woke);
		raw_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
	}
	thread_join(&threads[0]);
	CHECK_EQ(taken, given);
}

/* Moving, waking and giving up at once: every waiter comes back, whichever bucket it is in. */
#define MOVERS 4
static _Atomic int stop;

static void wait_and_give_up(void *unused)
{
	struct timespec t = {0, 200000};

	while (!atomic_load(&stop)) {
		futex(&word, FUTEX_WAIT_OP, 0, (long)&t, NULL, 0);
		futex(&other_word, FUTEX_WAIT_OP, 0, (long)&t, NULL, 0);
		atomic_fetch_add(&woken, 1);
	}
}

static void move_about(void *unused)
{
	while (!atomic_load(&stop)) {
		futex(&word, FUTEX_REQUEUE_OP, 1, 9, &other_word, 0);
		futex(&other_word, FUTEX_REQUEUE_OP, 0, 9, &word, 0);
	}
}

static void storm(void)
{
	for (int i = 0; i < MOVERS; i++)
		thread_start(&threads[i], wait_and_give_up, NULL);
	thread_start(&threads[MOVERS], move_about, NULL);
	thread_start(&threads[MOVERS + 1], move_about, NULL);
	check_sleep_ms(500);
	while (!atomic_load(&woken))
		check_sleep_ms(1);
	atomic_store(&stop, 1);
	join_waiters(MOVERS + 2);
}

static const struct check_case cases[] = {
	CASE(errors),
	CASE(wakes_in_order),
	CASE(bitsets),
	CASE(requeue),
	CASE(wake_op),
	CASE(timeouts),
	CASE(interrupted),
	CASE(stopped),
	CASE(between_processes),
	CASE(through_a_file),
	CASE(unmapped_while_waiting),
	CASE(fork_while_waiting),
	CASE_LIMIT(ball, 50000),
	CASE(woken_when_late),
	CASE(storm),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
