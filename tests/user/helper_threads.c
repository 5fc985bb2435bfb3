/* SPDX-License-Identifier: MIT */
/*
 * 10,000 threads of one process alive at once (THREADS sets another number), each on a stack of its
 * own with a guard page. Says how much memory each takes, and what it costs to make and join one
 * among 10 others and among all of them: that grows with the depth of trees, never with the number
 * of threads. On one CPU the cost is in virtual time, which is counted instructions; on several the
 * host's load is in it, and it is only said. Wants a machine of its own with 512 MiB
 * (tests=helper_threads).
 */
#include "threads.h"

#define STACK_SIZE (2 * CHECK_PAGE) /* what a thread that only waits needs */
#define PROBES     200

static struct thread *threads;
static _Atomic int ready, gate;

static void wait_at_gate(void *unused)
{
	atomic_fetch_add(&ready, 1);
	while (!atomic_load(&gate))
		futex(&gate, FUTEX_WAIT_OP | FUTEX_PRIVATE, 0, 0, NULL, 0);
}

static void nothing(void *unused)
{
}

/* Until /proc has so many threads of this process: one that was joined is on its way out still. */
static void await_listed(nlink_t threads_listed)
{
	struct stat st;

	while (CHECK_OK(stat("/proc/self/task", &st)) == 0 && st.st_nlink != threads_listed + 2)
		sleep_ms_raw(1);
}

/* A figure of /proc/meminfo, in KiB. */
static long free_kib(void)
{
	char text[2048], *p;
	int fd = open("/proc/meminfo", O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = 0;
	p = strstr(text, "MemFree:");
	return p ? atol(p + 8) : 0;
}

/* Makes and joins one thread after the other; microseconds for one, the least of three tries. */
static long long cost_of_one(void)
{
	long long least = 1LL << 60;

	for (int try = 0; try < 3; try++) {
		long long start = check_now_us(), took;

		for (int i = 0; i < PROBES; i++) {
			struct thread one;

			thread_stack(&one, STACK_SIZE);
			if (thread_try(&one, nothing, NULL) <= 0) {
				check_fail(__FILE__, __LINE__, "no thread");
				return 0;
			}
			thread_join(&one);
		}
		took = (check_now_us() - start) / PROBES;
		least = took < least ? took : least;
	}
	return least;
}

static int start_all(int from, int to)
{
	for (int i = from; i < to; i++) {
		long r;

		thread_stack(&threads[i], STACK_SIZE);
		r = thread_try(&threads[i], wait_at_gate, NULL);
		if (r <= 0) {
			check_fail(__FILE__, __LINE__, "thread %d: %ld", i, r);
			munmap(threads[i].stack, threads[i].stack_size);
			return i;
		}
	}
	while (atomic_load(&ready) < to)
		sleep_ms_raw(1);
	return to;
}

int main(void)
{
	int total = (int)check_env("THREADS", 10000), few = 10, started;
	long long with_few, with_many, start;
	long before, after;

	threads = calloc((size_t)total, sizeof(*threads));
	memset(threads, 1, (size_t)total * sizeof(*threads)); /* pages that are not to be counted */
	cost_of_one();
	start_all(0, few);
	with_few = cost_of_one();
	before = free_kib();
	start = check_now_us();
	started = start_all(few, total);
	after = free_kib();
	await_listed((nlink_t)started + 1);
	check_print("%d threads alive after %lld ms; each takes %ld bytes, a page of its stack too",
		    started, (check_now_us() - start) / 1000,
		    (before - after) * 1024 / (started - few));
	with_many = cost_of_one();
	check_print("to make and join one: %lld us among %d, %lld us among %d", with_few, few,
		    with_many, started);
	/* A look at every thread would cost ten times as much. */
	if (sysconf(_SC_NPROCESSORS_ONLN) == 1)
		CHECK(with_many * 2 < with_few * 3);
	/* Those who have come are asleep a moment later: moved from the gate to the gate they are
	 * counted. */
	while (futex(&gate, FUTEX_REQUEUE_OP | FUTEX_PRIVATE, 0, total, &gate, 0) < started)
		sleep_ms_raw(1);
	start = check_now_us();
	atomic_store(&gate, 1);
	CHECK_EQ(futex(&gate, FUTEX_WAKE_COUNT | FUTEX_PRIVATE, total, 0, NULL, 0), started);
	for (int i = 0; i < started; i++)
		thread_join(&threads[i]);
	check_print("all joined after %lld ms", (check_now_us() - start) / 1000);
	await_listed(1);
	return check_failures ? 1 : 0;
}
