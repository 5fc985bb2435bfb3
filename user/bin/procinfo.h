/* SPDX-License-Identifier: MIT */
/* Reading /proc, for ps, top, pmap and the like. */
#ifndef USER_BIN_PROCINFO_H
#define USER_BIN_PROCINFO_H

#include <dirent.h>

#include "common.h"

/* /proc counts time in these. */
#define TICKS_PER_SECOND 100

/* What /proc/PID/stat tells about a process, or /proc/PID/task/TID/stat about a thread. */
struct proc_stat {
	int pid;
	char name[32];
	char state; /* R running, S sleeping, D sleeping deeply, T stopped, Z ended, not waited for
		     */
	int parent;
	unsigned long ticks; /* of processor time, user and system */
	int threads;
	unsigned long size; /* of its address space, in bytes */
	long resident;      /* pages that it has in memory */
	int cpu;            /* that it runs on, or ran on last */
};

/* Reads a small file whole, as a string. Its length, or -1 with errno. */
static inline ssize_t proc_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	size_t length = 0;
	ssize_t got = -1;

	if (fd < 0)
		return -1;
	while (length + 1 < size && (got = read_some(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)got;
	text[length] = '\0';
	close(fd);
	return got < 0 ? -1 : (ssize_t)length;
}

/* Skips n words that blanks separate. */
static inline const char *skip_words(const char *p, int n)
{
	while (n-- > 0) {
		p += strcspn(p, " \n");
		p += strspn(p, " ");
	}
	return p;
}

/* False if there is no such process any more. */
static inline bool proc_stat_read(const char *directory, struct proc_stat *stat)
{
	char path[160], text[1024];
	const char *open, *close, *p;
	size_t length;

	snprintf(path, sizeof(path), "%s/stat", directory);
	if (proc_read(path, text, sizeof(text)) <= 0)
		return false;
	/* PID (NAME) STATE ... : the name may hold anything, so its end is the last parenthesis. */
	open = strchr(text, '(');
	close = strrchr(text, ')');
	if (!open || !close || close[1] != ' ')
		return false;
	*stat = (struct proc_stat){.pid = atoi(text), .state = close[2]};
	length = (size_t)(close - open - 1);
	if (length >= sizeof(stat->name))
		length = sizeof(stat->name) - 1;
	memcpy(stat->name, open + 1, length);
	p = skip_words(close + 2, 1); /* field 4 */
	stat->parent = atoi(p);
	p = skip_words(p, 10); /* field 14 */
	stat->ticks = strtoul(p, NULL, 10) + strtoul(skip_words(p, 1), NULL, 10);
	p = skip_words(p, 6); /* field 20 */
	stat->threads = atoi(p);
	p = skip_words(p, 3); /* field 23 */
	stat->size = strtoul(p, NULL, 10);
	stat->resident = atol(skip_words(p, 1));
	stat->cpu = atoi(skip_words(p, 16)); /* field 39 */
	return true;
}

/* The command line, its words separated by blanks; [name] where there is none. */
static inline void proc_command(const char *directory, const char *name, char *text, size_t size)
{
	char path[160];
	ssize_t length;

	snprintf(path, sizeof(path), "%s/cmdline", directory);
	length = proc_read(path, text, size);
	while (length > 0 && !text[length - 1])
		length--;
	if (length <= 0) {
		snprintf(text, size, "[%s]", name);
		return;
	}
	for (ssize_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ')
			text[i] = ' ';
}

/* Calls for every entry of a directory whose name is a number, with its path. */
static inline void for_each_number(const char *directory, void *context,
				   void (*each)(void *context, const char *path))
{
	DIR *dir = opendir(directory);
	struct dirent *entry;

	if (!dir) {
		/* Processes may end at any time; /proc itself does not. */
		if (!strcmp(directory, "/proc"))
			err(EXIT_FAILURE, "/proc");
		return;
	}
	while ((entry = readdir(dir))) {
		char path[128];

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "%s/%.12s", directory, entry->d_name);
		each(context, path);
	}
	closedir(dir);
}

/* The text after "NAME:" in a file like /proc/PID/status; "-" if it is not there. */
static inline void proc_word(const char *text, const char *name, char *word, size_t size)
{
	size_t length = strlen(name);

	snprintf(word, size, "-");
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, length) || line[length] != ':')
			continue;
		line += length + 1;
		line += strspn(line, " \t");
		snprintf(word, size, "%.*s", (int)strcspn(line, "\n"), line);
		return;
	}
}

/* The number after "NAME:" in a file like /proc/meminfo; 0 if it is not there. */
static inline unsigned long proc_field(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, length) && line[length] == ':')
			return strtoul(line + length + 1, NULL, 10);
	}
	return 0;
}

#endif
