/* SPDX-License-Identifier: MIT */
/* The heap on the real system: growth, mappings, alignment, exhaustion, misuse, fork. */
#include "check.h"

#include <malloc.h>
#include <sys/resource.h>

static void sizes(void)
{
	for (size_t size = 0; size < 3000000; size = size * 5 / 4 + 1) {
		unsigned char *p = malloc(size);

		CHECK(p && (uintptr_t)p % 16 == 0);
		CHECK(malloc_usable_size(p) >= size);
		memset(p, 0xaa, size);
		p = realloc(p, size * 2 + 1);
		CHECK(p != NULL);
		for (size_t i = 0; i < size; i += 97)
			CHECK_EQ(p[i], 0xaa);
		p = realloc(p, size / 2 + 1);
		for (size_t i = 0; i < size / 2; i += 97)
			CHECK_EQ(p[i], 0xaa);
		free(p);
	}
}

static void zeroed(void)
{
	for (size_t size = 1; size < 1000000; size *= 3) {
		char *dirty = malloc(size), *p;

		memset(dirty, 1, size);
		free(dirty);
		p = calloc(1, size);
		for (size_t i = 0; i < size; i++) {
			if (p[i] != 0)
				check_fail(__FILE__, __LINE__, "byte %zu of %zu is %d", i, size,
					   p[i]);
		}
		free(p);
	}
}

static void alignments(void)
{
	void *p[14];

	for (int i = 4; i < 14; i++) {
		p[i] = aligned_alloc((size_t)1 << i, (size_t)3 << i);
		CHECK_EQ((uintptr_t)p[i] % (1u << i), 0);
		memset(p[i], i, (size_t)3 << i);
	}
	for (int i = 4; i < 14; i++)
		free(p[i]);
	CHECK_EQ(posix_memalign(&p[0], 3, 10), EINVAL);
}

static void impossible(void)
{
	volatile size_t huge = SIZE_MAX - 100;
	void *volatile p; /* or the compiler drops the calls, taking them for successful */

	p = malloc(huge);
	CHECK(!p);
	CHECK_EQ(errno, ENOMEM);
	p = calloc(huge / 2, 4);
	CHECK(!p);
	CHECK_EQ(errno, ENOMEM);
	p = realloc(NULL, huge);
	CHECK(!p);
	p = malloc((size_t)1 << 50);
	CHECK(!p);
}

/* Until there is no more: malloc() says so, and what was given stays good. */
static void exhaustion(void)
{
	struct rlimit limit = {64 << 20, 64 << 20};
	char *list = NULL, *p;
	size_t count = 0;

	CHECK_EQ(setrlimit(RLIMIT_AS, &limit), 0);
	while (count < 5000 && (p = malloc(50000))) {
		*(char **)p = list;
		list = p;
		count++;
	}
	CHECK_EQ(errno, ENOMEM);
	CHECK_RANGE(count, 100, 4999);
	while (list) {
		p = *(char **)list;
		free(list);
		list = p;
	}
	p = malloc(1 << 20);
	CHECK(p != NULL);
	free(p);
}

static void frees_twice(void)
{
	char *volatile p = malloc(40);

	close(2);
	free(p);
	free(p);
}

static void frees_what_is_not_its_own(void)
{
	static char memory[64] __attribute__((aligned(16)));
	char *volatile p = memory + 32;

	close(2);
	free(p);
}

static void misuse(void)
{
	CHECK_KILLED(check_run(frees_twice, 5000), SIGABRT);
	CHECK_KILLED(check_run(frees_what_is_not_its_own, 5000), SIGABRT);
}

static void child_has_its_own(void)
{
	char *p = malloc(100);

	strcpy(p, "parent");
	if (fork() == 0) {
		strcpy(p, "child");
		free(p);
		for (int i = 0; i < 1000; i++)
			memset(malloc(200), i, 200);
		_exit(0);
	}
	wait(NULL);
	CHECK_STR(p, "parent");
	free(p);
}

static const struct check_case cases[] = {
	CASE(sizes),      CASE(zeroed), CASE(alignments),        CASE(impossible),
	CASE(exhaustion), CASE(misuse), CASE(child_has_its_own),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
