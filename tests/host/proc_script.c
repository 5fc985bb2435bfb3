/* SPDX-License-Identifier: MIT */
/* "#!" lines: cut up as Linux does, and random ones, in memory of exactly their size. */
#include "kernel/proc/script.c"
#include "tests/host/random.h"

#include <assert.h>
#include <stdlib.h>

/* As exec does it: the head of a file, at most SCRIPT_HEAD bytes. */
static int parse(const char *text, size_t size, struct script_line *line)
{
	char *copy = malloc(size ? size : 1);
	int rc = -ENOEXEC;

	memcpy(copy, text, size);
	if (script_is(copy, size))
		rc = script_parse(copy, size, line);
	free(copy);
	return rc;
}

static void expect(const char *text, const char *interpreter, const char *argument)
{
	struct script_line line;
	int rc = parse(text, strlen(text), &line);

	assert((rc == 0) == (interpreter != NULL));
	if (rc)
		return;
	assert(strcmp(line.interpreter, interpreter) == 0);
	assert(!argument == !line.argument);
	assert(!argument || strcmp(line.argument, argument) == 0);
}

static void test_lines(void)
{
	expect("#!/bin/sh\necho", "/bin/sh", NULL);
	expect("#!/bin/sh", "/bin/sh", NULL);
	expect("#! \t/bin/sh \t\n", "/bin/sh", NULL);
	expect("#!/bin/sh -e\n", "/bin/sh", "-e");
	expect("#!/usr/bin/env  sh -e  x \t\nrest", "/usr/bin/env", "sh -e  x");
	expect("#!sh\n", "sh", NULL);
	expect("#!\n/bin/sh", NULL, NULL);
	expect("#!   \n", NULL, NULL);
	expect("#!", NULL, NULL);
	expect("#", NULL, NULL);
	expect("", NULL, NULL);
	expect("!#/bin/sh\n", NULL, NULL);
}

static void test_long_names(void)
{
	struct script_line line;
	char text[SCRIPT_HEAD];

	memset(text, 'x', sizeof(text));
	memcpy(text, "#!/", 3);
	assert(parse(text, sizeof(text), &line) == -ENOEXEC); /* it goes on beyond the head */
	assert(parse(text, sizeof(text) - 1, &line) == 0);    /* here the file ends */
	text[sizeof(text) - 2] = ' ';
	assert(parse(text, sizeof(text), &line) == 0); /* its argument may be cut off */
	assert(line.argument && strlen(line.argument) == 1);
}

static void test_random(void)
{
	static const char alphabet[] = "#! \t\n/ab\0-";

	for (int i = 0; i < 200000; i++) {
		size_t size = random_below(i % 10 ? 12 : SCRIPT_HEAD + 1);
		struct script_line line;
		char text[SCRIPT_HEAD];

		for (size_t at = 0; at < size; at++)
			text[at] = alphabet[random_below(sizeof(alphabet) - 1)];
		if (size >= 2 && random_below(4))
			memcpy(text, "#!", 2);
		if (parse(text, size, &line))
			continue;
		assert(*line.interpreter && !strpbrk(line.interpreter, " \t\n"));
		assert(!line.argument || (*line.argument && !strchr(line.argument, '\n')));
	}
}

int main(void)
{
	random_start();
	test_lines();
	test_long_names();
	test_random();
	return 0;
}
