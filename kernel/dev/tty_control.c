/* SPDX-License-Identifier: MIT */
/* The terminal's settings, and whose it is: ioctl, sessions, the foreground group, hanging up. */
#include "base/assert.h"
#include "dev/serial.h"
#include "dev/tty_state.h"
#include "lib/abi/errno.h"
#include "lib/abi/signal.h"
#include "lib/string.h"
#include "mm/uaccess.h"
#include "sched/thread.h"

/* What proc says of processes: const once it has registered, in boot. Kernel tests run without a
 * session. */
static const struct session_ops *session_ops;

void tty_set_session_ops(const struct session_ops *ops)
{
	session_ops = ops;
}

/* ---- Whose terminal it is ---- */

/* A copy of the two numbers that belong together. */
struct control {
	pid_t session, foreground;
};

static struct control get_control(void)
{
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	struct control control = {tty.session, tty.foreground};
	spin_unlock_irq_restore(&tty.lock, flags);
	return control;
}

/* Gives the terminal to `session`, unless it is not `expected`'s (0: nobody's) any more: then
 * false. Who looked without the lock finds out here that it has changed hands, or that its session
 * has ended. */
static bool change_control(pid_t expected, pid_t session, pid_t foreground)
{
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	bool unchanged = tty.session == expected;

	if (unchanged) {
		tty.session = session;
		tty.foreground = foreground;
	}
	spin_unlock_irq_restore(&tty.lock, flags);
	return unchanged;
}

static bool controls_current(struct control control)
{
	return session_ops && control.session != 0 &&
	       control.session == session_ops->current_session();
}

bool tty_controls_current(void)
{
	return controls_current(get_control());
}

void tty_take_control(void)
{
	if (session_ops && session_ops->current_is_leader())
		change_control(0, session_ops->current_session(), session_ops->current_group());
}

void tty_signal_foreground(int signal)
{
	pid_t group = get_control().foreground;

	if (session_ops && group != 0)
		session_ops->signal_group(group, signal);
}

int tty_check_background(int signal)
{
	struct control control = get_control();

	if (!controls_current(control) || control.foreground == 0)
		return 0;
	pid_t group = session_ops->current_group();
	if (group == control.foreground)
		return 0;
	/* Who does not hear the signal may write, but cannot read. */
	if (session_ops->current_ignores(signal))
		return signal == SIGTTIN ? -EIO : 0;
	if (session_ops->current_group_orphaned())
		return -EIO;
	session_ops->signal_group(group, signal);
	/* Another thread may take the signal, or have taken it: our call has to be settled all the
	 * same, as after wait_block(). */
	thread_add_work(current, WORK_SIGNAL);
	return -EINTR;
}

void tty_of_session(pid_t session, dev_t *device, pid_t *foreground)
{
	struct control control = get_control();
	bool ours = session != 0 && control.session == session;

	*device = ours ? TTY_SERIAL : 0;
	*foreground = ours ? control.foreground : -1;
}

/* Everyone who waits looks again. */
static void wake_all(void)
{
	waitq_wake_all(&tty.readable);
	waitq_wake_all(&tty.writable);
}

/* `session` loses its terminal, if it has it, and the foreground group is told. */
static void leave_session(pid_t session, bool hang_up)
{
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	bool ours = session != 0 && tty.session == session;
	pid_t foreground = tty.foreground;
	if (ours)
		tty.session = tty.foreground = 0;
	if (ours && hang_up) {
		tty.hangups++;
		tty_input_flush_locked();
	}
	spin_unlock_irq_restore(&tty.lock, flags);
	if (!ours)
		return;
	if (foreground != 0) {
		session_ops->signal_group(foreground, SIGHUP);
		session_ops->signal_group(foreground, SIGCONT);
	}
	wake_all();
	tty_input_refill(); /* the port may have been stopped */
}

void tty_session_ended(pid_t session)
{
	leave_session(session, true);
}

/* TIOCSCTTY; `steal`: also from another session. */
static long set_controlling(bool steal)
{
	struct control control;

	if (!session_ops || !session_ops->current_is_leader())
		return -EPERM;
	do {
		control = get_control();
		if (controls_current(control))
			return 0;
		if (control.session != 0 && !steal)
			return -EPERM;
	} while (!change_control(control.session, session_ops->current_session(),
				 session_ops->current_group()));
	return 0;
}

/* TIOCNOTTY. A session has or has not its terminal as a whole: only the leader can give it up. The
 * session goes on, and so do the open files. */
static long give_up_control(void)
{
	if (!tty_controls_current())
		return -ENOTTY;
	if (!session_ops->current_is_leader())
		return -EPERM;
	leave_session(session_ops->current_session(), false);
	return 0;
}

static long get_foreground(user_addr_t result)
{
	struct control control = get_control();

	if (!controls_current(control))
		return -ENOTTY;
	return copy_to_user(result, &control.foreground, sizeof(pid_t));
}

static long set_foreground(user_addr_t argument)
{
	pid_t group;
	int rc = copy_from_user(&group, argument, sizeof(group));

	if (!tty_controls_current())
		return -ENOTTY;
	if (rc)
		return rc;
	if (group < 0)
		return -EINVAL;
	if (!session_ops->signal_group(group, 0))
		return -ESRCH;
	pid_t session = session_ops->current_session();
	if (!session_ops->group_in_session(group, session))
		return -EPERM;
	return change_control(session, session, group) ? 0 : -ENOTTY;
}

static long get_session(user_addr_t result)
{
	struct control control = get_control();

	if (!controls_current(control))
		return -ENOTTY;
	return copy_to_user(result, &control.session, sizeof(pid_t));
}

/* ---- Settings ---- */

static long get_termios(user_addr_t result)
{
	struct termios termios;
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	termios = tty.ldisc.termios;
	spin_unlock_irq_restore(&tty.lock, flags);
	return copy_to_user(result, &termios, sizeof(termios));
}

/* Waits until everything written is out. */
static int drain(void)
{
	int rc = 0;

	while (rc == 0) {
		struct wait wait;
		struct waiter waiter;

		wait_init(&wait, WAIT_INTERRUPTIBLE, "tty drain");
		waitq_arm(&tty.writable, &waiter, &wait);
		bool done = serial_pending() == 0;
		if (!done)
			rc = wait_block(&wait, TIME_NEVER);
		waitq_disarm(&waiter);
		if (done)
			return 0;
	}
	return rc;
}

static long set_termios(user_addr_t argument, bool after_output, bool flush)
{
	struct termios termios;
	int rc = copy_from_user(&termios, argument, sizeof(termios));

	if (rc == 0 && after_output)
		rc = drain();
	if (rc)
		return rc;
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	if (flush)
		tty_input_flush_locked();
	ldisc_set_termios(&tty.ldisc, &termios);
	spin_unlock_irq_restore(&tty.lock, flags);
	tty_input_refill();
	wake_all();
	return 0;
}

static long get_window(user_addr_t result)
{
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	struct winsize window = tty.window;
	spin_unlock_irq_restore(&tty.lock, flags);
	return copy_to_user(result, &window, sizeof(window));
}

static long set_window(user_addr_t argument)
{
	struct winsize window;
	int rc = copy_from_user(&window, argument, sizeof(window));

	if (rc)
		return rc;
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	bool changed = memcmp(&window, &tty.window, sizeof(window)) != 0;
	tty.window = window;
	spin_unlock_irq_restore(&tty.lock, flags);
	if (changed)
		tty_signal_foreground(SIGWINCH);
	return 0;
}

/* ---- Flow ---- */

static long flush(unsigned long which)
{
	if (which > TCIOFLUSH)
		return -EINVAL;
	if (which == TCIFLUSH || which == TCIOFLUSH) {
		uint64_t flags = spin_lock_irq_save(&tty.lock);
		tty_input_flush_locked();
		spin_unlock_irq_restore(&tty.lock, flags);
		tty_input_refill();
	}
	if (which == TCOFLUSH || which == TCIOFLUSH)
		serial_discard_pending();
	return 0;
}

static long control_flow(unsigned long which)
{
	char c;

	switch (which) {
	case TCOOFF:
	case TCOON: {
		uint64_t flags = spin_lock_irq_save(&tty.lock);
		tty.ldisc.stopped = which == TCOOFF;
		spin_unlock_irq_restore(&tty.lock, flags);
		wake_all();
		return 0;
	}
	case TCIOFF:
	case TCION:
		c = tty.ldisc.termios.c_cc[which == TCIOFF ? VSTOP : VSTART];
		return c == _POSIX_VDISABLE || serial_transmit(&c, 1) ? 0 : -EAGAIN;
	default:
		return -EINVAL;
	}
}

static long put_count(user_addr_t result, int count)
{
	return copy_to_user(result, &count, sizeof(count));
}

static long count_input(user_addr_t result)
{
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	int count = ldisc_available(&tty.ldisc);
	spin_unlock_irq_restore(&tty.lock, flags);
	return put_count(result, count);
}

/* ---- ioctl ---- */

static bool changes_something(unsigned command)
{
	switch (command) {
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
	case TCSBRK:
	case TCSBRKP:
	case TCXONC:
	case TCFLSH:
	case TIOCSPGRP:
		return true;
	default:
		return false;
	}
}

static long ioctl_on_settings(unsigned command, user_addr_t argument)
{
	switch (command) {
	case TCGETS:
		return get_termios(argument);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_termios(argument, command != TCSETS, command == TCSETSF);
	case TIOCGWINSZ:
		return get_window(argument);
	case TIOCSWINSZ:
		return set_window(argument);
	case TCSBRK:
	case TCSBRKP:
		return drain(); /* there is no line on which to send a break */
	case TCXONC:
		return control_flow(argument.raw);
	case TCFLSH:
		return flush(argument.raw);
	case FIONREAD:
		return count_input(argument);
	case TIOCOUTQ:
		return put_count(argument, serial_pending());
	default:
		return -ENOTTY;
	}
}

long tty_ioctl(struct file *file, unsigned command, user_addr_t argument)
{
	uint64_t flags = spin_lock_irq_save(&tty.lock);
	bool hung_up = tty_is_hung_up_locked(file);
	spin_unlock_irq_restore(&tty.lock, flags);

	if (hung_up)
		return command == TIOCSPGRP ? -ENOTTY : -EIO;
	if (changes_something(command)) {
		int rc = tty_check_background(SIGTTOU);
		if (rc)
			return rc;
	}
	switch (command) {
	case TIOCSCTTY:
		return set_controlling(argument.raw == 1);
	case TIOCNOTTY:
		return give_up_control();
	case TIOCGPGRP:
		return get_foreground(argument);
	case TIOCSPGRP:
		return set_foreground(argument);
	case TIOCGSID:
		return get_session(argument);
	default:
		return ioctl_on_settings(command, argument);
	}
}
