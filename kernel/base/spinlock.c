/* SPDX-License-Identifier: MIT */
/*
 * Waiters draw a place in line, and only the first of them tries to take the lock: CPUs that wait
 * get it in the order in which they asked. But the lock is not handed to the first waiter; it is
 * left free, and a CPU that just comes along may take it first, until the waiter has tried
 * PATIENCE times and closes the lock to newcomers.
 *
 * A pure ticket lock, which hands over, is fairer and shorter. But a virtual CPU does not always
 * run, and each hand-over to one that the host has put aside takes milliseconds. Measured with four
 * on two busy host CPUs, all after the same lock: 600 acquisitions a second handed over, 200,000
 * this way, and each CPU still has its fair share of them.
 *
 * Checked builds keep, per CPU, the stack of locks it holds (linked through previous_held). From
 * it they know ranks, owners, and what a thread must not take along to sleep. All of that is
 * written by the holder only.
 *
 * While a panic is printed (panicking()) locks let everyone through: their holders may be stopped
 * for good.
 */
#include "base/spinlock.h"

#include "base/assert.h"
#include "base/lock_place.h"
#include "base/printk.h"
#include "base/trace.h"
#include "lib/util.h"

#if CONFIG_CHECKS
/* Where the function in which it stands was called. */
#define HERE ((vaddr_t)__builtin_return_address(0))
#endif

#define STUCK_TIMER_TICKS 100
#define PATIENCE          200

static void (*preempt_hook)(void); /* const after sched_init() */

void spin_set_preempt_hook(void (*hook)(void))
{
	preempt_hook = hook;
}

void spin_preempt(void)
{
	if (preempt_hook)
		preempt_hook();
}

#if CONFIG_CHECKS

/* How a lock was taken so far. A lock that an interrupt handler takes must never be held with
 * interrupts on: the handler would wait for the code that it interrupted. */
#define USED_IN_HANDLER   1
#define USED_WITH_IRQS_ON 2

static struct spinlock *held[MAX_CPUS]; /* [this CPU] the lock it took last */

/* For %s. */
#define TEXT(place) (lock_place_text(place).text)

/* relaxed in all of these: what they say is printed, and exact while the lock is held */
static struct lock_place taken(const struct spinlock *lock)
{
	return (struct lock_place){atomic_load_explicit(&lock->taken_at, memory_order_relaxed),
				   atomic_load_explicit(&lock->taken_by, memory_order_relaxed)};
}

static struct lock_place first_used(const struct spinlock *lock)
{
	return (struct lock_place){atomic_load_explicit(&lock->used_at, memory_order_relaxed),
				   atomic_load_explicit(&lock->used_by, memory_order_relaxed)};
}

static void check_before(struct spinlock *lock, bool nested, vaddr_t here)
{
	struct cpu *cpu = cpu_self_unchecked();
	struct spinlock *last = held[cpu->id];

	if (atomic_load_explicit(&lock->owner, memory_order_relaxed) == cpu)
		panic("spinlock \"%s\" taken twice by CPU %u: at %s, before at %s", lock->name,
		      cpu->id, TEXT(lock_place_here(here)), TEXT(taken(lock)));
	if (last && (lock->rank < last->rank || (lock->rank == last->rank && !nested)))
		panic("spinlock \"%s\" (rank %d) taken at %s while holding \"%s\" "
		      "(rank %d, taken at %s)",
		      lock->name, lock->rank, TEXT(lock_place_here(here)), last->name, last->rank,
		      TEXT(taken(last)));
}

static void check_irq_use(struct spinlock *lock, vaddr_t here)
{
	uint8_t use = 0, before;

	if (cpu_self_unchecked()->irq_depth > 0)
		use = USED_IN_HANDLER;
	else if (irqs_enabled())
		use = USED_WITH_IRQS_ON;
	/* Only a new kind of use writes the shared word. */
	if (!(use & ~atomic_load_explicit(&lock->irq_use, memory_order_relaxed)))
		return;
	before = atomic_fetch_or_explicit(&lock->irq_use, use, memory_order_relaxed);
	if (before & ~use)
		panic("spinlock \"%s\" is taken in interrupt handlers and also with interrupts on: "
		      "%s at %s, before at %s",
		      lock->name, use == USED_IN_HANDLER ? "in a handler" : "with interrupts on",
		      TEXT(lock_place_here(here)), TEXT(first_used(lock)));
	atomic_store_explicit(&lock->used_by, current_tid(), memory_order_relaxed);
	atomic_store_explicit(&lock->used_at, here, memory_order_relaxed);
}

static void note_taken(struct spinlock *lock, vaddr_t here)
{
	struct cpu *cpu = cpu_self_unchecked();

	lock->previous_held = held[cpu->id];
	held[cpu->id] = lock;
	/* relaxed: others compare it with themselves, or print it */
	atomic_store_explicit(&lock->owner, cpu, memory_order_relaxed);
	atomic_store_explicit(&lock->taken_at, here, memory_order_relaxed);
	atomic_store_explicit(&lock->taken_by, current_tid(), memory_order_relaxed);
	atomic_fetch_add_explicit(&lock->times_taken, 1, memory_order_relaxed);
	check_irq_use(lock, here);
}

static void note_released(struct spinlock *lock, vaddr_t here)
{
	struct cpu *cpu = cpu_self_unchecked();
	struct cpu *owner = atomic_load_explicit(&lock->owner, memory_order_relaxed);
	struct spinlock **at = &held[cpu->id];

	if (!owner)
		panic("spinlock \"%s\" released but not held: at %s; taken last at %s", lock->name,
		      TEXT(lock_place_here(here)), TEXT(taken(lock)));
	if (owner != cpu)
		panic("spinlock \"%s\" released by CPU %u but held by CPU %u: at %s, taken at %s",
		      lock->name, cpu->id, owner->id, TEXT(lock_place_here(here)),
		      TEXT(taken(lock)));
	/* Mostly the last one taken, but locks may be released in any order. */
	while (*at != lock)
		at = &(*at)->previous_held;
	*at = lock->previous_held;
	atomic_store_explicit(&lock->owner, NULL, memory_order_relaxed);
}

/* What a waiting CPU remembers to see whether the owner gets on. */
struct watch {
	struct cpu *owner;
	uint32_t times_taken;
	uint64_t ticks;
};

/* Not time but the owner's timer interrupts are counted: an owner whose virtual CPU the host has
 * put aside takes none. */
static void watch_owner(struct spinlock *lock, struct watch *watch, vaddr_t here)
{
	uint32_t times_taken = atomic_load_explicit(&lock->times_taken, memory_order_relaxed);
	struct cpu *owner = atomic_load_explicit(&lock->owner, memory_order_relaxed);

	if (!owner)
		return;
	/* Another CPU's counter, read without order: it is a stopwatch. */
	uint64_t ticks = *(volatile uint64_t *)&owner->timer_ticks;
	if (owner != watch->owner || times_taken != watch->times_taken)
		*watch = (struct watch){owner, times_taken, ticks};
	else if (ticks - watch->ticks > STUCK_TIMER_TICKS)
		panic("spinlock \"%s\" not released by CPU %u for %d timer interrupts: "
		      "taken at %s, wanted at %s",
		      lock->name, owner->id, STUCK_TIMER_TICKS, TEXT(taken(lock)),
		      TEXT(lock_place_here(here)));
}

bool spin_held(const struct spinlock *lock)
{
	return panicking() ||
	       atomic_load_explicit(&lock->owner, memory_order_relaxed) == cpu_self_unchecked();
}

/* A thread that holds a lock does not move; one that holds none could, between the two looks, and
 * find what another thread holds on the CPU that it left. */
static struct spinlock *last_held(void)
{
	uint64_t flags = irq_save();
	struct spinlock *lock = held[cpu_self_unchecked()->id];

	irq_restore(flags);
	return lock;
}

static void assert_none_held(const char *what, vaddr_t here)
{
	struct spinlock *lock = last_held();

	if (lock && !panicking())
		panic("%s with spinlock \"%s\" held: at %s, taken at %s", what, lock->name,
		      TEXT(lock_place_here(here)), TEXT(taken(lock)));
}

void spin_assert_none_held(const char *what)
{
	assert_none_held(what, HERE);
}

void assert_may_sleep_at(const char *what, vaddr_t here)
{
	if (panicking())
		return;
	assert_none_held(what, here);
	if (!irqs_enabled())
		panic("%s with interrupts off: at %s", what, TEXT(lock_place_here(here)));
	if (preempt_count() > 0)
		panic("%s with preemption off: at %s", what, TEXT(lock_place_here(here)));
}

void assert_may_sleep(const char *what)
{
	assert_may_sleep_at(what, HERE);
}

void spin_print_held(struct cpu *cpu)
{
	/* Bounded: in a panic the list itself may be what is broken. */
	unsigned left = 16;

	for (struct spinlock *lock = held[cpu->id]; lock && left > 0;
	     lock = lock->previous_held, left--)
		printk("  CPU %u holds spinlock \"%s\", taken at %s\n", cpu->id, lock->name,
		       TEXT(taken(lock)));
}

#else

struct watch {
	char nothing;
};

static void note_taken(struct spinlock *lock, vaddr_t here)
{
}

static void watch_owner(struct spinlock *lock, struct watch *watch, vaddr_t here)
{
}

bool spin_held(const struct spinlock *lock)
{
	return true;
}

void spin_assert_none_held(const char *what)
{
}

void assert_may_sleep_at(const char *what, vaddr_t here)
{
}

void assert_may_sleep(const char *what)
{
}

void spin_print_held(struct cpu *cpu)
{
}

#endif

void spin_init(struct spinlock *lock, const char *name, enum lock_rank rank)
{
	*lock = (struct spinlock)SPINLOCK_INIT(name, rank);
}

/* acquire: what the last holder wrote is seen. The plain load first keeps waiters from writing. */
static inline bool try_hold(struct spinlock *lock)
{
	return !atomic_load_explicit(&lock->held, memory_order_relaxed) &&
	       !atomic_exchange_explicit(&lock->held, true, memory_order_acquire);
}

/* relaxed in here: the line orders waiters, what the lock protects is ordered by `held` */
static void wait_in_line(struct spinlock *lock, vaddr_t here)
{
	uint16_t place = atomic_fetch_add_explicit(&lock->next, 1, memory_order_relaxed);
	struct watch watch = {0};
	unsigned tries = 0;

	while (atomic_load_explicit(&lock->serving, memory_order_relaxed) != place) {
		if (panicking())
			return;
		watch_owner(lock, &watch, here);
		cpu_relax();
	}
	while (!try_hold(lock)) {
		if (panicking())
			return;
		if (++tries == PATIENCE)
			atomic_store_explicit(&lock->closed, true, memory_order_relaxed);
		watch_owner(lock, &watch, here);
		cpu_relax();
	}
	if (tries >= PATIENCE)
		atomic_store_explicit(&lock->closed, false, memory_order_relaxed);
	atomic_store_explicit(&lock->serving, place + 1, memory_order_relaxed);
}

static const char *name_of(const struct spinlock *lock)
{
#if CONFIG_CHECKS
	return lock->name;
#else
	return "spinlock";
#endif
}

void spin_wait(struct spinlock *lock, vaddr_t here)
{
	if (panicking())
		return;
	trace(TRACE_LOCK_CONTENDED, (uint64_t)lock, (uint64_t)name_of(lock));
	wait_in_line(lock, here);
	trace(TRACE_LOCK_ACQUIRED, (uint64_t)lock, (uint64_t)name_of(lock));
}

bool spin_trylock(struct spinlock *lock)
{
	preempt_disable();
	if (!try_hold(lock)) {
		preempt_enable_check();
		return false;
	}
	note_taken(lock, HERE);
	return true;
}

#if CONFIG_CHECKS

static inline void spin_take(struct spinlock *lock, bool nested, vaddr_t here)
{
	if (panicking())
		return;
	check_before(lock, nested, here);
	if (atomic_load_explicit(&lock->closed, memory_order_relaxed) || !try_hold(lock))
		spin_wait(lock, here);
	note_taken(lock, here);
}

static inline void spin_release(struct spinlock *lock, vaddr_t here)
{
	if (panicking())
		return;
	note_released(lock, here);
	/* release: what we wrote is seen by the next holder */
	atomic_store_explicit(&lock->held, false, memory_order_release);
}

#include "base/spinlock_body.h"

#endif
