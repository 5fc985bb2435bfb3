/* SPDX-License-Identifier: MIT */
/*
 * timeline: draws who ran when with characters, from the events of /dev/trace.
 *
 *      timeline                the last second of what was traced
 *      timeline PROGRAM …      traces that program's run and draws it; its status is the program's
 *
 * A row for each CPU, `#` where a thread runs, and for each thread: the number of the CPU where it
 * runs, `=` where it is ready and waits for a CPU, `.` where it is blocked. A column shows what
 * took the most of its time.
 */
#include <sys/wait.h>

#include "common.h"

#define DEVICE      "/dev/trace"
#define COLUMNS     60 /* of the picture; with the labels a line of 80 */
#define SECOND      1000000000ULL
#define CPUS_MAX    64
#define THREADS_MAX 64

enum state { RUNNING, READY, BLOCKED, ABSENT, STATES };

typedef unsigned long long nanoseconds;

/* One line of the device, as far as it matters here. */
struct event {
	nanoseconds time;
	unsigned cpu, tid, other;
	enum { SWITCH, WAKE, MADE } kind;
	enum state left_as; /* SWITCH: the thread that leaves */
	char name[16];      /* of the other thread */
};

struct row {
	unsigned tid, cpu;
	char name[16];
	enum state state;
	nanoseconds since;
	nanoseconds spent[COLUMNS][STATES];
	unsigned char last_cpu[COLUMNS];
};

static struct event *events;
static size_t event_count, event_room;
static struct row threads[THREADS_MAX];
static size_t thread_count;
static nanoseconds busy[CPUS_MAX][COLUMNS];
static unsigned cpu_count;
static nanoseconds start, end, column;

/* ---- Reading ---- */

static unsigned number_after(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	return at ? (unsigned)strtoul(at + strlen(key), NULL, 10) : 0;
}

static enum state state_of(const char *line)
{
	if (strstr(line, " state=ready "))
		return READY;
	return strstr(line, " state=blocked ") ? BLOCKED : ABSENT;
}

/* False: nothing that the picture shows. */
static bool parse(const char *line, struct event *event)
{
	nanoseconds whole, part;
	char kind[16];
	const char *name = strstr(line, " name=");

	if (sscanf(line, "%llu.%9llu %u %u %15s", &whole, &part, &event->cpu, &event->tid, kind) !=
		    5 ||
	    event->cpu >= CPUS_MAX)
		return false;
	event->time = whole * SECOND + part;
	event->name[0] = '\0';
	if (name)
		sscanf(name, " name=%15[^\n]", event->name);
	event->other = number_after(line, " thread=");
	if (!strcmp(kind, "switch")) {
		event->kind = SWITCH;
		event->other = number_after(line, " to=");
		event->left_as = state_of(line);
	} else if (!strcmp(kind, "wake")) {
		event->kind = WAKE;
	} else if (!strcmp(kind, "fork") || !strcmp(kind, "thread")) {
		event->kind = MADE;
	} else {
		return false;
	}
	return true;
}

static void read_events(void)
{
	FILE *file = fopen(DEVICE, "r");
	char line[256];
	struct event event;

	if (!file)
		err(EXIT_FAILURE, DEVICE);
	while (fgets(line, sizeof(line), file)) {
		if (line[0] == '#' || !parse(line, &event))
			continue;
		if (event_count == event_room) {
			event_room = event_room ? 2 * event_room : 1024;
			events = realloc(events, event_room * sizeof(*events));
			if (!events)
				err(EXIT_FAILURE, "memory");
		}
		events[event_count++] = event;
		if (event.cpu >= cpu_count)
			cpu_count = event.cpu + 1;
	}
	fclose(file);
}

/* ---- From events to columns ---- */

/* The row of a thread; NULL: there are too many. */
static struct row *row_of(unsigned tid)
{
	for (size_t i = 0; i < thread_count; i++)
		if (threads[i].tid == tid)
			return &threads[i];
	if (tid == 0 || thread_count == THREADS_MAX)
		return NULL;
	struct row *row = &threads[thread_count++];
	row->tid = tid;
	row->state = ABSENT;
	return row;
}

/* Adds [from, to) to the columns it falls on. */
static void spend(struct row *row, nanoseconds from, nanoseconds to)
{
	if (from < start)
		from = start;
	while (from < to) {
		size_t at = (size_t)((from - start) / column);
		nanoseconds edge = start + (at + 1) * column;
		nanoseconds part = (edge < to ? edge : to) - from;

		if (at >= COLUMNS)
			return;
		row->spent[at][row->state] += part;
		if (row->state == RUNNING) {
			row->last_cpu[at] = (unsigned char)row->cpu;
			busy[row->cpu][at] += part;
		}
		from += part;
	}
}

static void enter(struct row *row, enum state state, nanoseconds time)
{
	if (!row)
		return;
	spend(row, row->since, time);
	row->state = state;
	row->since = time;
}

static void follow(const struct event *event)
{
	struct row *other = row_of(event->other);

	if (event->kind == SWITCH)
		enter(row_of(event->tid), event->left_as, event->time);
	if (!other)
		return;
	enter(other, event->kind == SWITCH ? RUNNING : READY, event->time);
	if (event->name[0])
		strcpy(other->name, event->name);
	other->cpu = event->cpu;
}

static void follow_all(void)
{
	end = events[event_count - 1].time;
	start = events[0].time + SECOND < end ? end - SECOND : events[0].time;
	column = (end - start) / COLUMNS + 1;
	for (size_t i = 0; i < event_count; i++)
		follow(&events[i]);
	for (size_t i = 0; i < thread_count; i++)
		enter(&threads[i], ABSENT, end);
}

/* ---- Drawing ---- */

static char cell(const struct row *row, size_t at)
{
	const nanoseconds *spent = row->spent[at];
	enum state most = RUNNING;
	nanoseconds known = spent[RUNNING] + spent[READY] + spent[BLOCKED];

	if (known == 0)
		return ' ';
	for (enum state state = READY; state < ABSENT; state++)
		if (spent[state] > spent[most])
			most = state;
	if (most == RUNNING)
		return row->last_cpu[at] < 10 ? (char)('0' + row->last_cpu[at]) : '+';
	return most == READY ? '=' : '.';
}

static bool in_picture(const struct row *row)
{
	for (size_t at = 0; at < COLUMNS; at++)
		if (cell(row, at) != ' ')
			return true;
	return false;
}

static void print_time(const char *before, nanoseconds time)
{
	printf("%s%llu.%03llu s", before, time / SECOND, time % SECOND / 1000000);
}

static void draw(void)
{
	print_time("", start);
	print_time(" to ", end);
	printf(", a column is %llu.%03llu ms\n", column / 1000000, column / 1000 % 1000);
	for (unsigned cpu = 0; cpu < cpu_count; cpu++) {
		printf("%-14s %2u |", "CPU", cpu);
		for (size_t at = 0; at < COLUMNS; at++)
			putchar(busy[cpu][at] * 2 >= column ? '#' : busy[cpu][at] ? '-' : ' ');
		printf("|\n");
	}
	for (size_t i = 0; i < thread_count; i++) {
		if (!in_picture(&threads[i]))
			continue;
		printf("%-12.12s %4u |", threads[i].name, threads[i].tid);
		for (size_t at = 0; at < COLUMNS; at++)
			putchar(cell(&threads[i], at));
		printf("|\n");
	}
	printf("0 1 2 …: runs on that CPU   = ready, waits for a CPU   . blocked\n");
}

/* ---- Running a program ---- */

static void turn(const char *word)
{
	int fd = open(DEVICE, O_WRONLY);

	if (fd < 0 || write_all(fd, word, strlen(word)))
		err(EXIT_FAILURE, DEVICE);
	close(fd);
}

/* Returns the program's status, as the shell gives it. */
static int trace_program(char **argv)
{
	pid_t pid;
	int status;

	turn("off");
	turn("on"); /* and so forgets what was before */
	pid = vfork();
	if (pid < 0)
		err(EXIT_FAILURE, "vfork");
	if (pid == 0) {
		execvp(argv[0], argv);
		warn("%s", argv[0]);
		_exit(errno == ENOENT ? 127 : 126);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			err(EXIT_FAILURE, "waitpid");
	turn("off");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;

	no_options(&argc, argv, "timeline [PROGRAM ARGUMENT...]");
	if (argc > 1)
		status = trace_program(argv + 1);
	read_events();
	if (event_count < 2)
		errx(EXIT_FAILURE, "nothing was traced: `trace on` first, or `timeline PROGRAM`");
	follow_all();
	draw();
	return finish(status);
}
