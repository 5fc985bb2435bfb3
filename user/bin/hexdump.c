/* SPDX-License-Identifier: MIT */
/* hexdump: bytes in hexadecimal and as text, 16 a line; lines like the one before become a *. */
#include "common.h"

static const char usage_text[] = "hexdump [-Cv] [-n BYTES] [-s SKIP] [FILE...]";

#define ROW 16

/* All files are one stream. */
static struct {
	char **paths;
	int fd;
	long left; /* -n, or -1 */
	int status;
} input = {.fd = -1, .left = -1};

static size_t read_row(unsigned char *row)
{
	size_t filled = 0;

	while (filled < ROW && input.left != 0) {
		size_t wanted = ROW - filled;
		ssize_t got;

		if (input.fd < 0) {
			if (!*input.paths)
				break;
			input.fd = open_input(*input.paths++);
			if (input.fd < 0)
				input.status = EXIT_FAILURE;
			continue;
		}
		if (input.left > 0 && (long)wanted > input.left)
			wanted = (size_t)input.left;
		got = read_some(input.fd, row + filled, wanted);
		if (got < 0) {
			warn("%s", input.paths[-1]);
			input.status = EXIT_FAILURE;
		}
		if (got <= 0) {
			close_input(input.fd);
			input.fd = -1;
			continue;
		}
		filled += (size_t)got;
		if (input.left > 0)
			input.left -= got;
	}
	return filled;
}

static void show_row(unsigned long offset, const unsigned char *row, size_t count)
{
	printf("%08lx ", offset);
	for (size_t i = 0; i < ROW; i++) {
		if (i % 8 == 0)
			putchar(' ');
		if (i < count)
			printf("%02x ", row[i]);
		else
			fputs("   ", stdout);
	}
	fputs(" |", stdout);
	for (size_t i = 0; i < count; i++)
		putchar(row[i] >= ' ' && row[i] < 127 ? row[i] : '.');
	puts("|");
}

static void dump(unsigned long offset, bool all)
{
	unsigned char row[ROW], previous[ROW];
	bool has_previous = false, starred = false;
	size_t count;

	while ((count = read_row(row)) > 0) {
		if (!all && has_previous && count == ROW && !memcmp(row, previous, ROW)) {
			if (!starred)
				puts("*");
			starred = true;
		} else {
			show_row(offset, row, count);
			check_output();
			starred = false;
		}
		memcpy(previous, row, ROW);
		has_previous = true;
		offset += count;
	}
	if (offset)
		printf("%08lx\n", offset);
}

/* Reads and forgets, since not everything can seek. */
static unsigned long skip(long bytes)
{
	unsigned char row[ROW];
	unsigned long skipped = 0;
	long left = input.left;

	input.left = bytes;
	for (size_t got; (got = read_row(row)) > 0;)
		skipped += got;
	input.left = left;
	return skipped;
}

int main(int argc, char **argv)
{
	static char *standard_input[] = {"-", NULL};
	long skipping = 0;
	bool all = false;
	int option;

	while ((option = getopt(argc, argv, "Cvn:s:")) != -1) {
		switch (option) {
		case 'C': /* this very format */
			break;
		case 'v':
			all = true;
			break;
		case 'n':
			input.left = number_argument(optarg, 0);
			break;
		case 's':
			skipping = number_argument(optarg, 0);
			break;
		default:
			usage(usage_text);
		}
	}
	input.paths = optind < argc ? argv + optind : standard_input;
	dump(skipping ? skip(skipping) : 0, all);
	return finish(input.status);
}
