/* SPDX-License-Identifier: MIT */
/* ps: the processes; with -T all threads, the kernel's too, what each waits for and how many system
 * calls it has made. */
#include <sys/ioctl.h>

#include "procinfo.h"

static const char usage_text[] = "ps [-T] [PID...]";

static struct {
	bool threads;
	int columns; /* to cut lines at; 0: never */
} options;

static void print_cut(const char *line)
{
	printf("%.*s\n", options.columns ? options.columns : (int)strlen(line), line);
}

/* "M:SS.HH" */
static const char *time_text(unsigned long ticks, char *text, size_t size)
{
	unsigned long seconds = ticks / TICKS_PER_SECOND;

	snprintf(text, size, "%3lu:%02lu.%02lu", seconds / 60, seconds % 60,
		 ticks % TICKS_PER_SECOND);
	return text;
}

struct process {
	int pid;
	char command[4096]; /* "[name]" if it has no command line, as the kernel */
};

static void show_line(const struct proc_stat *stat, const struct process *process)
{
	char line[4400], time[32];

	snprintf(line, sizeof(line), "%5d %5d %c %3d %s %s", process->pid, stat->parent,
		 stat->state, stat->cpu, time_text(stat->ticks, time, sizeof(time)),
		 process->command);
	print_cut(line);
}

/* What the thread's status says of itself, which only Tarae's does: "-" elsewhere. */
struct activity {
	char state[16], waits_for[32], calls[24];
};

static void read_activity(const char *directory, struct activity *activity)
{
	char path[160], text[2048];

	snprintf(path, sizeof(path), "%s/status", directory);
	if (proc_read(path, text, sizeof(text)) < 0)
		text[0] = '\0';
	proc_word(text, "ThreadState", activity->state, sizeof(activity->state));
	proc_word(text, "WaitsFor", activity->waits_for, sizeof(activity->waits_for));
	proc_word(text, "syscalls", activity->calls, sizeof(activity->calls));
}

/* The first thread is known by the command, another by its name. */
static void show_thread(void *context, const char *directory)
{
	const struct process *process = context;
	char line[4400], time[32], name[40];
	const char *command = process->command;
	struct activity activity;
	struct proc_stat stat;

	if (!proc_stat_read(directory, &stat))
		return;
	read_activity(directory, &activity);
	if (stat.pid != process->pid) {
		bool kernel = process->pid == 0;

		snprintf(name, sizeof(name), kernel ? "[%s]" : "{%s}", stat.name);
		command = name;
	}
	snprintf(line, sizeof(line), "%5d %5d %-8s %3d %s %7s %-20s %s", process->pid, stat.pid,
		 activity.state, stat.cpu, time_text(stat.ticks, time, sizeof(time)),
		 activity.calls, activity.waits_for, command);
	print_cut(line);
}

static void show_process(void *context, const char *directory)
{
	struct process process;
	struct proc_stat stat;
	char tasks[80];

	(void)context;
	if (!proc_stat_read(directory, &stat))
		return;
	process.pid = stat.pid;
	proc_command(directory, stat.name, process.command, sizeof(process.command));
	if (options.threads) {
		snprintf(tasks, sizeof(tasks), "%s/task", directory);
		for_each_number(tasks, &process, show_thread);
	} else {
		show_line(&stat, &process);
	}
}

static void show_all(void)
{
	/* The kernel's threads are process 0's, which is no process like others. */
	if (options.threads)
		show_process(NULL, "/proc/0");
	for_each_number("/proc", NULL, show_process);
}

int main(int argc, char **argv)
{
	struct winsize size;
	int status = EXIT_SUCCESS;
	int option;

	/* All processes are shown anyway, so what selects all on other systems changes nothing. */
	while ((option = getopt(argc, argv, "Teax")) != -1) {
		if (option == '?')
			usage(usage_text);
		options.threads |= option == 'T';
	}
	if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		options.columns = size.ws_col;
	print_cut(
		options.threads
			? "  PID   TID STATE    CPU      TIME   CALLS WAITS FOR            COMMAND"
			: "  PID  PPID S CPU      TIME COMMAND");
	if (optind == argc || !strcmp(argv[optind], "aux"))
		show_all();
	else
		for (int i = optind; i < argc; i++) {
			char directory[40];

			snprintf(directory, sizeof(directory), "/proc/%ld",
				 number_argument(argv[i], 1));
			if (access(directory, F_OK)) {
				warnx("%s: no such process", argv[i]);
				status = EXIT_FAILURE;
			}
			show_process(NULL, directory);
		}
	return finish(status);
}
