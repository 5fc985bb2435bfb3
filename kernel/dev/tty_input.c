/* SPDX-License-Identifier: MIT */
/*
 * What comes in. The receive interrupt gives each character to the line discipline, as long as that
 * has room: 4 KiB. What comes then is kept in the backlog, up to BACKLOG_MAX, in frames that are
 * taken as it grows and given back as the reader catches up; when that is full, too, the serial
 * port stops reading and the host must wait. So nothing is lost, however much is pasted.
 *
 * But ^C must work while nobody reads. Characters that go to the backlog are therefore looked at
 * when they arrive: what makes a signal, stops or starts output does so at once, whatever is before
 * it, and is not kept (a signal also drops what was typed, as it always does). Only a ^C that comes
 * after more than the whole backlog has to wait: it is still on the host's side.
 */
#include "base/assert.h"
#include "dev/tty_state.h"
#include "lib/abi/errno.h"
#include "mm/frame.h"

#define BACKLOG_MAX  (256 * 1024 / PAGE_SIZE) /* frames */
#define REFILL_BATCH 256 /* characters taken from the backlog with interrupts off */

static struct {
	/* [tty.lock] */
	struct list frames; /* by node, the oldest first */
	size_t frame_count;
	size_t start; /* of the characters, in the first frame */
	size_t end;   /* of the characters, in the last frame */
	bool quoted;  /* the next to arrive is a literal one */
	bool stopped; /* the serial port was told that there is no room */
} backlog = {.frames = LIST_INIT(backlog.frames)};

/* ---- The backlog ---- */

static struct frame *frame_of_node(struct list_node *node)
{
	return container_of(node, struct frame, node);
}

static bool backlog_empty_locked(void)
{
	return list_empty(&backlog.frames) ||
	       (backlog.frame_count == 1 && backlog.start == backlog.end);
}

static void backlog_drop_first_locked(void)
{
	frame_put(frame_of_node(list_pop_front(&backlog.frames)));
	backlog.frame_count--;
	backlog.start = 0;
}

static void backlog_clear_locked(void)
{
	while (!list_empty(&backlog.frames))
		backlog_drop_first_locked();
	backlog.quoted = false;
}

/* Sees to it that one more character fits. */
static bool backlog_make_room_locked(void)
{
	if (!list_empty(&backlog.frames) && backlog.end < PAGE_SIZE)
		return true;
	if (backlog.frame_count == BACKLOG_MAX)
		return false;
	struct frame *frame = frame_alloc(0, 0);
	if (!frame)
		return false;
	list_push_back(&backlog.frames, &frame->node);
	if (backlog.frame_count++ == 0) {
		backlog.start = 0;
		backlog.quoted = tty.ldisc.literal;
	}
	backlog.end = 0;
	return true;
}

static void backlog_add_locked(unsigned char c)
{
	unsigned char *text = frame_vaddr(frame_of_node(list_last(&backlog.frames)));

	text[backlog.end++] = c;
}

static unsigned char backlog_take_locked(void)
{
	unsigned char *text = frame_vaddr(frame_of_node(list_first(&backlog.frames)));
	unsigned char c = text[backlog.start++];

	if (backlog.start == PAGE_SIZE ||
	    (backlog.frame_count == 1 && backlog.start == backlog.end))
		backlog_drop_first_locked();
	return c;
}

/* ---- Receiving ---- */

void tty_input_flush_locked(void)
{
	ldisc_flush_input(&tty.ldisc);
	backlog_clear_locked();
}

/* A character that must wait; for it there is room. A signal, or LDISC_NOTHING. */
static int receive_behind_locked(unsigned char c)
{
	if (!backlog.quoted) {
		int action = ldisc_act(&tty.ldisc, c);

		bool flushed = action > 0 && !(tty.ldisc.termios.c_lflag & NOFLSH);
		if (flushed || (action != LDISC_NOTHING && backlog_empty_locked()))
			backlog_clear_locked();
		if (action != LDISC_NOTHING)
			return action;
	}
	backlog.quoted = !backlog.quoted && ldisc_is_quote(&tty.ldisc, c);
	backlog_add_locked(c);
	return LDISC_NOTHING;
}

static bool input_has_room_locked(void)
{
	if (backlog_empty_locked() && ldisc_has_room(&tty.ldisc))
		return true;
	return backlog_make_room_locked();
}

static bool input_has_room(void)
{
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	bool room = input_has_room_locked();
	backlog.stopped = !room;
	spin_unlock_irq_restore(&tty.lock, flags);
	return room;
}

static void input_receive(unsigned char c)
{
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	bool was_stopped = tty.ldisc.stopped;
	int signal = LDISC_NOTHING;
	if (backlog_empty_locked() && ldisc_has_room(&tty.ldisc))
		signal = ldisc_receive(&tty.ldisc, c);
	/* A reader or new settings may have taken the room since it was looked for; only when there
	 * is no memory now is the character lost. */
	else if (backlog_make_room_locked())
		signal = receive_behind_locked(c);
	bool started = was_stopped && !tty.ldisc.stopped;
	spin_unlock_irq_restore(&tty.lock, flags);

	if (started)
		waitq_wake_all(&tty.writable);
	if (signal > 0)
		tty_signal_foreground(signal);
}

static void input_done(void)
{
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	bool readable = ldisc_readable(&tty.ldisc, 1);
	spin_unlock_irq_restore(&tty.lock, flags);
	if (readable)
		waitq_wake_all(&tty.readable);
}

/* Moves a batch from the backlog to the line discipline. False: there is no more to move now. */
static bool refill_batch(void)
{
	int signal = LDISC_NOTHING;
	unsigned moved = 0;
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	bool was_stopped = tty.ldisc.stopped;

	while (moved < REFILL_BATCH && signal <= 0 && !backlog_empty_locked() &&
	       ldisc_has_room(&tty.ldisc)) {
		signal = ldisc_receive(&tty.ldisc, backlog_take_locked());
		moved++;
	}
	bool started = was_stopped && !tty.ldisc.stopped;
	spin_unlock_irq_restore(&tty.lock, flags);
	if (started) /* IXANY */
		waitq_wake_all(&tty.writable);
	if (signal > 0) /* ISIG was off when it came and is on now */
		tty_signal_foreground(signal);
	return moved > 0;
}

void tty_input_refill(void)
{
	while (refill_batch())
		;
	input_done();
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	bool resume = backlog.stopped && input_has_room_locked();
	if (resume)
		backlog.stopped = false;
	spin_unlock_irq_restore(&tty.lock, flags);
	if (resume)
		serial_resume();
}

/* What the line discipline shows, with the lock held. When the ring to the port is full because
 * the host does not read, echo is lost; what programs write is not. */
void tty_echo(const char *text, size_t length)
{
	(void)!serial_transmit(text, length);
}

static void output_ready(void)
{
	waitq_wake_all(&tty.writable);
}

const struct serial_client tty_serial_client = {
	.has_room = input_has_room,
	.receive = input_receive,
	.receive_done = input_done,
	.transmit_ready = output_ready,
};

void tty_input_init(void)
{
	serial_start(&tty_serial_client);
}
