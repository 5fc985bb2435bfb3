/* SPDX-License-Identifier: MIT */
/*
 * Formatted output, as printf(3) of C99: flags - + space # 0, width and precision (also *),
 * lengths hh h l ll j z t, conversions d i u o x X c s p %. libc adds f F e E g G, also with L
 * (lib/format_float.c); the kernel has no floating point. There is no %n, on purpose. An unknown
 * conversion is copied to the output as it stands.
 *
 * Everything goes through a sink, so that printk(), /proc and stdio need no intermediate buffer.
 * Any context; takes no lock of its own.
 */
#ifndef LIB_VSNPRINTF_H
#define LIB_VSNPRINTF_H

#include <stdarg.h>
#include <stddef.h>

/* Where formatted bytes go. Embed it, and find the rest by container_of() in `write`. */
struct format_sink {
	void (*write)(struct format_sink *sink, const char *bytes, size_t n);
	size_t count; /* bytes written so far, by format_write() */
};

void format_write(struct format_sink *sink, const char *bytes, size_t n);

/* Formats into `sink`, whose count should be 0; returns the number of bytes produced. */
int format_to(struct format_sink *sink, const char *fmt, va_list arguments)
	__attribute__((format(printf, 2, 0)));

/*
 * Format into `size` bytes at `buffer`, cut to fit and always ended with NUL (unless size is 0).
 * Return the length that the whole would have had: it was cut when that is >= size.
 */
int vsnprintf(char *restrict buffer, size_t size, const char *restrict fmt, va_list arguments)
	__attribute__((format(printf, 3, 0)));
int snprintf(char *restrict buffer, size_t size, const char *restrict fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
