/* SPDX-License-Identifier: MIT */
/*
 * Starting programs: the exec family, posix_spawn() with its actions and attributes, vfork().
 * This program starts itself; its first argument then says what to do (see main).
 */
#include "check.h"

#include <limits.h>
#include <spawn.h>

extern char **environ;

static char self[PATH_MAX];

static int run_exec(int (*start)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		start();
		_exit(120);
	}
	return check_wait(pid, 10000);
}

static int start_execl(void)
{
	return execl(self, "name", "args", "2", "one", "two", NULL);
}

static int start_execle(void)
{
	char *envp[] = {(char *)"ONLY=this", NULL};

	return execle(self, "name", "env", "ONLY", "this", NULL, envp);
}

static int start_execv(void)
{
	char *argv[] = {(char *)"name", (char *)"args", (char *)"0", NULL};

	return execv(self, argv);
}

static int start_execlp_with_slash(void)
{
	return execlp(self, "name", "args", "1", "one", NULL);
}

/* Found in the third directory of PATH; in the first there is one that may not be run. */
static int start_execvp_on_path(void)
{
	char directory[PATH_MAX], path[2 * PATH_MAX], wrong[] = "/tmp/libc_process.XXXXXX";
	char *name, file[2 * PATH_MAX];

	strcpy(directory, self);
	name = strrchr(directory, '/');
	*name++ = '\0';
	if (!mkdtemp(wrong))
		_exit(121);
	snprintf(file, sizeof(file), "%s/%s", wrong, name);
	close(open(file, O_CREAT | O_WRONLY, 0600));
	snprintf(path, sizeof(path), "%s:/no/such:%s:/bin", wrong, directory);
	setenv("PATH", path, 1);
	if (fork() == 0)
		return execlp(name, "name", "remove", file, wrong, NULL);
	wait(NULL);
	return execvp(name, (char *[]){(char *)"name", (char *)"args", (char *)"0", NULL});
}

/* No program and no "#!": the shell's. */
static int start_script(void)
{
	char path[] = "/tmp/libc_process.XXXXXX";
	int fd = mkstemp(path);

	dprintf(fd, "rm $0; exit $(($1 + $2))\n");
	fchmod(fd, 0700);
	close(fd);
	return execlp(path, "name", "3", "4", NULL);
}

static void exec_family(void)
{
	CHECK_EXITED(run_exec(start_script), 7);
	CHECK_EXITED(run_exec(start_execl), 0);
	CHECK_EXITED(run_exec(start_execle), 0);
	CHECK_EXITED(run_exec(start_execv), 0);
	CHECK_EXITED(run_exec(start_execlp_with_slash), 0);
	CHECK_EXITED(run_exec(start_execvp_on_path), 0);
	CHECK_ERRNO(execlp("no-such-program-anywhere", "x", NULL), ENOENT);
	CHECK_ERRNO(execlp("", "x", NULL), ENOENT);
	CHECK_ERRNO(execl("/tmp", "x", NULL), EACCES);
}

static void vfork_and_exec(void)
{
	volatile int before = 5;
	pid_t pid = vfork();

	if (pid == 0) {
		execl(self, "name", "exit", "3", NULL);
		_exit(120);
	}
	CHECK_EQ(before, 5);
	CHECK_EXITED(check_wait(pid, 10000), 3);
}

/* Spawns this program with `words`; returns its wait status. */
static int spawn(const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
		 const char *const *words)
{
	char *argv[8] = {(char *)"name"};
	pid_t pid = -1;
	int error;

	for (int i = 0; words[i]; i++)
		argv[i + 1] = (char *)words[i];
	error = posix_spawn(&pid, self, actions, attributes, argv, environ);
	CHECK_EQ(error, 0);
	return error ? -1 : check_wait(pid, 10000);
}
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void spawn_plain(void)
{
	char *argv[] = {(char *)"x", NULL};
	pid_t pid = 77;

	errno = 99;
	CHECK_EXITED(spawn(NULL, NULL, WORDS("exit", "7")), 7);
	CHECK_EQ(posix_spawn(&pid, "/no/such/program", NULL, NULL, argv, environ), ENOENT);
	CHECK_EQ(posix_spawnp(&pid, "no-such-program", NULL, NULL, argv, environ), ENOENT);
	CHECK_EQ(posix_spawn(&pid, "/tmp", NULL, NULL, argv, environ), EACCES);
	/* A failed spawn leaves no child behind. */
	CHECK_ERRNO(waitpid(-1, NULL, 0), ECHILD);
}

static void spawn_actions(void)
{
	posix_spawn_file_actions_t actions;
	char text[40] = "";
	int fds[2];

	CHECK_EQ(pipe2(fds, O_CLOEXEC), 0);
	CHECK_EQ(posix_spawn_file_actions_init(&actions), 0);
	CHECK_EQ(posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0), 0);
	CHECK_EQ(posix_spawn_file_actions_adddup2(&actions, fds[1], 1), 0);
	CHECK_EQ(posix_spawn_file_actions_adddup2(&actions, fds[1], fds[1]), 0);
	CHECK_EQ(posix_spawn_file_actions_addclose(&actions, 2), 0);
	CHECK_EQ(posix_spawn_file_actions_addclose(&actions, -1), EBADF);
	snprintf(text, sizeof(text), "%d", fds[1]);
	CHECK_EXITED(spawn(&actions, NULL, WORDS("descriptors", text)), 0);
	memset(text, 0, sizeof(text));
	CHECK_EQ(read(fds[0], text, sizeof(text)), 5);
	CHECK_STR(text, "hello");
	CHECK_EQ(posix_spawn_file_actions_destroy(&actions), 0);

	/* An action that fails is an error of the spawn. */
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, 99, 1);
	CHECK_EQ(posix_spawn(NULL, self, &actions, NULL, (char *[]){self, NULL}, environ), EBADF);
	posix_spawn_file_actions_destroy(&actions);
	CHECK_ERRNO(waitpid(-1, NULL, 0), ECHILD);
}

static void on_signal(int number)
{
	(void)number;
}

static void spawn_attributes(void)
{
	posix_spawnattr_t attributes;
	sigset_t mask, defaults;

	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, on_signal);
	signal(SIGINT, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	/* Without attributes: ignored stays ignored, a handler becomes the default, the mask
	 * stays. */
	CHECK_EXITED(spawn(NULL, NULL, WORDS("signals", "I", "D", "I", "B")), 0);

	CHECK_EQ(posix_spawnattr_init(&attributes), 0);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGUSR1);
	CHECK_EQ(posix_spawnattr_setsigdefault(&attributes, &defaults), 0);
	sigemptyset(&mask);
	CHECK_EQ(posix_spawnattr_setsigmask(&attributes, &mask), 0);
	CHECK_EQ(posix_spawnattr_setpgroup(&attributes, 0), 0);
	CHECK_EQ(posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF |
							       POSIX_SPAWN_SETSIGMASK |
							       POSIX_SPAWN_SETPGROUP),
		 0);
	CHECK_EXITED(spawn(NULL, &attributes, WORDS("signals", "D", "D", "I", "-")), 0);
	CHECK_EXITED(spawn(NULL, &attributes, WORDS("group")), 0);
	CHECK_EXITED(spawn(NULL, NULL, WORDS("group")), 1);
	CHECK_EQ(posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID), 0);
	CHECK_EXITED(spawn(NULL, &attributes, WORDS("session")), 0);
	CHECK_EQ(posix_spawnattr_destroy(&attributes), 0);
	/* The parent's own mask and handlers are as they were. */
	CHECK(signal(SIGUSR2, SIG_DFL) == on_signal);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	CHECK_EQ(sigismember(&mask, SIGTERM), 1);
	CHECK_EQ(sigismember(&mask, SIGUSR2), 0);
}

static void spawn_many(void)
{
	for (int i = 0; i < 50; i++) {
		char text[8];

		snprintf(text, sizeof(text), "%d", i);
		CHECK_EXITED(spawn(NULL, NULL, WORDS("exit", text)), i);
	}
}

/* In the started program: the disposition of one signal, as a letter. */
static char disposition(int number)
{
	struct sigaction action;

	sigaction(number, NULL, &action);
	return action.sa_handler == SIG_IGN ? 'I' : action.sa_handler == SIG_DFL ? 'D' : 'H';
}

static int check_signals(char **letters)
{
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	return disposition(SIGUSR1) != letters[0][0] || disposition(SIGUSR2) != letters[1][0] ||
	       disposition(SIGINT) != letters[2][0] ||
	       sigismember(&mask, SIGTERM) != (letters[3][0] == 'B') ||
	       sigismember(&mask, SIGUSR2) != 0;
}

static int check_descriptors(int inherited)
{
	char c;

	return read(0, &c, 1) != 0 || write(1, "hello", 5) != 5 || fcntl(2, F_GETFD) != -1 ||
	       fcntl(inherited, F_GETFD) != 0;
}

/* What a started program does; -1 when it was not started by a case. */
static int part(int argc, char **argv)
{
	if (argc < 2)
		return -1;
	if (strcmp(argv[1], "exit") == 0)
		return atoi(argv[2]);
	if (strcmp(argv[1], "args") == 0)
		return strcmp(argv[0], "name") != 0 || argc != 3 + atoi(argv[2]) || argv[argc];
	if (strcmp(argv[1], "env") == 0)
		return !getenv(argv[2]) || strcmp(getenv(argv[2]), argv[3]) != 0 || environ[1];
	if (strcmp(argv[1], "remove") == 0)
		return unlink(argv[2]) != 0 || rmdir(argv[3]) != 0;
	if (strcmp(argv[1], "descriptors") == 0)
		return check_descriptors(atoi(argv[2]));
	if (strcmp(argv[1], "signals") == 0)
		return check_signals(argv + 2);
	if (strcmp(argv[1], "group") == 0)
		return getpgrp() != getpid();
	if (strcmp(argv[1], "session") == 0)
		return getsid(0) != getpid() || getpgrp() != getpid();
	return -1;
}

static const struct check_case cases[] = {
	CASE(exec_family),   CASE(vfork_and_exec),   CASE(spawn_plain),
	CASE(spawn_actions), CASE(spawn_attributes), CASE(spawn_many),
};

int main(int argc, char **argv)
{
	int result = part(argc, argv);
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (result >= 0)
		return result;
	if (n > 0)
		self[n] = '\0';
	else if (!realpath(argv[0], self))
		return 1;
	return CHECK_MAIN(cases, argc, argv);
}
