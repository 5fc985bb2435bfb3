/* SPDX-License-Identifier: MIT */
/*
 * The terminal's state, shared by tty.c (opening, reading, writing), tty_input.c (what comes in)
 * and tty_control.c (ioctl, sessions). Its interface is dev/tty.h.
 *
 * Locks: read_lock or write_lock (mutexes: one reader's line, one writer's text at a time) → lock
 * (spin, taken with interrupts off: the receive interrupt takes it). Groups are signalled without
 * any.
 */
#ifndef DEV_TTY_STATE_H
#define DEV_TTY_STATE_H

#include "dev/ldisc.h"
#include "dev/serial.h"
#include "dev/tty.h"
#include "fs/file.h"
#include "lib/abi/ioctl.h"

#define TTY_CONSOLE device_number(5, 1)
#define TTY_CURRENT device_number(5, 0) /* /dev/tty */
#define TTY_SERIAL  device_number(4, 64)

struct tty {
	struct mutex read_lock, write_lock;
	struct wait_queue readable; /* input, new settings, or hung up */
	struct wait_queue writable; /* room for output, started, or hung up */
	struct spinlock lock;
	/* [lock] */
	struct ldisc ldisc;
	struct winsize window;
	pid_t session;    /* that it controls; 0: none */
	pid_t foreground; /* its group that gets the signals and may read; 0: none */
	uintptr_t hangups;
};
extern struct tty tty;

/* The file was opened before the last hang-up (and not as /dev/console, which always works). */
bool tty_is_hung_up_locked(const struct file *file);

/* ---- tty_input.c ---- */

extern const struct serial_client tty_serial_client; /* who receives */
void tty_input_init(void);                           /* starts receiving */
void tty_echo(const char *text, size_t length);
/* The reader has taken something, or settings have changed: goes on with what waits. Thread
 * context, no lock held. */
void tty_input_refill(void);
/* Drops all that was typed. The lock is held. */
void tty_input_flush_locked(void);

/* ---- tty_control.c ---- */

long tty_ioctl(struct file *file, unsigned command, user_addr_t argument);
/* `signal` to the foreground group. No lock held; any context but NMI. */
void tty_signal_foreground(int signal);
/* A process in the background wants to read (SIGTTIN), write or change settings (SIGTTOU). 0: it
 * is not in the background, or may; -EINTR: its group has got the signal; -EIO: it cannot get
 * it. */
int must_check tty_check_background(int signal);
bool tty_controls_current(void);
/* Opening by a session's leader makes this its terminal, when neither has another. */
void tty_take_control(void);

#endif
