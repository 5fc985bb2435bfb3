/* SPDX-License-Identifier: MIT */
/*
 * Runs the user tests, as pid 1 of a test machine: init=/tests/runner tests=PATTERN.
 *
 * A test is an executable in /tests, except this one and those called helper_*, or a shell script
 * /tests/scripts/NAME.sh whose output must equal NAME.out beside it (called scripts/NAME). Those
 * whose name contains PATTERN run, in order of name; "all" or nothing means every one. A helper_
 * program runs only when PATTERN is its whole name: these want a machine of their own.
 *
 * Each test runs as the leader of its own session in an empty directory, with standard input from
 * /dev/null and both outputs in a file, under a limit (limit=N seconds, 60; what a test is told by
 * SECONDS=N is added). It passes when it exits with 0 and, all its orphans killed and reaped and
 * its directory removed, /proc/counts is what it was before. Words of the kernel's command line in
 * capitals (NAME=value) are its environment; seed=N is SEED.
 *
 * Results go to /dev/report, where the kernel stamps each line with the nonce that no test can
 * know: `start NAME`, `test NAME pass`, `test NAME fail REASON`, `plan COUNT`, `done`. The output
 * of a failed test goes to the console, with V=1 every test's. Then the machine powers off.
 *
 * `runner DIRECTORY [PATTERN]` runs the programs there as a plain process on any host, without the
 * leak check, and reports on standard output.
 */
#include "check.h"

#include <dirent.h>
#include <sys/reboot.h>

#define MAX_TESTS  256
#define NAME_SIZE  64
#define OUTPUT_MAX 65536 /* bytes of a test's output that are shown: the last ones */
#define LIMIT_S    60

struct counts {
	int n;
	char name[16][NAME_SIZE];
	long value[16];
};

static char names[MAX_TESTS][NAME_SIZE];
static int name_count;
static const char *directory = "/tests";
static char pattern[NAME_SIZE] = "all";
static int limit_ms = LIMIT_S * 1000;
static int report_fd = 1;
static int is_init;
static int failed_count;
static char output_path[64];
static char work_path[64];

/* A test's output and what it should be. */
static char output_text[OUTPUT_MAX], expected_text[OUTPUT_MAX];

/* One line to the report port in one write: the kernel stamps it. */
static void __attribute__((format(printf, 1, 2))) report(const char *format, ...)
{
	char line[400];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	for (int i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' || (unsigned char)line[i] > '~')
			line[i] = '?';
	line[n++] = '\n';
	if (write(report_fd, line, n) != n)
		check_print("runner: cannot report: errno %d", errno);
}

/* Reads a whole small file as a string; returns its length or -1. */
static int read_text(const char *path, char *text, int size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int n = 0, got = 0;

	if (fd < 0)
		return -1;
	while (n < size - 1 && (got = read(fd, text + n, size - 1 - n)) > 0)
		n += got;
	close(fd);
	text[n] = 0;
	return got < 0 ? -1 : n;
}

/* ---- What to run ---- */

static int wanted(const char *name)
{
	if (strcmp(name, "runner") == 0 || name[0] == '.')
		return 0;
	if (strncmp(name, "helper_", 7) == 0)
		return strcmp(name, pattern) == 0;
	return !*pattern || strcmp(pattern, "all") == 0 || strstr(name, pattern);
}

static void add_test(const char *prefix, const char *name, int length)
{
	char full[NAME_SIZE];
	int i;

	snprintf(full, sizeof(full), "%s%.*s", prefix, length, name);
	if (!wanted(full) || name_count == MAX_TESTS)
		return;
	for (i = name_count++; i > 0 && strcmp(names[i - 1], full) > 0; i--)
		strcpy(names[i], names[i - 1]);
	strcpy(names[i], full);
}

/* Adds the executables of the directory, or with suffix the files called *SUFFIX in it. */
static void find_tests(const char *path, const char *prefix, const char *suffix)
{
	struct dirent *entry;
	DIR *dir = opendir(path);

	while (dir && (entry = readdir(dir))) {
		int length = strlen(entry->d_name), cut = suffix ? strlen(suffix) : 0;
		struct stat st;
		char file[320];

		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		if (stat(file, &st) != 0 || !S_ISREG(st.st_mode) || length <= cut)
			continue;
		if (suffix ? strcmp(entry->d_name + length - cut, suffix) == 0 : st.st_mode & 0111)
			add_test(prefix, entry->d_name, length - cut);
	}
	if (dir)
		closedir(dir);
}

/* One word of the kernel's command line. */
static void take_word(char *word)
{
	char *value = strchr(word, '=');

	if (!value)
		return;
	*value++ = 0;
	if (strcmp(word, "tests") == 0)
		snprintf(pattern, sizeof(pattern), "%s", value);
	else if (strcmp(word, "limit") == 0)
		limit_ms = atoi(value) * 1000;
	else if (strcmp(word, "seed") == 0)
		setenv("SEED", value, 1);
	else if (word[0] >= 'A' && word[0] <= 'Z')
		setenv(word, value, 1);
	if (strcmp(word, "SECONDS") == 0)
		limit_ms += atoi(value) * 1000;
}

static void read_command_line(void)
{
	static char line[4096];
	char *p = line;

	if (read_text("/proc/cmdline", line, sizeof(line)) < 0)
		return;
	while (*p) {
		char *word = p += strspn(p, " \n");
		int quoted = 0;

		while (*p && (quoted || (*p != ' ' && *p != '\n')))
			quoted ^= *p++ == '"';
		if (*p)
			*p++ = 0;
		take_word(word);
	}
}

/* ---- Leaks ---- */

static void read_counts(struct counts *counts)
{
	static char text[1024];
	char *p = text, *end;

	counts->n = 0;
	if (read_text("/proc/counts", text, sizeof(text)) < 0)
		return;
	for (; (end = strchr(p, '\n')) && counts->n < 16; p = end + 1) {
		char *space = strchr(p, ' ');

		if (!space || space > end)
			continue;
		snprintf(counts->name[counts->n], NAME_SIZE, "%.*s", (int)(space - p), p);
		counts->value[counts->n++] = strtol(space, NULL, 10);
	}
}

/* Names what differs, or returns 0. A fresh reading is asked for once: it settles the kernel. */
static int leaked(const struct counts *before, char *text, int size)
{
	struct counts after;
	int length = 0;

	for (int try = 0; try < 2; try++) {
		length = 0;
		read_counts(&after);
		for (int i = 0; i < before->n && i < after.n && length < size; i++)
			if (before->value[i] != after.value[i])
				length += snprintf(text + length, size - length, " %s %+ld",
						   before->name[i],
						   after.value[i] - before->value[i]);
		if (!length)
			return 0;
	}
	return length;
}

/* ---- One test ---- */

static void remove_tree(const char *path)
{
	struct dirent *entry;
	struct stat st;
	char inner[512];
	DIR *dir;

	if (unlink(path) == 0 || lstat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return;
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
		remove_tree(inner);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

/* In the child: the test's surroundings, then the test. */
static void become_test(const char *name)
{
	int script = strncmp(name, "scripts/", 8) == 0;
	char path[256];
	int in, out;

	setsid();
	in = open("/dev/null", O_RDONLY);
	out = open(output_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
	if (in < 0 || out < 0 || chdir(work_path) != 0)
		_exit(97);
	dup2(in, 0);
	dup2(out, 1);
	dup2(out, 2);
	close(in);
	close(out);
	snprintf(path, sizeof(path), "%s/%s%s", directory, name, script ? ".sh" : "");
	if (script)
		execl("/bin/sh", "sh", path, (char *)NULL);
	else
		execl(path, name, (char *)NULL);
	check_print("cannot run %s: errno %d", path, errno);
	_exit(127);
}

/* Waits for the test while reaping the orphans that come to pid 1. */
static int await_test(pid_t pid)
{
	long long end = check_now_us() + limit_ms * 1000LL;
	int status;

	while (check_now_us() < end) {
		pid_t got = waitpid(is_init ? -1 : pid, &status, WNOHANG);

		if (got == pid)
			return status;
		if (got <= 0)
			check_sleep_ms(2);
	}
	return CHECK_TIMEOUT;
}

/* Ends whatever the test left running. On a host only its process group is ours to kill. */
static void end_leftovers(pid_t pid)
{
	kill(is_init ? -1 : -pid, SIGKILL);
	if (is_init)
		while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
			;
	else
		waitpid(pid, NULL, WNOHANG);
}

/* The last line of the test's output that is not empty. */
static void last_line(char *line, int size)
{
	char *text = output_text;
	int n = 0, got, start;
	int fd = open(output_path, O_RDONLY | O_CLOEXEC);

	line[0] = 0;
	if (fd < 0)
		return;
	if (lseek(fd, -(OUTPUT_MAX - 1), SEEK_END) < 0)
		lseek(fd, 0, SEEK_SET);
	while (n < OUTPUT_MAX - 1 && (got = read(fd, text + n, OUTPUT_MAX - 1 - n)) > 0)
		n += got;
	close(fd);
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' '))
		n--;
	for (start = n; start > 0 && text[start - 1] != '\n'; start--)
		;
	snprintf(line, size, "%.*s", n - start, text + start);
}

/* Puts a test's output on the console. */
static void show_output(const char *name)
{
	char text[1024];
	int fd = open(output_path, O_RDONLY | O_CLOEXEC);
	int n;

	check_print("---- output of %s", name);
	if (fd >= 0 && lseek(fd, -OUTPUT_MAX, SEEK_END) < 0)
		lseek(fd, 0, SEEK_SET);
	while (fd >= 0 && (n = read(fd, text, sizeof(text))) > 0)
		if (write(1, text, n) != n)
			break;
	if (fd >= 0)
		close(fd);
	check_print("---- end of %s", name);
}

/* Compares a script's output with what is expected of it; returns 0 when they are the same. */
static int script_differs(const char *name, char *why, int size)
{
	char *expected = expected_text, *got = output_text;
	char path[256];
	int line = 1;

	snprintf(path, sizeof(path), "%s/%s.out", directory, name);
	if (read_text(path, expected, OUTPUT_MAX) < 0)
		return snprintf(why, size, "no expected output %s", path);
	if (read_text(output_path, got, OUTPUT_MAX) < 0)
		return snprintf(why, size, "no output");
	if (strcmp(expected, got) == 0)
		return 0;
	for (int i = 0; expected[i] && expected[i] == got[i]; i++)
		line += expected[i] == '\n';
	return snprintf(why, size, "output differs from line %d on", line);
}

static void run_test(const char *name)
{
	char why[320], line[200];
	struct counts before;
	int status, bad;
	pid_t pid;

	report("start %s", name);
	mkdir(work_path, 0755);
	read_counts(&before);
	pid = fork();
	if (pid == 0)
		become_test(name);
	status = pid < 0 ? CHECK_TIMEOUT : await_test(pid);
	end_leftovers(pid);
	last_line(line, sizeof(line));
	bad = 1;
	if (pid < 0)
		snprintf(why, sizeof(why), "cannot fork: errno %d", errno);
	else if (status == CHECK_TIMEOUT)
		snprintf(why, sizeof(why), "time limit of %d s: %s", limit_ms / 1000, line);
	else if (status != 0)
		snprintf(why, sizeof(why), "%s: %s", check_describe(status, (char[64]){0}, 64),
			 line);
	else
		bad = strncmp(name, "scripts/", 8) == 0 && script_differs(name, why, sizeof(why));
	if (bad || check_env("V", 0))
		show_output(name);
	unlink(output_path);
	remove_tree(work_path);
	mkdir(work_path, 0755);
	if (!bad && is_init && leaked(&before, line, sizeof(line))) {
		snprintf(why, sizeof(why), "leaked%s", line);
		bad = 1;
	}
	failed_count += bad;
	if (bad)
		report("test %s fail %s", name, why);
	else
		report("test %s pass", name);
}

/*
 * Touches all memory that this process will ever use, and lets one child live and die, so that what
 * the runner itself takes is not counted against the first test.
 */
static void warm_up(void)
{
	volatile char *stack = __builtin_alloca(65536);
	pid_t pid;

	memset(output_text, 0, sizeof(output_text));
	memset(expected_text, 0, sizeof(expected_text));
	for (int i = 0; i < 65536; i += 512)
		stack[i] = 0;
	mkdir(work_path, 0755);
	close(open(output_path, O_WRONLY | O_CREAT, 0600));
	pid = fork();
	if (pid == 0)
		_exit(0);
	end_leftovers(pid);
	unlink(output_path);
}

/* The surroundings of pid 1: a report port, a console, somewhere to work. */
static void init_setup(void)
{
	int console = open("/dev/console", O_RDWR | O_CLOEXEC);

	is_init = 1;
	for (int fd = 0; console >= 0 && fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			dup2(console, fd);
	report_fd = open("/dev/report", O_WRONLY | O_CLOEXEC);
	mkdir("/tmp", 01777);
	setenv("PATH", "/bin", 1);
	setenv("HOME", "/", 1);
	read_command_line();
}

int main(int argc, char **argv)
{
	if (getpid() == 1) {
		init_setup();
	} else if (argc < 2) {
		check_print("usage: %s DIRECTORY [PATTERN]", argv[0]);
		return 2;
	} else {
		directory = argv[1];
		snprintf(pattern, sizeof(pattern), "%s", argc > 2 ? argv[2] : "all");
		limit_ms = check_env("LIMIT", LIMIT_S) * 1000;
	}
	snprintf(work_path, sizeof(work_path), "/tmp/runner.%d", (int)getpid());
	snprintf(output_path, sizeof(output_path), "/tmp/runner.%d.out", (int)getpid());
	find_tests(directory, "", NULL);
	if (is_init) {
		char scripts[64];

		snprintf(scripts, sizeof(scripts), "%s/scripts", directory);
		find_tests(scripts, "scripts/", ".sh");
	}
	warm_up();
	for (int i = 0; i < name_count; i++)
		run_test(names[i]);
	remove_tree(work_path);
	report("plan %d", name_count);
	report("done");
	if (is_init) {
		reboot(RB_POWER_OFF);
		for (;;)
			pause();
	}
	return failed_count ? 1 : 0;
}
