/* SPDX-License-Identifier: MIT */
/* Cutting paths into components, and comparing names: by hand, and random ones against a slower way
 * of saying the same. */
#include "kernel/fs/component.c"
#include "tests/host/random.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect(const char *path, const char *name, bool slash, bool last, const char *rest)
{
	struct path_component component;
	const char *left = path_take(path_skip_slashes(path), &component);

	assert(component.length == strlen(name));
	assert(memcmp(component.name, name, component.length) == 0);
	assert(component.last == last);
	if (component.length > 0)
		assert(component.slash == slash);
	assert(strcmp(left, rest) == 0);
}

static void test_by_hand(void)
{
	expect("", "", false, true, "");
	expect("/", "", false, true, "");
	expect("////", "", false, true, "");
	expect("a", "a", false, true, "");
	expect("a/", "a", true, true, "");
	expect("/a//", "a", true, true, "");
	expect("//usr///bin/x", "usr", true, false, "bin/x");
	expect("../x", "..", true, false, "x");
	expect("./.", ".", true, false, ".");

	/* Too long: cut in memory, not in the count. */
	char path[NAME_MAX + 3];
	struct path_component component;
	memset(path, 'n', sizeof(path));
	memcpy(path + NAME_MAX, "/x", 3);
	assert(strcmp(path_take(path, &component), "x") == 0 && component.length == NAME_MAX);
	memcpy(path + NAME_MAX, "n/", 3);
	assert(!*path_take(path, &component) && component.length == NAME_MAX + 1);
	assert(strlen(component.name) == NAME_MAX);
}

/* All components of a random path, joined again, are the path without its superfluous slashes. */
static void test_random(void)
{
	char path[64], joined[80], expected[80];

	for (size_t length = random_below(sizeof(path)), i = 0; i <= length; i++)
		path[i] = i == length ? '\0' : "//a.b"[random_below(5)];
	size_t count = 0;
	for (const char *p = path; *p; p++)
		if (*p != '/')
			expected[count++] = *p;
		else if (p[1] != '/' && p[1] && count > 0)
			expected[count++] = '/';
	expected[count] = '\0';

	size_t done = 0;
	struct path_component component = {.last = false};
	for (const char *rest = path_skip_slashes(path); !component.last;) {
		rest = path_take(rest, &component);
		if (component.length == 0)
			break;
		assert(component.last || component.slash);
		memcpy(joined + done, component.name, component.length);
		done += component.length;
		if (!component.last)
			joined[done++] = '/';
	}
	joined[done] = '\0';
	assert(strcmp(joined, expected) == 0);
}

/* Names of every length, beginning alike, in memory of just the size that they must have. */
static void test_order(void)
{
	char *names[2], text[24];

	for (int i = 0; i < 2; i++) {
		size_t length = random_below(sizeof(text));

		for (size_t j = 0; j < length; j++)
			text[j] = "aaaaaaaa\x80\x01\xff"[random_below(11)];
		names[i] = calloc(1, NAME_SIZE(length));
		memcpy(names[i], text, length);
	}
	int expected = strcmp(names[0], names[1]), order = name_order(names[0], names[1]);

	assert((expected < 0) == (order < 0) && (expected > 0) == (order > 0));
	assert(name_order(names[0], names[0]) == 0);
	/* As a path's component it is the same name, whatever was there before. */
	if (*names[0]) {
		static struct path_component component;

		path_take(names[0], &component);
		assert(name_order(component.name, names[0]) == 0);
	}
	free(names[0]);
	free(names[1]);
}

int main(void)
{
	random_start();
	test_by_hand();
	for (int i = 0; i < 200000; i++) {
		test_random();
		test_order();
	}
	puts("ok");
	return 0;
}
