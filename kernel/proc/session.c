/* SPDX-License-Identifier: MIT */
/*
 * Groups hang in a tree by number; a session is kept by its groups and has no list of its own. All
 * of it is under tree_lock. A group's struct is embedded nowhere: it is made with its first member
 * and goes with its last.
 */
#include "proc/session.h"

#include "lib/abi/errno.h"
#include "mm/slab.h"
#include "proc/signal.h"

struct session {
	int id;
	unsigned groups; /* [tree_lock] that belong to it */
};

struct process_group {
	int id;
	struct session *session;
	/* [tree_lock] */
	struct list members; /* by process->group_node */
	struct tree_node node;
};

static struct tree groups;                  /* [tree_lock] by id */
static const struct terminal_ops *terminal; /* const after boot */

void session_set_terminal_ops(const struct terminal_ops *ops)
{
	terminal = ops;
}

void session_hang_up(int session)
{
	if (terminal)
		terminal->session_ended(session);
}

void session_terminal(int session, dev_t *device, pid_t *foreground)
{
	*device = 0;
	*foreground = -1;
	if (terminal)
		terminal->of_session(session, device, foreground);
}

/* ---- groups ---- */

static struct process_group *group_of(struct tree_node *node)
{
	return container_of(node, struct process_group, node);
}

static struct process_group *group_find_locked(int id)
{
	struct tree_node *node = groups.root;

	while (node && group_of(node)->id != id)
		node = id < group_of(node)->id ? node->left : node->right;
	return node ? group_of(node) : NULL;
}

static void group_insert_locked(struct process_group *group)
{
	struct tree_node **link = &groups.root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = group->id < group_of(parent)->id ? &parent->left : &parent->right;
	}
	tree_insert(&groups, &group->node, parent, link);
}

static void group_free_locked(struct process_group *group)
{
	struct session *session = group->session;

	tree_remove(&groups, &group->node);
	tid_free(group->id);
	kfree(group);
	if (--session->groups == 0) {
		tid_free(session->id);
		kfree(session);
	}
}

void session_leave(struct process *process)
{
	struct process_group *group = process->group;

	list_remove(&process->group_node);
	process->group = NULL;
	if (list_empty(&group->members))
		group_free_locked(group);
}

static void group_add_locked(struct process_group *group, struct process *process)
{
	process->group = group;
	list_push_back(&group->members, &process->group_node);
}

/* Initialises a group numbered `id` in `session`, without members. */
static void group_start_locked(struct process_group *group, int id, struct session *session)
{
	*group = (struct process_group){.id = id, .session = session};
	list_init(&group->members);
	session->groups++;
	tid_hold(id);
	group_insert_locked(group);
}

static void session_start_locked(struct session *session, struct process_group *group, int id)
{
	*session = (struct session){.id = id};
	tid_hold(id);
	group_start_locked(group, id, session);
}

void session_join(struct process *process, struct process *parent)
{
	if (parent) {
		group_add_locked(parent->group, process);
		return;
	}
	/* The first process: boot, so memory is there. */
	struct session *session = kmalloc(sizeof(*session));
	struct process_group *group = kmalloc(sizeof(*group));
	if (!session || !group)
		panic("no memory for the first session");
	session_start_locked(session, group, process->pid);
	group_add_locked(group, process);
}

int process_group_id(const struct process *process)
{
	assert_held(&tree_lock);
	return process->group ? process->group->id : 0;
}

int process_session_id(const struct process *process)
{
	assert_held(&tree_lock);
	return process->group ? process->group->session->id : 0;
}

bool session_is_leader(const struct process *process)
{
	assert_held(&tree_lock);
	return process->group && process->group->session->id == process->pid;
}

/* What `ask` says of the current process. */
static int ask_current(int (*ask)(const struct process *process))
{
	uint64_t flags = spin_lock_irq_save(&tree_lock);
	int answer = ask(current_process());

	spin_unlock_irq_restore(&tree_lock, flags);
	return answer;
}

int current_group(void)
{
	return ask_current(process_group_id);
}

int current_session(void)
{
	return ask_current(process_session_id);
}

bool current_is_leader(void)
{
	uint64_t flags = spin_lock_irq_save(&tree_lock);
	bool leader = session_is_leader(current_process());

	spin_unlock_irq_restore(&tree_lock, flags);
	return leader;
}

unsigned group_for_each(int id, void (*visit)(struct process *process, void *argument),
			void *argument)
{
	unsigned count = 0;
	uint64_t flags = spin_lock_irq_save(&tree_lock);
	struct process_group *group = group_find_locked(id);

	if (group) {
		list_for_each(node, &group->members) {
			visit(container_of(node, struct process, group_node), argument);
			count++;
		}
	}
	spin_unlock_irq_restore(&tree_lock, flags);
	return count;
}

bool group_in_session(int id, int session)
{
	uint64_t flags = spin_lock_irq_save(&tree_lock);
	struct process_group *group = group_find_locked(id);
	bool found = group && group->session->id == session;

	spin_unlock_irq_restore(&tree_lock, flags);
	return found;
}

/* ---- orphaned groups ---- */

/* `process` ties its group to the rest of the session: its parent is in another group of it. */
static bool anchors_group(const struct process *process)
{
	const struct process *parent = process->parent;

	return parent && parent->group && parent->group != process->group &&
	       parent->group->session == process->group->session && process->state == PROCESS_ALIVE;
}

/* Nobody but `except` anchors the group. */
static bool is_orphaned_locked(const struct process_group *group, const struct process *except)
{
	list_for_each(node, &group->members) {
		struct process *member = container_of(node, struct process, group_node);
		if (member != except && anchors_group(member))
			return false;
	}
	return true;
}

/* It has stopped or is about to, and has not been killed since. */
static bool is_held(struct process *process)
{
	spin_lock(&process->signal_lock);
	bool held = process->held && !process->dying;
	spin_unlock(&process->signal_lock);
	return held;
}

static bool has_stopped_locked(const struct process_group *group)
{
	list_for_each(node, &group->members) {
		if (is_held(container_of(node, struct process, group_node)))
			return true;
	}
	return false;
}

bool process_group_is_orphaned(const struct process *process)
{
	assert_held(&tree_lock);
	return !process->group || is_orphaned_locked(process->group, NULL);
}

bool current_group_is_orphaned(void)
{
	uint64_t flags = spin_lock_irq_save(&tree_lock);
	bool orphaned = process_group_is_orphaned(current_process());

	spin_unlock_irq_restore(&tree_lock, flags);
	return orphaned;
}

static void wake_stopped_locked(struct process_group *group)
{
	siginfo_t hang_up, go_on;

	siginfo_init(&hang_up, SIGHUP, SI_KERNEL);
	siginfo_init(&go_on, SIGCONT, SI_KERNEL);
	list_for_each(node, &group->members) {
		struct process *member = container_of(node, struct process, group_node);
		signal_send_process(member, &hang_up);
		signal_send_process(member, &go_on);
	}
}

void session_check_orphans(struct process *process)
{
	struct process_group *group = process->group;

	if (!anchors_group(process))
		return;
	if (has_stopped_locked(group) && is_orphaned_locked(group, process))
		wake_stopped_locked(group);
}

/* ---- the system calls ---- */

/* The process that setpgid(pid, …) may move: the caller or a child of it that has not exec'ed. */
static int check_target_locked(struct process *target)
{
	struct process *self = current_process();

	if (target != self && target->parent != self)
		return -ESRCH;
	if (target->group == NULL)
		return -ESRCH;
	if (target->group->session != self->group->session)
		return -EPERM;
	if (target != self && target->has_execed)
		return -EACCES;
	return session_is_leader(target) ? -EPERM : 0;
}

/* Moves `target` into group `id`, which it may found with *fresh (set to NULL when used). */
static int set_group_locked(struct process *target, int id, struct process_group **fresh)
{
	int rc = check_target_locked(target);
	if (rc)
		return rc;

	struct process_group *group = group_find_locked(id);
	if (group && group->session != target->group->session)
		return -EPERM;
	if (!group && id != target->pid)
		return -EPERM;
	if (!group) {
		group = *fresh;
		*fresh = NULL;
		group_start_locked(group, id, target->group->session);
	}
	if (group != target->group) {
		session_leave(target);
		group_add_locked(group, target);
	}
	return 0;
}

int process_setpgid(int pid, int id)
{
	if (id < 0)
		return -EINVAL;
	struct process *target = process_find(pid ? pid : current_process()->pid);
	if (!target)
		return -ESRCH;

	struct process_group *fresh = kmalloc(sizeof(*fresh));
	int rc = -ENOMEM;
	if (fresh) {
		uint64_t flags = spin_lock_irq_save(&tree_lock);
		rc = set_group_locked(target, id ? id : target->pid, &fresh);
		spin_unlock_irq_restore(&tree_lock, flags);
	}
	kfree(fresh);
	process_put(target);
	return rc;
}

int process_setsid(void)
{
	struct process *self = current_process();
	struct session *session = kmalloc(sizeof(*session));
	struct process_group *group = kmalloc(sizeof(*group));
	int rc = -ENOMEM;

	if (session && group) {
		uint64_t flags = spin_lock_irq_save(&tree_lock);
		rc = group_find_locked(self->pid) ? -EPERM : self->pid;
		if (rc > 0) {
			session_leave(self);
			session_start_locked(session, group, self->pid);
			group_add_locked(group, self);
			session = NULL;
			group = NULL;
		}
		spin_unlock_irq_restore(&tree_lock, flags);
	}
	kfree(session);
	kfree(group);
	return rc;
}

/* What `ask` says of a process, by number (0: the caller). */
static int ask_process(int pid, int (*ask)(const struct process *process))
{
	struct process *process = process_find(pid ? pid : current_process()->pid);

	if (!process)
		return -ESRCH;
	uint64_t flags = spin_lock_irq_save(&tree_lock);
	int id = ask(process);
	spin_unlock_irq_restore(&tree_lock, flags);
	process_put(process);
	return id ? id : -ESRCH;
}

int process_getpgid(int pid)
{
	return ask_process(pid, process_group_id);
}

int process_getsid(int pid)
{
	return ask_process(pid, process_session_id);
}
