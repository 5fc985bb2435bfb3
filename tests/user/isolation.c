/* SPDX-License-Identifier: MIT */
/*
 * Processes do not see or harm one another: the same virtual address holds each one's own data,
 * neither side of a fork sees the other's writes, a crash or a kill ends one process only, and an
 * exec that fails leaves its caller as it was.
 */
#include "check.h"

#define PAGES 64

static char data_page[CHECK_PAGE] = "initial";
static char bss_page[CHECK_PAGE];

/* One turn each through a pair of pipes: the other side's write comes between ours and our look. */
struct turns {
	int to_child[2];
	int to_parent[2];
};

static void turns_make(struct turns *t)
{
	CHECK_OK(pipe(t->to_child));
	CHECK_OK(pipe(t->to_parent));
}

static void give(int fds[2])
{
	CHECK_EQ(write(fds[1], "x", 1), 1);
}

static void take(int fds[2])
{
	char c;

	CHECK_EQ(read(fds[0], &c, 1), 1);
}

/* Many processes write their own number all over one fixed address and look again and again. */
static void same_address(void)
{
	volatile long *at = (long *)0x100000000;
	pid_t pids[8];

	CHECK(mmap((void *)at, PAGES * CHECK_PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == (void *)at);
	for (int i = 0; i < 8; i++) {
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		for (int round = 0; round < 20; round++) {
			for (int p = 0; p < PAGES; p++)
				at[p * 512 + i] = getpid() * 1000L + round;
			sched_yield();
			for (int p = 0; p < PAGES; p++)
				if (at[p * 512 + i] != getpid() * 1000L + round)
					_exit(1);
			for (int p = 0; p < PAGES; p++)
				for (int other = 0; other < 8; other++)
					if (other != i && at[p * 512 + other] != 0)
						_exit(2);
		}
		_exit(0);
	}
	for (int i = 0; i < 8; i++)
		CHECK_EXITED(check_wait(pids[i], 10000), 0);
	for (int p = 0; p < PAGES; p++)
		CHECK_EQ(at[p * 512 + 3], 0);
}

/* Parent writes, child looks; child writes, parent looks: in every kind of private memory. */
static void fork_writes(void)
{
	char *heap = malloc(2 * CHECK_PAGE), stack[64] = "stack";
	char *mapped =
		mmap(NULL, CHECK_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct turns t;
	pid_t pid;

	turns_make(&t);
	strcpy(heap, "heap");
	strcpy(mapped, "mapped");
	strcpy(bss_page, "bss");
	pid = fork();
	if (pid == 0) {
		take(t.to_child);
		CHECK_STR(data_page, "initial");
		CHECK_STR(bss_page, "bss");
		CHECK_STR(heap, "heap");
		CHECK_STR(mapped, "mapped");
		CHECK_STR(stack, "stack");
		strcpy(data_page, "child");
		strcpy(bss_page, "child");
		strcpy(heap, "child");
		strcpy(mapped, "child");
		strcpy(stack, "child");
		give(t.to_parent);
		take(t.to_child);
		CHECK_STR(mapped, "child");
		_exit(check_failures ? 1 : 0);
	}
	strcpy(data_page, "parent");
	strcpy(bss_page, "parent");
	strcpy(heap, "parent");
	strcpy(mapped, "parent");
	strcpy(stack, "parent");
	give(t.to_child);
	take(t.to_parent);
	CHECK_STR(data_page, "parent");
	CHECK_STR(bss_page, "parent");
	CHECK_STR(heap, "parent");
	CHECK_STR(mapped, "parent");
	CHECK_STR(stack, "parent");
	munmap(mapped, CHECK_PAGE);
	give(t.to_child);
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

/* Three generations share one page; each sees what its ancestors had written before the fork. */
static void generations(void)
{
	volatile int *value = malloc(sizeof(*value));
	int status;

	*value = 1;
	if (fork() == 0) {
		*value = 2;
		if (fork() == 0) {
			*value = 3;
			if (fork() == 0)
				_exit(*value == 3 ? 0 : 1);
			*value = 4;
			wait(&status);
			_exit(*value == 4 && status == 0 ? 0 : 1);
		}
		wait(&status);
		_exit(*value == 2 && status == 0 ? 0 : 1);
	}
	wait(&status);
	CHECK_EXITED(status, 0);
	CHECK_EQ(*value, 1);
}

/* The kernel's own writes into memory (read(2) into a shared page) copy first, too. */
static void kernel_writes(void)
{
	char *page =
		mmap(NULL, CHECK_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fds[2];
	pid_t pid;

	strcpy(page, "before");
	CHECK_OK(pipe(fds));
	pid = fork();
	if (pid == 0) {
		CHECK_EQ(read(fds[0], page, 6), 6);
		CHECK_STR(page, "after!");
		_exit(check_failures ? 1 : 0);
	}
	CHECK_EQ(write(fds[1], "after!", 6), 6);
	CHECK_EXITED(check_wait(pid, 5000), 0);
	CHECK_STR(page, "before");
}

static void crash(void)
{
	*(volatile char *)0 = 1;
}

/* Processes crash and are killed while others compute; those come to the right sum. */
static void crashes_harm_no_other(void)
{
	pid_t workers[4];

	for (int i = 0; i < 4; i++) {
		workers[i] = fork();
		if (workers[i] == 0) {
			volatile unsigned long sum = 0;

			for (unsigned long n = 0; n < 300000; n++)
				sum += n ^ (sum >> 3);
			_exit(sum ? 7 : 8);
		}
	}
	for (int i = 0; i < 12; i++) {
		int status;
		pid_t pid;

		if (i & 1) {
			CHECK_KILLED(check_run(crash, 5000), SIGSEGV);
			continue;
		}
		pid = fork();
		if (pid == 0)
			for (;;)
				;
		kill(pid, SIGKILL);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_KILLED(status, SIGKILL);
	}
	for (int i = 0; i < 4; i++)
		CHECK_EXITED(check_wait(workers[i], 10000), 7);
}

static volatile sig_atomic_t handled;

static void on_signal(int sig)
{
	handled = sig;
}

static long raw_execve(long argv, long envp)
{
	return raw_syscall(SYS_execve, (long)"/proc/self/exe", argv, envp, 0, 0, 0);
}

/* Memory, descriptors, handlers, mask and directory survive an exec that fails. */
static void failed_exec(void)
{
	char *argv[] = {"x", NULL}, *envp[] = {NULL}, cwd[256], cwd2[256];
	int fd = CHECK_OK(open("/dev/null", O_RDWR | O_CLOEXEC));
	sigset_t set, now;

	strcpy(data_page, "kept");
	CHECK(getcwd(cwd, sizeof(cwd)) != NULL);
	signal(SIGUSR1, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_SETMASK, &set, NULL);
	CHECK_ERRNO(execve("isolation.none", argv, envp), ENOENT);
	CHECK_ERRNO(execve("/", argv, envp), EACCES);
	CHECK_EQ(raw_execve(8, (long)envp), -EFAULT);
	CHECK_EQ(raw_execve((long)argv, (long)0xffff800000000000), -EFAULT);
	argv[0] = (char *)0x10;
	CHECK_EQ(raw_execve((long)argv, (long)envp), -EFAULT);
	CHECK_STR(data_page, "kept");
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	sigprocmask(SIG_SETMASK, NULL, &now);
	CHECK_EQ(sigismember(&now, SIGUSR2), 1);
	raise(SIGUSR1);
	CHECK_EQ(handled, SIGUSR1);
	CHECK(getcwd(cwd2, sizeof(cwd2)) != NULL);
	CHECK_STR(cwd2, cwd);
}

static const struct check_case cases[] = {
	CASE(same_address),  CASE(fork_writes),           CASE(generations),
	CASE(kernel_writes), CASE(crashes_harm_no_other), CASE(failed_exec),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
