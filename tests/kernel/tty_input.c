/* SPDX-License-Identifier: MIT */
/*
 * What is typed while others read it, throw it away or change the settings. The test stands for the
 * serial port's interrupt, so that it knows what comes between two of its steps.
 */
#include "dev/tty_state.h"
#include "tests/kernel/fs_help.h"
#include "tests/kernel/sync_help.h"

/* The settings before. */
static struct termios switch_off(tcflag_t local_flags)
{
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	struct termios before = tty.ldisc.termios, after = before;

	after.c_lflag &= ~local_flags;
	ldisc_set_termios(&tty.ldisc, &after);
	spin_unlock_irq_restore(&tty.lock, flags);
	return before;
}

static void put_back(const struct termios *before)
{
	uint64_t flags = spin_lock_irq_save(&tty.lock);

	ldisc_set_termios(&tty.ldisc, before);
	spin_unlock_irq_restore(&tty.lock, flags);
}

/* ---- Between the look for room and the character ---- */

static char letter(size_t i)
{
	return (char)('a' + i % 26);
}

static void type(size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		KTEST_CHECK(tty_serial_client.has_room());
		tty_serial_client.receive(letter(i));
	}
}

/* Read one at a time, by whoever: what waits behind moves up. */
static void take(size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		char c = 0;
		bool ended;
		uint64_t flags = spin_lock_irq_save(&tty.lock);

		KTEST_EQUAL(ldisc_read(&tty.ldisc, &c, 1, &ended), 1);
		spin_unlock_irq_restore(&tty.lock, flags);
		KTEST_EQUAL(c, letter(i));
		tty_input_refill();
	}
}

KTEST(tty_backlog_ends_while_a_character_arrives)
{
	struct termios before = switch_off(ICANON | ECHO);

	/* The last one waits behind what the line discipline holds: for it there is room. */
	type(0, LDISC_LINE_MAX + 1);
	KTEST_CHECK(tty_serial_client.has_room());
	take(0, 1);
	tty_serial_client.receive(letter(LDISC_LINE_MAX + 1));
	take(1, LDISC_LINE_MAX + 2);
	KTEST_EQUAL(ldisc_available(&tty.ldisc), 0);
	put_back(&before);
}

KTEST(tty_goes_raw_while_a_character_arrives)
{
	struct termios before = switch_off(ECHO);

	/* A line too long, of which no more is kept; but all that came can be read when raw. */
	type(0, LDISC_LINE_MAX);
	KTEST_CHECK(tty_serial_client.has_room());
	switch_off(ICANON);
	tty_serial_client.receive(letter(LDISC_LINE_MAX));
	take(0, LDISC_LINE_MAX + 1);
	KTEST_EQUAL(ldisc_available(&tty.ldisc), 0);
	put_back(&before);
}
