/* SPDX-License-Identifier: MIT */
/*
 * What /proc shows of another thread of this process. Include after demo.h.
 */
#ifndef TASK_H
#define TASK_H

#include <dirent.h>

/* The number of the newest thread but main; 0 when there is none. */
static inline int other_thread_id(void)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *entry;
	int newest = 0;

	must(tasks != NULL, "/proc/self/task");
	while ((entry = readdir(tasks)))
		if (atoi(entry->d_name) && atoi(entry->d_name) != getpid())
			newest = atoi(entry->d_name);
	closedir(tasks);
	return newest;
}

/* The same, and its state letter; '-' when there is none. */
static inline int other_thread(char *state)
{
	int tid = other_thread_id();
	char path[64];

	*state = '-';
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	FILE *stat = tid ? fopen(path, "r") : NULL;
	if (stat) {
		must(fscanf(stat, "%*d (%*[^)]) %c", state) == 1, path);
		fclose(stat);
	}
	return tid;
}

#endif
