/* SPDX-License-Identifier: MIT */
/* wc: counts lines, words and bytes. */
#include "common.h"

static const char usage_text[] = "wc [-lwc] [FILE...]";

struct counts {
	unsigned long lines, words, bytes;
};

static bool show_lines, show_words, show_bytes;

static void show(const struct counts *counts, const char *name, bool alone)
{
	const struct {
		bool wanted;
		unsigned long value;
	} columns[] = {
		{show_lines, counts->lines},
		{show_words, counts->words},
		{show_bytes, counts->bytes},
	};
	bool first = true;

	for (int i = 0; i < 3; i++) {
		if (!columns[i].wanted)
			continue;
		printf(alone ? "%lu" : first ? "%7lu" : " %7lu", columns[i].value);
		first = false;
	}
	printf(name ? " %s\n" : "\n", name);
}

static void count(struct counts *counts, const char *data, size_t size)
{
	static bool inside_word;

	counts->bytes += size;
	if (!size)
		inside_word = false;
	for (size_t i = 0; i < size; i++) {
		bool blank = data[i] == ' ' || (data[i] >= '\t' && data[i] <= '\r');

		counts->lines += data[i] == '\n';
		counts->words += !blank && !inside_word;
		inside_word = !blank;
	}
}

static int wc(const char *path, struct counts *counts)
{
	static char buffer[BUFFER_SIZE];
	int fd = open_input(path);
	ssize_t got;

	if (fd < 0)
		return EXIT_FAILURE;
	while ((got = read_some(fd, buffer, sizeof(buffer))) > 0)
		count(counts, buffer, (size_t)got);
	count(counts, NULL, 0);
	if (got < 0)
		warn("%s", path);
	close_input(fd);
	return got < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct counts total = {0};
	int status = EXIT_SUCCESS;
	int option;

	while ((option = getopt(argc, argv, "lwc")) != -1) {
		show_lines |= option == 'l';
		show_words |= option == 'w';
		show_bytes |= option == 'c';
		if (option == '?')
			usage(usage_text);
	}
	bool one_column = show_lines + show_words + show_bytes == 1;

	if (!show_lines && !show_words && !show_bytes)
		show_lines = show_words = show_bytes = true;
	if (optind == argc) {
		status = wc("-", &total);
		show(&total, NULL, one_column);
	}
	for (int i = optind; i < argc; i++) {
		struct counts counts = {0};
		int result = wc(argv[i], &counts);

		status |= result;
		if (!result)
			show(&counts, argv[i], one_column && argc - optind == 1);
		total.lines += counts.lines;
		total.words += counts.words;
		total.bytes += counts.bytes;
	}
	if (argc - optind > 1)
		show(&total, "total", false);
	return finish(status);
}
