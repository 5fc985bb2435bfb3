/* SPDX-License-Identifier: MIT */
/*
 * The alarm is a timeout that sends SIGALRM. One with an interval is armed again when the process
 * takes the signal, not when it is sent: a process that does not run cannot flood the machine with
 * timer interrupts, however short its interval.
 *
 * Arming must not meet firing (sched/timeout.h), and cancelling waits for a firing that is under
 * way, which takes the signal_lock. So alarm_set() cancels without that lock; a mutex keeps other
 * setters away meanwhile, and an interval of 0 alarm_taken_locked(). That in turn may arm while
 * alarm_fire() has not returned, but only once it has let go of signal_lock, which is the last that
 * it touches of the process: alarm_fired tells so, for a timeout that is not armed any more may
 * still be about to fire, and the SIGALRM that is taken may be somebody else's.
 */
#include "proc/alarm.h"

#include "arch/clock.h"
#include "proc/signal.h"
#include "sync/mutex.h"

static struct mutex setting;

void alarm_init(void)
{
	mutex_init(&setting, "alarm", RANK_ALARM);
}

static void alarm_fire(struct timeout *timeout)
{
	struct process *process = container_of(timeout, struct process, alarm);
	siginfo_t info;

	siginfo_init(&info, SIGALRM, SI_KERNEL);
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);
	process->alarm_fired = true;
	signal_send_process_locked(process, &info);
	spin_unlock_irq_restore(&process->signal_lock, flags);
}

void alarm_taken_locked(struct process *process)
{
	struct timeout *alarm = &process->alarm;
	uint64_t interval = process->alarm_interval;

	assert_held(&process->signal_lock);
	if (!interval || !process->alarm_fired || process->dying)
		return;
	process->alarm_fired = false;
	/* Turns that went by meanwhile are lost, as on Linux. */
	uint64_t late = clock_now() - alarm->deadline;
	timeout_arm(alarm, alarm->deadline + (late / interval + 1) * interval);
}

static void read_alarm_locked(struct process *process, struct alarm_state *state)
{
	uint64_t now = clock_now();

	*state = (struct alarm_state){.interval = process->alarm_interval};
	if (process->alarm.armed)
		state->left = process->alarm.deadline > now ? process->alarm.deadline - now : 1;
}

void alarm_get(struct alarm_state *state)
{
	struct process *process = current_process();
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);

	read_alarm_locked(process, state);
	spin_unlock_irq_restore(&process->signal_lock, flags);
}

/* Keeps alarm_taken_locked() from arming. */
static void forget_interval(struct process *process, struct alarm_state *old)
{
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);

	read_alarm_locked(process, old);
	process->alarm_interval = 0;
	spin_unlock_irq_restore(&process->signal_lock, flags);
}

void alarm_set(const struct alarm_state *state, struct alarm_state *old)
{
	struct process *process = current_process();

	mutex_lock(&setting);
	forget_interval(process, old);
	timeout_cancel(&process->alarm);
	if (state->left) {
		uint64_t flags = spin_lock_irq_save(&process->signal_lock);
		uint64_t now = clock_now();
		uint64_t room = TIME_NEVER - 1 - now;

		timeout_init(&process->alarm, alarm_fire);
		process->alarm_fired = false;
		timeout_arm(&process->alarm, now + (state->left < room ? state->left : room));
		process->alarm_interval = state->interval;
		spin_unlock_irq_restore(&process->signal_lock, flags);
	}
	mutex_unlock(&setting);
}
