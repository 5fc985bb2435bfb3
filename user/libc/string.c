/* SPDX-License-Identifier: MIT */
/* The string functions that the kernel does without; the others are in lib/string.c. */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void *mempcpy(void *restrict to, const void *restrict from, size_t n)
{
	return (char *)memcpy(to, from, n) + n;
}

void *memmem(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length)
{
	const char *p = haystack;

	for (; haystack_length >= needle_length; p++, haystack_length--) {
		if (memcmp(p, needle, needle_length) == 0)
			return (void *)p;
	}
	return NULL;
}

char *stpcpy(char *restrict to, const char *restrict from)
{
	size_t length = strlen(from);

	memcpy(to, from, length + 1);
	return to + length;
}

char *strcpy(char *restrict to, const char *restrict from)
{
	stpcpy(to, from);
	return to;
}

char *strncpy(char *restrict to, const char *restrict from, size_t n)
{
	size_t length = strnlen(from, n);

	memcpy(to, from, length);
	memset(to + length, 0, n - length);
	return to;
}

char *strcat(char *restrict to, const char *restrict from)
{
	strcpy(to + strlen(to), from);
	return to;
}

char *strncat(char *restrict to, const char *restrict from, size_t n)
{
	size_t length = strnlen(from, n);
	char *end = mempcpy(to + strlen(to), from, length);

	*end = '\0';
	return to;
}

int strcoll(const char *a, const char *b)
{
	return strcmp(a, b);
}

char *strndup(const char *s, size_t limit)
{
	size_t length = strnlen(s, limit);
	char *copy = malloc(length + 1);

	if (copy) {
		memcpy(copy, s, length);
		copy[length] = '\0';
	}
	return copy;
}

char *strdup(const char *s)
{
	return strndup(s, SIZE_MAX);
}

char *strsep(char **s, const char *separators)
{
	char *token = *s;

	if (token) {
		*s = strpbrk(token, separators);
		if (*s)
			*(*s)++ = '\0';
	}
	return token;
}

char *strtok_r(char *restrict s, const char *restrict separators, char **restrict state)
{
	char *token;

	if (s)
		*state = s;
	if (!*state)
		return NULL;
	*state += strspn(*state, separators);
	token = strsep(state, separators);
	return *token ? token : NULL;
}

char *strtok(char *restrict s, const char *restrict separators)
{
	static char *state;

	return strtok_r(s, separators, &state);
}

int strncasecmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++) {
		int difference = tolower((unsigned char)*a) - tolower((unsigned char)*b);

		if (difference || *a == '\0')
			return difference;
	}
	return 0;
}

int strcasecmp(const char *a, const char *b)
{
	return strncasecmp(a, b, SIZE_MAX);
}

char *strcasestr(const char *haystack, const char *needle)
{
	size_t length = strlen(needle);

	do {
		if (strncasecmp(haystack, needle, length) == 0)
			return (char *)haystack;
	} while (*haystack++);
	return NULL;
}

/* Compilers make this of a memcmp() whose result is only compared with 0. */
int bcmp(const void *a, const void *b, size_t n)
{
	return memcmp(a, b, n);
}

void bzero(void *memory, size_t n)
{
	memset(memory, 0, n);
}

/* Erases secrets: the compiler may drop a memset() of memory that is not read again. */
void explicit_bzero(void *memory, size_t n)
{
	memset(memory, 0, n);
	__asm__ volatile("" : : "r"(memory) : "memory");
}

int ffs(int value)
{
	return __builtin_ffs(value);
}
