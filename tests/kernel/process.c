/* SPDX-License-Identifier: MIT */
/* Processes as objects, seen from a kernel thread. */
#include "proc/process.h"
#include "arch/clock.h"
#include "proc/alarm.h"
#include "tests/kernel/sync_help.h"

/* Whose last thread has left cannot be killed any more: what it left with is how it ended. */
KTEST(process_killed_too_late)
{
	struct process *process = process_create("gone");

	KTEST_CHECK(process);
	process->death_status = 3;
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);
	process_kill_locked(process, SIGKILL);
	spin_unlock_irq_restore(&process->signal_lock, flags);
	KTEST_CHECK(!process->dying);
	KTEST_EQUAL(process->death_status, 3);
	process_put(process);
}

/* ---- the alarm ---- */

static void set_alarm_on(unsigned id, uint64_t left, uint64_t interval)
{
	struct alarm_state unused;

	KTEST_EQUAL(sched_set_affinity(current, BIT(id)), 0);
	alarm_set(&(struct alarm_state){left, interval}, &unused);
}

/* Takes a SIGALRM of somebody else's while the alarm of the other CPU, which is not armed any more,
 * waits for the signals' lock to fire. False: it has fired before we had the lock. */
static bool take_before_it_fires(struct process *process)
{
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);
	bool in_time = !process->alarm_fired;

	if (in_time) {
		while (!is_wanted(&process->signal_lock))
			cpu_relax();
		KTEST_CHECK(!process->alarm.armed);
		alarm_taken_locked(process);
		KTEST_CHECK(!process->alarm.armed);
	}
	spin_unlock_irq_restore(&process->signal_lock, flags);
	return in_time;
}

static bool taken_and_armed(struct process *process)
{
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);

	alarm_taken_locked(process);
	bool armed = process->alarm.armed;
	spin_unlock_irq_restore(&process->signal_lock, flags);
	return armed;
}

/* Armed on this CPU, it would be cancelled here; nobody would wait for the other CPU, which still
 * has the process in hand, and the process would be freed under it. */
KTEST(alarm_is_not_armed_again_before_it_fired)
{
	struct process *process = current_process();
	cpumask_t before = current->affinity;
	uint64_t left = NS_PER_MS;

	if (cpu_count() == 1)
		return;
	do {
		left *= 2;
		set_alarm_on(1, left, 3600 * NS_PER_SEC);
		KTEST_EQUAL(sched_set_affinity(current, BIT(0)), 0);
	} while (!take_before_it_fires(process));
	/* Once it has fired, it is. */
	while (!taken_and_armed(process))
		cpu_relax();
	set_alarm_on(0, 0, 0);
	KTEST_EQUAL(sched_set_affinity(current, before), 0);
}
