/* SPDX-License-Identifier: MIT */
/*
 * Making, ending and listing threads. thread.h draws the life of one.
 *
 * Who may still look at a thread? Its run holds a reference until thread_bury(), which the next
 * thread on its CPU calls after the switch: by then nobody uses the stack. Everyone else who keeps
 * a pointer holds a reference; the list of all threads holds none, and walks it only under its
 * lock, which thread_put() takes to unlist.
 */
#include "sched/thread.h"

#include "arch/fpu.h"
#include "arch/pagetable.h"
#include "base/printk.h"
#include "base/spinlock.h"
#include "lib/string.h"
#include "mm/kstack.h"
#include "mm/slab.h"
#include "sched/runq.h"
#include "sched/sched.h"

#define FPU_ALIGNMENT 64 /* XSAVE's */

_Static_assert(offsetof(struct thread, work) == offsetof(struct thread_head, work) &&
		       offsetof(struct thread, tid) == offsetof(struct thread_head, tid),
	       "arch/cpu.h");

static struct slab_cache thread_cache, fpu_cache;

static struct spinlock all_lock = SPINLOCK_INIT("all threads", RANK_TID);
static struct list all_threads = LIST_INIT(all_threads); /* [all_lock] */
static size_t all_count;                                 /* [all_lock] */
static _Atomic size_t dying_count; /* between thread_begin_exit() and the end of thread_bury() */
static void (*release_hook)(struct thread *thread); /* const after boot */

static struct panic_reporter dump_reporter = {.title = "Threads", .report = thread_dump_all};

/* For the panic page. */
static void print_running(const struct cpu *cpu)
{
	const struct thread *thread = cpu->current_thread;

	if (!thread)
		return;
	printk("    thread %d (%s) of ", thread->tid, thread->name);
	printk(thread->pid ? "process %d\n" : "the kernel\n", thread->pid);
}

void thread_init(void)
{
	panic_set_subject(print_running);
	panic_add_reporter(&dump_reporter);
	slab_cache_init(&thread_cache, "thread", sizeof(struct thread), 16);
	slab_cache_init(&fpu_cache, "fpu", fpu_area_size(), FPU_ALIGNMENT);
}

void thread_set_release_hook(void (*release)(struct thread *thread))
{
	release_hook = release;
}

static void list_thread(struct thread *thread)
{
	uint64_t flags = spin_lock_irq_save(&all_lock);

	list_push_back(&all_threads, &thread->all_node);
	all_count++;
	spin_unlock_irq_restore(&all_lock, flags);
}

static void unlist_thread(struct thread *thread)
{
	uint64_t flags = spin_lock_irq_save(&all_lock);

	list_remove(&thread->all_node);
	all_count--;
	spin_unlock_irq_restore(&all_lock, flags);
}

static void free_stacks(struct thread *thread)
{
	if (thread->stack_top)
		kstack_free(thread->stack_top);
	if (thread->fpu)
		slab_free(&fpu_cache, thread->fpu);
	thread->stack_top = 0;
	thread->fpu = NULL;
}

static bool alloc_stacks(struct thread *thread, bool user)
{
	thread->stack_top = kstack_alloc();
	if (!thread->stack_top)
		return false;
	if (!user)
		return true;
	thread->fpu = slab_alloc(&fpu_cache);
	if (!thread->fpu)
		return false;
	fpu_area_init(thread->fpu);
	return true;
}

/* A zeroed thread that belongs to nobody yet. */
static struct thread *alloc_thread(const struct thread_params *params)
{
	struct thread *thread = slab_alloc(&thread_cache);

	if (!thread)
		return NULL;
	memset(thread, 0, sizeof(*thread));
	ref_init(&thread->references);
	thread->is_user = params->user;
	thread->process = params->process;
	thread->entry = params->entry;
	thread->argument = params->argument;
	thread->state = THREAD_NEW;
	thread->affinity = ~(cpumask_t)0;
	thread->start_time = clock_now();
	list_init(&thread->signal.queue);
	strlcpy(thread->name, params->name, sizeof(thread->name));
	return thread;
}

struct thread *thread_create(const struct thread_params *params)
{
	struct thread *thread = alloc_thread(params);

	if (!thread)
		return NULL;
	if (!alloc_stacks(thread, params->user))
		goto undo_stacks;
	thread->tid = tid_alloc();
	if (thread->tid < 0)
		goto undo_stacks;
	context_init(&thread->context, thread->stack_top);
	list_thread(thread);
	return thread;
undo_stacks:
	free_stacks(thread);
	slab_free(&thread_cache, thread);
	return NULL;
}

struct thread *thread_create_idle(unsigned id, struct process *process)
{
	struct thread_params params = {.name = "idle", .process = process};
	struct thread *thread = alloc_thread(&params);

	if (!thread || !alloc_stacks(thread, false))
		return NULL;
	thread->affinity = 1ULL << id;
	thread->cpu = id;
	list_thread(thread);
	return thread;
}

void thread_destroy_new(struct thread *thread)
{
	ASSERT(thread->state == THREAD_NEW);
	free_stacks(thread);
	thread_put(thread);
}

void thread_start(struct thread *thread)
{
	sched_start(thread);
}

void thread_get(struct thread *thread)
{
	ref_get(&thread->references);
}

void thread_put(struct thread *thread)
{
	if (!ref_put(&thread->references))
		return;
	unlist_thread(thread);
	if (thread->is_user && release_hook)
		release_hook(thread);
	tid_free(thread->tid);
	slab_free(&thread_cache, thread);
}

void thread_exit(void)
{
	assert_may_sleep("thread exit");
	thread_begin_exit();
	kstack_trim(); /* here, because thread_bury() may not wait for other CPUs */
	sched_exit();
}

void thread_begin_exit(void)
{
	if (!current->exiting)
		atomic_fetch_add(&dying_count, 1);
	current->exiting = true;
}

void thread_bury(struct thread *thread)
{
	free_stacks(thread);
	thread_put(thread);
	atomic_fetch_sub(&dying_count, 1);
}

void thread_settle(void)
{
	while (atomic_load(&dying_count) > 0)
		sched_yield();
}

void thread_add_work(struct thread *thread, enum thread_work work)
{
	/* seq_cst: before the lock in sched_unblock(); a sleeper that missed the flag is BLOCKED by
	 * then */
	atomic_fetch_or(&thread->work, work);
	if (thread == current)
		return;
	sched_unblock(thread);
	sched_kick(thread);
}

size_t thread_count(void)
{
	uint64_t flags = spin_lock_irq_save(&all_lock);
	size_t count = all_count;

	spin_unlock_irq_restore(&all_lock, flags);
	return count;
}

void thread_for_each(void (*visit)(struct thread *thread, void *argument), void *argument)
{
	bool locking = !panicking();
	uint64_t flags = locking ? spin_lock_irq_save(&all_lock) : 0;

	list_for_each(node, &all_threads)
		visit(container_of(node, struct thread, all_node), argument);
	if (locking)
		spin_unlock_irq_restore(&all_lock, flags);
}

const char *thread_state_name(enum thread_state state)
{
	static const char *const names[] = {
		[THREAD_NEW] = "NEW",         [THREAD_RUNNABLE] = "RUNNABLE",
		[THREAD_RUNNING] = "RUNNING", [THREAD_BLOCKED] = "BLOCKED",
		[THREAD_DEAD] = "DEAD",
	};
	return names[state];
}

void thread_activity(struct thread *thread, struct thread_activity *activity)
{
	uint64_t flags = irq_save();
	struct run_queue *rq = runq_lock_home(thread);
	/* Its home's lock keeps a BLOCKED thread asleep, and the wait on its stack. */
	bool blocked = thread->state == THREAD_BLOCKED;

	activity->state = thread->state;
	if (activity->state == THREAD_RUNNING && rq->running != thread)
		activity->state = THREAD_RUNNABLE; /* an idle thread, which no queue has */
	activity->reason = blocked ? thread->waiting->reason : NULL;
	activity->interruptible = blocked && (thread->waiting->ended_by & WORK_SIGNAL);
	activity->since = blocked ? thread->run_start : 0;
	spin_unlock_irqs_off(&rq->lock);
	irq_restore(flags);
}

uint64_t thread_run_time(struct thread *thread)
{
	uint64_t flags = irq_save();
	struct run_queue *rq = runq_lock_home(thread);
	uint64_t time = thread->run_time;

	if (rq->running == thread)
		time += clock_now() - thread->run_start;
	spin_unlock_irqs_off(&rq->lock);
	irq_restore(flags);
	return time;
}

/* switch_context() leaves this on the stack of a thread that is not running: six registers, rbp the
 * second of them from the return address (switch.asm). */
struct switch_frame {
	uint64_t r15, r14, r13, r12, rbx, rbp, rip;
};

static void dump_thread(struct thread *thread, void *unused)
{
	(void)unused;
	const struct wait *waiting = thread->waiting;

	printk("thread %d %s %s cpu %u", thread->tid, thread->name,
	       thread_state_name(thread->state), thread->cpu);
	if (waiting)
		printk(" waits: %s, for %lu ms", waiting->reason,
		       (clock_now() - thread->run_start) / NS_PER_MS);
	printk("\n");
	if (!thread->stack_top || thread->state == THREAD_RUNNING || thread->state == THREAD_NEW)
		return;
	const struct switch_frame *frame = (const struct switch_frame *)thread->context.rsp;
	/* Not as a return address: a thread that has not run yet begins there. */
	backtrace_print(frame->rip, false, frame->rbp, thread->stack_top - KSTACK_SIZE,
			thread->stack_top);
}

void thread_dump_all(void)
{
	thread_for_each(dump_thread, NULL);
}

void sched_set_page_table(struct page_table *table)
{
	preempt_disable();
	current->page_table = table;
	pagetable_switch(table);
	preempt_enable();
}

void sched_set_fs_base(uint64_t base)
{
	preempt_disable();
	current->fs_base = base;
	set_fs_base(base);
	preempt_enable();
}
