/* SPDX-License-Identifier: MIT */
/* Processes as objects, seen from a kernel thread. */
#include "proc/process.h"
#include "base/ktest.h"

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
