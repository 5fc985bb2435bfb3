/* SPDX-License-Identifier: MIT */
/* The terminal as a file: opening, reading, writing, polling. dev/tty_state.h says who protects
 * what. */
#include "dev/tty.h"

#include "base/assert.h"
#include "base/boot_info.h"
#include "dev/devfs.h"
#include "dev/serial.h"
#include "dev/tty_state.h"
#include "ipc/poll.h"
#include "lib/abi/errno.h"
#include "lib/abi/signal.h"
#include "lib/util.h"

#define READ_CHUNK  256 /* characters copied at a time, by way of the kernel's stack */
#define WRITE_CHUNK 64

struct tty tty = {
	.readable = WAITQ_INIT(tty.readable, "tty readers"),
	.writable = WAITQ_INIT(tty.writable, "tty writers"),
	.lock = SPINLOCK_INIT("tty", RANK_TTY_SPIN),
};

bool tty_is_hung_up_locked(const struct file *file)
{
	return file->inode->rdev != TTY_CONSOLE && (uintptr_t)file->private != tty.hangups;
}

/* ---- Waiting ---- */

/* Calls `ready` with the lock held until it is not -EAGAIN and returns that, waiting on `queue`
 * in between unless the file must not block. -EINTR, -ETIMEDOUT. */
static int await(struct wait_queue *queue, const struct file *file, uint64_t deadline,
		 int (*ready)(const struct file *file, const void *argument), const void *argument)
{
	for (;;) {
		struct wait wait;
		struct waiter waiter;

		wait_init(&wait, WAIT_INTERRUPTIBLE, "tty");
		waitq_arm(queue, &waiter, &wait);
		uint64_t flags = spin_lock_irq_save(&tty.lock);
		int rc = ready(file, argument);
		spin_unlock_irq_restore(&tty.lock, flags);
		bool wait_for_it = rc == -EAGAIN && !(file->flags & O_NONBLOCK);
		if (wait_for_it)
			rc = wait_block(&wait, deadline);
		waitq_disarm(&waiter);
		if (!wait_for_it || rc)
			return rc;
	}
}

static int lock_side(struct mutex *side, const struct file *file)
{
	if (!(file->flags & O_NONBLOCK))
		return mutex_lock_wait(side, WAIT_INTERRUPTIBLE, TIME_NEVER);
	return mutex_trylock(side) ? 0 : -EAGAIN;
}

/* ---- Reading ---- */

/* 1: there is something to read; 0: hung up, which reads as end of file. */
static int input_ready(const struct file *file, const void *unused)
{
	if (tty_is_hung_up_locked(file))
		return 0;
	return ldisc_readable(&tty.ldisc, 1) ? 1 : -EAGAIN;
}

/* Copies what can be read now, at most one line; *ended: that line's end, with nothing copied the
 * end of file, was there. Bytes, -EFAULT. */
static ssize_t copy_input(struct uio *to, bool *ended)
{
	char text[READ_CHUNK];
	ssize_t total = 0;

	*ended = false;
	while (to->left > 0 && !*ended) {
		uint64_t flags = spin_lock_irq_save(&tty.lock);
		size_t count = ldisc_read(&tty.ldisc, text, MIN(to->left, sizeof(text)), ended);
		spin_unlock_irq_restore(&tty.lock, flags);
		if (count == 0)
			break;
		ssize_t copied = uio_copy_out(to, text, count);
		if (copied < 0)
			return total > 0 ? total : copied;
		total += copied;
	}
	tty_input_refill();
	return total;
}

static ssize_t read_line(struct file *file, struct uio *to)
{
	ssize_t copied;
	bool ended;

	do {
		int rc = await(&tty.readable, file, TIME_NEVER, input_ready, NULL);

		if (rc <= 0)
			return rc;
		copied = copy_input(to, &ended);
	} while (copied == 0 && !ended); /* what was ready has been thrown away since */
	return copied;
}

/*
 * Raw mode: VMIN bytes must come before the read returns (or fill the buffer), VTIME tenths of a
 * second may pass between one and the next; with VMIN 0, before the first.
 */
static ssize_t read_raw(struct file *file, struct uio *to, unsigned minimum, uint64_t time)
{
	uint64_t deadline = minimum == 0 ? clock_now() + time : TIME_NEVER;
	ssize_t total = 0;
	bool ended;

	do {
		int rc = await(&tty.readable, file, deadline, input_ready, NULL);

		if (rc == -ETIMEDOUT || (rc == -EAGAIN && minimum == 0 && time == 0))
			rc = 0;
		if (rc <= 0)
			return total > 0 ? total : rc;
		ssize_t copied = copy_input(to, &ended);
		if (copied < 0)
			return total > 0 ? total : copied;
		total += copied;
		if (time > 0)
			deadline = clock_now() + time;
	} while (to->left > 0 && total < (ssize_t)minimum);
	return total;
}

static ssize_t read_locked(struct file *file, struct uio *to)
{
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	bool canonical = tty.ldisc.termios.c_lflag & ICANON;
	unsigned minimum = tty.ldisc.termios.c_cc[VMIN];
	uint64_t time = tty.ldisc.termios.c_cc[VTIME] * (NS_PER_SEC / 10);
	spin_unlock_irq_restore(&tty.lock, flags);

	return canonical ? read_line(file, to) : read_raw(file, to, minimum, time);
}

static ssize_t tty_read(struct file *file, struct uio *to, uint64_t *position)
{
	if (to->left == 0)
		return 0;
	int rc = tty_check_background(SIGTTIN);
	if (rc)
		return rc;
	rc = lock_side(&tty.read_lock, file);
	if (rc)
		return rc;
	ssize_t done = read_locked(file, to);
	mutex_unlock(&tty.read_lock);
	return done;
}

/* ---- Writing ---- */

struct chunk {
	char text[WRITE_CHUNK];
	size_t length;
};

/* Puts the whole chunk on its way (0), or nothing of it. */
static int send_chunk_locked(const struct file *file, const void *argument)
{
	const struct chunk *chunk = argument;
	char output[WRITE_CHUNK * LDISC_OUTPUT_MAX];
	size_t length = 0, column = tty.ldisc.column;

	if (tty_is_hung_up_locked(file))
		return -EIO;
	if (tty.ldisc.stopped)
		return -EAGAIN;
	for (size_t i = 0; i < chunk->length; i++)
		length += ldisc_output(&tty.ldisc, chunk->text[i], output + length);
	if (serial_transmit(output, length))
		return 0;
	tty.ldisc.column = column;
	return -EAGAIN;
}

static ssize_t write_locked(struct file *file, struct uio *from)
{
	ssize_t total = 0;

	while (from->left > 0) {
		struct chunk chunk;
		ssize_t copied = uio_copy_in(from, chunk.text, sizeof(chunk.text));

		if (copied >= 0) {
			chunk.length = copied;
			int rc = await(&tty.writable, file, TIME_NEVER, send_chunk_locked, &chunk);
			if (rc)
				copied = rc;
		}
		if (copied < 0)
			return total > 0 ? total : copied;
		total += copied;
	}
	return total;
}

static bool stops_background_writers(void)
{
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	bool stops = tty.ldisc.termios.c_lflag & TOSTOP;
	spin_unlock_irq_restore(&tty.lock, flags);
	return stops;
}

static ssize_t tty_write(struct file *file, struct uio *from, uint64_t *position)
{
	int rc = stops_background_writers() ? tty_check_background(SIGTTOU) : 0;

	if (rc == 0)
		rc = lock_side(&tty.write_lock, file);
	if (rc)
		return rc;
	ssize_t done = write_locked(file, from);
	mutex_unlock(&tty.write_lock);
	return done;
}

/* ---- Polling ---- */

static unsigned tty_poll(struct file *file, struct poll_table *table)
{
	unsigned events = 0;

	poll_arm(table, &tty.readable);
	poll_arm(table, &tty.writable);
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	const cc_t *cc = tty.ldisc.termios.c_cc;
	if (tty_is_hung_up_locked(file))
		events = POLLHUP | POLLERR | POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
	else if (ldisc_readable(&tty.ldisc, cc[VTIME] == 0 && cc[VMIN] > 0 ? cc[VMIN] : 1))
		events = POLLIN | POLLRDNORM;
	bool stopped = tty.ldisc.stopped;
	spin_unlock_irq_restore(&tty.lock, flags);
	if (!stopped && serial_pending() == 0)
		events |= POLLOUT | POLLWRNORM;
	return events;
}

/* ---- Opening ---- */

static const struct file_ops tty_ops = {
	.read = tty_read,
	.write = tty_write,
	.poll = tty_poll,
	.ioctl = tty_ioctl,
};

/* devfs has set the operations. */
static int tty_open(struct inode *inode, struct file *file)
{
	if (inode->rdev == TTY_CURRENT && !tty_controls_current())
		return -ENXIO;
	if (inode->rdev == TTY_SERIAL && !(file->flags & O_NOCTTY))
		tty_take_control();
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	file->private = (void *)tty.hangups;
	spin_unlock_irq_restore(&tty.lock, flags);
	return 0;
}

void tty_init(void)
{
	mutex_init(&tty.read_lock, "tty readers", RANK_TTY);
	mutex_init(&tty.write_lock, "tty writers", RANK_TTY);
	ldisc_init(&tty.ldisc, tty_echo);
	tty.window.ws_row = boot_option_number("rows", 24, 1, 9999);
	tty.window.ws_col = boot_option_number("cols", 80, 1, 9999);
	devfs_add("console", TTY_CONSOLE, 0620, &tty_ops, tty_open);
	devfs_add("tty", TTY_CURRENT, 0666, &tty_ops, tty_open);
	devfs_add("ttyS0", TTY_SERIAL, 0620, &tty_ops, tty_open);
	tty_input_init();
}
