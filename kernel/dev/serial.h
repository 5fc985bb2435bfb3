/* SPDX-License-Identifier: MIT */
/*
 * The 16550 UARTs: COM1 is the console, COM2 the report port.
 *
 * Receiving is by interrupt, with flow control by not reading: while the client has no room the receive
 * interrupt is off, characters stay in the UART, and when its FIFO is full QEMU stops taking them
 * from the host. Sending goes through a ring: what the UART does not take at once its transmitter interrupt fetches.
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
	void (*transmit_ready)(void);     /* the ring has room again after it was full */
};

/* Finds the ports, registers the printk sink and the report port. Before the first message that must be seen. */
void serial_init(void);
/* The client starts to receive. After interrupts are set up. */
void serial_start_receive(const struct serial_client *client);
/* The client has room again after has_room() was false. Any context. */
void serial_resume(void);
/* Puts up to `length` bytes on their way to COM1 and returns how many: fewer when the ring is full. Does not wait. Any
 * context but NMI. */
size_t serial_transmit(const char *text, size_t length);
/* Bytes that the UART has not taken yet. */
size_t serial_transmit_pending(void);
void serial_discard_pending(void);

#endif
