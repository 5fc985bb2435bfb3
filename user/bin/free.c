/* SPDX-License-Identifier: MIT */
/* free: how much memory there is, and how much of it is in use. */
#include "procinfo.h"

int main(int argc, char **argv)
{
	static const char usage_text[] = "free [-k|-m]";
	unsigned long total, unused, cached, available, unit = 1;
	char text[4096];
	int option;

	while ((option = getopt(argc, argv, "km")) != -1) {
		if (option == '?')
			usage(usage_text);
		unit = option == 'm' ? 1024 : 1;
	}
	if (optind < argc)
		usage(usage_text);
	if (proc_read("/proc/meminfo", text, sizeof(text)) < 0)
		err(EXIT_FAILURE, "/proc/meminfo");
	total = proc_field(text, "MemTotal");
	unused = proc_field(text, "MemFree");
	cached = proc_field(text, "Cached") + proc_field(text, "Buffers");
	available = proc_field(text, "MemAvailable");
	printf("%8s %10s %10s %10s %10s %10s\n", unit == 1 ? "KiB" : "MiB", "total", "used", "free",
	       "files", "available");
	printf("%8s %10lu %10lu %10lu %10lu %10lu\n", "Memory:", total / unit,
	       (total - unused - cached) / unit, unused / unit, cached / unit, available / unit);
	return finish(EXIT_SUCCESS);
}
