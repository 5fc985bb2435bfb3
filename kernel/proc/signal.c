/* SPDX-License-Identifier: MIT */
/*
 * Sending signals.
 *
 * A pending signal is a bit in a set, and usually a struct pending_signal in the queue beside it,
 * which carries the siginfo. A standard signal (below 32) is pending at most once, and when there
 * is no memory for its siginfo it is pending without: sending one never fails. Real-time signals
 * queue, up to RLIMIT_SIGPENDING in all.
 *
 * What can be decided when a signal is sent is decided then: an ignored one is dropped, SIGKILL and
 * others that will certainly kill mark the process as dying, SIGCONT lets a stopped process go on.
 * All else is done by the thread that takes the signal on its way to user mode.
 */
#include "proc/signal.h"

#include "lib/abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/alarm.h"
#include "proc/session.h"
#include "proc/signal_queue.h"
#include "proc/user_fpu.h"

#include <stdatomic.h>

struct pending_signal {
	struct list_node node;
	siginfo_t info;
};

/* Exceptions: taken first, so that the frame of their handler shows the instruction that made
 * them. */
#define SIGNALS_SYNCHRONOUS                                                                    \
	(SIGSET_BIT(SIGSEGV) | SIGSET_BIT(SIGBUS) | SIGSET_BIT(SIGILL) | SIGSET_BIT(SIGTRAP) | \
	 SIGSET_BIT(SIGFPE) | SIGSET_BIT(SIGSYS))

static struct slab_cache pending_cache;
static _Atomic size_t queued; /* in all queues: everyone is the same user */

void signal_init(void)
{
	slab_cache_init(&pending_cache, "signal", sizeof(struct pending_signal), 0);
	alarm_init();
	user_fpu_init();
}

enum default_action signal_default_action(int signal)
{
	if (SIGSET_BIT(signal) & SIGNALS_STOP)
		return DEFAULT_STOP;
	return SIGSET_BIT(signal) & SIGNALS_IGNORED ? DEFAULT_IGNORE : DEFAULT_TERMINATE;
}

void siginfo_init(siginfo_t *info, int signal, int code)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = signal;
	info->si_code = code;
	if (code <= 0)
		info->si_pid = current_process()->pid;
}

/* ---- Queues ---- */

static struct pending_signal *pending_of(struct list_node *node)
{
	return container_of(node, struct pending_signal, node);
}

static void free_pending(struct pending_signal *pending)
{
	list_remove(&pending->node);
	slab_free(&pending_cache, pending);
	/* relaxed: a count to compare with a limit */
	atomic_fetch_sub_explicit(&queued, 1, memory_order_relaxed);
}

/* Puts a signal's siginfo into `queue`. False: too many, or no memory. */
static bool queue_info(struct list *queue, const siginfo_t *info, uint64_t limit)
{
	struct pending_signal *pending = NULL;

	if (atomic_fetch_add_explicit(&queued, 1, memory_order_relaxed) < limit)
		pending = slab_alloc(&pending_cache);
	if (!pending) {
		atomic_fetch_sub_explicit(&queued, 1, memory_order_relaxed);
		return false;
	}
	pending->info = *info;
	list_node_init(&pending->node);
	list_push_back(queue, &pending->node);
	return true;
}

static void flush_queue(struct list *queue, kernel_sigset_t *pending, kernel_sigset_t set)
{
	if (!(*pending & set))
		return;
	*pending &= ~set;
	list_for_each_safe(node, queue) {
		if (SIGSET_BIT(pending_of(node)->info.si_signo) & set)
			free_pending(pending_of(node));
	}
}

void signal_flush_locked(struct process *process, kernel_sigset_t set)
{
	flush_queue(&process->signal_queue, &process->pending, set);
	list_for_each(node, &process->threads) {
		struct thread *thread = container_of(node, struct thread, process_node);
		flush_queue(&thread->signal.queue, &thread->signal.pending, set);
	}
}

/* Takes the first `signal` out of a queue; what is left of a real-time one stays pending. */
static void take_from(struct list *queue, kernel_sigset_t *pending, int signal, siginfo_t *info)
{
	bool found = false, more = false;

	list_for_each_safe(node, queue) {
		struct pending_signal *item = pending_of(node);

		if (item->info.si_signo != signal)
			continue;
		if (found) {
			more = true;
			break;
		}
		*info = item->info;
		free_pending(item);
		found = true;
	}
	if (!more)
		*pending &= ~SIGSET_BIT(signal);
	if (!found) { /* its siginfo found no memory: from nobody, as Linux tells it */
		siginfo_init(info, signal, SI_KERNEL);
		info->si_code = SI_USER;
	}
}

int signal_next_locked(kernel_sigset_t wanted)
{
	kernel_sigset_t set = (current->signal.pending | current_process()->pending) & wanted;

	if (!set)
		return 0;
	if (set & SIGNALS_SYNCHRONOUS)
		set &= SIGNALS_SYNCHRONOUS;
	return __builtin_ctzll(set) + 1;
}

void signal_take_locked(int signal, siginfo_t *info)
{
	struct process *process = current_process();
	struct thread *self = current;

	if (self->signal.pending & SIGSET_BIT(signal))
		take_from(&self->signal.queue, &self->signal.pending, signal, info);
	else
		take_from(&process->signal_queue, &process->pending, signal, info);
	if (signal == SIGALRM)
		alarm_taken_locked(process);
}

/* ---- Who takes it ---- */

static bool blocks(const struct thread *thread, kernel_sigset_t set)
{
	return (thread->signal.blocked & set) == set;
}

/* The first thread, usually the leader, that does not block all of `set`. */
static struct thread *choose_thread(struct process *process, kernel_sigset_t set)
{
	list_for_each(node, &process->threads) {
		struct thread *thread = container_of(node, struct thread, process_node);
		if (!blocks(thread, set))
			return thread;
	}
	return NULL;
}

void signal_retarget_locked(struct process *process, kernel_sigset_t set)
{
	set &= process->pending;
	if (!set)
		return;
	list_for_each(node, &process->threads) {
		struct thread *thread = container_of(node, struct thread, process_node);
		if (!blocks(thread, set))
			thread_add_work(thread, WORK_SIGNAL);
	}
}

/* ---- Sending ---- */

/* A signal that would do nothing if it was taken now. A blocked one may do something later. pid 1
 * is not hurt by what it has no handler for. */
static bool is_ignored(struct process *process, const struct thread *target, int signal)
{
	uintptr_t handler = process->handlers->actions[signal - 1].handler;

	if (blocks(target, SIGSET_BIT(signal)))
		return false;
	if (handler != KERNEL_SIG_DFL)
		return handler == KERNEL_SIG_IGN;
	return process == init_process || signal_default_action(signal) == DEFAULT_IGNORE;
}

static bool will_kill(struct process *process, int signal)
{
	return process->handlers->actions[signal - 1].handler == KERNEL_SIG_DFL &&
	       signal_default_action(signal) == DEFAULT_TERMINATE;
}

/* SIGCONT and the stop signals undo each other, whether or not they are then ignored or blocked. */
static void settle_stop_and_continue(struct process *process, int signal)
{
	if (SIGSET_BIT(signal) & SIGNALS_STOP) {
		signal_flush_locked(process, SIGSET_BIT(SIGCONT));
	} else if (signal == SIGCONT) {
		signal_flush_locked(process, SIGNALS_STOP);
		process->held = false;
		waitq_wake_all(&process->signal_waiters);
	}
}

/* `thread` NULL: for the process as a whole. */
static int send_locked(struct process *process, struct thread *thread, const siginfo_t *info)
{
	int signal = info->si_signo;
	kernel_sigset_t bit = SIGSET_BIT(signal);
	kernel_sigset_t *pending = thread ? &thread->signal.pending : &process->pending;

	ASSERT(signal > 0 && signal < NSIG); /* 0, which only looks, does not come here */
	if (process->dying || list_empty(&process->threads))
		return 0;
	settle_stop_and_continue(process, signal);
	struct thread *taker = thread ? thread : choose_thread(process, bit);
	struct thread *target =
		taker ? taker
		      : container_of(list_first(&process->threads), struct thread, process_node);
	if (is_ignored(process, target, signal))
		return 0;
	if (signal == SIGKILL ||
	    (!process->held && !blocks(target, bit) && will_kill(process, signal))) {
		process_kill_locked(process, signal);
		return 0;
	}
	if (signal < KERNEL_SIGRTMIN && (*pending & bit))
		return 0;

	uint64_t limit = signal < KERNEL_SIGRTMIN ? UINT64_MAX
						  : process_limit(process, RLIMIT_SIGPENDING);
	struct list *queue = thread ? &thread->signal.queue : &process->signal_queue;
	if (!queue_info(queue, info, limit) && signal >= KERNEL_SIGRTMIN &&
	    info->si_code != SI_USER)
		return -EAGAIN;
	*pending |= bit;
	if (taker && !blocks(taker, bit))
		thread_add_work(taker, WORK_SIGNAL);
	waitq_wake_all(&process->signal_waiters);
	return 0;
}

int signal_send_process_locked(struct process *process, const siginfo_t *info)
{
	assert_held(&process->signal_lock);
	return send_locked(process, NULL, info);
}

int signal_send_process(struct process *process, const siginfo_t *info)
{
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);
	int rc = send_locked(process, NULL, info);

	spin_unlock_irq_restore(&process->signal_lock, flags);
	return rc;
}

int signal_send_thread(struct thread *thread, const siginfo_t *info)
{
	struct process *process = thread->process;
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);
	int rc = send_locked(process, thread, info);

	spin_unlock_irq_restore(&process->signal_lock, flags);
	return rc;
}

/* Signal 0 only looks whether there is somebody. */
static void send_to_member(struct process *process, void *info)
{
	if (((const siginfo_t *)info)->si_signo)
		signal_send_process(process, info);
}

int signal_send_group(int group, const siginfo_t *info)
{
	return group_for_each(group, send_to_member, (void *)info) ? 0 : -ESRCH;
}

#define NS_PER_TICK 10000000 /* of times(2) and of SIGCHLD's si_utime */

void signal_notify_parent(struct process *child, int code, int status)
{
	struct process *parent = child->parent;
	bool ended = code == CLD_EXITED || code == CLD_KILLED || code == CLD_DUMPED;
	int signal = ended ? child->exit_signal : SIGCHLD;
	siginfo_t info;

	assert_held(&tree_lock);
	if (!parent || !signal)
		return;
	memset(&info, 0, sizeof(info));
	info.si_signo = signal;
	info.si_code = code;
	info.si_pid = child->pid;
	info.si_status = status;
	info.si_utime = (clock_t)(child->user_ns / NS_PER_TICK);
	info.si_stime = (clock_t)(child->system_ns / NS_PER_TICK);

	uint64_t flags = spin_lock_irq_save(&parent->signal_lock);
	const struct kernel_sigaction *action = &parent->handlers->actions[SIGCHLD - 1];
	/* Blocked ones are kept for later; of a child that nobody will wait for there is nothing to
	 * say later. */
	bool wanted = signal != SIGCHLD || (action->handler != KERNEL_SIG_IGN &&
					    (ended || !(action->flags & SA_NOCLDSTOP)));
	if (wanted)
		send_locked(parent, NULL, &info);
	spin_unlock_irq_restore(&parent->signal_lock, flags);
}

/* ---- Life ---- */

struct signal_handlers *signal_handlers_create(void)
{
	return kzalloc(sizeof(struct signal_handlers));
}

struct signal_handlers *signal_handlers_clone(struct process *from)
{
	struct signal_handlers *copy = kmalloc(sizeof(*copy));

	if (!copy)
		return NULL;
	uint64_t flags = spin_lock_irq_save(&from->signal_lock);
	*copy = *from->handlers;
	spin_unlock_irq_restore(&from->signal_lock, flags);
	return copy;
}

void signal_exec(struct process *process)
{
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);
	struct kernel_sigaction *actions = process->handlers->actions;

	for (int signal = 1; signal < NSIG; signal++) {
		struct kernel_sigaction *action = &actions[signal - 1];
		uintptr_t handler = action->handler;

		if (handler == KERNEL_SIG_DFL)
			continue; /* most of them: and flags of a default action mean nothing, but
				     SIGCHLD's */
		*action = (struct kernel_sigaction){
			.handler = handler == KERNEL_SIG_IGN ? KERNEL_SIG_IGN : KERNEL_SIG_DFL};
	}
	actions[SIGCHLD - 1].flags = 0;
	spin_unlock_irq_restore(&process->signal_lock, flags);
	current->signal.alternate = (stack_t){.ss_flags = 0};
}

void signal_thread_init(struct thread *thread, const struct thread *parent)
{
	thread->signal.blocked = parent ? parent->signal.blocked : 0;
	thread->signal.pending = 0;
	list_init(&thread->signal.queue);
	thread->signal.restore_saved = false;
	/* A copy of the stack has a copy of the alternate stack; a thread beside its parent has
	 * none. */
	bool copied = parent && parent->process != thread->process;
	thread->signal.alternate = copied ? parent->signal.alternate : (stack_t){.ss_flags = 0};
}

void signal_thread_release(struct thread *thread)
{
	flush_queue(&thread->signal.queue, &thread->signal.pending, ~0UL);
}

void signal_process_release(struct process *process)
{
	flush_queue(&process->signal_queue, &process->pending, ~0UL);
	kfree(process->handlers);
}
