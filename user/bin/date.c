/* SPDX-License-Identifier: MIT */
/* date: the date and time, in UTC. */
#include <time.h>

#include "common.h"

int main(int argc, char **argv)
{
	static const char usage_text[] = "date [-u] [+FORMAT]";
	const char *format = "%a %b %e %H:%M:%S UTC %Y";
	time_t now = time(NULL);
	char text[1024];
	struct tm tm;
	int i = 1;

	if (i < argc && !strcmp(argv[i], "-u"))
		i++;
	if (i < argc && argv[i][0] == '+')
		format = argv[i++] + 1;
	if (i < argc)
		usage(usage_text);
	gmtime_r(&now, &tm);
	if (!strftime(text, sizeof(text), format, &tm) && *format)
		errx(EXIT_FAILURE, "the format is too long");
	puts(text);
	return finish(EXIT_SUCCESS);
}
