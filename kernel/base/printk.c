/* SPDX-License-Identifier: MIT */
/*
 * Kernel messages: formatted into a ring and handed to the sinks, under one lock, so that lines of
 * different CPUs do not mix. While a panic is printed spin_lock() lets everyone through
 * (base/spinlock.h), and there is only one CPU left that prints.
 */
#include "base/printk.h"

#include "base/assert.h"
#include "base/boot_info.h"
#include "base/spinlock.h"
#include "lib/string.h"
#include "lib/util.h"
#include "lib/vsnprintf.h"

#define RING_SIZE       (64 * 1024UL)
#define REPORT_LINE_MAX 1024

static struct spinlock console_lock = SPINLOCK_INIT("console", RANK_CONSOLE);

/* [console_lock] */
static char ring[RING_SIZE];
static size_t ring_written; /* bytes ever; the ring holds the last RING_SIZE of them */
static struct print_sink *sinks;
static bool quiet;
static void (*report_port)(const char *text, size_t length);

static void ring_write(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		ring[ring_written++ % RING_SIZE] = text[i];
}

/* [console_lock] printk_error()'s */
static struct format_sink error_sink;

static void console_write(struct format_sink *format_sink, const char *text, size_t length)
{
	ring_write(text, length);
	if (quiet && !panicking() && format_sink != &error_sink)
		return;
	for (struct print_sink *sink = sinks; sink; sink = sink->next)
		sink->write(text, length);
}

void vprintk(const char *fmt, va_list arguments)
{
	struct format_sink sink = {.write = console_write};
	uint64_t flags = spin_lock_irq_save(&console_lock);

	format_to(&sink, fmt, arguments);
	spin_unlock_irq_restore(&console_lock, flags);
}

void printk(const char *fmt, ...)
{
	va_list arguments;

	va_start(arguments, fmt);
	vprintk(fmt, arguments);
	va_end(arguments);
}

void printk_error(const char *fmt, ...)
{
	va_list arguments;
	uint64_t flags = spin_lock_irq_save(&console_lock);

	error_sink = (struct format_sink){.write = console_write};
	va_start(arguments, fmt);
	format_to(&error_sink, fmt, arguments);
	va_end(arguments);
	spin_unlock_irq_restore(&console_lock, flags);
}

void printk_add_sink(struct print_sink *sink)
{
	uint64_t flags = spin_lock_irq_save(&console_lock);

	sink->next = sinks && sinks->until_next ? sinks->next : sinks;
	sinks = sink;
	spin_unlock_irq_restore(&console_lock, flags);
}

void printk_remove_sink(struct print_sink *sink)
{
	uint64_t flags = spin_lock_irq_save(&console_lock);

	for (struct print_sink **at = &sinks; *at; at = &(*at)->next)
		if (*at == sink) {
			*at = sink->next;
			break;
		}
	spin_unlock_irq_restore(&console_lock, flags);
}

void printk_set_quiet(bool on)
{
	uint64_t flags = spin_lock_irq_save(&console_lock);

	quiet = on;
	spin_unlock_irq_restore(&console_lock, flags);
}

size_t printk_read_ring(char *buffer, size_t size)
{
	uint64_t flags = spin_lock_irq_save(&console_lock);
	size_t length = MIN(MIN(size, RING_SIZE), ring_written);

	for (size_t i = 0; i < length; i++)
		buffer[i] = ring[(ring_written - length + i) % RING_SIZE];
	spin_unlock_irq_restore(&console_lock, flags);
	return length;
}

/* ---- The report port ---- */

void report_set_port(void (*write)(const char *text, size_t length))
{
	uint64_t flags = spin_lock_irq_save(&console_lock);

	report_port = write;
	spin_unlock_irq_restore(&console_lock, flags);
}

void report(const char *fmt, ...)
{
	static char line[REPORT_LINE_MAX]; /* [console_lock] */
	char nonce[72];
	va_list arguments;
	uint64_t flags;
	size_t length;

	if (!boot_option("nonce", nonce, sizeof(nonce)) || nonce[0] == '\0')
		strlcpy(nonce, "-", sizeof(nonce));

	flags = spin_lock_irq_save(&console_lock);
	length = (size_t)snprintf(line, sizeof(line), "%s ", nonce);
	va_start(arguments, fmt);
	length += (size_t)vsnprintf(line + length, sizeof(line) - length, fmt, arguments);
	va_end(arguments);
	length = MIN(length, sizeof(line) - 2);
	/* One call, one line, whatever is in it. */
	for (size_t i = 0; i < length; i++)
		if (line[i] == '\n' || line[i] == '\r')
			line[i] = ' ';
	line[length++] = '\n';
	if (report_port)
		report_port(line, length);
	spin_unlock_irq_restore(&console_lock, flags);
}
