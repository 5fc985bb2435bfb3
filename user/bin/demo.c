/* SPDX-License-Identifier: MIT */
/*
 * demo: lists the demos, one line each in the order of the lecture, or runs one.
 *
 * The list is /usr/share/demos: a name, spaces, and what the demo shows.
 */
#include <ctype.h>

#include "common.h"

#define LIST "/usr/share/demos"

static int print_list(void)
{
	FILE *list = fopen(LIST, "r");
	char line[200];

	if (!list) {
		perror("demo: " LIST);
		return 1;
	}
	printf("demo NAME [ARGUMENTS] runs one; most take --quick, all tell their usage\n");
	while (fgets(line, sizeof(line), list))
		printf("%s", line);
	fclose(list);
	return finish(EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
	char path[64];

	if (argc < 2)
		return print_list();
	/* A name, not a path: demos live in one place. */
	for (const char *c = argv[1]; *c; c++)
		if (!isalnum((unsigned char)*c) && (*c != '-' || c == argv[1]))
			usage("demo [NAME [ARGUMENTS]]");
	snprintf(path, sizeof(path), "/demos/%s", argv[1]);
	execv(path, argv + 1);
	if (errno == ENOENT)
		fprintf(stderr, "demo: no demo is called %s; demo alone lists them\n", argv[1]);
	else
		perror(path);
	return 2;
}
