/* SPDX-License-Identifier: MIT */
/*
 * top: what the processors are busy with, a page every second, until q is pressed.
 *
 * A process's share is the processor time that it got between two looks, divided by the time
 * between them: 100% is one whole processor.
 */
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>

#include "procinfo.h"

static const char usage_text[] = "top [-b] [-n PAGES] [-d SECONDS]";

#define MAX_DELAY 1000000 /* seconds: in milliseconds it fits an int */

struct process {
	struct proc_stat stat;
	unsigned long delta; /* ticks since the last look */
	char command[128];
};

/* All processes at one moment, in the order of their numbers. */
struct look {
	struct process *processes;
	size_t count, capacity;
	unsigned long user, system, idle; /* ticks of all processors, since the start */
	unsigned long long when;          /* in nanoseconds */
};

static struct {
	bool batch;
	long pages; /* 0: until told to stop */
	long delay; /* seconds */
} options = {.delay = 1};

static struct termios saved_modes;
static volatile sig_atomic_t interrupted;

/* ---- looking ---- */

static void add_process(void *context, const char *directory)
{
	struct look *look = context;
	struct process *process;

	if (look->count == look->capacity) {
		look->capacity = look->capacity ? 2 * look->capacity : 64;
		look->processes = check_memory(
			realloc(look->processes, look->capacity * sizeof(*look->processes)));
	}
	process = &look->processes[look->count];
	if (!proc_stat_read(directory, &process->stat))
		return;
	proc_command(directory, process->stat.name, process->command, sizeof(process->command));
	look->count++;
}

static int compare_pids(const void *left, const void *right)
{
	const struct process *a = left, *b = right;

	return (a->stat.pid > b->stat.pid) - (a->stat.pid < b->stat.pid);
}

static void read_cpu_times(struct look *look)
{
	char text[4096];
	const char *p;

	/* cpu USER NICE SYSTEM IDLE IOWAIT ... */
	if (proc_read("/proc/stat", text, sizeof(text)) < 0)
		err(EXIT_FAILURE, "/proc/stat");
	p = text + strcspn(text, "0123456789");
	look->user = strtoul(p, NULL, 10) + strtoul(skip_words(p, 1), NULL, 10);
	look->system = strtoul(skip_words(p, 2), NULL, 10);
	look->idle = strtoul(skip_words(p, 3), NULL, 10) + strtoul(skip_words(p, 4), NULL, 10);
}

static void take_look(struct look *look)
{
	struct timespec now;

	look->count = 0;
	for_each_number("/proc", look, add_process);
	if (look->count)
		qsort(look->processes, look->count, sizeof(*look->processes), compare_pids);
	read_cpu_times(look);
	clock_gettime(CLOCK_MONOTONIC, &now);
	look->when = (unsigned long long)now.tv_sec * 1000000000ull + (unsigned long)now.tv_nsec;
}

/* Works out what each process got since the look before. */
static void compare_looks(struct look *look, const struct look *before)
{
	size_t j = 0;

	for (size_t i = 0; i < look->count; i++) {
		struct process *process = &look->processes[i];

		while (j < before->count && compare_pids(&before->processes[j], process) < 0)
			j++;
		process->delta = process->stat.ticks;
		if (j < before->count && !compare_pids(&before->processes[j], process) &&
		    before->processes[j].stat.ticks <= process->delta)
			process->delta -= before->processes[j].stat.ticks;
	}
}

static int compare_shares(const void *left, const void *right)
{
	const struct process *a = left, *b = right;

	if (a->delta != b->delta)
		return a->delta < b->delta ? 1 : -1;
	if (a->stat.ticks != b->stat.ticks)
		return a->stat.ticks < b->stat.ticks ? 1 : -1;
	return compare_pids(left, right);
}

/* ---- showing ---- */

static void end_line(void)
{
	fputs(options.batch ? "\n" : "\033[K\n", stdout);
}

/* part of whole in percent, with one decimal */
static void show_percent(unsigned long long part, unsigned long long whole, const char *what)
{
	unsigned long long tenths = whole ? (part * 1000 + whole / 2) / whole : 0;

	printf("%3llu.%llu%% %s", tenths / 10, tenths % 10, what);
}

static void show_header(const struct look *look, const struct look *before)
{
	unsigned long user = look->user - before->user, system = look->system - before->system;
	unsigned long idle = look->idle - before->idle, all = user + system + idle;
	char up[64] = "", load[64] = "", memory[4096] = "";
	unsigned long seconds, threads = 0;

	proc_read("/proc/uptime", up, sizeof(up));
	proc_read("/proc/loadavg", load, sizeof(load));
	proc_read("/proc/meminfo", memory, sizeof(memory));
	for (size_t i = 0; i < look->count; i++)
		threads += (unsigned long)look->processes[i].stat.threads;
	seconds = strtoul(up, NULL, 10);
	printf("up %lu:%02lu:%02lu, %zu processes, %lu threads, load %.*s", seconds / 3600,
	       seconds / 60 % 60, seconds % 60, look->count, threads,
	       (int)(skip_words(load, 3) - load), load);
	end_line();
	fputs("CPU:  ", stdout);
	show_percent(user, all, "user, ");
	show_percent(system, all, "system, ");
	show_percent(idle, all, "idle");
	end_line();
	printf("Memory: %lu KiB, %lu free", proc_field(memory, "MemTotal"),
	       proc_field(memory, "MemFree"));
	end_line();
	end_line();
}

static void show_process(const struct process *process, unsigned long long nanoseconds, int columns)
{
	unsigned long seconds = process->stat.ticks / TICKS_PER_SECOND;
	unsigned long long available = nanoseconds / (1000000000ull / TICKS_PER_SECOND);
	int left = columns - 45 > 0 ? columns - 45 : 0;

	printf("%5d %5d %c %3d %3d ", process->stat.pid, process->stat.parent, process->stat.state,
	       process->stat.threads, process->stat.cpu);
	show_percent(process->delta, available, "");
	printf("%7lu %3lu:%02lu %.*s", (unsigned long)process->stat.resident * 4, seconds / 60,
	       seconds % 60, left, process->command);
	end_line();
}

static void show_page(struct look *look, const struct look *before)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	size_t shown = look->count;

	if (options.batch)
		size.ws_col = 200;
	else if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row < 8 || !size.ws_col)
		size = (struct winsize){.ws_row = 24, .ws_col = 80};
	if (!options.batch && shown > size.ws_row - 6u)
		shown = size.ws_row - 6u;
	compare_looks(look, before);
	if (!options.batch)
		fputs("\033[H", stdout);
	show_header(look, before);
	fputs("  PID  PPID S THR CPU   %CPU     KIB   TIME COMMAND", stdout);
	end_line();
	if (look->count)
		qsort(look->processes, look->count, sizeof(*look->processes), compare_shares);
	for (size_t i = 0; i < shown; i++)
		show_process(&look->processes[i], look->when - before->when, size.ws_col);
	fputs(options.batch ? "\n" : "\033[J", stdout);
	/* The next comparison goes by number again. */
	if (look->count)
		qsort(look->processes, look->count, sizeof(*look->processes), compare_pids);
	finish(0);
}

/* ---- the keyboard ---- */

static void on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

static void enter_key_mode(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct termios modes;

	if (tcgetattr(STDIN_FILENO, &saved_modes)) {
		options.batch = true;
		return;
	}
	modes = saved_modes;
	modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	modes.c_cc[VMIN] = 1;
	modes.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	fputs("\033[2J", stdout);
}

static void leave_key_mode(void)
{
	if (!options.batch)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &saved_modes);
}

/* Waits for the next page's time or a key. False: it is time to go. */
static bool wait_for_next(long milliseconds)
{
	struct pollfd fd = {.fd = options.batch ? -1 : STDIN_FILENO, .events = POLLIN};
	char key;

	if (poll(&fd, 1, (int)milliseconds) > 0) {
		if (read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q')
			return false;
	}
	return !interrupted;
}

static void parse_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "bn:d:")) != -1) {
		switch (option) {
		case 'b':
			options.batch = true;
			break;
		case 'n':
			options.pages = number_argument(optarg, 1);
			break;
		case 'd':
			options.delay = number_argument(optarg, 1);
			break;
		default:
			usage(usage_text);
		}
	}
	if (optind < argc || options.delay > MAX_DELAY)
		usage(usage_text);
	if (!isatty(STDOUT_FILENO))
		options.batch = true;
}

int main(int argc, char **argv)
{
	static struct look looks[2];
	int current = 0;

	parse_options(argc, argv);
	if (!options.batch)
		enter_key_mode();
	/* The first page compares with a moment before, so as not to show a whole life's time. */
	take_look(&looks[1]);
	if (wait_for_next(100)) {
		for (long page = 1;; page++) {
			take_look(&looks[current]);
			show_page(&looks[current], &looks[!current]);
			current = !current;
			if (page == options.pages || !wait_for_next(options.delay * 1000))
				break;
		}
	}
	leave_key_mode();
	return EXIT_SUCCESS;
}
