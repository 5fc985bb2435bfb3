/* SPDX-License-Identifier: MIT */
/*
 * The end of threads and processes.
 *
 * A thread leaves its process in process_exit_thread(). The last one takes the process down: it
 * gives the resources back, hands the children to init, makes the process a zombie and tells the
 * parent. A process is killed by marking it dying and giving all its threads WORK_KILL; each leaves
 * on its own way to user mode, so nobody is stopped inside the kernel with something held.
 */
#include "base/trace.h"
#include "lib/abi/errno.h"
#include "lib/abi/wait.h"
#include "mm/uaccess.h"
#include "proc/futex.h"
#include "proc/process.h"
#include "proc/session.h"
#include "proc/signal.h"
#include "proc/tables.h"
#include "sched/sched.h"

void process_kill_locked(struct process *process, int status)
{
	assert_held(&process->signal_lock);
	if (process->dying || process->thread_count == 0)
		return;
	process->dying = true;
	process->death_status = status;
	list_for_each(node, &process->threads)
		thread_add_work(container_of(node, struct thread, process_node), WORK_KILL);
}

/* CLONE_CHILD_CLEARTID: whoever joins us waits on that word. Memory that is nobody else's goes with
 * us, and is spared a copy (as on Linux); or it is gone already: nothing to tell then. */
static void clear_child_tid(struct process *process)
{
	user_addr_t address = current->clear_child_tid;
	int zero = 0;

	current->clear_child_tid = user_addr(0);
	/* The count without signal_lock: 1 is us, and stays. */
	if (!address.raw || (process->thread_count == 1 && !aspace_is_shared(process->aspace)))
		return;
	if (copy_to_user(address, &zero, sizeof(zero)) == 0)
		(void)!futex_wake(address, true, 1, ~0U);
}

/* ---- the process's end ---- */

/* All children become init's; the dead ones too. tree_lock held. True: init has something to
 * reap. */
static bool reparent_children_locked(struct process *process)
{
	bool any_zombie = !list_empty(&process->zombies);

	list_for_each_safe(node, &process->children) {
		struct process *child = container_of(node, struct process, sibling_node);

		session_check_orphans(child);
		child->parent = init_process;
		child->parent_pid = init_process->pid;
		child->exit_signal = SIGCHLD;
		if (list_linked(&child->news_node))
			list_remove(&child->news_node);
	}
	list_for_each_safe(node, &process->zombies)
		container_of(node, struct process, sibling_node)->parent = init_process;
	list_splice(&init_process->children, &process->children);
	list_splice(&init_process->zombies, &process->zombies);
	return any_zombie;
}

/* Nobody will wait for it: the parent ignores SIGCHLD, or asked for that by SA_NOCLDWAIT. tree_lock
 * held. */
static bool parent_is_indifferent(struct process *process)
{
	struct process *parent = process->parent;

	if (process->exit_signal != SIGCHLD)
		return false;
	spin_lock(&parent->signal_lock);
	const struct kernel_sigaction *action = &parent->handlers->actions[SIGCHLD - 1];
	bool indifferent = action->handler == KERNEL_SIG_IGN || (action->flags & SA_NOCLDWAIT);
	spin_unlock(&parent->signal_lock);
	return indifferent;
}

static void tell_parent_locked(struct process *process)
{
	int status = process->exit_status;

	if (WIFSIGNALED(status))
		signal_notify_parent(process, CLD_KILLED, WTERMSIG(status));
	else
		signal_notify_parent(process, CLD_EXITED, WEXITSTATUS(status));
	waitq_wake_all(&process->parent->child_events);
}

/* EXITING to ZOMBIE, or to nothing at once. */
static void become_zombie(struct process *process)
{
	uint64_t flags = spin_lock_irq_save(&tree_lock);

	bool init_must_look = reparent_children_locked(process);
	process->state = PROCESS_ZOMBIE;
	process->exit_status = process->dying ? process->death_status : process->last_code;
	list_remove(&process->sibling_node);
	if (list_linked(&process->news_node))
		list_remove(&process->news_node);
	bool forget = parent_is_indifferent(process);
	if (forget) {
		process->state = PROCESS_REAPED;
		session_leave(process);
	} else {
		list_push_back(&process->parent->zombies, &process->sibling_node);
	}
	tell_parent_locked(process);
	if (init_must_look)
		waitq_wake_all(&init_process->child_events);
	spin_unlock_irq_restore(&tree_lock, flags);

	if (forget)
		process_forget(process);
}

static void end_process(struct process *process)
{
	if (process == init_process)
		panic("the first program (pid 1, %s) ended with wait status %#x; it must not",
		      process->name, process->dying ? process->death_status : process->last_code);

	uint64_t flags = spin_lock_irq_save(&tree_lock);
	session_check_orphans(process); /* while it counts as alive, and so ties its group */
	process->state = PROCESS_EXITING;
	bool session_ends = session_is_leader(process);
	int session = process_session_id(process);
	spin_unlock_irq_restore(&tree_lock, flags);

	timeout_cancel(&process->alarm);
	if (session_ends)
		session_hang_up(session);
	process_drop_resources(process);
	process_vfork_done(process);
	become_zombie(process);
}

/* Takes the current thread off its process and adds up its accounts. True: it was the last. */
static bool leave_process(struct process *process, int code)
{
	struct thread *thread = current;
	uint64_t total = thread_run_time(thread);
	uint64_t system = thread->system_time < total ? thread->system_time : total;
	uint64_t flags = spin_lock_irq_save(&tree_lock);

	/* First, so that a thread that exec leaves alone finds our number free. */
	process_table_remove_thread(thread);
	spin_lock(&process->signal_lock);
	list_remove(&thread->process_node);
	bool last = --process->thread_count == 0;
	bool stopped = signal_thread_left(process);
	spin_unlock(&process->signal_lock);
	if (stopped)
		process_tell_stop(process, true, process->stop_signal);
	process->system_ns += system;
	process->user_ns += total - system;
	process->last_code = code;
	spin_unlock_irq_restore(&tree_lock, flags);

	waitq_wake_all(&process->alone);
	return last;
}

/* The page table goes first: from leave_process() on nothing keeps the address space for us. */
static _Noreturn void exit_thread(int status)
{
	struct process *process = current_process();

	thread_begin_exit(); /* before anyone who waits for our end is told of it */
	futex_leave_robust_list();
	clear_child_tid(process);
	sched_set_page_table(NULL);
	trace(TRACE_EXIT, status, process->thread_count == 1);
	if (leave_process(process, status))
		end_process(process);
	thread_exit();
}

void process_exit_thread(int code)
{
	exit_thread((code & 0xff) << 8);
}

void process_exit_dying(void)
{
	exit_thread(current_process()->death_status);
}

void process_exit_group(int status)
{
	struct process *process = current_process();
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);

	/* An exec that has begun to end the others wins, as on Linux: we are among those. */
	if (!process->survivor)
		process_kill_locked(process, status);
	spin_unlock_irq_restore(&process->signal_lock, flags);
	process_exit_dying();
}

/* ---- exec in one of several threads ---- */

/* From here on no thread is added: process_add_thread(). */
static int kill_others(struct process *process)
{
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);
	bool late = process->dying || process->survivor;

	if (!late) {
		process->survivor = current;
		list_for_each(node, &process->threads) {
			struct thread *thread = container_of(node, struct thread, process_node);
			if (thread != current)
				thread_add_work(thread, WORK_KILL);
		}
	}
	spin_unlock_irq_restore(&process->signal_lock, flags);
	return late ? -EAGAIN : 0;
}

/* True: and so it stays, for only we could add a thread. */
static bool is_alone(struct process *process)
{
	uint64_t flags = spin_lock_irq_save(&process->signal_lock);
	bool alone = process->thread_count == 1;

	if (alone)
		process->survivor = NULL;
	spin_unlock_irq_restore(&process->signal_lock, flags);
	return alone;
}

/* leave_process() wakes `alone` after it has lowered the count. */
static int wait_until_alone(struct process *process)
{
	int rc = 0;

	while (rc == 0) {
		struct wait wait;
		struct waiter waiter;

		wait_init(&wait, WAIT_KILLABLE, "exec: the other threads");
		waitq_arm(&process->alone, &waiter, &wait);
		bool alone = is_alone(process);
		if (!alone)
			rc = wait_block(&wait, TIME_NEVER);
		waitq_disarm(&waiter);
		if (alone)
			break;
	}
	return rc ? -EAGAIN : 0;
}

/* The survivor gets the process's number, which the process itself has kept in use. */
static void become_leader(struct process *process)
{
	struct thread *thread = current;

	if (thread->tid == process->pid)
		return;
	uint64_t flags = spin_lock_irq_save(&tree_lock);
	process_table_remove_thread(thread);
	tid_free(thread->tid);
	tid_hold(process->pid);
	thread->tid = process->pid;
	process_table_add_thread(thread);
	spin_unlock_irq_restore(&tree_lock, flags);
}

void process_leave_program(void)
{
	futex_leave_robust_list();
	clear_child_tid(current_process());
	current->user_stack = user_addr(0);
	current->key_hint.length = 0;
	become_leader(current_process());
}

int process_kill_other_threads(void)
{
	struct process *process = current_process();

	if (is_alone(process))
		return 0;
	int rc = kill_others(process);
	return rc ? rc : wait_until_alone(process);
}
