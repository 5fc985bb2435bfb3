/* SPDX-License-Identifier: MIT */
/*
 * Kernel messages. They go to a ring (read by /proc/kmsg) and to the sinks that drivers register;
 * a sink must not sleep and must work in any context, a panic's included. printk is callable
 * anywhere but in NMI context (panics and the NMI dump use it with the locks broken, see
 * panicking()).
 */
#ifndef BASE_PRINTK_H
#define BASE_PRINTK_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

void printk(const char *format, ...) __attribute__((format(printf, 1, 2)));
void vprintk(const char *format, va_list arguments);
/* Says what somebody did wrong and must hear of, under `quiet` too. */
void printk_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct print_sink {
	struct print_sink *next;
	void (*write)(const char *text, size_t length);
	bool until_next; /* a stand-in: goes when the next sink is added */
};
void printk_add_sink(struct print_sink *sink);
void printk_remove_sink(struct print_sink *sink);
/* Boot option quiet: messages go to the ring only, but for errors and panics. */
void printk_set_quiet(bool quiet);

/* Copies up to `size` bytes of the ring's tail; returns how many. */
size_t printk_read_ring(char *buffer, size_t size);

/*
 * The report port: machine-readable lines for the host, written by the kernel only. One call is one
 * line, stamped with the nonce of the command line. dev/serial.c registers the port.
 */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));
void report_set_port(void (*write)(const char *text, size_t length));

#endif
