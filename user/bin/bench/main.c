/* SPDX-License-Identifier: MIT */
/*
 * bench: what the basic operations cost. The same program measures Tarae and Linux.
 *
 * As the first program of a machine (pid 1) it powers it off at the end; without arguments it then
 * only says when it began.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static const char usage_text[] =
	"usage: bench [-lrw] [-n PASSES] [NAME...]\n"
	"  NAME  a row, or a group: calls threads processes memory (these by default),\n"
	"        space parallel\n"
	"  -l    list the rows    -r  one `row NAME FIGURE` a line, for programs\n"
	"  -w    nanoseconds of the clock, not ticks of the time-stamp counter\n";

struct group {
	const char *name;
	const struct row *rows;
	bool by_default;
};

static const struct group groups[] = {
	{"calls", call_rows, true},        {"threads", thread_rows, true},
	{"processes", process_rows, true}, {"memory", memory_rows, true},
	{"space", space_rows, false},      {"parallel", parallel_rows, false},
};
enum { GROUPS = sizeof(groups) / sizeof(groups[0]) };

static bool raw, list_only;
static int known; /* names on the command line that meant something */

static const char *unit_of(const struct row *row)
{
	if (row->unit)
		return row->unit;
	return wall_clock ? "ns" : "instructions";
}

static void print_row(const struct row *row, double figure)
{
	if (raw && figure == NOT_HERE)
		printf("row %s -\n", row->name);
	else if (raw)
		printf("row %s %.2f\n", row->name, figure);
	else if (figure == NOT_HERE)
		printf("%-46s %12s\n", row->title, "-");
	else
		printf("%-46s %12.*f %s\n", row->title, figure < 100, figure, unit_of(row));
	fflush(stdout);
}

/* In a process and process group of its own, of which nothing is left afterwards. */
static void run_row(const struct row *row)
{
	double *figure = share(sizeof(*figure));
	pid_t child;

	*figure = NOT_HERE;
	child = fork();
	if (child == 0) {
		setpgid(0, 0);
		*figure = row->run();
		_exit(0);
	}
	if (child < 0)
		die("fork");
	child_succeeded(child);
	kill(-child, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	print_row(row, *figure);
	/* What is left mapped would make the forks of later rows slower. */
	munmap(figure, sizeof(*figure));
}

static bool wanted(const struct group *group, const struct row *row, char **names)
{
	if (!*names)
		return group->by_default;
	for (; *names; names++)
		if (!strcmp(*names, group->name) || !strcmp(*names, row->name))
			return true;
	return false;
}

static void pass(char **names)
{
	for (int g = 0; g < GROUPS; g++) {
		for (const struct row *row = groups[g].rows; row->name; row++) {
			if (!wanted(&groups[g], row, names))
				continue;
			known++;
			if (list_only)
				printf("%s %s %s: %s\n", groups[g].name, row->name, unit_of(row),
				       row->title);
			else
				run_row(row);
		}
	}
}

static int run(int argc, char **argv)
{
	int passes = 1, option;

	while ((option = getopt(argc, argv, "lrwn:")) != -1) {
		if (option == 'l')
			list_only = true;
		else if (option == 'r')
			raw = true;
		else if (option == 'w')
			wall_clock = true;
		else if (option != 'n' || (passes = atoi(optarg)) < 1) {
			fputs(usage_text, stderr);
			return 2;
		}
	}
	mkdir("/tmp", 01777); /* Linux's first file system is empty */
	if (raw)
		printf("scale %.4f\n", ticks_per_instruction());
	for (int i = 0; i < passes; i++)
		pass(argv + optind);
	if (!known)
		fprintf(stderr, "bench: no such row; bench -l lists them\n");
	return known ? 0 : 2;
}

int main(int argc, char **argv)
{
	uint64_t start = __builtin_ia32_rdtsc();
	int status = 0;

	if (getpid() != 1 || argc > 1)
		status = run(argc, argv);
	else
		printf("start %llu\n", (unsigned long long)start);
	fflush(stdout);
	if (getpid() == 1)
		reboot(RB_POWER_OFF);
	return status;
}
