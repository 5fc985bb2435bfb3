/* SPDX-License-Identifier: MIT */
/* time: runs a program and tells how long it took, and how much processor time of each kind. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "common.h"

static void show(const char *what, long seconds, long microseconds)
{
	fprintf(stderr, "%s\t%ldm%ld.%03lds\n", what, seconds / 60, seconds % 60,
		microseconds / 1000);
}

int main(int argc, char **argv)
{
	static const char usage_text[] = "time PROGRAM [ARGUMENT...]";
	struct timespec start, end;
	struct rusage used;
	int status;
	pid_t pid;

	no_options(&argc, argv, usage_text);
	if (argc < 2)
		usage(usage_text);
	clock_gettime(CLOCK_MONOTONIC, &start);
	pid = vfork();
	if (pid < 0)
		err(EXIT_FAILURE, "vfork");
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		warn("%s", argv[1]);
		_exit(errno == ENOENT ? 127 : 126);
	}
	/* ^C is for the program; its time is of interest all the same. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	while (wait4(pid, &status, 0, &used) < 0)
		if (errno != EINTR)
			err(EXIT_FAILURE, "wait4");
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec -= start.tv_sec + (end.tv_nsec < start.tv_nsec);
	end.tv_nsec += (end.tv_nsec < start.tv_nsec ? 1000000000L : 0) - start.tv_nsec;
	show("real", (long)end.tv_sec, end.tv_nsec / 1000);
	show("user", (long)used.ru_utime.tv_sec, (long)used.ru_utime.tv_usec);
	show("sys", (long)used.ru_stime.tv_sec, (long)used.ru_stime.tv_usec);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
