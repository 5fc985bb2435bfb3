/* SPDX-License-Identifier: MIT */
/*
 * test and [: by POSIX, the number of arguments decides first, so that `test "$x"` works whatever
 * x holds; longer ones follow the grammar  or: and {-o and}  and: not {-a not}  not: ! not |
 * primary
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builtin.h"
#include "shell.h"

struct test {
	char **next; /* the arguments not yet looked at */
	char **end;
	bool failed;
};

static bool test_or(struct test *test);

static void test_fail(struct test *test, const char *what, const char *argument)
{
	if (!test->failed)
		shell_error("test: %s%s%s", argument ? argument : "", argument ? ": " : "", what);
	test->failed = true;
	test->next = test->end;
}

static long test_number(struct test *test, const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	while (*end == ' ' || *end == '\t')
		end++;
	if (end == text || *end)
		test_fail(test, "not a number", text);
	return value;
}

static bool is_unary(const char *text)
{
	return text[0] == '-' && text[1] && !text[2] && strchr("bcdefghLnprsStuwxz", text[1]);
}

static const char *const binary_operators[] = {
	"=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef",
};

/* Its place in the table, or -1. */
static int binary_index(const char *text)
{
	for (size_t i = 0; i < sizeof(binary_operators) / sizeof(binary_operators[0]); i++)
		if (!strcmp(binary_operators[i], text))
			return (int)i;
	return -1;
}

static bool test_file(char op, const char *path)
{
	struct stat st;

	if (op == 'h' || op == 'L')
		return !lstat(path, &st) && S_ISLNK(st.st_mode);
	if (op == 'r' || op == 'w' || op == 'x')
		return !access(path, op == 'r' ? R_OK : op == 'w' ? W_OK : X_OK);
	if (stat(path, &st))
		return false;
	switch (op) {
	case 'b':
		return S_ISBLK(st.st_mode);
	case 'c':
		return S_ISCHR(st.st_mode);
	case 'd':
		return S_ISDIR(st.st_mode);
	case 'f':
		return S_ISREG(st.st_mode);
	case 'p':
		return S_ISFIFO(st.st_mode);
	case 'S':
		return S_ISSOCK(st.st_mode);
	case 's':
		return st.st_size > 0;
	case 'g':
		return st.st_mode & S_ISGID;
	case 'u':
		return st.st_mode & S_ISUID;
	default:
		return true;
	}
}

static bool test_unary(struct test *test, const char *op, const char *operand)
{
	if (op[1] == 'n')
		return *operand;
	if (op[1] == 'z')
		return !*operand;
	if (op[1] == 't')
		return isatty((int)test_number(test, operand));
	return test_file(op[1], operand);
}

static bool test_files(int index, const char *left, const char *right)
{
	struct stat a, b;
	bool has_a = !stat(left, &a), has_b = !stat(right, &b);

	if (index == 13)
		return has_a && has_b && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
	if (!has_a || !has_b)
		return index == 11 ? has_a : has_b;
	if (index == 12) {
		struct stat swapped = a;

		a = b;
		b = swapped;
	}
	if (a.st_mtim.tv_sec != b.st_mtim.tv_sec)
		return a.st_mtim.tv_sec > b.st_mtim.tv_sec;
	return a.st_mtim.tv_nsec > b.st_mtim.tv_nsec;
}

static bool test_binary(struct test *test, const char *left, const char *op, const char *right)
{
	int index = binary_index(op);
	long a, b;

	if (index < 5) {
		int order = strcmp(left, right);

		return index < 2 ? !order : index == 2 ? order : index == 3 ? order < 0 : order > 0;
	}
	if (index >= 11)
		return test_files(index, left, right);
	a = test_number(test, left);
	b = test_number(test, right);
	switch (index) {
	case 5:
		return a == b;
	case 6:
		return a != b;
	case 7:
		return a < b;
	case 8:
		return a <= b;
	case 9:
		return a > b;
	default:
		return a >= b;
	}
}

static bool test_primary(struct test *test)
{
	long left = test->end - test->next;
	char **arg = test->next;

	if (left < 1) {
		test_fail(test, "an argument is missing", NULL);
		return false;
	}
	if (left >= 3 && binary_index(arg[1]) >= 0) {
		test->next += 3;
		return test_binary(test, arg[0], arg[1], arg[2]);
	}
	if (left >= 2 && is_unary(arg[0])) {
		test->next += 2;
		return test_unary(test, arg[0], arg[1]);
	}
	if (left >= 3 && !strcmp(arg[0], "(")) {
		bool result;

		test->next++;
		result = test_or(test);
		if (test->next < test->end && !strcmp(*test->next, ")"))
			test->next++;
		else
			test_fail(test, "missing )", NULL);
		return result;
	}
	test->next++;
	return *arg[0];
}

static bool next_is(struct test *test, const char *word)
{
	return test->next < test->end && !strcmp(*test->next, word);
}

static bool test_not(struct test *test)
{
	bool negate = false;

	while (next_is(test, "!") && test->end - test->next > 1 &&
	       !(test->end - test->next == 3 && binary_index(test->next[1]) >= 0)) {
		negate = !negate;
		test->next++;
	}
	return test_primary(test) != negate;
}

static bool test_and(struct test *test)
{
	bool result = test_not(test);

	while (next_is(test, "-a")) {
		test->next++;
		result &= test_not(test);
	}
	return result;
}

static bool test_or(struct test *test)
{
	bool result = test_and(test);

	while (next_is(test, "-o")) {
		test->next++;
		result |= test_and(test);
	}
	return result;
}

int builtin_test(int argc, char **argv)
{
	struct test test = {.next = argv + 1, .end = argv + argc};
	bool result;

	if (!strcmp(argv[0], "[")) {
		if (strcmp(argv[argc - 1], "]")) {
			shell_error("[: missing ]");
			return EXIT_SYNTAX;
		}
		test.end--;
	}
	if (test.next == test.end)
		return 1;
	result = test_or(&test);
	if (!test.failed && test.next < test.end)
		test_fail(&test, "unexpected argument", *test.next);
	if (test.failed)
		return EXIT_SYNTAX;
	return !result;
}
