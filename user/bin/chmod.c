/* SPDX-License-Identifier: MIT */
/* chmod: changes the rights to files, to an octal mode or as by u+x,go-w. */
#include "fileops.h"

static const char usage_text[] = "chmod [-R] MODE FILE...";

static const char *mode_text;
static bool recursive;
static int status = EXIT_SUCCESS;

static mode_t who_mask(const char **p)
{
	mode_t mask = 0;

	for (;; (*p)++) {
		switch (**p) {
		case 'u':
			mask |= 0700;
			break;
		case 'g':
			mask |= 0070;
			break;
		case 'o':
			mask |= 0007;
			break;
		case 'a':
			mask |= 0777;
			break;
		default:
			return mask ? mask : 0777;
		}
	}
}

/* The rights of one clause, for everybody. X: x for directories and what some may execute. */
static mode_t rights(const char **p, mode_t old)
{
	mode_t bits = 0;

	for (;; (*p)++) {
		switch (**p) {
		case 'r':
			bits |= 0444;
			break;
		case 'w':
			bits |= 0222;
			break;
		case 'x':
			bits |= 0111;
			break;
		case 'X':
			bits |= S_ISDIR(old) || (old & 0111) ? 0111 : 0;
			break;
		default:
			return bits;
		}
	}
}

/* The new mode for a file that has the old one. */
static mode_t changed_mode(mode_t old)
{
	const char *p = mode_text;
	mode_t mode = old;
	char *end;
	unsigned long octal = strtoul(p, &end, 8);

	if (*p && !*end && octal <= 07777)
		return (mode_t)octal;
	while (*p) {
		mode_t who = who_mask(&p);
		char op = *p++;
		mode_t bits;

		if (op != '+' && op != '-' && op != '=')
			errx(EXIT_USAGE, "%s: not a mode", mode_text);
		bits = rights(&p, old) & who;
		if (op == '+')
			mode |= bits;
		else if (op == '-')
			mode &= ~bits;
		else
			mode = (mode & ~who) | bits;
		if (*p && *p++ != ',')
			errx(EXIT_USAGE, "%s: not a mode", mode_text);
	}
	return mode & 07777;
}

static void change(const char *path);

static void change_entry(void *context, const char *name)
{
	char *path = join_path(context, name);

	change(path);
	free(path);
}

static void change(const char *path)
{
	struct stat st;

	if (lstat(path, &st) || (!S_ISLNK(st.st_mode) && chmod(path, changed_mode(st.st_mode)))) {
		warn("%s", path);
		status = EXIT_FAILURE;
		return;
	}
	if (recursive && S_ISDIR(st.st_mode) && for_each_entry(path, (void *)path, change_entry))
		status = EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	int i = 1;

	/* Not getopt: -w is a mode. */
	if (i < argc && !strcmp(argv[i], "-R")) {
		recursive = true;
		i++;
	}
	if (argc - i < 2 || !strcmp(argv[i], "--help"))
		usage(usage_text);
	mode_text = argv[i++];
	changed_mode(0);
	for (; i < argc; i++) {
		struct stat st;

		if (!recursive && !stat(argv[i], &st) && chmod(argv[i], changed_mode(st.st_mode))) {
			warn("%s", argv[i]);
			status = EXIT_FAILURE;
		} else if (recursive || stat(argv[i], &st)) {
			change(argv[i]);
		}
	}
	return status;
}
