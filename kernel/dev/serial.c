/* SPDX-License-Identifier: MIT */
/*
 * Driver of the 16550A UART (National Semiconductor PC16550D data sheet; register names as there).
 *
 * QEMU's transmitter is empty again as soon as it was filled unless the host does not read, so
 * bytes mostly leave in serial_transmit() itself, and the ring and the transmitter interrupt work
 * only while the host holds us up. A message of the kernel waits for a while and is then cut: it is
 * in printk's ring anyway.
 */
#include "dev/serial.h"

#include "arch/io.h"
#include "arch/irq.h"
#include "base/assert.h"
#include "base/printk.h"
#include "base/spinlock.h"
#include "dev/interrupts.h"
#include "lib/util.h"

#define COM1     0x3f8
#define COM1_IRQ 4
#define COM2     0x2f8

/* Registers, as offsets from the port. */
#define RBR 0 /* receiver buffer, when read */
#define THR 0 /* transmitter holding, when written */
#define IER 1 /* interrupt enable */
#define IIR 2 /* interrupt identification, when read */
#define FCR 2 /* FIFO control, when written */
#define LCR 3 /* line control */
#define MCR 4 /* modem control */
#define LSR 5 /* line status */
#define SCR 7 /* scratch */
#define DLL 0 /* divisor, while LCR_DIVISOR is set */
#define DLM 1

#define IER_RECEIVE  0x01
#define IER_TRANSMIT 0x02
#define IIR_NONE     0x01
/* Both FIFOs on and empty; an interrupt for every 14 characters, and when fewer have waited for
 * as long as four take on the line. One for every character would make QEMU hand over one at a
 * time. */
#define FCR_ENABLE    0xc7
#define LCR_8N1       0x03
#define LCR_DIVISOR   0x80
#define MCR_READY     0x0b /* DTR, RTS, and OUT2, which lets interrupts through */
#define LSR_DATA      0x01
#define LSR_BREAK     0x10
#define LSR_THR_EMPTY 0x20

#define FIFO_SIZE 16
#define RING_SIZE 4096
/* How often a transmitter that stays full is looked at before a message is cut: about a tenth of
 * a second for messages, ten for a panic's and for reports. */
#define PATIENCE_MESSAGE 200000
#define PATIENCE_LONG    20000000

static struct {
	struct spinlock lock; /* taken with interrupts off */
	/* [lock] */
	char ring[RING_SIZE];
	size_t start, count;           /* of the bytes in the ring */
	_Atomic unsigned char enabled; /* what IER holds; the handler reads it without */
	bool awaited;                  /* the client wants transmit_ready() */
	bool stuck;                    /* see uart_await_transmitter() */
	/* const after serial_start() */
	bool present;
	const struct serial_client *client;
} com1 = {.lock = SPINLOCK_INIT("COM1", RANK_SERIAL)};

/* 115200 baud, 8N1. False: there is no UART at this port. */
static bool uart_set_up(unsigned port)
{
	outb(port + SCR, 0x5a);
	if (inb(port + SCR) != 0x5a)
		return false;
	outb(port + IER, 0);
	outb(port + LCR, LCR_DIVISOR);
	outb(port + DLL, 1);
	outb(port + DLM, 0);
	outb(port + LCR, LCR_8N1);
	outb(port + FCR, FCR_ENABLE);
	outb(port + MCR, MCR_READY);
	return true;
}

/* Waits for an empty transmitter; false: the host has not read for too long. *stuck: it has been
 * so, and is not waited for again until it reads. */
static bool uart_await_transmitter(unsigned port, unsigned patience, bool *stuck)
{
	if (*stuck)
		patience = 1;
	for (unsigned looks = 0; looks < patience; looks++) {
		*stuck = !(inb(port + LSR) & LSR_THR_EMPTY);
		if (!*stuck)
			return true;
		cpu_relax();
	}
	return false;
}

/* ---- Sending on COM1 ---- */

static void enable_locked(unsigned char interrupts)
{
	if (com1.enabled == interrupts)
		return;
	com1.enabled = interrupts;
	outb(COM1 + IER, interrupts);
}

static void ring_add_locked(char c)
{
	com1.ring[(com1.start + com1.count++) % RING_SIZE] = c;
}

/* Fills the empty transmitter's FIFO from the ring. */
static void fill_fifo_locked(void)
{
	for (unsigned i = 0; i < FIFO_SIZE && com1.count > 0; i++) {
		outb(COM1 + THR, com1.ring[com1.start]);
		com1.start = (com1.start + 1) % RING_SIZE;
		com1.count--;
	}
}

/* Gives the UART what it takes now, and leaves the rest to its interrupt. */
static void push_locked(void)
{
	while (com1.count > 0 && (inb(COM1 + LSR) & LSR_THR_EMPTY))
		fill_fifo_locked();
	bool interrupt = com1.client && (com1.count > 0 || com1.awaited);
	enable_locked((com1.enabled & ~IER_TRANSMIT) | (interrupt ? IER_TRANSMIT : 0));
}

bool serial_transmit(const char *text, size_t length)
{
	ASSERT(length <= SERIAL_TRANSMIT_MAX);
	if (!com1.present)
		return true;
	uint64_t flags = spin_lock_irq_save(&com1.lock);
	bool fits = length <= RING_SIZE - com1.count;
	if (fits)
		for (size_t i = 0; i < length; i++)
			ring_add_locked(text[i]);
	else
		com1.awaited = true;
	push_locked();
	spin_unlock_irq_restore(&com1.lock, flags);
	return fits;
}

size_t serial_pending(void)
{
	uint64_t flags = spin_lock_irq_save(&com1.lock);
	size_t count = com1.count;
	if (com1.present && !(inb(COM1 + LSR) & LSR_THR_EMPTY))
		count++; /* at least: how full the FIFO is cannot be read */
	if (count > 0) {
		com1.awaited = true;
		push_locked();
	}
	spin_unlock_irq_restore(&com1.lock, flags);
	return count;
}

void serial_discard_pending(void)
{
	uint64_t flags = spin_lock_irq_save(&com1.lock);
	com1.count = 0;
	spin_unlock_irq_restore(&com1.lock, flags);
}

/* ---- Messages of the kernel ---- */

/* Waits until everything before is out; false: nobody reads. */
static bool flush_locked(void)
{
	unsigned patience = panicking() ? PATIENCE_LONG : PATIENCE_MESSAGE;

	while (com1.count > 0) {
		if (!uart_await_transmitter(COM1, patience, &com1.stuck))
			return false;
		fill_fifo_locked();
	}
	return true;
}

static void put_message_locked(char c)
{
	if (com1.count < RING_SIZE || flush_locked())
		ring_add_locked(c);
}

/* printk's sink: any context, a panic's too, where nobody is left to serve an interrupt. */
static void write_message(const char *text, size_t length)
{
	uint64_t flags = spin_lock_irq_save(&com1.lock);

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			put_message_locked('\r');
		put_message_locked(text[i]);
	}
	if (panicking())
		flush_locked();
	else
		push_locked();
	spin_unlock_irq_restore(&com1.lock, flags);
}

/* The report port: under printk's lock. */
static void write_report(const char *text, size_t length)
{
	static bool stuck;

	for (size_t i = 0; i < length; i++)
		if (i % FIFO_SIZE != 0 || uart_await_transmitter(COM2, PATIENCE_LONG, &stuck))
			outb(COM2 + THR, text[i]);
}

/* ---- Interrupts ---- */

/* Only this, on the CPU that takes the interrupt, reads the receiver: no lock. */
static void receive_all(void)
{
	unsigned char status;

	while ((status = inb(COM1 + LSR)) & LSR_DATA) {
		if (!com1.client->has_room())
			break;
		unsigned char c = inb(COM1 + RBR);
		if (!(status & LSR_BREAK))
			com1.client->receive(c);
	}
	com1.client->receive_done();
}

static void set_receiving(bool on)
{
	uint64_t flags = spin_lock_irq_save(&com1.lock);
	enable_locked((com1.enabled & ~IER_RECEIVE) | (on ? IER_RECEIVE : 0));
	spin_unlock_irq_restore(&com1.lock, flags);
}

static void receive(void)
{
	receive_all();
	if (com1.client->has_room())
		return;
	set_receiving(false);
	/* Room that came before that line was told to nobody. */
	if (com1.client->has_room())
		set_receiving(true);
}

static void transmit(void)
{
	uint64_t flags = spin_lock_irq_save(&com1.lock);
	push_locked();
	bool tell = com1.awaited && com1.count <= RING_SIZE / 2;
	if (tell) {
		com1.awaited = false;
		push_locked();
	}
	spin_unlock_irq_restore(&com1.lock, flags);
	if (tell)
		com1.client->transmit_ready();
}

static void com1_interrupt(void)
{
	/* The line is edge-triggered: it must go down before it can rise again, so serve all
	 * there is. */
	while (!(inb(COM1 + IIR) & IIR_NONE)) {
		if (com1.enabled & IER_RECEIVE)
			receive();
		transmit();
	}
}

void serial_resume(void)
{
	if (com1.client)
		set_receiving(true);
}

void serial_start(const struct serial_client *client)
{
	if (!com1.present)
		return;
	com1.client = client;
	interrupt_register(COM1_IRQ, com1_interrupt);
	set_receiving(true);
}

void serial_init(void)
{
	static struct print_sink sink = {.write = write_message};

	com1.present = uart_set_up(COM1);
	if (com1.present)
		printk_add_sink(&sink);
	if (uart_set_up(COM2))
		report_set_port(write_report);
}
