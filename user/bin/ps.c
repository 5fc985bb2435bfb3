/* SPDX-License-Identifier: MIT */
/* ps: the processes, and with -T their threads. */
#include <sys/ioctl.h>

#include "procinfo.h"

static const char usage_text[] = "ps [-T] [PID...]";

static struct {
	bool threads;
	int columns; /* to cut lines at; 0: never */
} options;

static void show(const struct proc_stat *stat, int pid, const char *command)
{
	char line[4400];
	unsigned long ticks = stat->ticks % TICKS_PER_SECOND;
	unsigned long seconds = stat->ticks / TICKS_PER_SECOND;
	int length = snprintf(line, sizeof(line), "%5d ", pid);

	if (options.threads)
		length += snprintf(line + length, sizeof(line) - (size_t)length, "%5d ", stat->pid);
	snprintf(line + length, sizeof(line) - (size_t)length, "%5d %c %3d %3lu:%02lu.%02lu %s",
		 stat->parent, stat->state, stat->cpu, seconds / 60, seconds % 60, ticks, command);
	printf("%.*s\n", options.columns ? options.columns : (int)strlen(line), line);
}

struct process {
	int pid;
	char command[4096];
};

static void show_thread(void *context, const char *directory)
{
	const struct process *process = context;
	struct proc_stat stat;

	if (proc_stat_read(directory, &stat))
		show(&stat, process->pid, process->command);
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
		show(&stat, stat.pid, process.command);
	}
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
	printf("  PID %s PPID S CPU      TIME COMMAND\n", options.threads ? "  TID " : "");
	if (optind == argc || !strcmp(argv[optind], "aux"))
		for_each_number("/proc", NULL, show_process);
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
