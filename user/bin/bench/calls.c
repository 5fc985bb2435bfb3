/* SPDX-License-Identifier: MIT */
/* System calls that neither switch nor change memory maps. */
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define FILE_PATH "/tmp/bench.dir/file"

#ifndef PR_SET_TIMERSLACK
#define PR_SET_TIMERSLACK 29
#endif

static int file;

static void make_file(void)
{
	static const char page[PAGE];

	mkdir("/tmp/bench.dir", 0755);
	file = open(FILE_PATH, O_RDWR | O_CREAT, 0644);
	if (file < 0 || pwrite(file, page, sizeof(page), 0) != sizeof(page))
		die(FILE_PATH);
}

static long call_null(long count)
{
	for (long i = 0; i < count; i++)
		getppid();
	return count;
}

static double run_null(void)
{
	return measure(call_null, 1000);
}

static long call_open_close(long count)
{
	for (long i = 0; i < count; i++)
		close(open(FILE_PATH, O_RDONLY));
	return count;
}

static double run_open_close(void)
{
	make_file();
	return measure(call_open_close, 100);
}

static long call_pread(long count)
{
	static char buffer[PAGE];

	for (long i = 0; i < count; i++)
		if (pread(file, buffer, sizeof(buffer), 0) != sizeof(buffer))
			die("pread");
	return count;
}

static double run_pread(void)
{
	make_file();
	return measure(call_pread, 100);
}

static long call_stat(long count)
{
	struct stat status;

	for (long i = 0; i < count; i++)
		if (stat(FILE_PATH, &status))
			die(FILE_PATH);
	return count;
}

static double run_stat(void)
{
	make_file();
	return measure(call_stat, 100);
}

static volatile sig_atomic_t handled;

static void handler(int signal)
{
	(void)signal;
	handled++;
}

static long call_kill(long count)
{
	pid_t self = getpid();

	handled = 0;
	for (long i = 0; i < count; i++)
		kill(self, SIGUSR1);
	return handled;
}

static double run_signal(void)
{
	struct sigaction action = {.sa_handler = handler};

	sigaction(SIGUSR1, &action, NULL);
	return measure(call_kill, 100);
}

enum { NAP_NS = 1000000 };

/* How much later than asked it wakes: what runs between the timer's interrupt and the program. */
static double run_sleep(void)
{
	enum { NAPS = 20 };
	const struct timespec nap = {.tv_nsec = NAP_NS};

	/* Linux lets sleeps end up to 50 us late, to save wake-ups, unless told not to. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	nanosleep(&nap, NULL);
	profile_mark();
	uint64_t start = ticks();
	for (int i = 0; i < NAPS; i++)
		nanosleep(&nap, NULL);
	uint64_t time = ticks() - start;
	profile_mark();
	return (double)time / NAPS - NAP_NS;
}

const struct row call_rows[] = {
	{"null", "null system call (getppid)", NULL, run_null},
	{"open_close", "open + close of a file in tmpfs", NULL, run_open_close},
	{"pread", "read 4 KiB from tmpfs", NULL, run_pread},
	{"stat", "stat of a path of 3 names", NULL, run_stat},
	{"signal", "signal to itself, delivered and returned from", NULL, run_signal},
	{"sleep", "sleep of 1 ms: how much later it ends", NULL, run_sleep},
	{0},
};
