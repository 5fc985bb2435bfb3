/* SPDX-License-Identifier: MIT */
/* kill: sends a signal to processes, or with a negative number to process groups. */
#include "common.h"
#include "signames.h"

static const char usage_text[] = "kill [-s SIGNAL | -SIGNAL] PID...  or  kill -l [NUMBER]";

static int list(const char *number)
{
	if (number) {
		/* An exit status tells a signal too. */
		puts(signal_name((int)number_argument(number, 1) & 0x7f));
		return finish(EXIT_SUCCESS);
	}
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		printf("%2d %-8s%s", signal_table[i].number, signal_table[i].name,
		       i % 6 == 5 || i + 1 == SIGNAL_COUNT ? "\n" : "");
	return finish(EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
	int status = EXIT_SUCCESS, sig = SIGTERM, i = 1;

	if (argc > 1 && !strcmp(argv[1], "-l"))
		return list(argv[2]);
	if (argc > 2 && !strcmp(argv[1], "-s")) {
		sig = signal_number(argv[2]);
		i = 3;
	} else if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--")) {
		sig = signal_number(argv[1] + 1);
		i = 2;
	}
	if (i < argc && !strcmp(argv[i], "--"))
		i++;
	if (sig < 0 || i >= argc)
		usage(usage_text);
	for (; i < argc; i++) {
		pid_t pid;

		if (!process_number(argv[i], &pid))
			usage(usage_text);
		if (kill(pid, sig)) {
			warn("%s", argv[i]);
			status = EXIT_FAILURE;
		}
	}
	return status;
}
