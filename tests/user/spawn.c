/* SPDX-License-Identifier: MIT */
/*
 * Starting programs: fork, vfork, clone, posix_spawn, and what execve carries over and how much of
 * it. The programs started are this one again, under the names of the parts at the end of the file.
 */
#include "check.h"

#include <spawn.h>
#include <sys/auxv.h>

extern char **environ;

static char self[256];

/* Runs a part of this program (see main) and returns its wait status. */
static int run_part(const char *part, const char *a, const char *b)
{
	char *argv[] = {self, (char *)part, (char *)a, (char *)b, NULL};
	pid_t pid = fork();

	if (pid == 0) {
		execve(self, argv, environ);
		_exit(120);
	}
	return check_wait(pid, 10000);
}

static void vfork_shares(void)
{
	static volatile int shared;
	pid_t pid = vfork();

	if (pid == 0) {
		shared = 5;
		_exit(6);
	}
	CHECK_EQ(shared, 5); /* the child has been, and wrote to our memory */
	CHECK_EXITED(check_wait(pid, 5000), 6);
	pid = vfork();
	if (pid == 0) {
		char *argv[] = {self, (char *)"part_exit", (char *)"11", NULL};

		execve(self, argv, environ);
		_exit(120);
	}
	CHECK_EXITED(check_wait(pid, 5000), 11);
}

/*
 * What would stop a child between vfork and exec stops it after the exec, until which its parent
 * sleeps and could not continue it. (Linux lets both of them hang.)
 */
static void vfork_stops_late(void)
{
	int status = 0;
	pid_t pid;

	if (!on_tarae())
		return;
	pid = vfork();
	if (pid == 0) {
		char *argv[] = {self, (char *)"part_exit", (char *)"12", NULL};

		kill(getpid(), SIGSTOP);
		execve(self, argv, environ);
		_exit(120);
	}
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	CHECK_OK(kill(pid, SIGCONT));
	CHECK_EXITED(check_wait(pid, 5000), 12);
}

/* The parent sleeps until the exec, not until the program ends. */
static void vfork_until_exec(void)
{
	int fds[2], status;
	pid_t pid;

	CHECK_OK(pipe2(fds, O_CLOEXEC));
	pid = vfork();
	if (pid == 0) {
		char *argv[] = {self, (char *)"part_read_all", NULL};

		dup2(fds[0], 0);
		execve(self, argv, environ);
		_exit(120);
	}
	/* It reads until we close, which we could not if we were to wait for its end. */
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	close(fds[1]);
	CHECK_EXITED(check_wait(pid, 5000), 0);
	close(fds[0]);
}

/* The child's descriptors, directory and handlers are its own, though the memory is not. */
static void vfork_has_own_tables(void)
{
	static char before[256], after[256];
	int fd = CHECK_OK(open("/dev/null", O_RDONLY));
	pid_t pid;

	CHECK(getcwd(before, sizeof(before)) != NULL);
	pid = vfork();
	if (pid == 0) {
		close(fd);
		if (chdir("/") != 0)
			_exit(1);
		_exit(0);
	}
	CHECK_EXITED(check_wait(pid, 5000), 0);
	CHECK_OK(fcntl(fd, F_GETFD));
	CHECK(getcwd(after, sizeof(after)) != NULL);
	CHECK_STR(after, before);
	close(fd);
}

static long raw_clone(unsigned long flags, void *stack, int *parent_tid, int *child_tid)
{
	return raw_syscall(SYS_clone, (long)flags, (long)stack, (long)parent_tid, (long)child_tid,
			   0, 0);
}

static void clone_like_fork(void)
{
	static int parent_tid, child_tid;
	long pid = raw_clone(SIGCHLD, NULL, NULL, NULL);

	if (pid == 0)
		_exit(21);
	CHECK_EXITED(check_wait(pid, 5000), 21);
	pid = raw_clone(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, NULL, &parent_tid,
			&child_tid);
	if (pid == 0)
		_exit(child_tid == getpid() ? 22 : 23);
	CHECK_EQ(parent_tid, pid);
	CHECK_EQ(child_tid, 0);
	CHECK_EXITED(check_wait(pid, 5000), 22);
	pid = raw_clone(CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, NULL, NULL,
			&child_tid);
	if (pid == 0)
		_exit(child_tid == getpid() ? 24 : 25);
	CHECK_EXITED(check_wait(pid, 5000), 24);
	CHECK_EQ(raw_clone(CLONE_THREAD | SIGCHLD, NULL, NULL, NULL), -EINVAL);
	CHECK_EQ(raw_clone(CLONE_SIGHAND | SIGCHLD, NULL, NULL, NULL), -EINVAL);
	CHECK_EQ(raw_clone(CLONE_VM | CLONE_THREAD, NULL, NULL, NULL), -EINVAL);
}

static volatile int clone_value;

static int clone_child(void *arg)
{
	clone_value = *(int *)arg + 1;
	_exit(31);
}

/* What posix_spawn is made of: the parent's memory, a stack of its own, the parent asleep. */
static void clone_vfork(void)
{
	char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int value = 40;
	pid_t pid = CHECK_OK(
		clone(clone_child, stack + 65536, CLONE_VM | CLONE_VFORK | SIGCHLD, &value));

	CHECK_EQ(clone_value, 41);
	CHECK_EXITED(check_wait(pid, 5000), 31);
	/* Without CLONE_VM the child's writes stay its own. */
	value = 50;
	pid = CHECK_OK(clone(clone_child, stack + 65536, SIGCHLD, &value));
	CHECK_EXITED(check_wait(pid, 5000), 31);
	CHECK_EQ(clone_value, 41);
	munmap(stack, 65536);
}

static void spawning(void)
{
	char *argv[] = {self, (char *)"part_cat", NULL}, buffer[32] = {0};
	posix_spawn_file_actions_t actions;
	int in[2], out[2], n;
	pid_t pid;

	CHECK_OK(pipe2(in, O_CLOEXEC));
	CHECK_OK(pipe2(out, O_CLOEXEC));
	CHECK_EQ(posix_spawn_file_actions_init(&actions), 0);
	CHECK_EQ(posix_spawn_file_actions_adddup2(&actions, in[0], 0), 0);
	CHECK_EQ(posix_spawn_file_actions_adddup2(&actions, out[1], 1), 0);
	CHECK_EQ(posix_spawn(&pid, self, &actions, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	close(out[1]);
	CHECK_EQ(write(in[1], "through", 7), 7);
	close(in[1]);
	n = read(out[0], buffer, sizeof(buffer));
	CHECK_EQ(n, 7);
	CHECK_STR(buffer, "through");
	CHECK_EXITED(check_wait(pid, 5000), 0);
	CHECK_EQ(posix_spawn(&pid, "spawn.none", NULL, NULL, argv, environ), ENOENT);
	CHECK_EQ(posix_spawnp(&pid, "no-such-program", NULL, NULL, argv, environ), ENOENT);
	CHECK_ERRNO(wait(NULL), ECHILD);
}

static void arguments(void)
{
	CHECK_EXITED(run_part("part_args", "a b", ""), 0);
	CHECK_EXITED(run_part("part_args", "only", NULL), 3);
	setenv("SPAWN_TEST", "value", 1);
	CHECK_EXITED(run_part("part_env", NULL, NULL), 0);
}

/* Strings up to 128 KiB each; more, or too much in all, is E2BIG. */
static void argument_limits(void)
{
	size_t most = 131072;
	char *big = malloc(most + 1), *argv[4] = {self, (char *)"part_length", big, NULL};
	char **many;
	pid_t pid;

	memset(big, 'x', most);
	big[most] = 0;
	CHECK_ERRNO(execve(self, argv, environ), E2BIG);
	big[most - 1] = 0;
	pid = fork();
	if (pid == 0) {
		execve(self, argv, environ);
		_exit(errno);
	}
	CHECK_EXITED(check_wait(pid, 5000), 0);
	/* 6 MiB and more do not go in under an 8 MiB stack. */
	many = calloc(101, sizeof(*many));
	for (int i = 0; i < 100; i++)
		many[i] = big;
	CHECK_ERRNO(execve(self, many, environ), E2BIG);
	/* A thousand small ones do. */
	many = calloc(1003, sizeof(*many));
	many[0] = self;
	many[1] = (char *)"part_count";
	for (int i = 2; i < 1002; i++)
		many[i] = (char *)"small";
	pid = fork();
	if (pid == 0) {
		execve(self, many, environ);
		_exit(errno);
	}
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

static void close_on_exec(void)
{
	char a[16], b[16];
	int kept = CHECK_OK(open("/dev/null", O_RDONLY));
	int closed = CHECK_OK(open("/dev/null", O_RDONLY | O_CLOEXEC));

	snprintf(a, sizeof(a), "%d", kept);
	snprintf(b, sizeof(b), "%d", closed);
	CHECK_EXITED(run_part("part_fds", a, b), 0);
	CHECK_OK(fcntl(kept, F_SETFD, FD_CLOEXEC));
	CHECK_OK(fcntl(closed, F_SETFD, 0));
	CHECK_EXITED(run_part("part_fds", b, a), 0);
}

static void ignore_nothing(int sig)
{
}

/* Ignored signals and the mask stay, handlers become defaults, pending signals stay pending. */
static void signals_over_exec(void)
{
	sigset_t set;

	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, ignore_nothing);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_SETMASK, &set, NULL);
	CHECK_EXITED(run_part("part_signals", NULL, NULL), 0);
}

/* The program's own path, its number and its place in the family survive exec. */
static void identity(void)
{
	char path[256], number[16];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	pid_t pid;

	CHECK(n > 0);
	path[n > 0 ? n : 0] = 0;
	CHECK_EQ(path[0], '/');
	pid = fork();
	if (pid == 0) {
		char *argv[] = {(char *)"spawn", (char *)"part_identity", number, NULL};

		snprintf(number, sizeof(number), "%d", (int)getpid());
		execve("/proc/self/exe", argv, environ);
		_exit(120);
	}
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

static void write_script(const char *name, const char *text)
{
	int fd = CHECK_OK(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755));

	CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int run_script(const char *name, int *error)
{
	char *argv[] = {(char *)name, (char *)"x", NULL};
	pid_t pid = fork();

	*error = 0;
	if (pid == 0) {
		execve(name, argv, environ);
		_exit(100 + errno);
	}
	return check_wait(pid, 5000);
}

static void scripts(void)
{
	char text[400];
	int error;

	snprintf(text, sizeof(text), "#!%s part_script\nbody\n", self);
	write_script("spawn.script", text);
	CHECK_EXITED(run_script("./spawn.script", &error), 33);
	snprintf(text, sizeof(text), "#! \t%s   part_script  \n", self);
	write_script("spawn.script", text);
	CHECK_EXITED(run_script("./spawn.script", &error), 33);
	write_script("spawn.script", "#!/no/such/interpreter\n");
	CHECK_EXITED(run_script("./spawn.script", &error), 100 + ENOENT);
	write_script("spawn.script", "#!\n");
	CHECK_EXITED(run_script("./spawn.script", &error), 100 + ENOEXEC);
	write_script("spawn.script", "no magic\n");
	CHECK_EXITED(run_script("./spawn.script", &error), 100 + ENOEXEC);
	/* An interpreter that is itself a script. */
	snprintf(text, sizeof(text), "#!%s part_script\n", self);
	write_script("spawn.outer", text);
	write_script("spawn.script", "#!./spawn.outer\n");
	CHECK_EXITED(run_script("./spawn.script", &error), 33);
	/* One that is its own interpreter. */
	write_script("spawn.script", "#!./spawn.script\n");
	CHECK_EXITED(run_script("./spawn.script", &error), 100 + ELOOP);
	unlink("spawn.script");
	unlink("spawn.outer");
}

/* One process through a hundred programs. */
static void exec_again_and_again(void)
{
	CHECK_EXITED(run_part("part_again", "40", NULL), 0);
}

/* ---- The parts, in a fresh program ---- */

static int part_signals(void)
{
	struct sigaction sa;
	sigset_t set;

	sigaction(SIGHUP, NULL, &sa);
	CHECK(sa.sa_handler == SIG_IGN);
	sigaction(SIGUSR1, NULL, &sa);
	CHECK(sa.sa_handler == SIG_DFL);
	sigprocmask(SIG_SETMASK, NULL, &set);
	CHECK_EQ(sigismember(&set, SIGUSR2), 1);
	CHECK_EQ(sigismember(&set, SIGUSR1), 0);
	return check_failures != 0;
}

static int part_cat(void)
{
	char buffer[64];
	int n;

	while ((n = read(0, buffer, sizeof(buffer))) > 0)
		if (write(1, buffer, n) != n)
			return 1;
	return n < 0;
}

/* The kernel's own gift to a program: page size, a path, random bytes. */
static int part_identity(char **argv)
{
	CHECK_EQ(atoi(argv[2]), getpid());
	CHECK_EQ(getauxval(AT_PAGESZ), 4096);
	CHECK(getauxval(AT_RANDOM) != 0);
	CHECK(getauxval(AT_PHDR) != 0);
	CHECK_EQ(getauxval(AT_SECURE), 0);
	CHECK_STR((char *)getauxval(AT_EXECFN), "/proc/self/exe");
	return check_failures != 0;
}

static int part_fds(char **argv)
{
	CHECK_OK(fcntl(atoi(argv[2]), F_GETFD));
	CHECK_ERRNO(fcntl(atoi(argv[3]), F_GETFD), EBADF);
	return check_failures != 0;
}

static int part_again(char **argv)
{
	int left = atoi(argv[2]);
	char text[16];

	if (left == 0)
		return 0;
	snprintf(text, sizeof(text), "%d", left - 1);
	argv[2] = text;
	execve(self, argv, environ);
	return 1;
}

/* program part_script [./spawn.outer] ./spawn.script x */
static int part_script(int argc, char **argv)
{
	CHECK_RANGE(argc, 4, 5);
	CHECK_STR(argv[argc - 1], "x");
	CHECK_STR(argv[argc - 2], "./spawn.script");
	return check_failures ? 1 : 33;
}

static int run_as_part(int argc, char **argv)
{
	const char *part = argv[1];

	if (strcmp(part, "part_exit") == 0)
		return atoi(argv[2]);
	if (strcmp(part, "part_read_all") == 0)
		return read(0, argv[0], 1) != 0;
	else if (strcmp(part, "part_args") == 0)
		return argc != 4 ? 3 : strcmp(argv[2], "a b") != 0 || *argv[3] || argv[4];
	else if (strcmp(part, "part_env") == 0)
		return !getenv("SPAWN_TEST") || strcmp(getenv("SPAWN_TEST"), "value") != 0;
	else if (strcmp(part, "part_length") == 0)
		return strlen(argv[2]) != 131071;
	else if (strcmp(part, "part_count") == 0)
		return argc != 1002 || strcmp(argv[1001], "small") != 0;
	else if (strncmp(part, "part_script", 11) == 0)
		return part_script(argc, argv);
	else if (strcmp(part, "part_fds") == 0)
		return part_fds(argv);
	else if (strcmp(part, "part_signals") == 0)
		return part_signals();
	else if (strcmp(part, "part_identity") == 0)
		return part_identity(argv);
	else if (strcmp(part, "part_again") == 0)
		return part_again(argv);
	else if (strcmp(part, "part_cat") == 0)
		return part_cat();
	return 0;
}

static const struct check_case cases[] = {
	CASE(vfork_shares),      CASE(vfork_until_exec),
	CASE(vfork_stops_late),  CASE(vfork_has_own_tables),
	CASE(clone_like_fork),   CASE(clone_vfork),
	CASE(spawning),          CASE(arguments),
	CASE(argument_limits),   CASE(close_on_exec),
	CASE(signals_over_exec), CASE(identity),
	CASE(scripts),           CASE(exec_again_and_again),
};

int main(int argc, char **argv)
{
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return 119;
	if (argc > 1 && strncmp(argv[1], "part_", 5) == 0)
		return run_as_part(argc, argv);
	return CHECK_MAIN(cases, argc, argv);
}
