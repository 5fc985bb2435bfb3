/* SPDX-License-Identifier: MIT */
/* String functions that only libc has; those it shares with the kernel have a test on the host. */
#include "check.h"

#include <ctype.h>
#include <libgen.h>
#include <strings.h>

static void copying(void)
{
	char s[16] = "###############";
	volatile size_t three = 3, four = 4; /* what is cut is not the compiler's business */
	char *copy;

	CHECK(strcpy(s, "abc") == s);
	CHECK_STR(s, "abc");
	CHECK(stpcpy(s + 3, "def") == s + 6);
	CHECK(strncpy(s, "xy", 6) == s);
	CHECK(memcmp(s, "xy\0\0\0\0", 7) == 0);
	CHECK(strncpy(s, "longer than four", four) == s);
	CHECK(memcmp(s, "long\0", 5) == 0);
	CHECK_STR(strcat(s, "er"), "longer");
	CHECK_STR(strncat(s, "12345", three), "longer123");
	CHECK(mempcpy(s, "qr", 2) == s + 2);
	copy = strdup("copy");
	CHECK_STR(copy, "copy");
	free(copy);
	copy = strndup("copy", 2);
	CHECK_STR(copy, "co");
	free(copy);
}

static void splitting(void)
{
	char s[] = "::one:two;;three::";
	char t[] = "a,,b";
	char *state, *rest = t;

	CHECK_STR(strtok_r(s, ":;", &state), "one");
	CHECK_STR(strtok_r(NULL, ":;", &state), "two");
	CHECK_STR(strtok_r(NULL, ":;", &state), "three");
	CHECK(!strtok_r(NULL, ":;", &state));
	CHECK(!strtok_r(NULL, ":;", &state));
	CHECK_STR(strsep(&rest, ","), "a");
	CHECK_STR(strsep(&rest, ","), "");
	CHECK_STR(strsep(&rest, ","), "b");
	CHECK(!strsep(&rest, ","));
	strcpy(t, "x y");
	CHECK_STR(strtok(t, " "), "x");
	CHECK_STR(strtok(NULL, " "), "y");
	CHECK(!strtok(NULL, " "));
}

static void comparing(void)
{
	const char *h = "Needle in a hayStack";

	CHECK_EQ(strcasecmp("HeLLo", "hEllO"), 0);
	CHECK(strcasecmp("a", "B") < 0);
	CHECK(strcasecmp("abc", "ab") > 0);
	CHECK_EQ(strncasecmp("ABCx", "abcy", 3), 0);
	CHECK(strcasestr(h, "HAYS") == h + 12);
	CHECK(!strcasestr(h, "hayz"));
	CHECK(strcasestr(h, "") == h);
	CHECK(memmem("a\0bc", 4, "\0b", 2) != NULL);
	CHECK(!memmem("abc", 3, "abcd", 4));
	CHECK_EQ(ffs(0), 0);
	CHECK_EQ(ffs(8), 4);
}

static void error_texts(void)
{
	char text[64];

	CHECK_STR(strerror(0), "Success");
	CHECK_STR(strerror(ENOENT), "No such file or directory");
	CHECK_STR(strerror(EHWPOISON), "Memory page has hardware error");
	CHECK_STR(strerror(12345), "Unknown error 12345");
	CHECK_STR(strerror(-1), "Unknown error -1");
	CHECK_STR(strsignal(SIGSEGV), "Segmentation fault");
	CHECK_STR(strsignal(SIGKILL), "Killed");
	CHECK_STR(strsignal(0), "Unknown signal 0");
	/* Every number has a text that is not the unknown one. */
	for (int i = 1; i < 134; i++) {
		snprintf(text, sizeof(text), "Unknown error %d", i);
		if (i != 41 && i != 58)
			CHECK(strcmp(strerror(i), text) != 0);
	}
}

static void character_classes(void)
{
	int count[12] = {0};

	for (int c = -1; c < 256; c++) {
		count[0] += !!isalpha(c);
		count[1] += !!isdigit(c);
		count[2] += !!isalnum(c);
		count[3] += !!isspace(c);
		count[4] += !!isprint(c);
		count[5] += !!isgraph(c);
		count[6] += !!ispunct(c);
		count[7] += !!iscntrl(c);
		count[8] += !!isxdigit(c);
		count[9] += !!isupper(c);
		count[10] += !!islower(c);
		count[11] += !!isblank(c);
		CHECK_EQ(toupper(c), c >= 'a' && c <= 'z' ? c - 32 : c);
		CHECK_EQ(tolower(c), c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	CHECK_EQ(count[0], 52);
	CHECK_EQ(count[1], 10);
	CHECK_EQ(count[2], 62);
	CHECK_EQ(count[3], 6);
	CHECK_EQ(count[4], 95);
	CHECK_EQ(count[5], 94);
	CHECK_EQ(count[6], 32);
	CHECK_EQ(count[7], 33);
	CHECK_EQ(count[8], 22);
	CHECK_EQ(count[9], 26);
	CHECK_EQ(count[10], 26);
	CHECK_EQ(count[11], 2);
}

static void path_parts(void)
{
	static const struct {
		const char *path, *directory, *base;
	} paths[] = {
		{"/usr/lib", "/usr", "lib"},
		{"/usr/", "/", "usr"},
		{"usr", ".", "usr"},
		{"/", "/", "/"},
		{".", ".", "."},
		{"..", ".", ".."},
		{"a/b/", "a", "b"},
		{"a//b", "a", "b"},
		{"", ".", "."},
	};

	for (size_t i = 0; i < COUNT(paths); i++) {
		char path[20];

		strcpy(path, paths[i].path);
		CHECK_STR(dirname(path), paths[i].directory);
		strcpy(path, paths[i].path);
		CHECK_STR(basename(path), paths[i].base);
	}
}

static const struct check_case cases[] = {
	CASE(copying),     CASE(splitting),         CASE(comparing),
	CASE(error_texts), CASE(character_classes), CASE(path_parts),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
