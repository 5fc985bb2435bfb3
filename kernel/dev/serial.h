/* SPDX-License-Identifier: MIT */
/*
 * The 16550 UARTs: COM1 is the console, COM2 the report port.
 *
 * Receiving is by interrupt, with flow control by not reading: while the client has no room the
 * receive interrupt is off, characters stay in the UART, and when its FIFO is full QEMU stops
 * taking them from the host. Sending goes through a ring: what the UART does not take at once its
 * transmitter interrupt fetches.
 */
#ifndef DEV_SERIAL_H
#define DEV_SERIAL_H

#include <stdbool.h>
#include <stddef.h>

struct serial_client {
	/* All are called from the interrupt, no lock held. */
	bool (*has_room)(void);           /* for one more character */
	void (*receive)(unsigned char c); /* after has_room() said so */
	void (*receive_done)(void);       /* the UART is empty, or there is no more room */
	void (*transmit_ready)(
		void); /* after serial_transmit() refused or serial_pending(): less waits */
};

/* Finds the ports, registers the printk sink and the report port. Needs neither memory nor
 * interrupts. */
void serial_init(void);
/* The client starts to receive. Interrupts are set up. */
void serial_start(const struct serial_client *client);
/* The client has room again after has_room() was false. Any context but NMI. */
void serial_resume(void);
/* Puts `length` bytes (at most SERIAL_TRANSMIT_MAX) on their way to COM1, all or none. False: no
 * room now, the client's transmit_ready() will be called. Does not wait. Any context but NMI. */
#define SERIAL_TRANSMIT_MAX 1024
bool serial_transmit(const char *text, size_t length);
/* Bytes that the UART has not sent yet, its FIFO counted as one; if any, the client's
 * transmit_ready() will be called. */
size_t serial_pending(void);
/* Throws them away. */
void serial_discard_pending(void);

#endif
