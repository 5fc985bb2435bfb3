/* SPDX-License-Identifier: MIT */
/* uptime: the time, how long the system has been up, and how much there was to run lately. */
#include <time.h>

#include "procinfo.h"

int main(int argc, char **argv)
{
	char up[64], load[64], clock[16];
	time_t now = time(NULL);
	unsigned long seconds;
	const char *end;
	struct tm tm;

	no_options(&argc, argv, "uptime");
	if (argc > 1)
		usage("uptime");
	if (proc_read("/proc/uptime", up, sizeof(up)) < 0)
		err(EXIT_FAILURE, "/proc/uptime");
	if (proc_read("/proc/loadavg", load, sizeof(load)) < 0)
		err(EXIT_FAILURE, "/proc/loadavg");
	seconds = strtoul(up, NULL, 10);
	strftime(clock, sizeof(clock), "%H:%M:%S", localtime_r(&now, &tm));
	printf(" %s up ", clock);
	if (seconds >= 86400)
		printf("%lu day%s, ", seconds / 86400, seconds < 2 * 86400 ? "" : "s");
	printf("%lu:%02lu:%02lu", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
	/* The first three numbers are the averages over 1, 5 and 15 minutes. */
	end = skip_words(load, 3);
	while (end > load && end[-1] == ' ')
		end--;
	printf(", load average: %.*s\n", (int)(end - load), load);
	return finish(EXIT_SUCCESS);
}
