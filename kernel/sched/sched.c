/* SPDX-License-Identifier: MIT */
/*
 * The scheduler. Every CPU has a FIFO queue of RUNNABLE threads; the first runs until it blocks,
 * yields or its quantum is over, then it goes to the end. That is round robin, on each CPU.
 *
 * One lock per run queue, taken with interrupts off, guards the queue and the state of the threads
 * whose home it is (thread->cpu). It is held across switch_context(): the outgoing thread takes it,
 * the incoming one drops it in sched_finish_switch(), so nobody can run a thread whose registers
 * are not saved yet. Two run queues are locked together nowhere: a thread on its way between two is
 * in no queue and RUNNABLE, and whoever finds it so leaves it alone.
 *
 * Among CPUs: a waking thread goes to its last CPU if that is idle or nobody is, else to an idle
 * one; an idle CPU steals before it halts; and at the end of a slice a CPU with more waiting
 * threads than the next CPU in the ring hands the preempted one over. That keeps n threads on m
 * CPUs fair over time.
 *
 * The timer is armed one-shot for the earlier of the slice's end and the next timeout. It is never
 * armed later than it already is: an early interrupt finds nothing due and arms again, which is
 * cheaper than touching the timer at every switch.
 *
 * Entry points: sched_block/sched_unblock (sleep.h), sched_yield, sched_preempt_check, sched_timer,
 * sched_exit.
 */
#include "sched/sched.h"

#include "arch/clock.h"
#include "arch/fpu.h"
#include "arch/pagetable.h"
#include "arch/smp.h"
#include "base/assert.h"
#include "base/boot_info.h"
#include "base/printk.h"
#include "base/spinlock.h"
#include "base/trace.h"
#include "sched/balance.h"
#include "sched/runq.h"
#include "sched/timeout.h"
#include "sched/watchdog.h"

/* Kept out of line, so that the functions that call it at times only need not save registers for
 * it each time: 20 instructions a switch. */
#define RARE __attribute__((noinline, cold))

static uint64_t quantum_ns = 10 * NS_PER_MS; /* const after sched_init() */

uint64_t sched_quantum(void)
{
	return quantum_ns;
}

/* relaxed: the lock of its home orders it; who reads it without may see it late */
static inline void set_state(struct thread *thread, enum thread_state state)
{
	atomic_store_explicit(&thread->state, state, memory_order_relaxed);
}

/* ---- accounts ---- */

/* Adds the time since the last sample to the thread's run. The home lock is held. */
static void account_run_locked(struct thread *thread, uint64_t now)
{
	atomic_fetch_add_explicit(&thread->run_time, now - thread->run_start, memory_order_relaxed);
	thread->run_start = now;
}

/* ---- the timer ---- */

/* Makes sure that this CPU's timer goes off by `deadline`. Interrupts off. */
static void timer_arm_by(struct run_queue *rq, uint64_t deadline)
{
	if (deadline < rq->timer_deadline) {
		rq->timer_deadline = deadline;
		timer_arm(deadline);
	}
}

void sched_rearm_timer(void)
{
	timer_arm_by(runq_this(), timeout_next());
}

/* Asks this CPU to reschedule as soon as it may. Interrupts off. */
static void resched_here(void)
{
	atomic_store_explicit(&this_cpu()->need_resched, true, memory_order_relaxed);
	atomic_fetch_or_explicit(&current->work, WORK_RESCHED, memory_order_relaxed);
}

void sched_note_resched(void)
{
	if (this_cpu()->need_resched)
		resched_here();
}

void sched_timer(bool from_user)
{
	struct run_queue *rq = runq_this();
	struct thread *thread = current;
	uint64_t now = clock_now();

	rq->timer_deadline = TIME_NEVER; /* one-shot: it is off now */
	uint64_t next = timeout_run_due(now);

	spin_lock(&rq->lock);
	watchdog_tick_locked(rq, now);
	if (thread != rq->idle) {
		uint64_t sample = now - thread->run_start;

		account_run_locked(thread, now);
		if (!from_user)
			atomic_fetch_add_explicit(&thread->system_time, sample,
						  memory_order_relaxed);
		if (now >= rq->slice_end) {
			rq->slice_end = now + quantum_ns;
			if (!list_empty(&rq->ready)) {
				rq->choose_anew = true;
				resched_here();
			}
		}
		next = next < rq->slice_end ? next : rq->slice_end;
	}
	spin_unlock_no_resched(&rq->lock);
	timer_arm_by(rq, next);
}

/* ---- the switch ---- */

void sched_resched_cpu(unsigned id)
{
	if (id == this_cpu()->id) {
		resched_here();
		return;
	}
	atomic_store_explicit(&cpu_by_id(id)->need_resched, true, memory_order_relaxed);
	ipi_reschedule(id);
}

/* Locks the run queue that a thread in no queue goes to: its home, or another if it may not run
 * there any more (sched_set_affinity() may come at any moment). */
static struct run_queue *lock_destination(struct thread *thread)
{
	for (;;) {
		struct run_queue *rq = runq_of(atomic_load(&thread->cpu)); /* ours to place */

		spin_lock(&rq->lock);
		if (balance_may_run_on(thread, rq->id))
			return rq;
		sched_set_home(thread, balance_first_allowed(thread));
		spin_unlock_no_resched(&rq->lock);
		/* It may have been claimed for this thread: it looks, and is idle again. */
		sched_resched_cpu(rq->id);
	}
}

/* The lock is held; a CPU is told to look if none would. Without the lock the thread is not ours
 * to look at: it may have run to its end. */
static void enqueue_and_unlock(struct run_queue *rq, struct thread *thread)
{
	cpumask_t allowed = thread->affinity;

	runq_push_locked(rq, thread);
	bool idle = rq->running == rq->idle;
	spin_unlock_no_resched(&rq->lock);

	if (idle) {
		sched_resched_cpu(rq->id);
		return;
	}
	/* The thread is in the queue before we look for idle CPUs: see idle_cpus. The release of
	 * the lock alone does not order the two. */
	atomic_thread_fence(memory_order_seq_cst);
	if (balance_anyone_idle())
		balance_kick_idle(allowed);
}

void sched_enqueue(struct thread *thread)
{
	enqueue_and_unlock(lock_destination(thread), thread);
}

void sched_set_home(struct thread *thread, unsigned id)
{
	unsigned before = atomic_load(&thread->cpu);

	if (id != before)
		trace_other(TRACE_MIGRATE, thread->tid, before, id);
	atomic_store(&thread->cpu, id);
}

static struct thread *pick_next_locked(struct run_queue *rq)
{
	struct thread *next = runq_pop_locked(rq);

	return next ? next : rq->idle;
}

/* Gives `next` the CPU's registers that are not on its stack: page table, FPU, FS base. A kernel
 * thread keeps what is loaded; that saves the reload when the same process comes next. */
static void load_user_state(struct thread *previous, struct thread *next)
{
	if (previous->fpu)
		fpu_save(previous->fpu);
	if (next->page_table && next->page_table != this_cpu()->page_table)
		pagetable_switch(next->page_table);
	if (next->fpu)
		fpu_load(next->fpu);
	/* Always, even if it is what we wrote last: a program changes the register by loading a
	 * selector into FS. */
	if (next->is_user)
		set_fs_base(next->fs_base);
}

static RARE void trace_switch(struct thread *previous, struct thread *next)
{
	trace_named(TRACE_SWITCH, previous->state, next->tid, next->pid, next->name);
}

static void assert_may_switch(struct run_queue *rq)
{
	(void)rq;
	ASSERT(!irqs_enabled());
	assert_held(&rq->lock);
	ASSERT(preempt_count() == 1); /* the run queue's lock and nothing else */
	ASSERT(this_cpu()->irq_depth == 0);
}

/* Runs the next thread. The caller has put the current one where it belongs (a queue, BLOCKED,
 * DEAD). Enter with the run queue locked and interrupts off; returns, when the current thread runs
 * again and on whichever CPU, unlocked. */
static void switch_to_next(struct run_queue *rq)
{
	struct thread *previous = current;
	struct thread *next = pick_next_locked(rq);
	uint64_t now = clock_now();

	assert_may_switch(rq);
	atomic_store_explicit(&this_cpu()->need_resched, false, memory_order_relaxed);
	if (atomic_load_explicit(&previous->work, memory_order_relaxed) & WORK_RESCHED)
		atomic_fetch_and_explicit(&previous->work, ~WORK_RESCHED, memory_order_relaxed);

	account_run_locked(previous, now);
	next->run_start = now;
	set_state(next, THREAD_RUNNING);
	rq->slice_end = now + quantum_ns;
	rq->choose_anew = false;
	if (next == previous) {
		spin_unlock_no_resched(&rq->lock);
		return;
	}
	if (trace_is_on())
		trace_switch(previous, next);
	if (previous == rq->idle)
		balance_set_idle(rq->id, false);
	rq->running = next;
	rq->previous = previous;
	rq->switches++;
	if (next != rq->idle)
		timer_arm_by(rq, rq->slice_end);
	load_user_state(previous, next);
	cpu_set_current(next, next->stack_top);
	switch_context(&previous->context, &next->context);
	sched_finish_switch();
}

/* The end of a switch after which the old thread is dead, or another CPU's. */
static RARE void take_away_and_unlock(struct run_queue *rq)
{
	struct thread *previous = rq->previous;
	bool dead = rq->leaves == LEAVES_DEAD;

	rq->leaves = LEAVES_NOTHING;
	if (!dead)
		sched_set_home(previous, rq->leaves_for);
	spin_unlock_no_resched(&rq->lock);
	if (dead)
		thread_bury(previous);
	else
		sched_enqueue(previous);
}

/* On the new thread's stack, still under the lock that the old thread took. Only from here on may
 * another CPU run the old thread, or its stack be freed. Interrupts off. */
void sched_finish_switch(void)
{
	struct run_queue *rq = runq_this();

	if (__builtin_expect(rq->leaves == LEAVES_NOTHING, 1))
		spin_unlock_no_resched(&rq->lock);
	else
		take_away_and_unlock(rq);
}

/* The current thread goes to the end of this CPU's queue, or of another's: that is done after the
 * switch, when its registers are saved. The lock is held. */
static void requeue_current_locked(struct run_queue *rq)
{
	struct thread *thread = current;

	if (thread == rq->idle)
		return;
	set_state(thread, THREAD_RUNNABLE);
	if (rq->choose_anew) {
		rq->leaves_for = balance_choose_after_slice(rq, thread);
		if (rq->leaves_for != rq->id) {
			rq->leaves = LEAVES_FOR_ANOTHER;
			return;
		}
	}
	runq_push_locked(rq, thread);
}

/* Preemption and yield. Interrupts off. */
static void reschedule(void)
{
	struct run_queue *rq = runq_this();

	spin_lock(&rq->lock);
	requeue_current_locked(rq);
	switch_to_next(rq);
}

static void note_preemption(void)
{
	current->switches_forced++;
	trace(TRACE_PREEMPT, 0, 0);
}

void sched_yield(void)
{
	uint64_t flags = irq_save();

	reschedule();
	irq_restore(flags);
}

void sched_preempt_check(void)
{
	if (preempt_count() > 0 || !irqs_enabled())
		return;
	uint64_t flags = irq_save();
	if (cpu_self_unchecked()->need_resched) {
		note_preemption();
		reschedule();
	}
	irq_restore(flags);
}

void sched_preempt_from_trap(void)
{
	struct cpu *cpu = cpu_self_unchecked();

	ASSERT(!irqs_enabled());
	if (cpu->preempt_count > 0 || cpu->irq_depth > 0 || !cpu->need_resched)
		return;
	note_preemption();
	reschedule();
}

/* ---- blocking and waking ---- */

void sched_block(struct wait *wait)
{
	uint64_t flags = irq_save();
	struct run_queue *rq = runq_this();
	struct thread *thread = current;

	spin_lock(&rq->lock);
	if (wait_is_over(wait)) {
		spin_unlock_no_resched(&rq->lock);
		irq_restore(flags);
		return;
	}
	set_state(thread, THREAD_BLOCKED);
	thread->waiting = wait;
	trace(TRACE_BLOCK, (uint64_t)wait->reason, 0);
	thread->switches_voluntary++;
	switch_to_next(rq);
	irq_restore(flags);
}

void sched_unblock(struct thread *thread)
{
	uint64_t flags = irq_save();
	struct run_queue *rq = runq_lock_home(thread);

	if (thread->state != THREAD_BLOCKED || !wait_is_over(thread->waiting)) {
		spin_unlock_no_resched(&rq->lock);
		irq_restore(flags);
		return;
	}
	const char *reason = thread->waiting->reason;
	set_state(thread, THREAD_RUNNABLE);
	thread->waiting = NULL;
	unsigned id = balance_choose_cpu(thread, rq->id);
	trace_other(TRACE_WAKE, thread->tid, id, (uint64_t)reason);
	if (id == rq->id) {
		enqueue_and_unlock(rq, thread);
	} else {
		sched_set_home(thread, id);
		spin_unlock_no_resched(&rq->lock);
		sched_enqueue(thread);
	}
	irq_restore(flags);
}

void sched_start(struct thread *thread)
{
	uint64_t flags = irq_save();
	unsigned id = balance_choose_first_cpu(thread);
	/* Others may know its number already, and look for it at its home. */
	struct run_queue *rq = runq_lock_home(thread);

	ASSERT(thread->state == THREAD_NEW);
	set_state(thread, THREAD_RUNNABLE);
	atomic_store(&thread->cpu, id);
	spin_unlock_no_resched(&rq->lock);
	sched_enqueue(thread);
	irq_restore(flags);
}

void sched_kick(struct thread *thread)
{
	uint64_t flags = irq_save();
	struct run_queue *rq = runq_lock_home(thread);
	unsigned id = atomic_load(&thread->cpu);
	bool elsewhere = rq->running == thread && id != this_cpu()->id;

	spin_unlock_no_resched(&rq->lock);
	if (elsewhere)
		ipi_reschedule(id);
	irq_restore(flags);
}

void sched_exit(void)
{
	irq_disable();
	struct run_queue *rq = runq_this();

	spin_lock(&rq->lock);
	set_state(current, THREAD_DEAD);
	rq->leaves = LEAVES_DEAD;
	switch_to_next(rq);
	panic("a dead thread ran again");
}

/* ---- the idle thread ---- */

/* Nothing to do: steals, or halts until an interrupt. The idle bit is set before the last look
 * around, and a waker looks at the bits after it has queued a thread: one of them sees the
 * other. */
static void idle_once(struct run_queue *rq)
{
	irq_disable();
	balance_set_idle(rq->id, true);
	if (!cpu_self_unchecked()->need_resched && list_empty(&rq->ready) && !balance_steal(rq))
		irq_enable_and_halt();
	irq_disable();
	balance_set_idle(rq->id, false);
	if (!list_empty(&rq->ready) || cpu_self_unchecked()->need_resched)
		reschedule();
	irq_enable();
}

_Noreturn void sched_idle(void)
{
	ASSERT(preempt_count() == 0);
	for (;;)
		idle_once(runq_of(cpu_self_unchecked()->id));
}

/* ---- the rest ---- */

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

static struct process *kernel_owner; /* const after sched_adopt_boot_thread() */

/* Its stack is the loader's boot stack, which nobody frees: an idle thread never ends. */
void sched_adopt_boot_thread(struct process *process)
{
	kernel_owner = process;
	struct thread *thread = sched_make_idle(0);

	thread->run_start = clock_now();
	cpu_set_current(thread, thread->stack_top);
}

struct thread *sched_make_idle(unsigned id)
{
	struct thread *thread = thread_create_idle(id, kernel_owner);

	if (!thread)
		panic("no memory for the idle thread of CPU %u", id);
	struct run_queue *rq = runq_of(id);
	rq->idle = thread;
	rq->running = thread;
	set_state(thread, THREAD_RUNNING);
	return thread;
}

void sched_init(void)
{
	quantum_ns = boot_option_number("quantum", 10, 1, 1000) * NS_PER_MS;
	watchdog_init();
	timeout_init_cpus();
	runq_init();
	spin_set_preempt_hook(sched_preempt_check);
}
