/* SPDX-License-Identifier: MIT */
/*
 * Memory and string functions of ISO C and POSIX that the kernel and libc share. All may be
 * called in any context: none sleeps, allocates or touches anything but its arguments.
 * strlcpy() and strlcat() are the BSD ones; everything else is as the standards say.
 */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *memory, int byte, size_t n);
void *memrchr(const void *memory, int byte, size_t n);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strchrnul(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *haystack, const char *needle);
size_t strspn(const char *s, const char *accept);
size_t strcspn(const char *s, const char *reject);
char *strpbrk(const char *s, const char *accept);

/*
 * Copies `from` into the `size` bytes at `to`, cut to fit and always ended with NUL (unless size
 * is 0). Returns strlen(from): the copy was cut when that is >= size.
 */
size_t strlcpy(char *restrict to, const char *restrict from, size_t size);

/* Appends likewise; returns the length that the whole would have had. */
size_t strlcat(char *restrict to, const char *restrict from, size_t size);

#endif
