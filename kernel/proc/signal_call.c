/* SPDX-License-Identifier: MIT */
/* What system calls ask of signals: masks, actions, kill, waiting for one. */
#include "lib/abi/errno.h"
#include "proc/session.h"
#include "proc/signal_queue.h"

/* ---- Masks ---- */

/* Sets or clears our WORK_SIGNAL to what is deliverable under the present mask. */
static void update_work_locked(void)
{
	if (signal_next_locked(~current->signal.blocked))
		atomic_fetch_or(&current->work, WORK_SIGNAL);
	else
		atomic_fetch_and(&current->work, ~(uint32_t)WORK_SIGNAL);
}

void signal_set_mask(kernel_sigset_t mask)
{
	struct process *process = current_process();
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);

	mask &= ~SIGNALS_UNBLOCKABLE;
	kernel_sigset_t newly_blocked = mask & ~current->signal.blocked;
	current->signal.blocked = mask;
	update_work_locked();
	/* We may have been the one who was to take what is pending for the process. */
	signal_retarget_locked(process, newly_blocked);
	spin_unlock_irq_restore(&process->signal_lock, flags);
}

void signal_set_temporary_mask(kernel_sigset_t mask)
{
	current->signal.saved = current->signal.blocked;
	current->signal.restore_saved = true;
	signal_set_mask(mask);
}

void signal_end_temporary_mask(void)
{
	if (!current->signal.restore_saved)
		return;
	current->signal.restore_saved = false;
	signal_set_mask(current->signal.saved);
}

/* ---- Looking ---- */

static kernel_sigset_t pending_set(void)
{
	struct process *process = current_process();
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);
	kernel_sigset_t set = current->signal.pending | process->pending;

	spin_unlock_irq_restore(&process->signal_lock, flags);
	return set;
}

bool signal_pending(void)
{
	return wait_interrupted(WAIT_INTERRUPTIBLE);
}

kernel_sigset_t signal_pending_set(void)
{
	return pending_set() & current->signal.blocked;
}

bool signal_is_ignored_or_blocked(int signal)
{
	struct process *process = current_process();
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);
	bool ignored = process->handlers->actions[signal - 1].handler == KERNEL_SIG_IGN;

	spin_unlock_irq_restore(&process->signal_lock, flags);
	return ignored || (current->signal.blocked & SIGSET_BIT(signal));
}

/* ---- Actions ---- */

#define ACTION_FLAGS                                                                        \
	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_RESTART | \
	 SA_NODEFER | SA_RESETHAND)

int signal_action(int signal, const struct kernel_sigaction *new_action,
		  struct kernel_sigaction *old_action)
{
	struct process *process = current_process();

	if (signal < 1 || signal >= NSIG ||
	    (new_action && (SIGSET_BIT(signal) & SIGNALS_UNBLOCKABLE)))
		return -EINVAL;
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);
	struct kernel_sigaction *action = &process->handlers->actions[signal - 1];

	if (old_action)
		*old_action = *action;
	if (new_action) {
		*action = *new_action;
		action->flags &= ACTION_FLAGS;
		action->mask &= ~SIGNALS_UNBLOCKABLE;
		/* What is ignored from now on is not pending any more, even blocked (POSIX). */
		if (action->handler == KERNEL_SIG_IGN ||
		    (action->handler == KERNEL_SIG_DFL &&
		     signal_default_action(signal) == DEFAULT_IGNORE))
			signal_flush_locked(process, SIGSET_BIT(signal));
	}
	spin_unlock_irq_restore(&process->signal_lock, flags);
	return 0;
}

/* ---- kill ---- */

static int kill_one(int pid, const siginfo_t *info)
{
	struct process *process = process_find(pid);
	int rc = 0;

	if (!process)
		return -ESRCH;
	if (info->si_signo)
		rc = signal_send_process(process, info);
	process_put(process);
	return rc;
}

/* All but pid 1 and the caller's own process. Under tree_lock, so that none comes into being
 * meanwhile: process_publish(). */
static int kill_all(const siginfo_t *info)
{
	int self = current_process()->pid;
	int next = 2;
	int rc = -ESRCH;
	uint64_t flags = spin_lock_irq_save(&tree_lock);

	for (struct process *process; (process = process_next(next)); process_put(process)) {
		next = process->pid + 1;
		if (process->pid == self)
			continue;
		if (info->si_signo)
			signal_send_process(process, info);
		rc = 0;
	}
	spin_unlock_irq_restore(&tree_lock, flags);
	return rc;
}

int signal_kill(int pid, const siginfo_t *info)
{
	if (pid > 0)
		return kill_one(pid, info);
	if (pid == -1)
		return kill_all(info);
	if (pid)
		return signal_send_group(-pid, info);
	/* -ESRCH: our group is gone, for we have been moved to another. */
	while (signal_send_group(current_group(), info) == -ESRCH)
		;
	return 0;
}

/* ---- rt_sigtimedwait ---- */

/* The number of a signal of `set` that was pending, or 0. */
static int take_one_of(kernel_sigset_t set, siginfo_t *info)
{
	struct process *process = current_process();
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);
	int signal = signal_next_locked(set);

	if (signal) {
		signal_take_locked(signal, info);
		update_work_locked();
	}
	spin_unlock_irq_restore(&process->signal_lock, flags);
	return signal;
}

int signal_timed_wait(kernel_sigset_t set, siginfo_t *info, uint64_t deadline)
{
	struct wait_queue *queue = &current_process()->signal_waiters;
	int rc = 0;

	set &= ~SIGNALS_UNBLOCKABLE;
	for (;;) {
		struct wait wait;
		struct waiter waiter;

		wait_init(&wait, WAIT_INTERRUPTIBLE, "signal wait");
		waitq_arm(queue, &waiter, &wait);
		int signal = take_one_of(set, info);
		if (!signal)
			rc = wait_block(&wait, deadline);
		waitq_disarm(&waiter);
		if (signal)
			return signal;
		if (rc)
			return rc == -ETIMEDOUT ? -EAGAIN : rc;
	}
}
