/* SPDX-License-Identifier: MIT */
/*
 * clone(2) in its two uses: a new process that is a copy of the caller, of the calling thread only,
 * and a new thread in the caller's process. Everything that can fail is done on an object nobody
 * knows yet; process_publish() commits.
 */
#include "arch/fpu.h"
#include "base/trace.h"
#include "lib/abi/errno.h"
#include "lib/abi/sched.h"
#include "lib/string.h"
#include "mm/uaccess.h"
#include "proc/memory_log.h"
#include "proc/process.h"
#include "proc/signal.h"
#include "proc/tables.h"

/* What we honour. CLONE_DETACHED and CLONE_UNTRACED ask for nothing that we would do otherwise;
 * CLONE_SYSVSEM shares what we do not have. */
#define SUPPORTED_FLAGS                                                              \
	(CSIGNAL | CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_VFORK | \
	 CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |         \
	 CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | CLONE_DETACHED | CLONE_UNTRACED)

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND)

static int check_flags(const struct clone_request *request)
{
	uint64_t flags = request->flags;

	if (flags & ~(uint64_t)SUPPORTED_FLAGS)
		return -EINVAL;
	/* Memory, handlers, descriptors and directories belong to the process: a thread shares them
	 * all, and handlers are shared by threads only. (Linux lets a thread have some of its own.)
	 */
	if ((flags & CLONE_THREAD) && (flags & THREAD_FLAGS) != THREAD_FLAGS)
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) && !(flags & CLONE_THREAD))
		return -EINVAL;
	if ((flags & CLONE_THREAD) && (flags & CLONE_VFORK))
		return -EINVAL;
	if ((flags & CSIGNAL) >= NSIG)
		return -EINVAL;
	if ((flags & CLONE_SETTLS) && request->tls >= USER_TOP)
		return -EPERM;
	return 0;
}

/* ---- the new process's resources ---- */

static struct aspace *share_or_fork_aspace(uint64_t flags)
{
	struct aspace *own = current_process()->aspace;

	if (!(flags & CLONE_VM))
		return aspace_fork(own);
	aspace_get(own);
	return own;
}

static struct fdtable *share_or_clone_files(uint64_t flags)
{
	struct fdtable *own = current_process()->files;

	if (!(flags & CLONE_FILES))
		return fdtable_clone(own);
	fdtable_get(own);
	return own;
}

static struct fs_context *share_or_clone_fs(uint64_t flags)
{
	struct fs_context *own = current_process()->fs;

	if (!(flags & CLONE_FS))
		return fs_context_clone(own);
	fs_context_get(own);
	return own;
}

/* A child that did not come to be. */
static void discard_process(struct process *child)
{
	if (child->files)
		fdtable_discard(child->files);
	child->files = NULL; /* no lock: nobody knows it */
	process_drop_resources(child);
	process_put(child);
}

static struct process *copy_process(uint64_t flags)
{
	struct process *parent = current_process();
	struct process *child = process_create(parent->name);

	if (!child)
		return NULL;
	child->exit_signal = flags & CSIGNAL;
	child->executable = process_executable(parent);
	child->vfork_pending = flags & CLONE_VFORK;
	child->files = share_or_clone_files(flags);
	child->fs = share_or_clone_fs(flags);
	child->handlers = signal_handlers_clone(parent);
	/* Last, because it is the most work. */
	child->aspace = child->files && child->fs && child->handlers ? share_or_fork_aspace(flags)
								     : NULL;
	if (!child->aspace) {
		discard_process(child);
		return NULL;
	}
	return child;
}

/* ---- the new thread ---- */

/* The child returns from the same system call, with 0. */
static void copy_registers(struct thread *child, const struct clone_request *request)
{
	struct trap_frame *frame = user_frame(child->stack_top);

	*frame = *user_frame(current->stack_top);
	frame->rax = 0;
	if (request->stack.raw)
		frame->rsp = request->stack.raw;
	preempt_disable();
	fpu_save(child->fpu);
	preempt_enable_no_resched();
	child->fs_base = request->flags & CLONE_SETTLS ? request->tls : current->fs_base;
}

/* CLONE_CHILD_SETTID, by the child itself, so that its own rights to the memory count. Errors are
 * ignored, as Linux does: the child exists. */
static void store_own_tid(void *address)
{
	int tid = current->tid;

	(void)!copy_to_user(user_addr((uintptr_t)address), &tid, sizeof(tid));
}

/* A NEW thread of `process`, with a reference on it, ready to start but for its publication. */
static struct thread *copy_thread(struct process *process, const struct clone_request *request)
{
	bool tells_itself = request->flags & CLONE_CHILD_SETTID;
	struct thread_params params = {
		.name = current->name,
		.process = process,
		.entry = tells_itself ? store_own_tid : NULL,
		.argument = (void *)request->child_tid.raw,
		.user = true,
	};
	struct thread *child = thread_create(&params);

	if (!child)
		return NULL;
	process_get(process);
	child->user_stack = request->stack.raw ? request->stack : current->user_stack;
	child->affinity = current->affinity;
	child->page_table = &process->aspace->table;
	if (request->flags & CLONE_CHILD_CLEARTID)
		child->clear_child_tid = request->child_tid;
	copy_registers(child, request);
	signal_thread_init(child, current);
	return child;
}

/* CLONE_PARENT_SETTID: before either runs. Errors are ignored likewise. */
static void tell_parent(const struct thread *child, const struct clone_request *request)
{
	int tid = child->tid;

	if (request->flags & CLONE_PARENT_SETTID)
		(void)!copy_to_user(request->parent_tid, &tid, sizeof(tid));
}

static long clone_thread(const struct clone_request *request)
{
	struct thread *child = copy_thread(current_process(), request);

	if (!child)
		return -EAGAIN;
	int tid = child->tid;
	tell_parent(child, request);
	int rc = process_add_thread(current_process(), child);
	if (rc) {
		thread_destroy_new(child);
		return rc;
	}
	trace_named(TRACE_THREAD_CREATE, 0, tid, child->pid, child->name);
	memory_log("after thread");
	thread_start(child);
	return tid;
}

/* Waits until the child has its own program, or has ended. Being killed ends the wait; the child
 * goes on alone. */
static void wait_for_vfork(struct process *child)
{
	struct wait_queue *queue = &child->vfork_waiters;
	uint64_t flags = spin_lock_irq_save(&queue->lock);

	while (child->vfork_pending) {
		int rc = waitq_sleep_locked(queue, flags, WAIT_KILLABLE, TIME_NEVER, "vfork");
		if (rc)
			break;
	}
	spin_unlock_irq_restore(&queue->lock, flags);
}

void process_vfork_done(struct process *process)
{
	struct wait_queue *queue = &process->vfork_waiters;
	uint64_t flags = spin_lock_irq_save(&queue->lock);

	process->vfork_pending = false;
	waitq_wake_all_locked(queue);
	spin_unlock_irq_restore(&queue->lock, flags);
}

static long clone_process(const struct clone_request *request)
{
	struct process *child = copy_process(request->flags);

	if (!child)
		return -ENOMEM;
	int rc = -EAGAIN;
	struct thread *leader = copy_thread(child, request);
	if (!leader)
		goto undo_process;
	tell_parent(leader, request);
	int pid = leader->tid;
	rc = process_publish(child, current_process(), leader);
	if (rc)
		goto undo_thread;
	process_get(
		child); /* for wait_for_vfork(): once it runs, the child may be gone at any time */
	trace_named(TRACE_FORK, 0, pid, pid, leader->name);
	memory_log("after fork");
	thread_start(leader);
	if (request->flags & CLONE_VFORK)
		wait_for_vfork(child);
	process_put(child);
	return pid;
undo_thread:
	thread_destroy_new(leader);
undo_process:
	discard_process(child);
	return rc;
}

long process_clone(const struct clone_request *request)
{
	int rc = check_flags(request);

	if (rc)
		return rc;
	memory_log(request->flags & CLONE_THREAD ? "before thread" : "before fork");
	return request->flags & CLONE_THREAD ? clone_thread(request) : clone_process(request);
}
