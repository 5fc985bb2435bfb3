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

/* ---- Between the look for a line and its taking ---- */

static _Atomic bool all_read;

static void read_lines(void *unused)
{
	struct file *console;
	char text[8];

	KTEST_EQUAL(vfs_open(NULL, "/dev/console", O_RDONLY, 0, &console), 0);
	do
		KTEST_EQUAL(help_read(console, text, sizeof(text)), 1);
	while (!all_read);
	file_put(console);
}

/* A line is there when the sleeping reader looks, and is thrown away before it takes it: in between
 * it leaves the queue, whose lock we have. */
static void throw_away_what_was_seen(struct kthread *reader)
{
	await_blocked(reader);
	tty_serial_client.receive('\n');
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	waitq_wake_all(&tty.readable);
	while (!is_wanted(&tty.lock))
		cpu_relax();
	uint64_t inner = spin_lock_irq_save(&tty.readable.lock);
	spin_unlock_irq_restore(&tty.lock, inner);
	while (!is_wanted(&tty.readable.lock))
		cpu_relax();
	KTEST_CHECK(spin_trylock(&tty.lock));
	preempt_enable_no_resched(); /* which the unlock below leaves alone */
	tty_input_flush_locked();
	spin_unlock_irq_restore(&tty.lock, inner);
	spin_unlock_irq_restore(&tty.readable.lock, flags);
}

/* Whose line was thrown away waits for another. Nothing read would be the end of the file. */
KTEST(tty_line_is_thrown_away_while_it_is_read)
{
	struct termios before = switch_off(ECHO);
	cpumask_t affinity = current->affinity;

	if (cpu_count() > 1) {
		all_read = false;
		KTEST_EQUAL(sched_set_affinity(current, BIT(0)), 0);
		struct kthread *reader = kthread_run_on(1, "reader", read_lines, NULL);
		throw_away_what_was_seen(reader);
		await_blocked(reader);
		all_read = true;
		tty_serial_client.receive('\n');
		tty_serial_client.receive_done();
		kthread_join(reader);
		KTEST_EQUAL(sched_set_affinity(current, affinity), 0);
	}
	put_back(&before);
}
