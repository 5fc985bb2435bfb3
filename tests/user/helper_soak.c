/* SPDX-License-Identifier: MIT */
/*
 * A soak: WORKERS (200) processes that fork, exec, pipe, sleep, kill, crash, map, stop, wait and
 * run threads at random for SECONDS (10), each checking what it gets. SEED sets the random numbers
 * (printed). Afterwards all are gone, and the runner counts what they left. Wants a machine of its
 * own (tests=helper_soak).
 *
 * Signals go only to processes that the worker started itself, never to another's.
 */
#include "threads.h"

#include <poll.h>

#define MAX_WORKERS 1000

static struct shared {
	/* [atomic] how often each action was done */
	_Atomic long done[16];
	/* [atomic] 0 while the soak runs */
	_Atomic int over;
} * shared;

static uint64_t random_state;

static unsigned random_below(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 33) % n;
}

/* A failure ends the worker: main sees its status, and the line says which seed. */
#define SOAK_CHECK(cond)                                                                        \
	do {                                                                                    \
		if (!(cond)) {                                                                  \
			check_fail(__FILE__, __LINE__, "expected %s (errno %d)", #cond, errno); \
			_exit(50);                                                              \
		}                                                                               \
	} while (0)

/* Memory may run out under a soak; nothing else may fail. */
static pid_t soak_fork(void)
{
	pid_t pid = fork();

	SOAK_CHECK(pid >= 0 || errno == EAGAIN || errno == ENOMEM);
	return pid;
}

static void reap(pid_t pid, int expected)
{
	int status;

	if (pid < 0)
		return;
	SOAK_CHECK(waitpid(pid, &status, 0) == pid);
	if (expected >= 0 && status != expected) {
		check_fail(__FILE__, __LINE__, "expected status 0x%x, got 0x%x", expected, status);
		_exit(51);
	}
}

static void do_fork(void)
{
	int code = random_below(100);
	pid_t pid = soak_fork();

	if (pid == 0)
		_exit(code);
	reap(pid, code << 8);
}

/* A family three deep, the middle of which does not wait. */
static void do_orphans(void)
{
	pid_t pid = soak_fork();

	if (pid == 0) {
		for (int i = random_below(3); i >= 0; i--)
			if (fork() == 0) {
				check_sleep_ms(random_below(5));
				_exit(0);
			}
		_exit(5);
	}
	reap(pid, 5 << 8);
}

static void do_exec(void)
{
	char *argv[] = {(char *)"soak", (char *)"part_exit", NULL}, *envp[] = {NULL};
	pid_t pid = random_below(2) ? vfork() : soak_fork();

	if (pid == 0) {
		execve("/proc/self/exe", argv, envp);
		_exit(errno == ENOMEM ? 77 : 52);
	}
	if (pid > 0) {
		int status;

		SOAK_CHECK(waitpid(pid, &status, 0) == pid);
		SOAK_CHECK(status == 77 << 8 || status == 33 << 8);
	}
}

static void do_pipe(void)
{
	unsigned char buffer[700], seed = random_below(256);
	int fds[2], total = random_below(20000), at = 0, n;
	pid_t pid;

	SOAK_CHECK(pipe(fds) == 0);
	pid = soak_fork();
	if (pid == 0) {
		close(fds[0]);
		for (; at < total; at += n) {
			n = total - at < 613 ? total - at : 613;
			for (int i = 0; i < n; i++)
				buffer[i] = (unsigned char)((at + i) * 31 + seed);
			if (write(fds[1], buffer, n) != n)
				_exit(53);
		}
		_exit(0);
	}
	close(fds[1]);
	while ((n = read(fds[0], buffer, sizeof(buffer))) > 0)
		for (int i = 0; i < n; i++, at++)
			SOAK_CHECK(buffer[i] == (unsigned char)(at * 31 + seed));
	SOAK_CHECK(n == 0 && (at == total || pid < 0));
	close(fds[0]);
	reap(pid, 0);
}

static void do_sleep(void)
{
	struct pollfd nothing = {-1, 0, 0};

	if (random_below(2))
		check_sleep_ms(random_below(10));
	else
		SOAK_CHECK(poll(&nothing, 1, random_below(10)) == 0);
}

/* A child killed at any moment of its life: computing, sleeping, starting, or stopped. */
static void do_kill(void)
{
	int sig = random_below(2) ? SIGKILL : SIGTERM, how = random_below(4);
	pid_t pid = soak_fork();

	if (pid == 0) {
		if (how == 0)
			for (;;)
				;
		for (;;)
			check_sleep_ms(how == 1 ? 1 : 10000);
	}
	if (pid < 0)
		return;
	if (random_below(2))
		check_sleep_ms(random_below(3));
	if (how == 3) {
		kill(pid, SIGSTOP);
		if (sig == SIGTERM)
			kill(pid, SIGCONT);
	}
	SOAK_CHECK(kill(pid, sig) == 0);
	reap(pid, sig);
}

static void do_crash(void)
{
	int how = random_below(4);
	static const int expected[] = {SIGSEGV, SIGILL, SIGFPE, SIGSEGV};
	pid_t pid = soak_fork();

	if (pid == 0) {
		if (how == 0)
			__asm__ volatile("movb $1, 8");
		else if (how == 1)
			__asm__ volatile("ud2");
		else if (how == 2)
			__asm__ volatile("div %0" : : "r"(0), "a"(1), "d"(0));
		else
			__asm__ volatile("hlt");
		_exit(54);
	}
	reap(pid, expected[how]);
}

/* Memory of many kinds, written by a child and by this process. */
static void do_memory(void)
{
	size_t size = (1 + random_below(32)) * CHECK_PAGE;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       (random_below(2) ? MAP_PRIVATE : MAP_SHARED) | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	SOAK_CHECK(p != MAP_FAILED || errno == ENOMEM);
	if (p == MAP_FAILED)
		return;
	for (size_t i = 0; i < size; i += CHECK_PAGE)
		p[i] = (char)(i >> 12);
	pid = soak_fork();
	if (pid == 0) {
		for (size_t i = 0; i < size; i += CHECK_PAGE)
			if (p[i] != (char)(i >> 12))
				_exit(55);
		mprotect(p, CHECK_PAGE, PROT_READ);
		munmap(p + size / 2, size - size / 2);
		_exit(0);
	}
	p[0] = 0;
	munmap(p, size);
	reap(pid, 0);
}

static void do_file(void)
{
	char name[64], buffer[32] = {0};
	int fd, n;

	snprintf(name, sizeof(name), "soak.%d", (int)getpid());
	fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	SOAK_CHECK(fd >= 0);
	n = snprintf(buffer, sizeof(buffer), "%d", (int)getpid());
	SOAK_CHECK(pwrite(fd, buffer, n, random_below(3) * 5000) == n);
	SOAK_CHECK(unlink(name) == 0);
	close(fd);
}

static volatile sig_atomic_t handled;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	handled++;
}

/* A child signals its parent, which may be anywhere. */
static void do_signal(void)
{
	pid_t self = getpid(), pid;
	int before = handled;

	pid = soak_fork();
	if (pid == 0)
		_exit(kill(self, SIGUSR1) == 0 ? 0 : 56);
	reap(pid, 0);
	SOAK_CHECK(pid < 0 || handled > before);
}

/* ---- Threads ---- */

#define CREW    3
#define ROUNDS  30
#define NO_ROOM 77 /* how a child ends that found no memory for a thread */
#define WELL    78

enum ending { JOINED, CRASHED, ENDED_BY_ONE, BECAME_ANOTHER, KILLED, ENDINGS };

/* Of one child: in its own memory. */
static struct thread crew[CREW];
static _Atomic int crew_lock; /* 0 free, 1 taken, 2 taken and waited for */
static long crew_count;       /* [crew_lock] */
static enum ending ending;

static void crew_enter(void)
{
	int free = 0;

	if (atomic_compare_exchange_strong(&crew_lock, &free, 1))
		return;
	while (atomic_exchange(&crew_lock, 2))
		futex(&crew_lock, FUTEX_WAIT_OP | FUTEX_PRIVATE, 2, 0, NULL, 0);
}

static void crew_leave(void)
{
	if (atomic_exchange(&crew_lock, 0) == 2)
		futex(&crew_lock, FUTEX_WAKE_COUNT | FUTEX_PRIVATE, 1, 0, NULL, 0);
}

/* Counts under the lock, and now and then signals a mate or forks. */
static void crew_work(unsigned seed)
{
	for (int i = 0; i < ROUNDS; i++) {
		crew_enter();
		crew_count++;
		crew_leave();
		seed = seed * 1103515245 + 12345;
		if ((seed >> 16) % 8 == 0)
			tgkill_raw(getpid(), crew[(seed >> 20) % CREW].tid, SIGUSR1);
		if ((seed >> 16) % 64 == 1) {
			long pid = raw_syscall(SYS_fork, 0, 0, 0, 0, 0, 0);

			if (pid == 0)
				raw_syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0);
			while (pid > 0 && raw_syscall(SYS_wait4, pid, 0, 0, 0, 0, 0) == -EINTR)
				;
		}
	}
}

static void crew_member(void *number)
{
	char *argv[] = {(char *)"soak", (char *)"part_exit", NULL}, *envp[] = {NULL};

	crew_work((unsigned)(long)number * 77 + (unsigned)getpid());
	if ((long)number != 1)
		return;
	if (ending == CRASHED)
		__asm__ volatile("movb $1, 8");
	else if (ending == ENDED_BY_ONE)
		raw_syscall(SYS_exit_group, WELL, 0, 0, 0, 0, 0);
	else if (ending == BECAME_ANOTHER)
		raw_syscall(SYS_execve, (long)"/proc/self/exe", (long)argv, (long)envp, 0, 0, 0);
}

static void crew_main(void)
{
	int n = 0;

	for (; n < CREW; n++) {
		crew[n].stack_size = 4 * CHECK_PAGE;
		crew[n].stack = mmap(NULL, crew[n].stack_size, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (crew[n].stack == MAP_FAILED ||
		    thread_try(&crew[n], crew_member, (void *)(long)n) <= 0)
			_exit(NO_ROOM);
	}
	for (int i = 0; i < n; i++)
		thread_join(&crew[i]);
	if (ending == KILLED)
		for (;;)
			pause();
	_exit(ending == JOINED && crew_count == CREW * ROUNDS ? WELL
	      : ending == BECAME_ANOTHER                      ? NO_ROOM
							      : 57);
}

/* A child with threads that end in one of several ways, stopped and continued meanwhile. */
static void do_threads(void)
{
	static const int expected[] = {WELL << 8, SIGSEGV, WELL << 8, 33 << 8, SIGKILL};
	int status;
	pid_t pid;

	ending = random_below(ENDINGS);
	pid = soak_fork();
	if (pid == 0)
		crew_main();
	if (pid < 0)
		return;
	for (int i = random_below(4); i > 0; i--) {
		static const int signals[] = {SIGSTOP, SIGTSTP, SIGCONT};

		kill(pid, signals[random_below(3)]);
		if (random_below(2))
			check_sleep_ms(random_below(3));
	}
	kill(pid, ending == KILLED ? SIGKILL : SIGCONT);
	SOAK_CHECK(waitpid(pid, &status, 0) == pid);
	/* A mate's signal that comes with the new program finds no handler there. */
	if (ending == BECAME_ANOTHER && status == SIGUSR1)
		return;
	if (status != expected[ending] && status != NO_ROOM << 8) {
		check_fail(__FILE__, __LINE__, "ending %d: status 0x%x", ending, status);
		_exit(58);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} actions[] = {
	{"fork", do_fork},     {"orphans", do_orphans}, {"exec", do_exec},
	{"pipe", do_pipe},     {"sleep", do_sleep},     {"kill", do_kill},
	{"crash", do_crash},   {"memory", do_memory},   {"file", do_file},
	{"signal", do_signal}, {"threads", do_threads},
};

static void worker(int number, uint64_t seed)
{
	random_state = (seed + 1) * 0x9e3779b97f4a7c15ULL + number * 0xbf58476d1ce4e5b9ULL;
	random_state |= 1;
	check_handler(SIGUSR1, on_signal, SA_RESTART);
	while (!atomic_load(&shared->over)) {
		/* Threads, the last, are for some only: crowds of crowds would wait for turns. */
		int i = random_below(COUNT(actions) - (number % 4 != 0));

		actions[i].run();
		atomic_fetch_add(&shared->done[i], 1);
	}
	_exit(0);
}

/* Every worker must end well, soon after it was told to. */
static void gather(const pid_t *pids, int n)
{
	for (int i = 0; i < n; i++) {
		char text[64];
		int status = check_wait(pids[i], 170000);

		if (status != 0)
			check_fail(__FILE__, __LINE__, "worker %d: %s", i,
				   check_describe(status, text, sizeof(text)));
	}
}

int main(int argc, char **argv)
{
	static pid_t pids[MAX_WORKERS];
	uint64_t seed = check_env("SEED", time(NULL) ^ getpid());
	int workers = check_env("WORKERS", 200);
	long seconds = check_env("SECONDS", 10), total = 0;

	if (argc > 1 && strcmp(argv[1], "part_exit") == 0)
		return 33;
	if (workers > MAX_WORKERS)
		workers = MAX_WORKERS;
	check_print("SEED=%llu WORKERS=%d SECONDS=%ld", (unsigned long long)seed, workers, seconds);
	shared = check_shared(sizeof(*shared));
	for (int i = 0; i < workers; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			worker(i, seed);
		if (pids[i] < 0) {
			check_fail(__FILE__, __LINE__, "fork: errno %d", errno);
			workers = i;
		}
	}
	check_sleep_ms(seconds * 1000);
	atomic_store(&shared->over, 1);
	gather(pids, workers);
	for (size_t i = 0; i < COUNT(actions); i++) {
		check_print("%s %ld", actions[i].name, (long)shared->done[i]);
		total += shared->done[i];
	}
	CHECK(total >= workers);
	check_print("SEED=%llu: %ld actions, %d failures", (unsigned long long)seed, total,
		    check_failures);
	return check_failures ? 1 : 0;
}
