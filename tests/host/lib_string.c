/* SPDX-License-Identifier: MIT */
/*
 * lib/string.c against the host's C library, on random data. Each operand ends where its memory
 * ends, so that the address sanitizer sees a read of one byte too many.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/random.h"

#define memcpy    tarae_memcpy
#define memmove   tarae_memmove
#define memset    tarae_memset
#define memcmp    tarae_memcmp
#define memchr    tarae_memchr
#define memrchr   tarae_memrchr
#define strlen    tarae_strlen
#define strnlen   tarae_strnlen
#define strcmp    tarae_strcmp
#define strncmp   tarae_strncmp
#define strchr    tarae_strchr
#define strchrnul tarae_strchrnul
#define strrchr   tarae_strrchr
#define strstr    tarae_strstr
#define strspn    tarae_strspn
#define strcspn   tarae_strcspn
#define strpbrk   tarae_strpbrk
#define strlcpy   tarae_strlcpy
#define strlcat   tarae_strlcat
#include "lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef memrchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strchrnul
#undef strrchr
#undef strstr
#undef strspn
#undef strcspn
#undef strpbrk
#undef strlcpy
#undef strlcat

#define ROUNDS 20000

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

/* A string of `length` letters out of few, so that matches are frequent. */
static char *random_string(size_t length)
{
	char *s = malloc(length + 1);

	for (size_t i = 0; i < length; i++)
		s[i] = (char)(random_below(40) == 0 ? 0x80 + random_below(128)
						    : 'a' + random_below(3));
	s[length] = '\0';
	return s;
}

static void test_strings(void)
{
	char *a = random_string(random_below(40));
	char *b = random_below(3) ? random_string(random_below(6)) : strdup(a);
	size_t n = random_below(45);
	int c = random_below(8) ? (int)('a' + random_below(4)) : 0;

	assert(tarae_strlen(a) == strlen(a));
	assert(tarae_strnlen(a, n) == strnlen(a, n));
	assert(sign(tarae_strcmp(a, b)) == sign(strcmp(a, b)));
	assert(sign(tarae_strncmp(a, b, n)) == sign(strncmp(a, b, n)));
	assert(tarae_strchr(a, c) == strchr(a, c));
	assert(tarae_strchrnul(a, c) == strchrnul(a, c));
	assert(tarae_strrchr(a, c) == strrchr(a, c));
	assert(tarae_strstr(a, b) == strstr(a, b));
	assert(tarae_strspn(a, b) == strspn(a, b));
	assert(tarae_strcspn(a, b) == strcspn(a, b));
	assert(tarae_strpbrk(a, b) == strpbrk(a, b));
	free(a);
	free(b);
}

static void test_memory(void)
{
	size_t length = random_below(100);
	char *a = random_string(length);
	char *b = random_string(length);
	size_t n = random_below((unsigned int)length + 1);
	int c = (int)('a' + random_below(4));

	/* Alike at first, so that comparing goes far. */
	memcpy(b, a, n);
	assert(sign(tarae_memcmp(a, b, length)) == sign(memcmp(a, b, length)));
	assert(tarae_memchr(a, c, n) == memchr(a, c, n));
	assert(tarae_memrchr(a, c, n) == memrchr(a, c, n));
	assert(tarae_memset(a, c + 0x100, n) == a);
	for (size_t i = 0; i < n; i++)
		assert(a[i] == c);
	assert(tarae_memcpy(b, a, length) == b);
	assert(memcmp(a, b, length + 1) == 0);
	free(a);
	free(b);
}

static void test_overlap(void)
{
	char *expected = random_string(200);
	char *actual = strdup(expected);
	size_t from = random_below(100), to = random_below(100), n = random_below(101);

	memmove(expected + to, expected + from, n);
	assert(tarae_memmove(actual + to, actual + from, n) == actual + to);
	assert(memcmp(actual, expected, 201) == 0);
	free(expected);
	free(actual);
}

static void test_cut_copies(void)
{
	char buffer[16];
	char *s = random_string(random_below(20));
	size_t size = random_below(sizeof(buffer) + 1);

	memset(buffer, '#', sizeof(buffer));
	assert(tarae_strlcpy(buffer, s, size) == strlen(s));
	if (size > 0) {
		assert(strlen(buffer) == (strlen(s) < size ? strlen(s) : size - 1));
		assert(memcmp(buffer, s, strlen(buffer)) == 0);
	}
	for (size_t i = size; i < sizeof(buffer); i++)
		assert(buffer[i] == '#');

	strcpy(buffer, "12345");
	assert(tarae_strlcat(buffer, s, size) == (size < 5 ? size : 5) + strlen(s));
	assert(memcmp(buffer, "12345", 5) == 0);
	assert(size < 6 || strlen(buffer) < size);
	free(s);
}

int main(void)
{
	random_start();
	for (int i = 0; i < ROUNDS; i++) {
		test_strings();
		test_memory();
		test_overlap();
		test_cut_copies();
	}
	return 0;
}
