/* SPDX-License-Identifier: MIT */
/* Messages with the program's name and the text of errno (the x forms without it). */
#ifndef LIBC_ERR_H
#define LIBC_ERR_H

#include <stdarg.h>

void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void err(int status, const char *fmt, ...) __attribute__((noreturn, format(printf, 2, 3)));
void errx(int status, const char *fmt, ...) __attribute__((noreturn, format(printf, 2, 3)));

#endif
