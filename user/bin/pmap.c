/* SPDX-License-Identifier: MIT */
/*
 * pmap: the address space of a process, region by region: the textbook picture, from below: code,
 * constants and data of the program, the heap, and up at the top a stack for every thread.
 */
#include "procinfo.h"

struct region {
	unsigned long start, end;
	char mode[8];
	const char *name; /* "" if it has none */
};

/* START-END MODE OFFSET DEVICE INODE [NAME] */
static bool parse_region(char *line, struct region *region)
{
	char *p;

	region->start = strtoul(line, &p, 16);
	if (*p != '-')
		return false;
	region->end = strtoul(p + 1, &p, 16);
	if (*p != ' ')
		return false;
	snprintf(region->mode, sizeof(region->mode), "%.4s", p + 1);
	p += strcspn(p, "\n");
	*p = '\0';
	region->name = skip_words(line, 5);
	return true;
}

static const char *region_kind(const struct region *region)
{
	const char *mode = region->mode;

	if (!strcmp(region->name, "[heap]"))
		return "heap";
	if (!strncmp(region->name, "[stack", 6))
		return "stack";
	if (!strncmp(mode, "---", 3))
		return "guard";
	if (mode[3] == 's')
		return "shared";
	if (region->name[0] != '/')
		return region->name[0] ? "" : "anonymous";
	if (mode[2] == 'x')
		return "code";
	return mode[1] == 'w' ? "data" : "constants";
}

static void show_region(const struct region *region)
{
	printf("%016lx %8lu %s  %-10s %s\n", region->start, (region->end - region->start) / 1024,
	       region->mode, region_kind(region), region->name);
}

static int show_process(long pid)
{
	unsigned long total = 0;
	struct proc_stat stat;
	char path[64], command[4096], line[4400];
	struct region region;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%ld", pid);
	if (!proc_stat_read(path, &stat)) {
		warnx("%ld: no such process", pid);
		return EXIT_FAILURE;
	}
	proc_command(path, stat.name, command, sizeof(command));
	snprintf(path, sizeof(path), "/proc/%ld/maps", pid);
	maps = fopen(path, "r");
	if (!maps) {
		warn("%s", path);
		return EXIT_FAILURE;
	}
	printf("%ld: %s\n%-16s %8s %s  %-10s %s\n", pid, command, "START", "KIB", "MODE", "WHAT",
	       "NAME");
	while (fgets(line, sizeof(line), maps)) {
		if (!parse_region(line, &region))
			continue;
		show_region(&region);
		total += region.end - region.start;
	}
	fclose(maps);
	printf("%-16s %8lu\n", "total", total / 1024);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;

	no_options(&argc, argv, "pmap PID...");
	if (argc < 2)
		usage("pmap PID...");
	for (int i = 1; i < argc; i++)
		status |= show_process(number_argument(argv[i], 1));
	return finish(status);
}
