/* SPDX-License-Identifier: MIT */
/*
 * What /proc tells of threads: their stacks by name, their directories, states, names and counts of
 * system calls; and what the console tells when one overflows its stack. Linux has no names of
 * stacks and no such lines, so there is less to see there.
 */
#include "threads.h"

static struct thread threads[3];
static _Atomic int ready, stop;

/* Reads a whole file as a string. */
static char *read_file(const char *path)
{
	static char text[200000];
	int fd = open(path, O_RDONLY), n = 0, got;

	text[0] = 0;
	while (fd >= 0 && (got = (int)read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += got;
	close(fd);
	text[n] = 0;
	return text;
}

/* The rest of the line after "NAME:" and white space in a thread's status; "": none. */
static const char *status_word(int tid, const char *name)
{
	static char word[64];
	char path[80], key[40], *p;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	snprintf(key, sizeof(key), "\n%s:\t", name);
	p = strstr(read_file(path), key);
	word[0] = 0;
	if (p) {
		p += strlen(key);
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(p, "\n"), p);
	}
	return word;
}

static void wait_for_stop(void *unused)
{
	atomic_fetch_add(&ready, 1);
	while (!atomic_load(&stop))
		futex(&stop, FUTEX_WAIT_OP, 0, 0, NULL, 0);
}

/* Until /proc has none of them any more. */
static void end_all(int n)
{
	int tids[COUNT(threads)];

	for (int i = 0; i < n; i++)
		tids[i] = threads[i].tid;
	atomic_store(&stop, 1);
	futex(&stop, FUTEX_WAKE_COUNT, 99, 0, NULL, 0);
	for (int i = 0; i < n; i++) {
		thread_join(&threads[i]);
		thread_await_gone(getpid(), tids[i]);
	}
}

/* The line of maps that holds `address`, or NULL. */
static const char *line_of(char *maps, void *address)
{
	for (char *line = strtok(maps, "\n"); line; line = strtok(NULL, "\n")) {
		char *end;
		unsigned long low = strtoul(line, &end, 16), high = strtoul(end + 1, NULL, 16);

		if ((unsigned long)address >= low && (unsigned long)address < high)
			return line;
	}
	return NULL;
}

static int names_stack(int i)
{
	char name[32];
	const char *line = line_of(read_file("/proc/self/maps"), threads[i].stack + CHECK_PAGE);

	snprintf(name, sizeof(name), "[stack:%d]", (int)threads[i].tid);
	return line && strstr(line, name) != NULL;
}

static void stacks_have_names(void)
{
	int local, status;
	const char *line;
	char *left;
	pid_t pid;

	for (int i = 0; i < 3; i++)
		thread_start(&threads[i], wait_for_stop, NULL);
	line = line_of(read_file("/proc/self/maps"), &local);
	CHECK(line && strstr(line, "[stack]"));
	for (int i = 0; i < 3 && on_tarae(); i++)
		CHECK(names_stack(i));
	/* A child has a copy of the memory, but not these threads. */
	pid = fork();
	if (pid == 0)
		_exit(strstr(read_file("/proc/self/maps"), "[stack:") != NULL);
	waitpid(pid, &status, 0);
	CHECK_EXITED(status, 0);
	/* The name goes with the thread, though its memory stays. */
	left = threads[0].stack;
	threads[0].stack =
		mmap(NULL, threads[0].stack_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	end_all(3);
	line = line_of(read_file("/proc/self/maps"), left + CHECK_PAGE);
	CHECK(line && !strstr(line, "stack"));
}

static void one_directory_each(void)
{
	char path[80];
	struct stat st;

	CHECK_OK(stat("/proc/self/task", &st));
	CHECK_EQ(st.st_nlink, 3);
	for (int i = 0; i < 3; i++)
		thread_start(&threads[i], wait_for_stop, NULL);
	CHECK_OK(stat("/proc/self/task", &st));
	CHECK_EQ(st.st_nlink, 6);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(atoi(status_word(threads[i].tid, "Pid")), threads[i].tid);
		CHECK_EQ(atoi(status_word(threads[i].tid, "Tgid")), getpid());
		CHECK_EQ(atoi(status_word(threads[i].tid, "Threads")), 4);
	}
	/* A name of its own, given by another thread. */
	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", (int)threads[1].tid);
	int fd = CHECK_OK(open(path, O_WRONLY));
	CHECK_EQ(write(fd, "second worker, long name\n", 25), 25);
	close(fd);
	CHECK_STR(read_file(path), "second worker, \n");
	CHECK(strcmp(read_file("/proc/self/comm"), "second worker, \n") != 0);
	fd = on_tarae() ? (int)CHECK_OK(open("/proc/1/comm", O_WRONLY)) : -1;
	if (on_tarae())
		CHECK_ERRNO(write(fd, "x", 1), EINVAL);
	close(fd);
	end_all(3);
	CHECK_OK(stat("/proc/self/task", &st));
	CHECK_EQ(st.st_nlink, 3);
	CHECK_ERRNO(open(path, O_RDONLY), ENOENT);
}

static void compute(void *unused)
{
	atomic_fetch_add(&ready, 1);
	while (!atomic_load(&stop))
		;
}

static void states(void)
{
	char path[80];
	const char *word;

	if (!on_tarae())
		return;
	thread_start(&threads[0], wait_for_stop, NULL);
	thread_start(&threads[1], compute, NULL);
	thread_await_asleep(getpid(), threads[0].tid);
	await_value(&ready, 2);
	CHECK_STR(status_word(threads[0].tid, "ThreadState"), "BLOCKED");
	CHECK_STR(status_word(threads[0].tid, "WaitsFor"), "futex");
	word = status_word(threads[1].tid, "ThreadState");
	CHECK(strcmp(word, "RUNNING") == 0 || strcmp(word, "RUNNABLE") == 0);
	CHECK_STR(status_word(getpid(), "ThreadState"), "RUNNING");
	end_all(2);
	/* The kernel's own threads: at least one that is idle, for each CPU. */
	snprintf(path, sizeof(path), "/proc/0/task/%d/comm", 32768);
	CHECK_STR(read_file(path), "idle\n");
}

static void call_many(void *argument)
{
	for (long i = 0; i < (long)argument; i++)
		gettid_raw();
	wait_for_stop(NULL);
}

/* The calls of one thread are not another's; computing makes none. */
static void counts_calls(void)
{
	long first;

	if (!on_tarae())
		return;
	thread_start(&threads[0], call_many, (void *)1000L);
	thread_start(&threads[1], compute, NULL);
	await_value(&ready, 2);
	thread_await_asleep(getpid(), threads[0].tid);
	CHECK_EQ(atol(status_word(threads[0].tid, "syscalls")), 1001);
	CHECK_EQ(atol(status_word(threads[1].tid, "syscalls")), 0);
	first = atol(status_word(getpid(), "syscalls"));
	gettid_raw();
	CHECK(atol(status_word(getpid(), "syscalls")) > first + 1);
	end_all(2);
}

/* ---- Overflow ---- */

static volatile char sink;
static volatile int deepest = 1 << 30;

static __attribute__((noinline)) void recurse(int depth)
{
	volatile char frame[512];

	frame[0] = (char)depth;
	if (depth < deepest)
		recurse(depth + 1);
	sink = frame[0];
}

static void overflow(void *unused)
{
	recurse(0);
}

static void overflow_main(void)
{
	recurse(0);
}

static void overflow_thread(void)
{
	thread_start(&threads[0], overflow, NULL);
	thread_join(&threads[0]);
	_exit(3);
}

static void touch_guard_from_outside(void)
{
	thread_start(&threads[0], wait_for_stop, NULL);
	threads[0].stack[10] = 1; /* the guard, but not of the stack that we run on */
	_exit(3);
}

static char alternate[32 * CHECK_PAGE];

static void on_overflow(int sig, siginfo_t *info, void *context)
{
	_exit(44);
}

static void handled_overflow(void)
{
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};

	CHECK_OK(sigaltstack(&stack, NULL));
	check_handler(SIGSEGV, on_overflow, SA_ONSTACK);
	recurse(0);
}

static void overflow_with_handler(void)
{
	check_handler(SIGSEGV, on_overflow, 0); /* there is no stack for it to run on */
	thread_start(&threads[0], overflow, NULL);
	thread_join(&threads[0]);
	_exit(3);
}

/* How often the console has told of an overflow in process `pid`. */
static int told_of(int pid)
{
	char key[80], *p;
	int count = 0;

	snprintf(key, sizeof(key), "(pid %d): stack overflow of thread", pid);
	for (p = read_file("/proc/kmsg"); on_tarae() && (p = strstr(p, key)); p++)
		count++;
	return on_tarae() ? count : -1;
}

static void check_overflow(void (*fn)(void), int sig, int told)
{
	pid_t pid = check_fork(fn);
	int status = check_wait(pid, 10000);

	if (sig)
		CHECK_KILLED(status, sig);
	else
		CHECK_EXITED(status, 44);
	if (on_tarae())
		CHECK_EQ(told_of(pid), told);
}

static void overflows(void)
{
	check_overflow(overflow_main, SIGSEGV, 1);
	check_overflow(overflow_thread, SIGSEGV, 1);
	check_overflow(overflow_with_handler, SIGSEGV, 1);
	check_overflow(touch_guard_from_outside, SIGSEGV, 0);
	check_overflow(handled_overflow, 0, 0);
}

static const struct check_case cases[] = {
	CASE(stacks_have_names), CASE(one_directory_each), CASE(states),
	CASE(counts_calls),      CASE(overflows),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
