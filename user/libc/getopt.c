/* SPDX-License-Identifier: MIT */
/*
 * Options of one letter, as POSIX has them: options end at the first argument that is not one, or
 * after "--". "a:" takes an argument, "a::" one only if it is attached.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *optarg;
int optind = 1;
int opterr = 1;
int optopt;

static const char *rest; /* of a group like -abc, after the letter returned last */

/* Says what is wrong with `optopt`, unless the program wants to; returns what getopt() does. */
static int complain(char *const argv[], const char *options, const char *what, int missing)
{
	if (*options == ':')
		return missing ? ':' : '?';
	if (opterr)
		fprintf(stderr, "%s: %s -- '%c'\n", argv[0], what, optopt);
	return '?';
}

int getopt(int argc, char *const argv[], const char *options)
{
	const char *known;

	if (optind == 0) {
		/* The program starts over. */
		optind = 1;
		rest = NULL;
	}
	optarg = NULL;
	if (!rest || *rest == '\0') {
		if (optind >= argc || !argv[optind] || argv[optind][0] != '-' ||
		    argv[optind][1] == '\0')
			return -1;
		rest = argv[optind++] + 1;
		if (strcmp(rest, "-") == 0) {
			rest = NULL;
			return -1;
		}
	}

	optopt = (unsigned char)*rest++;
	known = optopt == ':' ? NULL : strchr(options, optopt);
	if (!known)
		return complain(argv, options, "invalid option", 0);
	if (known[1] != ':')
		return optopt;
	if (*rest)
		optarg = (char *)rest;
	else if (known[2] != ':' && optind < argc)
		optarg = argv[optind++];
	rest = NULL;
	if (!optarg && known[2] != ':')
		return complain(argv, options, "option requires an argument", 1);
	return optopt;
}
