/* SPDX-License-Identifier: MIT */
/*
 * Memory and string functions.
 *
 * Two things make these less simple than they look. The compiler recognises a loop that copies,
 * fills or measures and replaces it by a call to memcpy(), memset() or strlen(): which, inside
 * those very functions, would recurse for ever. KEEP_LOOP() in a loop's body prevents that. And
 * copying moves eight bytes at a time, with the processor's own string instructions where it
 * goes upwards; the direction flag is clear, as the ABI promises on entry to any function.
 */
#include "lib/string.h"

#include <stdint.h>

/* A statement that the optimiser can neither remove nor turn, with its loop, into a call. */
#define KEEP_LOOP() __asm__ volatile("")

/* Eight bytes at any address and of any type. */
typedef uint64_t __attribute__((may_alias, aligned(1))) any_word;

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	void *d = to;
	size_t words = n / sizeof(any_word);
	size_t rest = n % sizeof(any_word);

	__asm__ volatile("rep movsq" : "+D"(d), "+S"(from), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(rest) : : "memory");
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	char *d = to;
	const char *s = from;

	/* Upwards is right unless `to` lies inside what is still to be read. */
	if ((uintptr_t)d - (uintptr_t)s >= n)
		return memcpy(to, from, n);

	while (n >= sizeof(any_word)) {
		n -= sizeof(any_word);
		*(any_word *)(d + n) = *(const any_word *)(s + n);
		KEEP_LOOP();
	}
	while (n > 0) {
		n--;
		d[n] = s[n];
		KEEP_LOOP();
	}
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	void *d = to;
	uint64_t pattern = UINT64_C(0x0101010101010101) * (unsigned char)byte;
	size_t words = n / sizeof(pattern);
	size_t rest = n % sizeof(pattern);

	__asm__ volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(pattern) : "memory");
	__asm__ volatile("rep stosb" : "+D"(d), "+c"(rest) : "a"(pattern) : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	while (n >= sizeof(any_word) && *(const any_word *)p == *(const any_word *)q) {
		p += sizeof(any_word);
		q += sizeof(any_word);
		n -= sizeof(any_word);
		KEEP_LOOP();
	}
	for (; n > 0; n--, p++, q++) {
		if (*p != *q)
			return *p - *q;
		KEEP_LOOP();
	}
	return 0;
}

void *memchr(const void *memory, int byte, size_t n)
{
	const unsigned char *p = memory;

	for (; n > 0; n--, p++) {
		if (*p == (unsigned char)byte)
			return (void *)p;
		KEEP_LOOP();
	}
	return NULL;
}

void *memrchr(const void *memory, int byte, size_t n)
{
	const unsigned char *p = memory;

	while (n > 0) {
		n--;
		if (p[n] == (unsigned char)byte)
			return (void *)(p + n);
		KEEP_LOOP();
	}
	return NULL;
}

size_t strlen(const char *s)
{
	const char *end = s;

	while (*end) {
		end++;
		KEEP_LOOP();
	}
	return (size_t)(end - s);
}

size_t strnlen(const char *s, size_t limit)
{
	size_t n = 0;

	while (n < limit && s[n]) {
		n++;
		KEEP_LOOP();
	}
	return n;
}

int strcmp(const char *a, const char *b)
{
	size_t i = 0;

	while (a[i] == b[i] && a[i]) {
		i++;
		KEEP_LOOP();
	}
	return (unsigned char)a[i] - (unsigned char)b[i];
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++) {
		if (*a != *b || *a == '\0')
			return (unsigned char)*a - (unsigned char)*b;
		KEEP_LOOP();
	}
	return 0;
}

char *strchrnul(const char *s, int c)
{
	while (*s && *s != (char)c) {
		s++;
		KEEP_LOOP();
	}
	return (char *)s;
}

char *strchr(const char *s, int c)
{
	char *found = strchrnul(s, c);

	return *found == (char)c ? found : NULL;
}

char *strrchr(const char *s, int c)
{
	return memrchr(s, c, strlen(s) + 1);
}

char *strstr(const char *haystack, const char *needle)
{
	size_t length = strlen(needle);

	for (; *haystack; haystack++) {
		if (strncmp(haystack, needle, length) == 0)
			return (char *)haystack;
	}
	return length == 0 ? (char *)haystack : NULL;
}

size_t strspn(const char *s, const char *accept)
{
	size_t n = 0;

	while (s[n] && strchr(accept, s[n]))
		n++;
	return n;
}

size_t strcspn(const char *s, const char *reject)
{
	size_t n = 0;

	while (s[n] && !strchr(reject, s[n]))
		n++;
	return n;
}

char *strpbrk(const char *s, const char *accept)
{
	s += strcspn(s, accept);
	return *s ? (char *)s : NULL;
}

size_t strlcpy(char *restrict to, const char *restrict from, size_t size)
{
	size_t length = strlen(from);

	if (size > 0) {
		size_t copied = length < size ? length : size - 1;

		memcpy(to, from, copied);
		to[copied] = '\0';
	}
	return length;
}

size_t strlcat(char *restrict to, const char *restrict from, size_t size)
{
	size_t used = strnlen(to, size);

	return used + strlcpy(to + used, from, size - used);
}
