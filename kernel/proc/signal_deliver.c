/* SPDX-License-Identifier: MIT */
/*
 * Taking signals, by the thread that returns to user mode.
 *
 * Stopping: a stop signal that is taken holds the process: `held` is set, and every thread gets
 * WORK_STOP, which brings it to signal_stop_point(), where it halts until SIGCONT has cleared
 * `held`. The process is stopped, and its parent told, when all of its threads have halted: the
 * last to halt tells, or one that leaves instead and finds that all others have. The first that
 * goes on tells that too, before it can take another stop signal; so of the two the parent hears
 * by turns. Between finding a stop signal and holding the process a SIGCONT may come, which takes
 * the stop signal back: stop_process() looks again with both locks taken.
 *
 * A system call that a signal broke off returns one of the -ERESTART* codes. Here it is known
 * whether a handler runs, and so whether the user sees -EINTR or, with RIP moved back to the
 * `syscall` instruction, makes the call again.
 */
#include "lib/abi/errno.h"
#include "lib/abi/nr.h"
#include "proc/session.h"
#include "proc/signal_queue.h"

#define SYSCALL_INSTRUCTION_BYTES 2

/* A signal that goes to a handler. */
struct delivery {
	siginfo_t info;
	struct kernel_sigaction action;
};

static void clear_work(enum thread_work work)
{
	atomic_fetch_and(&current->work, ~(uint32_t)work);
}

/* ---- Default actions ---- */

static void terminate_process(int signal)
{
	struct process *process = current_process();
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);

	process_kill_locked(process, signal);
	spin_unlock_irq_restore(&process->signal_lock, flags);
}

/* From now on its threads halt. tree_lock and signal_lock held. */
static void hold_locked(struct process *process, int signal)
{
	if (!process->held)
		process->stop_signal = signal;
	process->held = true;
	list_for_each(node, &process->threads)
		thread_add_work(container_of(node, struct thread, process_node), WORK_STOP);
}

/* Takes the stop signal `signal`, unless SIGCONT has undone it. What asks for a stop in an orphaned
 * group, where no shell is left to continue it, is ignored. */
static void stop_process(int signal)
{
	struct process *process = current_process();
	siginfo_t info;
	uint64_t flags = spin_lock_irq_save(&tree_lock);
	bool ignored = signal != SIGSTOP && process_group_is_orphaned(process);

	spin_lock(&process->signal_lock);
	bool stops = signal_next_locked(SIGSET_BIT(signal));
	if (stops) {
		signal_take_locked(signal, &info);
		stops = !ignored && !process->dying;
	}
	if (stops)
		hold_locked(process, signal);
	spin_unlock(&process->signal_lock);
	spin_unlock_irq_restore(&tree_lock, flags);
}

static bool all_halted_locked(const struct process *process)
{
	return process->held && !process->dying && process->thread_count > 0 &&
	       process->halted == process->thread_count;
}

bool signal_thread_left(struct process *process)
{
	assert_held(&process->signal_lock);
	signal_retarget_locked(process, ~0UL);
	return all_halted_locked(process);
}

/* The current thread counts as halted, or does not. True: that is a change. */
static bool set_halted_locked(struct process *process, bool halted)
{
	if (current->signal.halted == halted)
		return false;
	current->signal.halted = halted;
	process->halted += halted ? 1 : -1;
	return true;
}

/* Held, the current thread counts as halted and is to wait: true. Otherwise it goes on. */
static bool halt(struct process *process)
{
	uint64_t flags = spin_lock_irq_save(&tree_lock);

	spin_lock(&process->signal_lock);
	bool held = process->held;
	bool stopped = set_halted_locked(process, held) && all_halted_locked(process);
	if (!held)
		clear_work(WORK_STOP);
	spin_unlock(&process->signal_lock);
	if (stopped)
		process_tell_stop(process, true, process->stop_signal);
	else if (!held && process->stopped)
		process_tell_stop(process, false, SIGCONT);
	spin_unlock_irq_restore(&tree_lock, flags);
	return held;
}

static void leave_killed(struct process *process)
{
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);

	set_halted_locked(process, false);
	clear_work(WORK_STOP);
	spin_unlock_irq_restore(&process->signal_lock, flags);
}

void signal_stop_point(void)
{
	struct process *process = current_process();
	struct waiter waiter;
	struct wait wait;
	bool held = true;
	int rc = 0;

	while (held && rc == 0) {
		wait_init(&wait, WAIT_KILLABLE, "stopped");
		waitq_arm(&process->signal_waiters, &waiter, &wait);
		held = halt(process);
		if (held)
			rc = wait_block(&wait, TIME_NEVER);
		waitq_disarm(&waiter);
	}
	if (rc)
		leave_killed(process);
}

/* ---- Which signal, and what becomes of it ---- */

enum outcome { OUTCOME_NOTHING, OUTCOME_HANDLER, OUTCOME_TERMINATE, OUTCOME_STOP };

/* Takes `signal`, but for one that stops: stop_process() takes that, with the tree's lock. */
static enum outcome decide_locked(int signal, struct delivery *delivery)
{
	struct process *process = current_process();
	struct kernel_sigaction *action = &process->handlers->actions[signal - 1];
	enum default_action otherwise = signal_default_action(signal);

	if (process == init_process)
		otherwise = DEFAULT_IGNORE; /* pid 1 is not hurt by what it has no handler for */
	if (action->handler == KERNEL_SIG_DFL && otherwise == DEFAULT_STOP)
		return OUTCOME_STOP;

	signal_take_locked(signal, &delivery->info);
	if (action->handler == KERNEL_SIG_DFL)
		return otherwise == DEFAULT_TERMINATE ? OUTCOME_TERMINATE : OUTCOME_NOTHING;
	if (action->handler == KERNEL_SIG_IGN)
		return OUTCOME_NOTHING;
	delivery->action = *action;
	if (action->flags & SA_RESETHAND)
		action->handler = KERNEL_SIG_DFL;
	return OUTCOME_HANDLER;
}

/*
 * Between vfork and exec a process does not stop: what would stop it waits for the exec. Its parent
 * sleeps until then and could not continue it, and that parent is often the very shell that would.
 */
static kernel_sigset_t takeable(const struct process *process)
{
	kernel_sigset_t set = ~current->signal.blocked;

	return process->vfork_pending ? set & ~SIGNALS_STOP : set; /* only we end it */
}

/*
 * Who makes its call again because of this does not do so for ever: on its way it takes what is
 * pending, halts if the process is held, or ends; and what it may not take now does not count here
 * either. So each time a signal has been dealt with that nobody else will have to.
 */
bool signal_comes_first(void)
{
	struct process *process = current_process();
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);
	bool first = signal_next_locked(takeable(process)) || wait_interrupted(WAIT_INTERRUPTIBLE);

	if (first)
		thread_add_work(current, WORK_SIGNAL);
	spin_unlock_irq_restore(&process->signal_lock, flags);
	return first;
}

/* Takes signals until one goes to a handler (true) or none is left. */
static bool take_signal(struct delivery *delivery)
{
	struct process *process = current_process();

	for (;;) {
		uint64_t flags = spin_lock_irq_save(&process->signal_lock);
		int signal = process->dying ? 0 : signal_next_locked(takeable(process));
		enum outcome outcome = OUTCOME_NOTHING;

		if (signal)
			outcome = decide_locked(signal, delivery);
		else
			clear_work(WORK_SIGNAL);
		spin_unlock_irq_restore(&process->signal_lock, flags);
		if (!signal || outcome == OUTCOME_HANDLER)
			return signal;
		if (outcome == OUTCOME_TERMINATE)
			terminate_process(signal);
		else if (outcome == OUTCOME_STOP)
			stop_process(signal);
	}
}

/* ---- System calls that were broken off ---- */

long signal_restart_until(struct trap_frame *frame, uint64_t deadline)
{
	current->restart.deadline = deadline;
	current->restart.number = (unsigned)frame->orig_rax;
	return -ERESTART_RESTARTBLOCK;
}

uint64_t signal_deadline(uint64_t fresh)
{
	if (!current->restart.resuming)
		return fresh;
	uint64_t kept = current->restart.deadline;
	current->restart.resuming = false;
	current->restart.deadline = 0;
	return kept;
}

/* The -ERESTART* code that the frame is about to return, or 0. (What rt_sigreturn puts into RAX is
 * no result, but then the frame is TRAP_MODIFIED.) */
static int restart_code(const struct trap_frame *frame)
{
	long result = (long)frame->rax;

	if (frame->vector != TRAP_SYSCALL)
		return 0;
	if (result == -ERESTARTSYS || result == -ERESTARTNOINTR || result == -ERESTARTNOHAND ||
	    result == -ERESTART_RESTARTBLOCK)
		return (int)-result;
	return 0;
}

static void call_again(struct trap_frame *frame, uint64_t number)
{
	frame->rax = number;
	frame->rip -= SYSCALL_INSTRUCTION_BYTES;
}

static void settle_with_handler(struct trap_frame *frame, const struct kernel_sigaction *action)
{
	int code = restart_code(frame);

	if (!code)
		return;
	if (code == ERESTARTNOINTR || (code == ERESTARTSYS && (action->flags & SA_RESTART)))
		call_again(frame, frame->orig_rax);
	else
		frame->rax = (uint64_t)-EINTR;
}

static void settle_without_handler(struct trap_frame *frame)
{
	int code = restart_code(frame);

	if (code == ERESTART_RESTARTBLOCK)
		call_again(frame, SYS_restart_syscall);
	else if (code)
		call_again(frame, frame->orig_rax);
}

/* ---- Delivery ---- */

static void call_handler(struct trap_frame *frame, const struct delivery *delivery)
{
	const struct kernel_sigaction *action = &delivery->action;
	int signal = delivery->info.si_signo;
	kernel_sigset_t blocked = current->signal.blocked;
	kernel_sigset_t put_back = current->signal.restore_saved ? current->signal.saved : blocked;

	settle_with_handler(frame, action);
	if (signal_push_frame(frame, action, &delivery->info, put_back)) {
		/* Nowhere to run a handler: not even SIGSEGV's own helps then. */
		if (signal != SIGSEGV) {
			signal_force(SIGSEGV, SI_KERNEL, 0);
			return;
		}
		terminate_process(SIGSEGV);
		signal_tell_overflow((uintptr_t)delivery->info.si_addr);
		return;
	}
	current->signal.restore_saved = false;
	signal_set_mask(blocked | action->mask |
			(action->flags & SA_NODEFER ? 0 : SIGSET_BIT(signal)));
}

void signal_deliver(struct trap_frame *frame)
{
	struct delivery delivery;

	if (take_signal(&delivery)) {
		call_handler(frame, &delivery);
		return;
	}
	settle_without_handler(frame);
	signal_end_temporary_mask();
}
