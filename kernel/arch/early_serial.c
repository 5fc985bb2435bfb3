/* SPDX-License-Identifier: MIT */
/*
 * The first messages: COM1 for people and COM2 for the report port, polled, from before anything
 * else works until dev/serial.c puts its own in their place.
 */
#include "arch/boot.h"
#include "arch/io.h"
#include "base/printk.h"

#define COM1 0x3f8
#define COM2 0x2f8
/* Registers of the 16550. */
#define DATA             0
#define INTERRUPT_ENABLE 1
#define FIFO_CONTROL     2
#define LINE_CONTROL     3
#define MODEM_CONTROL    4
#define LINE_STATUS      5
#define DIVISOR_ACCESS   0x80
#define EIGHT_BITS       0x03
#define ROOM_FOR_ONE     0x20

static void configure(uint16_t port)
{
	outb(port + INTERRUPT_ENABLE, 0);
	outb(port + LINE_CONTROL, DIVISOR_ACCESS);
	outb(port + DATA, 1); /* 115200 baud */
	outb(port + INTERRUPT_ENABLE, 0);
	outb(port + LINE_CONTROL, EIGHT_BITS);
	outb(port + FIFO_CONTROL, 0x01);
	outb(port + MODEM_CONTROL, 0x03); /* DTR, RTS */
}

static void write_byte(uint16_t port, char byte)
{
	/* Bounded: with no UART there, or with nobody reading, we go on. */
	for (unsigned i = 0; i < 100000 && !(inb(port + LINE_STATUS) & ROOM_FOR_ONE); i++)
		;
	outb(port + DATA, (uint8_t)byte);
}

static void write_console(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			write_byte(COM1, '\r');
		write_byte(COM1, text[i]);
	}
}

static void write_report(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		write_byte(COM2, text[i]);
}

static struct print_sink sink = {.write = write_console, .until_next = true};

void early_serial_init(void)
{
	configure(COM1);
	configure(COM2);
	printk_add_sink(&sink);
	report_set_port(write_report);
}
