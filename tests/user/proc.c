/* SPDX-License-Identifier: MIT */
/*
 * /proc as the tools read it: every file that Tarae has, parsed as busybox's ps, top, free, uptime
 * and pmap parse it, and compared with what the process knows of itself.
 */
#include "check.h"

#include <dirent.h>

static char text[65536];

/*
 * A megabyte in use: Linux counts resident pages on each CPU apart and tells a figure that may be
 * too low by some dozens of them.
 */
static char resident_bytes[1 << 20];

/* Reads a file of /proc whole, in small reads that must fit together; returns its length. */
static int slurp(const char *path, size_t step)
{
	int fd = open(path, O_RDONLY), n = 0, got;

	if (fd < 0) {
		check_fail(__FILE__, __LINE__, "open(%s): errno %d", path, errno);
		text[0] = 0;
		return 0;
	}
	while (n + step < sizeof(text) && (got = read(fd, text + n, step)) > 0)
		n += got;
	close(fd);
	text[n] = 0;
	return n;
}

static int lines(void)
{
	int n = 0;

	for (char *p = text; *p; p++)
		n += *p == '\n';
	return n;
}

/* The number behind "key:" or "key " at the start of a line, or -1. */
static long number_of(const char *key)
{
	size_t length = strlen(key);

	for (char *p = text; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
		if (strncmp(p, key, length) == 0 && (p[length] == ':' || p[length] == ' '))
			return strtol(p + length + 1, NULL, 10);
	return -1;
}

/* The fields of a stat line; the second may hold spaces and brackets. */
static int split_stat(char **fields, int max)
{
	char *open = strchr(text, '('), *close = strrchr(text, ')'), *p;
	int n = 2;

	if (!open || !close)
		return 0;
	fields[0] = text;
	fields[1] = open;
	close[1] = 0;
	for (p = strtok(close + 2, " \n"); p && n < max; p = strtok(NULL, " \n"))
		fields[n++] = p;
	return n;
}

static void stat_of_self(void)
{
	char *f[64];

	slurp("/proc/self/stat", 4096);
	CHECK_EQ(lines(), 1);
	CHECK_EQ(split_stat(f, 64), 52);
	CHECK_EQ(atoi(f[0]), getpid());
	CHECK_STR(f[1], "(proc)");
	CHECK_STR(f[2], "R");
	CHECK_EQ(atoi(f[3]), getppid());
	CHECK_EQ(atoi(f[4]), getpgid(0));
	CHECK_EQ(atoi(f[5]), getsid(0));
	CHECK_EQ(atoi(f[19]), 1);
	CHECK(strtoull(f[22], NULL, 10) > 100000);
	CHECK(strtol(f[23], NULL, 10) > 128);
	for (int i = 6; i < 52; i++)
		CHECK(f[i][strspn(f[i], "-0123456789")] == 0);
}

/* The times grow with what is computed, in hundredths of a second. */
static void stat_times(void)
{
	char *f[64];
	long ticks, end;
	struct timespec t;

	slurp("/proc/self/stat", 4096);
	split_stat(f, 64);
	ticks = atol(f[13]) + atol(f[14]);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	end = t.tv_sec * 100 + t.tv_nsec / 10000000 + 15;
	do {
		for (volatile int i = 0; i < 10000; i++)
			;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	} while (t.tv_sec * 100 + t.tv_nsec / 10000000 < end);
	slurp("/proc/self/stat", 4096);
	split_stat(f, 64);
	CHECK_RANGE(atol(f[13]) + atol(f[14]) - ticks, 5, 10000);
}

static void states(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	check_await_state(pid, 'S');
	kill(pid, SIGSTOP);
	check_await_state(pid, 'T');
	kill(pid, SIGKILL);
	check_await_state(pid, 'Z');
	waitpid(pid, NULL, 0);
	CHECK_EQ(check_state(pid), 0);
}

/* Waits until /proc/PID/status has this State. */
static void await_status(pid_t pid, const char *state)
{
	char path[64], line[64];

	check_await_state(pid, state[0]);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	snprintf(line, sizeof(line), "\nState:\t%s\n", state);
	slurp(path, 4096);
	CHECK(strstr(text, line) != NULL);
}

/* A signal ends a pause, not the wait for a vfork child: the letter tells one from the other. */
static void states_of_waits(void)
{
	_Atomic pid_t *child = check_shared(sizeof(*child));
	pid_t pid = fork();

	if (pid == 0) {
		if (vfork() == 0) {
			*child = getpid();
			for (;;)
				pause();
		}
		for (;;)
			pause();
	}
	while (*child == 0)
		sched_yield();
	await_status(pid, "D (disk sleep)");
	kill(*child, SIGKILL);
	await_status(pid, "S (sleeping)");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void status(void)
{
	char line[64];

	slurp("/proc/self/status", 4096);
	CHECK_EQ(number_of("Pid"), getpid());
	CHECK_EQ(number_of("Tgid"), getpid());
	CHECK_EQ(number_of("PPid"), getppid());
	CHECK_EQ(number_of("Threads"), 1);
	CHECK_EQ(number_of("Uid"), 0);
	CHECK_EQ(number_of("Gid"), 0);
	CHECK(number_of("VmSize") > 100);
	CHECK(number_of("VmRSS") > 512 && number_of("VmRSS") <= number_of("VmSize"));
	CHECK_EQ(strncmp(text, "Name:\tproc\n", 11), 0);
	CHECK(strstr(text, "\nState:\tR (running)\n") != NULL);
	snprintf(line, sizeof(line), "\nUid:\t%d\t%d\t%d\t%d\n", 0, 0, 0, 0);
	CHECK(strstr(text, line) != NULL);
}

static void statm(void)
{
	long size, resident;
	char *end;

	slurp("/proc/self/statm", 4096);
	CHECK_EQ(lines(), 1);
	size = strtol(text, &end, 10);
	resident = strtol(end, &end, 10);
	CHECK(size > 25 && resident > 128 && resident <= size);
	for (int i = 2; i < 7; i++)
		strtol(end, &end, 10);
	CHECK_EQ(*end, '\n');
}

/* Every line of maps: sorted, apart, well formed. Counts lines, and those that hold `address`. */
static int check_maps(unsigned long address, const char *perms, const char *name)
{
	unsigned long start, end, last = 0, offset;
	int holds = 0;
	char *p = text;

	while (*p) {
		char *line = p, *q, *newline = strchr(p, '\n');

		if (!newline)
			break;
		*newline = 0;
		start = strtoul(line, &q, 16);
		CHECK_EQ(*q, '-');
		end = strtoul(q + 1, &q, 16);
		CHECK(start >= last && end > start && (start | end) % CHECK_PAGE == 0);
		last = end;
		CHECK_EQ(*q, ' ');
		CHECK(strchr("r-", q[1]) && strchr("w-", q[2]) && strchr("x-", q[3]) &&
		      strchr("ps", q[4]));
		if (address >= start && address < end) {
			holds++;
			CHECK_EQ(strncmp(q + 1, perms, 4), 0);
			if (name && !strstr(q, name))
				check_fail(__FILE__, __LINE__, "no %s in: %s", name, line);
		}
		offset = strtoul(q + 6, &q, 16);
		CHECK_EQ(offset % CHECK_PAGE, 0);
		CHECK_EQ(*q, ' ');
		strtoul(q + 1, &q, 16);
		CHECK_EQ(*q, ':');
		strtoul(q + 1, &q, 16);
		CHECK_EQ(*q, ' ');
		strtoul(q + 1, &q, 10);
		CHECK(*q == ' ' || *q == 0);
		p = newline + 1;
	}
	return holds;
}

static int data_word = 1;

static void maps(void)
{
	int fd = CHECK_OK(open("proc.mapped", O_RDWR | O_CREAT | O_TRUNC, 0600)), local;
	char *file, *heap = sbrk(CHECK_PAGE), *anon;

	CHECK_OK(ftruncate(fd, 4 * CHECK_PAGE));
	file = mmap(NULL, CHECK_PAGE, PROT_READ, MAP_SHARED, fd, CHECK_PAGE);
	anon = mmap(NULL, 3 * CHECK_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0);
	mprotect(anon + CHECK_PAGE, CHECK_PAGE, PROT_NONE);
	slurp("/proc/self/maps", 4096);
	CHECK_EQ(check_maps((unsigned long)maps, "r-xp", "proc"), 1);
	slurp("/proc/self/maps", 100);
	CHECK_EQ(check_maps((unsigned long)&data_word, "rw-p", "proc"), 1);
	slurp("/proc/self/maps", 4096);
	CHECK_EQ(check_maps((unsigned long)&local, "rw-p", "[stack]"), 1);
	slurp("/proc/self/maps", 4096);
	CHECK_EQ(check_maps((unsigned long)heap, "rw-p", "[heap]"), 1);
	slurp("/proc/self/maps", 4096);
	CHECK_EQ(check_maps((unsigned long)file, "r--s", "proc.mapped"), 1);
	slurp("/proc/self/maps", 4096);
	CHECK_EQ(check_maps((unsigned long)anon + CHECK_PAGE, "---p", NULL), 1);
	close(fd);
	unlink("proc.mapped");
}

#define MANY 20000 /* regions: more than 4 MiB of text */

/* How many of the pages from `base` on are regions of their own and are told in order. */
static int regions_told(char *base)
{
	FILE *smaps = fopen("/proc/self/smaps", "r");
	char line[256];
	int told = 0;

	CHECK(smaps != NULL);
	while (smaps && fgets(line, sizeof(line), smaps)) {
		char *rest;
		unsigned long start = strtoul(line, &rest, 16);

		if (*rest == '-' && start == (unsigned long)base + told * CHECK_PAGE)
			told += told < MANY;
	}
	if (smaps) {
		CHECK_EQ(ferror(smaps), 0);
		fclose(smaps);
	}
	return told;
}

static void many_regions(void)
{
	char *base = mmap(NULL, MANY * CHECK_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(base != MAP_FAILED);
	for (int i = 0; i < MANY; i += 2)
		CHECK_OK(mprotect(base + i * CHECK_PAGE, CHECK_PAGE, PROT_READ));
	CHECK_EQ(regions_told(base), MANY);
}

static void links(void)
{
	char path[64], target[256], cwd[256];
	int fd = CHECK_OK(open("proc.file", O_RDWR | O_CREAT, 0600)), n;

	CHECK(getcwd(cwd, sizeof(cwd)) != NULL);
	n = readlink("/proc/self", target, sizeof(target));
	target[n > 0 ? n : 0] = 0;
	CHECK_EQ(atoi(target), getpid());
	n = readlink("/proc/self/cwd", target, sizeof(target));
	target[n > 0 ? n : 0] = 0;
	CHECK_STR(target, cwd);
	n = readlink("/proc/self/exe", target, sizeof(target));
	target[n > 0 ? n : 0] = 0;
	CHECK(n > 5 && strcmp(target + n - 5, "/proc") == 0);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), fd);
	n = readlink(path, target, sizeof(target));
	target[n > 0 ? n : 0] = 0;
	CHECK(n > 10 && strcmp(target + n - 10, "/proc.file") == 0);
	CHECK_EQ(strncmp(target, cwd, strlen(cwd)), 0);
	unlink("proc.file");
	n = readlink(path, target, sizeof(target));
	target[n > 0 ? n : 0] = 0;
	CHECK(strstr(target, " (deleted)") != NULL);
	close(fd);
	CHECK_ERRNO(readlink(path, target, sizeof(target)), ENOENT);
	CHECK_OK(open("/proc/self/cwd/.", O_RDONLY | O_DIRECTORY));
}

static void command_line(void)
{
	int n = slurp("/proc/self/cmdline", 3);

	CHECK(n >= 5 && text[n - 1] == 0);
	CHECK_STR(text + n - 5, "proc");
	slurp("/proc/self/comm", 4096);
	CHECK_STR(text, "proc\n");
	if (getenv("PATH")) {
		char want[300];

		n = slurp("/proc/self/environ", 4096);
		snprintf(want, sizeof(want), "PATH=%s", getenv("PATH"));
		CHECK(memmem(text, n, want, strlen(want)) != NULL);
	}
}

/* A program's name is the last part of its path, cut at 15 bytes; prctl changes it. */
static void names(void)
{
	CHECK_EQ(raw_syscall(SYS_prctl, 15 /* PR_SET_NAME */, (long)"a) (name that is long", 0, 0,
			     0, 0),
		 0);
	slurp("/proc/self/comm", 4096);
	CHECK_STR(text, "a) (name that i\n");
	CHECK_EQ(check_state(getpid()), 'R');
	memset(text, 0, 32);
	CHECK_EQ(raw_syscall(SYS_prctl, 16 /* PR_GET_NAME */, (long)text, 0, 0, 0, 0), 0);
	CHECK_STR(text, "a) (name that i");
}

/* The numbers in /proc are the processes; each has its thread in task/. */
static void listing(void)
{
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	int self = 0, numbers = 0, first = 0;
	char path[64];

	CHECK(dir != NULL);
	while (dir && (entry = readdir(dir))) {
		int n = atoi(entry->d_name);

		numbers += n > 0;
		first += n == 1;
		self += n == getpid();
		if (n > 0)
			CHECK(entry->d_type == DT_DIR);
	}
	closedir(dir);
	CHECK_EQ(self, 1);
	CHECK_EQ(first, 1);
	CHECK(numbers >= 2);
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)getpid());
	slurp(path, 4096);
	CHECK_EQ(atoi(text), getpid());
	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", (int)getpid());
	slurp(path, 4096);
	CHECK_STR(text, "proc\n");
}

static void memory_info(void)
{
	long total, free;

	slurp("/proc/meminfo", 100);
	total = number_of("MemTotal");
	free = number_of("MemFree");
	CHECK(total > 10000 && free > 0 && free < total);
	CHECK_RANGE(number_of("MemAvailable"), 1, total);
	CHECK_RANGE(number_of("Buffers"), 0, total);
	CHECK_RANGE(number_of("Cached"), 0, total);
	CHECK(number_of("SwapTotal") >= 0);
	CHECK(strstr(text, " kB\n") != NULL);
}

static void system_files(void)
{
	double up, idle;
	int running, total, last;

	slurp("/proc/uptime", 4096);
	CHECK_EQ(sscanf(text, "%lf %lf", &up, &idle), 2);
	CHECK(up > 0 && idle >= 0);
	slurp("/proc/loadavg", 4096);
	CHECK_EQ(sscanf(text, "%*f %*f %*f %d/%d %d", &running, &total, &last), 3);
	CHECK(running >= 1 && total >= running && last > 0);
	slurp("/proc/stat", 4096);
	CHECK_EQ(strncmp(text, "cpu  ", 5), 0);
	CHECK(strstr(text, "\ncpu0 ") != NULL);
	CHECK(number_of("ctxt") > 0);
	CHECK(number_of("btime") > 0);
	CHECK(number_of("processes") > 0);
	CHECK(number_of("procs_running") >= 1);
	slurp("/proc/cpuinfo", 4096);
	CHECK(strstr(text, "processor\t: 0\n") != NULL);
	CHECK(strstr(text, "model name\t: ") != NULL);
	slurp("/proc/version", 4096);
	CHECK(strstr(text, " version ") != NULL);
	slurp("/proc/filesystems", 4096);
	CHECK(strstr(text, "nodev\ttmpfs\n") != NULL);
	CHECK(slurp("/proc/cmdline", 4096) > 0);
	CHECK(strstr(text, "nonce=") == NULL);
}

static void mounts(void)
{
	int fields = 0, bad = 0, root = 0;

	slurp("/proc/mounts", 4096);
	for (char *p = text; *p;) {
		int n = 1;

		root += strstr(p, " / ") != NULL && strstr(p, " / ") < strchr(p, '\n');
		for (; *p && *p != '\n'; p++)
			n += *p == ' ';
		bad += n != 6;
		fields++;
		p += *p == '\n';
	}
	CHECK(fields > 1);
	CHECK_EQ(bad, 0);
	CHECK(root >= 1);
}

/* /proc/counts is ours alone: settled figures for the leak check. */
static void counts(void)
{
	static const char *const keys[] = {"frames_free", "slab_objects", "processes", "threads",
					   "files"};

	if (!on_tarae())
		return;
	slurp("/proc/counts", 4096);
	for (size_t i = 0; i < COUNT(keys); i++)
		CHECK(number_of(keys[i]) > 0);
	CHECK_EQ(lines(), COUNT(keys));
	CHECK_ERRNO(open("/dev/report", O_WRONLY), EPERM);
}

static void refusals(void)
{
	struct stat st;
	char path[64];
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	check_await_state(pid, 'Z');
	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	CHECK_EQ(slurp(path, 100), 0);
	waitpid(pid, NULL, 0);
	CHECK_ERRNO(open(path, O_RDONLY), ENOENT);
	CHECK_ERRNO(stat("/proc/999999999", &st), ENOENT);
	CHECK_ERRNO(stat("/proc/nothing", &st), ENOENT);
	CHECK(open("/proc/new", O_CREAT | O_WRONLY, 0644) == -1);
	CHECK(mkdir("/proc/new", 0755) == -1);
	CHECK(unlink("/proc/uptime") == -1);
	CHECK_OK(stat("/proc/self/stat", &st));
	CHECK(S_ISREG(st.st_mode) && (st.st_mode & 0444) == 0444);
	CHECK_OK(lstat("/proc/self", &st));
	CHECK(S_ISLNK(st.st_mode));
}

static const struct check_case cases[] = {
	CASE(stat_of_self), CASE(stat_times), CASE(states),  CASE(states_of_waits),
	CASE(status),       CASE(statm),      CASE(maps),    CASE(links),
	CASE(command_line), CASE(names),      CASE(listing), CASE(memory_info),
	CASE(system_files), CASE(mounts),     CASE(counts),  CASE(refusals),
	CASE(many_regions),
};

int main(int argc, char **argv)
{
	memset(resident_bytes, 1, sizeof(resident_bytes));
	__asm__ volatile("" : : "r"(resident_bytes) : "memory");
	return CHECK_MAIN(cases, argc, argv);
}
