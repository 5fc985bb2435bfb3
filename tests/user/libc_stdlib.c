/* SPDX-License-Identifier: MIT */
/* The environment, the program's end, sorting, options, temporary files, real paths. */
#include "check.h"

#include <limits.h>
#include <sys/auxv.h>

extern char **environ;

static void environment(void)
{
	char assignment[] = "PUT=1";

	CHECK_EQ(setenv("NEW", "one", 0), 0);
	CHECK_STR(getenv("NEW"), "one");
	CHECK_EQ(setenv("NEW", "two", 0), 0);
	CHECK_STR(getenv("NEW"), "one");
	CHECK_EQ(setenv("NEW", "two", 1), 0);
	CHECK_STR(getenv("NEW"), "two");
	CHECK(!getenv("NE"));
	CHECK(!getenv("NEWS"));
	CHECK_EQ(unsetenv("NEW"), 0);
	CHECK(!getenv("NEW"));
	CHECK_ERRNO(setenv("", "x", 1), EINVAL);
	CHECK_ERRNO(setenv("a=b", "x", 1), EINVAL);
	CHECK_ERRNO(unsetenv("a=b"), EINVAL);

	CHECK_EQ(putenv(assignment), 0);
	assignment[4] = '2';
	CHECK_STR(getenv("PUT"), "2");
	CHECK_EQ(unsetenv("PUT"), 0);
	CHECK(!getenv("PUT"));
}

static void environment_grows(void)
{
	char name[20], value[20];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 300; i++) {
			snprintf(name, sizeof(name), "V%d", i);
			snprintf(value, sizeof(value), "%d", i * round);
			CHECK_EQ(setenv(name, value, 1), 0);
		}
		for (int i = 0; i < 300; i++) {
			snprintf(name, sizeof(name), "V%d", i);
			CHECK_EQ(atoi(getenv(name)), i * round);
			if (i % 3 == round)
				CHECK_EQ(unsetenv(name), 0);
		}
	}
	CHECK_EQ(clearenv(), 0);
	CHECK(!getenv("V1"));
	CHECK(!environ || !environ[0]);
	CHECK_EQ(setenv("AFTER", "x", 1), 0);
	CHECK_STR(getenv("AFTER"), "x");
}

/* A program may put an array of its own in place. */
static void environment_replaced(void)
{
	static char *own[] = {(char *)"A=1", (char *)"B=2", NULL};

	environ = own;
	CHECK_STR(getenv("B"), "2");
	CHECK_EQ(setenv("C", "3", 1), 0);
	CHECK_STR(getenv("A"), "1");
	CHECK_STR(getenv("C"), "3");
	CHECK_EQ(unsetenv("A"), 0);
	CHECK(!getenv("A"));
	CHECK_STR(getenv("B"), "2");
	environ[0] = NULL;
	CHECK_EQ(setenv("D", "4", 1), 0);
	CHECK_STR(getenv("D"), "4");
	CHECK(!getenv("C"));
}

static int exit_pipe[2];

static void say(const char *letter)
{
	CHECK_EQ(write(exit_pipe[1], letter, 1), 1);
}

static void say_a(void)
{
	say("a");
}

static void say_c(void)
{
	say("c");
}

static void say_b(void)
{
	say("b");
	atexit(say_c); /* run at once: it is now the last */
}

static void exits(void)
{
	CHECK_EQ(atexit(say_a), 0);
	CHECK_EQ(atexit(say_b), 0);
	exit(300);
}

static void exits_at_once(void)
{
	atexit(say_a);
	_Exit(4);
}

static void exit_handlers(void)
{
	char text[8] = "";

	CHECK_EQ(pipe(exit_pipe), 0);
	CHECK_EXITED(check_run(exits, 5000), 300 & 0xff);
	CHECK_EXITED(check_run(exits_at_once, 5000), 4);
	close(exit_pipe[1]);
	CHECK_EQ(read(exit_pipe[0], text, sizeof(text) - 1), 3);
	CHECK_STR(text, "bca");
}

static void on_abort(int signal)
{
	(void)signal;
}

static void aborts(void)
{
	abort();
}

static void aborts_with_handler(void)
{
	signal(SIGABRT, on_abort);
	abort();
}

static void aborts_ignored(void)
{
	sigset_t set;

	signal(SIGABRT, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGABRT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	abort();
}

static void abort_always_ends(void)
{
	CHECK_KILLED(check_run(aborts, 5000), SIGABRT);
	CHECK_KILLED(check_run(aborts_with_handler, 5000), SIGABRT);
	CHECK_KILLED(check_run(aborts_ignored, 5000), SIGABRT);
}

static int by_value(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static void sorting(void)
{
	static int numbers[5000];
	unsigned int seed = 42;
	int key;

	for (size_t i = 0; i < COUNT(numbers); i++)
		numbers[i] = rand_r(&seed) % 1000;
	qsort(numbers, COUNT(numbers), sizeof(int), by_value);
	for (size_t i = 1; i < COUNT(numbers); i++)
		CHECK(numbers[i - 1] <= numbers[i]);
	key = numbers[1234];
	CHECK_EQ(*(int *)bsearch(&key, numbers, COUNT(numbers), sizeof(int), by_value), key);
	key = 1000;
	CHECK(!bsearch(&key, numbers, COUNT(numbers), sizeof(int), by_value));
	qsort(numbers, 0, sizeof(int), by_value);
}

static void random_numbers(void)
{
	int first, seen = 0;

	srand(7);
	first = rand();
	for (int i = 0; i < 1000; i++) {
		int r = rand();

		CHECK(r >= 0 && r <= RAND_MAX);
		seen |= 1 << (r & 15);
	}
	CHECK_EQ(seen, 0xffff);
	srand(7);
	CHECK_EQ(rand(), first);
}

static void options(void)
{
	char *argv[] = {(char *)"prog",  (char *)"-ab",      (char *)"-o",
			(char *)"value", (char *)"-ojoined", (char *)"-x",
			(char *)"--",    (char *)"-a",       NULL};
	char *missing[] = {(char *)"prog", (char *)"-o", NULL};

	opterr = 0;
	CHECK_EQ(getopt(8, argv, "abo:"), 'a');
	CHECK_EQ(getopt(8, argv, "abo:"), 'b');
	CHECK_EQ(getopt(8, argv, "abo:"), 'o');
	CHECK_STR(optarg, "value");
	CHECK_EQ(getopt(8, argv, "abo:"), 'o');
	CHECK_STR(optarg, "joined");
	CHECK_EQ(getopt(8, argv, "abo:"), '?');
	CHECK_EQ(optopt, 'x');
	CHECK_EQ(getopt(8, argv, "abo:"), -1);
	CHECK_EQ(optind, 7);
	optind = 0;
	CHECK_EQ(getopt(2, missing, ":o:"), ':');
	CHECK_EQ(optopt, 'o');
	optind = 0;
	CHECK_EQ(getopt(2, missing, "o:"), '?');
}

static void temporary_files(void)
{
	char name[] = "/tmp/libc_stdlib.XXXXXX", other[] = "/tmp/libc_stdlib.XXXXXX";
	char wrong[] = "/tmp/libc_stdlib.XXXXX";
	struct stat st;
	int fd;

	fd = (int)CHECK_OK(mkstemp(name));
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0600);
	CHECK_EQ(close((int)CHECK_OK(mkstemp(other))), 0);
	CHECK(strcmp(name, other) != 0);
	CHECK_ERRNO(mkstemp(wrong), EINVAL);
	close(fd);
	unlink(name);
	unlink(other);
}

static void real_paths(void)
{
	char directory[] = "/tmp/libc_stdlib.XXXXXX", expected[64], resolved[PATH_MAX];
	char *path;

	CHECK(mkdtemp(directory) != NULL);
	CHECK_EQ(chdir(directory), 0);
	CHECK_EQ(mkdir("a", 0700), 0);
	CHECK_EQ(mkdir("a/b", 0700), 0);
	CHECK_EQ(close(open("a/file", O_CREAT | O_WRONLY, 0600)), 0);
	CHECK_EQ(symlink("a/b", "relative"), 0);
	CHECK_EQ(symlink(directory, "a/b/absolute"), 0);
	CHECK_EQ(symlink("loop", "loop"), 0);

	snprintf(expected, sizeof(expected), "%s/a/b", directory);
	CHECK(realpath("relative", resolved) == resolved);
	CHECK_STR(resolved, expected);
	path = realpath("./a//../relative/absolute/a/b/.", NULL);
	CHECK_STR(path ? path : "NULL", expected);
	free(path);
	CHECK_STR(realpath("relative/../file", resolved) ? resolved : "NULL",
		  (snprintf(expected, sizeof(expected), "%s/a/file", directory), expected));
	CHECK_STR(realpath("/..", resolved) ? resolved : "NULL", "/");
	CHECK(!realpath("missing", resolved));
	CHECK_EQ(errno, ENOENT);
	CHECK(!realpath("a/file/x", resolved));
	CHECK_EQ(errno, ENOTDIR);
	CHECK(!realpath("a/file/", resolved));
	CHECK_EQ(errno, ENOTDIR);
	CHECK(!realpath("loop", resolved));
	CHECK_EQ(errno, ELOOP);
	CHECK(!realpath("", resolved));
	CHECK_EQ(errno, ENOENT);

	unlink("loop");
	unlink("a/b/absolute");
	unlink("relative");
	unlink("a/file");
	rmdir("a/b");
	rmdir("a");
	CHECK_EQ(chdir("/"), 0);
	CHECK_EQ(rmdir(directory), 0);
}

static void system_figures(void)
{
	char cwd[PATH_MAX], *allocated;

	CHECK_EQ(sysconf(_SC_PAGESIZE), 4096);
	CHECK_EQ(sysconf(_SC_CLK_TCK), 100);
	CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
	CHECK(sysconf(_SC_OPEN_MAX) >= 16);
	CHECK(sysconf(_SC_PHYS_PAGES) > 1000);
	CHECK_ERRNO(sysconf(-5), EINVAL);
	CHECK_EQ(chdir("/tmp"), 0);
	CHECK(getcwd(cwd, sizeof(cwd)) == cwd);
	CHECK_STR(cwd, "/tmp");
	CHECK(!getcwd(cwd, 3));
	CHECK_EQ(errno, ERANGE);
	allocated = getcwd(NULL, 0);
	CHECK_STR(allocated, "/tmp");
	free(allocated);
}

static const struct check_case cases[] = {
	CASE(environment),    CASE(environment_grows), CASE(environment_replaced),
	CASE(exit_handlers),  CASE(abort_always_ends), CASE(sorting),
	CASE(random_numbers), CASE(options),           CASE(temporary_files),
	CASE(real_paths),     CASE(system_figures),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
