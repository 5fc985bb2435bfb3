/* SPDX-License-Identifier: MIT */
/*
 * The 16550 UARTs: COM1 is the console, COM2 the report port. Interrupt-driven receive with flow control by
 * not reading; transmit by polling the FIFO (QEMU's never fills for long).
 */
#ifndef DEV_SERIAL_H
#define DEV_SERIAL_H

#include <stddef.h>
#include <stdbool.h>

void serial_init(void); /* registers the printk sink and the report port */
/* From the interrupt: `receive` takes a character, or says false when it has no room; the rest stays in the UART
 * with the receive interrupt off until serial_resume(). */
void serial_start_receive(bool (*receive)(unsigned char character));
void serial_resume(void);
void serial_write(const char *text, size_t length); /* any context */

#endif
