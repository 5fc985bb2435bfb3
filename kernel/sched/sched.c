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

	spin_lock_irqs_off(&rq->lock);
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
	spin_unlock_irqs_off(&rq->lock);
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

		spin_lock_irqs_off(&rq->lock);
		if (balance_may_run_on(thread, rq->id))
			return rq;
		sched_set_home(thread, balance_first_allowed(thread));
		spin_unlock_irqs_off(&rq->lock);
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
	spin_unlock_irqs_off(&rq->lock);

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

/* Gives `next` the CPU's registers that are not on its stack: page table, FPU, FS base. A kernel
 * thread keeps what is loaded; that saves the reload when the same process comes next. */
static inline void load_user_state(struct thread *next)
{
	if (next->page_table != this_page_table())
		pagetable_load(next->page_table);
	if (__builtin_expect(!next->is_user, 0)) /* has borrowed the page table */
		return;
	fpu_load(next->fpu);
	/* Always, even if it is what we wrote last: a program changes the register by loading a
	 * selector into FS. */
	set_fs_base(next->fs_base);
}

/* ---- the rare ways of a switch ---- */

RARE void sched_trace_switch(struct thread *previous, struct thread *next);
RARE void sched_trace_wake(struct run_queue *rq, struct thread *thread);
RARE void sched_resched_done(struct thread *thread);
RARE void sched_arm_slice(struct run_queue *rq, struct thread *next);
RARE void sched_take_away(struct run_queue *rq);

void sched_trace_switch(struct thread *previous, struct thread *next)
{
	if (previous->state == THREAD_BLOCKED)
		trace(TRACE_BLOCK, (uint64_t)previous->waiting->reason, 0);
	trace_named(TRACE_SWITCH, previous->state, next->tid, next->pid, next->name);
}

/* Which is about to be in the queue. */
void sched_trace_wake(struct run_queue *rq, struct thread *thread)
{
	trace_other(TRACE_WAKE, thread->tid, rq->id, (uint64_t)thread->waiting->reason);
}

/* The reschedule that was asked for is at hand. */
void sched_resched_done(struct thread *thread)
{
	atomic_store_explicit(&this_cpu()->need_resched, false, memory_order_relaxed);
	atomic_fetch_and_explicit(&thread->work, ~WORK_RESCHED, memory_order_relaxed);
}

void sched_arm_slice(struct run_queue *rq, struct thread *next)
{
	if (next != rq->idle)
		timer_arm_by(rq, rq->slice_end);
}

/* The end of a switch after which the old thread is dead, or another CPU's. Unlocks. */
void sched_take_away(struct run_queue *rq)
{
	struct thread *previous = rq->previous;
	bool dead = rq->leaves == LEAVES_DEAD;

	rq->leaves = LEAVES_NOTHING;
	if (!dead)
		sched_set_home(previous, rq->leaves_for);
	spin_unlock_irqs_off(&rq->lock);
	if (dead)
		thread_bury(previous);
	else
		sched_enqueue(previous);
}

/* ---- and the common one ---- */

static inline void begin_slice_locked(struct run_queue *rq, struct thread *previous,
				      struct thread *next)
{
	uint64_t now = clock_now();

	ASSERT(!irqs_enabled());
	assert_held(&rq->lock);
	ASSERT(preempt_count() == 0);
	ASSERT(this_cpu()->irq_depth == 0);
	if (__builtin_expect(resched_is_needed(), 0))
		call_rare(sched_resched_done, previous, 0);
	account_run_locked(previous, now);
	next->run_start = now;
	rq->slice_end = now + quantum_ns;
	rq->choose_anew = false;
	if (__builtin_expect(rq->slice_end < rq->timer_deadline, 0))
		call_rare(sched_arm_slice, rq, next);
}

/* Runs `next`, which is taken off the queue. The caller has put `previous`, the current thread and
 * another one, where it belongs (a queue, BLOCKED, DEAD). Enter with the run queue locked and
 * interrupts off; returns, when `previous` runs again and on whichever CPU, unlocked. */
static void switch_to_next(struct run_queue *rq, struct thread *previous, struct thread *next)
{
	begin_slice_locked(rq, previous, next);
	set_state(next, THREAD_RUNNING);
	if (trace_is_on())
		call_rare(sched_trace_switch, previous, next);
	rq->running = next;
	rq->switches++;
	if (__builtin_expect(previous->is_user, 1))
		fpu_save(previous->fpu);
	if (__builtin_expect(next->page_table != NULL, 1))
		load_user_state(next);
	cpu_set_current(next, next->stack_top);
	switch_context(&previous->context, &next->context);
	sched_finish_switch();
}

/* On the new thread's stack, still under the lock that the old thread took. Only from here on may
 * another CPU run the old thread, or its stack be freed. Interrupts off. */
void sched_finish_switch(void)
{
	struct run_queue *rq = runq_this();

	if (__builtin_expect(rq->leaves == LEAVES_NOTHING, 1))
		spin_unlock_irqs_off(&rq->lock);
	else
		call_rare(sched_take_away, rq, 0);
}

/* At the end of a slice the current thread may have to go on elsewhere. That is done after the
 * switch, when its registers are saved. */
static bool leaves_for_another_locked(struct run_queue *rq, struct thread *thread)
{
	rq->leaves_for = balance_choose_after_slice(rq, thread);
	if (rq->leaves_for == rq->id)
		return false;
	set_state(thread, THREAD_RUNNABLE);
	rq->leaves = LEAVES_FOR_ANOTHER;
	rq->previous = thread;
	return true;
}

/* A reschedule by the idle thread, at the end of a slice, or with nobody else there. */
static __attribute__((noinline)) void reschedule_slowly_locked(struct run_queue *rq)
{
	struct thread *thread = current, *next = thread;

	if (thread == rq->idle) {
		balance_set_idle(rq->id, false);
		next = runq_pop_locked(rq);
	} else if (rq->choose_anew && leaves_for_another_locked(rq, thread)) {
		next = runq_pop_locked(rq);
	} else if (!list_empty(&rq->ready)) {
		set_state(thread, THREAD_RUNNABLE);
		next = runq_rotate_locked(rq, thread);
	}
	if (next != thread) {
		switch_to_next(rq, thread, next);
		return;
	}
	begin_slice_locked(rq, thread, thread);
	spin_unlock_irqs_off(&rq->lock);
}

/* Preemption and yield: the current thread goes to the end of the queue, the next one runs.
 * Interrupts off. */
static inline void reschedule(void)
{
	struct run_queue *rq = runq_this();
	struct thread *thread = current;

	spin_lock_irqs_off(&rq->lock);
	if (rq->choose_anew || list_empty(&rq->ready) || thread == rq->idle) {
		reschedule_slowly_locked(rq);
		return;
	}
	set_state(thread, THREAD_RUNNABLE);
	switch_to_next(rq, thread, runq_rotate_locked(rq, thread));
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
	irq_disable();
	if (resched_is_needed()) {
		note_preemption();
		reschedule();
	}
	irq_enable();
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
	struct run_queue *rq = runq_this();
	struct thread *thread = current;

	ASSERT(wait->thread == thread);
	spin_lock_irqs_off(&rq->lock);
	if (wait_is_over(wait, thread)) {
		spin_unlock_irqs_off(&rq->lock);
		irq_enable();
		return;
	}
	set_state(thread, THREAD_BLOCKED);
	thread->waiting = wait;
	thread->switches_voluntary++;
	switch_to_next(rq, thread, runq_pop_locked(rq));
	irq_enable();
}

RARE void sched_place_woken(struct run_queue *rq, struct thread *thread);

/* A woken thread, in no queue yet, goes where a CPU is idle if its home is busy, or not allowed any
 * more. Its home is locked, and is unlocked here. */
void sched_place_woken(struct run_queue *rq, struct thread *thread)
{
	unsigned id = balance_choose_among(thread, rq->id);

	sched_trace_wake(runq_of(id), thread);
	thread->waiting = NULL;
	if (id == rq->id) {
		enqueue_and_unlock(rq, thread);
		return;
	}
	sched_set_home(thread, id);
	spin_unlock_irqs_off(&rq->lock);
	sched_enqueue(thread);
}

/* Its wait is over, its home locked. The thread is in the queue before we look for idle CPUs: see
 * idle_cpus. If there is one, the thread is taken off again, which nobody has seen: the lock is
 * still held. */
static inline void make_runnable_and_unlock(struct run_queue *rq, struct thread *thread)
{
	set_state(thread, THREAD_RUNNABLE);
	if (__builtin_expect(balance_may_run_on(thread, rq->id), 1)) {
		runq_push_locked(rq, thread);
		atomic_thread_fence(memory_order_seq_cst);
		if (__builtin_expect(!balance_anyone_idle(), 1)) {
			if (trace_is_on())
				call_rare(sched_trace_wake, rq, thread);
			thread->waiting = NULL;
			spin_unlock_irqs_off(&rq->lock);
			return;
		}
		runq_remove_locked(rq, thread);
	}
	call_rare(sched_place_woken, rq, thread);
}

void wait_wake_irqs_off(struct wait *wait)
{
	struct thread *thread = wait->thread;
	struct run_queue *rq = runq_lock_home(thread);
	bool asleep = thread->waiting == wait;

	/* Unless it is asleep, the last that we touch of it: see sleep.h. release: who sees it sees
	 * what was done before it. */
	atomic_store_explicit(&wait->end, WAIT_WOKEN, memory_order_release);
	if (asleep)
		make_runnable_and_unlock(rq, thread);
	else
		spin_unlock_irqs_off(&rq->lock);
}

void sched_unblock(struct thread *thread)
{
	uint64_t flags = irq_save();
	struct run_queue *rq = runq_lock_home(thread);

	if (thread->waiting && wait_is_over(thread->waiting, thread))
		make_runnable_and_unlock(rq, thread);
	else
		spin_unlock_irqs_off(&rq->lock);
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
	spin_unlock_irqs_off(&rq->lock);
	sched_enqueue(thread);
	irq_restore(flags);
}

void sched_kick(struct thread *thread)
{
	uint64_t flags = irq_save();
	struct run_queue *rq = runq_lock_home(thread);
	unsigned id = atomic_load(&thread->cpu);
	bool elsewhere = rq->running == thread && id != this_cpu()->id;

	spin_unlock_irqs_off(&rq->lock);
	if (elsewhere)
		ipi_reschedule(id);
	irq_restore(flags);
}

void sched_exit(void)
{
	irq_disable();
	struct run_queue *rq = runq_this();

	spin_lock_irqs_off(&rq->lock);
	set_state(current, THREAD_DEAD);
	rq->leaves = LEAVES_DEAD;
	rq->previous = current;
	switch_to_next(rq, current, runq_pop_locked(rq));
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
	irq_disable();
	runq_begin_cpu();
	irq_enable();
	for (;;)
		idle_once(runq_of(cpu_self_unchecked()->id));
}

/* ---- the rest ---- */

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
