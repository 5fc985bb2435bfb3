/* SPDX-License-Identifier: MIT */
/*
 * Waiting for children. A parent keeps its living children, its zombies and the children with news
 * (stopped, went on) in three lists, so that waiting for any child looks at the head of a list and
 * never walks all.
 *
 * The protocol is waitq's second form: arm on child_events, look under tree_lock, block. Taking the
 * zombie off the list under tree_lock decides which of several waiting threads gets it.
 */
#include "lib/abi/wait.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "proc/process.h"
#include "proc/session.h"
#include "proc/signal.h"
#include "sched/sched.h"

static bool matches(const struct process *child, const struct wait_request *request)
{
	switch (request->id_type) {
	case P_PID:
		return child->pid == request->id;
	case P_PGID:
		return process_group_id(child) == request->id;
	default:
		return true;
	}
}

static struct process *find_in(struct list *list, size_t node_offset,
			       const struct wait_request *request)
{
	list_for_each(node, list) {
		struct process *child = (struct process *)((char *)node - node_offset);
		if (matches(child, request))
			return child;
	}
	return NULL;
}

static struct timeval timeval_of(uint64_t ns)
{
	return (struct timeval){.tv_sec = (time_t)(ns / NS_PER_SEC),
				.tv_usec = (suseconds_t)(ns % NS_PER_SEC / 1000)};
}

static void fill_usage(struct rusage *usage, uint64_t user_ns, uint64_t system_ns, uint64_t faults)
{
	memset(usage, 0, sizeof(*usage));
	usage->ru_utime = timeval_of(user_ns);
	usage->ru_stime = timeval_of(system_ns);
	usage->ru_minflt = (long)faults;
}

/* Of a zombie, with the children it had waited for. */
static void zombie_usage(const struct process *zombie, struct rusage *usage)
{
	fill_usage(usage, zombie->user_ns + zombie->children_user_ns,
		   zombie->system_ns + zombie->children_system_ns,
		   zombie->minor_faults + zombie->children_minor_faults);
}

static void inherit_accounts(struct process *parent, const struct process *zombie)
{
	parent->children_user_ns += zombie->user_ns + zombie->children_user_ns;
	parent->children_system_ns += zombie->system_ns + zombie->children_system_ns;
	parent->children_minor_faults += zombie->minor_faults + zombie->children_minor_faults;
}

/* Takes a zombie. tree_lock held. *reaped is to be forgotten by the caller, after the lock. */
static bool take_zombie_locked(struct process *self, const struct wait_request *request,
			       struct wait_result *result, struct process **reaped)
{
	struct process *zombie =
		find_in(&self->zombies, offsetof(struct process, sibling_node), request);

	if (!zombie)
		return false;
	result->pid = zombie->pid;
	result->status = zombie->exit_status;
	zombie_usage(zombie, &result->usage);
	if (request->options & WNOWAIT)
		return true;
	list_remove(&zombie->sibling_node);
	zombie->state = PROCESS_REAPED;
	session_leave(zombie);
	inherit_accounts(self, zombie);
	*reaped = zombie;
	return true;
}

#define STATUS_STOPPED(signal) ((signal) << 8 | 0x7f)
#define STATUS_CONTINUED       0xffff

/* Takes the news of a child that stopped or went on. tree_lock held. */
static bool take_news_locked(struct process *self, const struct wait_request *request,
			     struct wait_result *result)
{
	list_for_each(node, &self->news) {
		struct process *child = container_of(node, struct process, news_node);
		bool wanted = child->stopped ? request->options & WSTOPPED
					     : request->options & WCONTINUED;

		if (!wanted || !matches(child, request))
			continue;
		result->pid = child->pid;
		result->status = child->stopped ? STATUS_STOPPED(child->stop_signal)
						: STATUS_CONTINUED;
		if (!(request->options & WNOWAIT))
			list_remove(&child->news_node);
		return true;
	}
	return false;
}

static bool has_child_locked(struct process *self, const struct wait_request *request)
{
	size_t offset = offsetof(struct process, sibling_node);

	return find_in(&self->children, offset, request) ||
	       find_in(&self->zombies, offset, request);
}

/* 1: *result is filled. 0: nothing yet. -ECHILD: and never will be. */
static int look(struct process *self, const struct wait_request *request,
		struct wait_result *result, struct process **reaped)
{
	uint64_t flags = spin_lock_irq_save(&tree_lock);
	int rc = 0;

	if ((request->options & WEXITED) && take_zombie_locked(self, request, result, reaped))
		rc = 1;
	else if (take_news_locked(self, request, result))
		rc = 1;
	else if (!has_child_locked(self, request))
		rc = -ECHILD;
	spin_unlock_irq_restore(&tree_lock, flags);
	return rc;
}

int process_wait(const struct wait_request *request, struct wait_result *result)
{
	struct process *self = current_process();
	struct process *reaped = NULL;
	int rc;

	memset(result, 0, sizeof(*result));
	for (;;) {
		struct wait wait;
		struct waiter waiter;

		rc = look(self, request, result, &reaped);
		if (rc != 0 || (request->options & WNOHANG))
			break;
		wait_init(&wait, WAIT_INTERRUPTIBLE, "wait for a child");
		waitq_arm(&self->child_events, &waiter, &wait);
		rc = look(self, request, result, &reaped);
		if (rc == 0)
			rc = wait_block(&wait, TIME_NEVER);
		waitq_disarm(&waiter);
		if (rc != 0)
			break;
	}
	if (reaped)
		process_forget(reaped);
	return rc < 0 ? rc : 0;
}

void process_tell_stop(struct process *child, bool stopped, int signal)
{
	struct process *parent = child->parent;

	assert_held(&tree_lock);
	child->stopped = stopped;
	child->stop_signal = signal;
	if (!parent)
		return;
	if (!list_linked(&child->news_node))
		list_push_back(&parent->news, &child->news_node);
	signal_notify_parent(child, stopped ? CLD_STOPPED : CLD_CONTINUED, signal);
	waitq_wake_all(&parent->child_events);
}

int process_usage(int who, struct rusage *usage)
{
	struct process *self = current_process();
	uint64_t user_ns, system_ns;

	switch (who) {
	case RUSAGE_SELF:
		process_times(self, &user_ns, &system_ns);
		fill_usage(usage, user_ns, system_ns, self->minor_faults);
		return 0;
	case RUSAGE_CHILDREN:
		fill_usage(usage, self->children_user_ns, self->children_system_ns,
			   self->children_minor_faults);
		return 0;
	case RUSAGE_THREAD:
		user_ns = thread_run_time(current);
		system_ns = current->system_time < user_ns ? current->system_time : user_ns;
		fill_usage(usage, user_ns - system_ns, system_ns, self->minor_faults);
		return 0;
	default:
		return -EINVAL;
	}
}
