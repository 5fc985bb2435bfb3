/* SPDX-License-Identifier: MIT */
/* Comparison without case. */
#ifndef LIBC_STRINGS_H
#define LIBC_STRINGS_H

#include <stddef.h>

int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t n);
int ffs(int value);
int bcmp(const void *a, const void *b, size_t n);
void bzero(void *memory, size_t n);

#endif
