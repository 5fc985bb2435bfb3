/* SPDX-License-Identifier: MIT */
/* Memory and strings. */
#ifndef LIBC_STRING_H
#define LIBC_STRING_H

#include <stddef.h>

#include "lib/string.h"

void *mempcpy(void *restrict to, const void *restrict from, size_t n);
void *memmem(const void *haystack, size_t haystack_length, const void *needle,
	     size_t needle_length);
char *strcpy(char *restrict to, const char *restrict from);
char *stpcpy(char *restrict to, const char *restrict from);
char *strncpy(char *restrict to, const char *restrict from, size_t n);
char *strcat(char *restrict to, const char *restrict from);
char *strncat(char *restrict to, const char *restrict from, size_t n);
int strcoll(const char *a, const char *b);
char *strdup(const char *s);
char *strndup(const char *s, size_t limit);
char *strtok(char *restrict s, const char *restrict separators);
char *strtok_r(char *restrict s, const char *restrict separators, char **restrict state);
char *strsep(char **s, const char *separators);
int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t n);
char *strcasestr(const char *haystack, const char *needle);
char *strerror(int error);
int strerror_r(int error, char *buffer, size_t size);
const char *strerrorname_np(int error);
char *strsignal(int signal);
void explicit_bzero(void *memory, size_t n);

#endif
