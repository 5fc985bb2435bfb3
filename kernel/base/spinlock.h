/* SPDX-License-Identifier: MIT */
/*
 * A spinlock. Who has to wait waits in line, first come first served; who finds the lock free
 * while others are still on their way to it may take it before them, for a while (spinlock.c says
 * why). Taking one turns preemption off; the irq form also interrupts, for what an interrupt
 * handler takes too.
 *
 * Checked builds know the owner and the place, check ranks, and panic when the same CPU takes it
 * twice, another CPU releases it or nobody holds it, its owner's CPU takes 100 timer interrupts
 * without releasing it while another waits, or it is taken in interrupt handlers and also with
 * interrupts on. The message names the lock, both places and both threads.
 */
#ifndef BASE_SPINLOCK_H
#define BASE_SPINLOCK_H

#include "arch/cpu.h"
#include "arch/rare.h"
#include "base/assert.h"
#include "base/lock_rank.h"

struct spinlock {
	union {
		struct {
			_Atomic bool held;
			_Atomic bool closed; /* newcomers go to the end of the line */
		};
		_Atomic uint16_t held_and_closed; /* the two in one look; 0: free */
	};
	_Atomic uint16_t next;    /* the place in line that the next waiter draws */
	_Atomic uint16_t serving; /* the place whose waiter is first */
#if CONFIG_CHECKS
	const char *name;
	enum lock_rank rank;
	/* [holder]; read by others for messages only */
	struct cpu *_Atomic owner;
	_Atomic vaddr_t taken_at; /* these two stay when it is released */
	_Atomic int taken_by;
	_Atomic uint32_t times_taken;
	struct spinlock *previous_held; /* the stack of locks that the owner's CPU holds */
	/* How it was taken so far: in handlers, with interrupts on; and where for the first time.
	 */
	_Atomic uint8_t irq_use;
	_Atomic int used_by;
	_Atomic vaddr_t used_at;
#endif
};

#if CONFIG_CHECKS
#define SPINLOCK_INIT(lock_name, lock_rank)              \
	{                                                \
		.name = (lock_name), .rank = (lock_rank) \
	}
#else
#define SPINLOCK_INIT(lock_name, lock_rank) \
	{                                   \
		.next = 0                   \
	}
#endif

/* Where checks are off these stand at the place of the call (spinlock_body.h). */
#if CONFIG_CHECKS
#define SPIN_FUNCTION
#else
#define SPIN_FUNCTION static inline __attribute__((always_inline))
#endif

void spin_init(struct spinlock *lock, const char *name, enum lock_rank rank);
SPIN_FUNCTION void spin_lock(struct spinlock *lock);
/* For a second lock of the same rank, in the order that its users document. */
SPIN_FUNCTION void spin_lock_nested(struct spinlock *lock);
bool must_check spin_trylock(struct spinlock *lock);
/* Leaves preemption as it was before the lock and reschedules if that became due meanwhile. */
SPIN_FUNCTION void spin_unlock(struct spinlock *lock);
/* Where interrupts are off before, and stay off as long as it is held: that keeps preemption away,
 * so the count is left alone, and nothing is rescheduled. */
SPIN_FUNCTION void spin_lock_irqs_off(struct spinlock *lock);
SPIN_FUNCTION void spin_unlock_irqs_off(struct spinlock *lock);
/* The same from where interrupts are on: off as long as it is held. At the end, the reschedule that
 * became due. */
SPIN_FUNCTION void spin_lock_irq(struct spinlock *lock);
SPIN_FUNCTION void spin_unlock_irq(struct spinlock *lock);
/* The same from wherever, and back to `flags`. */
SPIN_FUNCTION uint64_t must_check spin_lock_irq_save(struct spinlock *lock);
SPIN_FUNCTION void spin_unlock_irq_restore(struct spinlock *lock, uint64_t flags);

/* Held by this CPU, not just by someone. Always true where checks are off. */
bool spin_held(const struct spinlock *lock);
#define assert_held(lock) ASSERT(spin_held(lock))

/* Panics, naming the lock, when this CPU holds any, or interrupts are off: called before sleeping,
 * before touching user memory and before returning to user mode. `what` names the deed. */
void assert_may_sleep(const char *what);
/* The same for a caller who did it at `here`. */
void assert_may_sleep_at(const char *what, vaddr_t here);
/* Prints the spinlocks held by `cpu` (panic context). */
void spin_print_held(struct cpu *cpu);

/* Panics, naming the lock, when this CPU holds any. */
void spin_assert_none_held(const char *what);

/* Lowers the preemption count and reschedules if that became due: preempt_enable() for layers
 * below sched. */
SPIN_FUNCTION void preempt_enable_check(void);
/* irq_enable() and irq_restore() after something that may have made a reschedule due. */
SPIN_FUNCTION void irq_enable_and_resched(void);
SPIN_FUNCTION void irq_restore_and_resched(uint64_t flags);
/* sched registers what that calls when need_resched is set and preemption is on again. */
void spin_set_preempt_hook(void (*hook)(void));

/* For these functions alone: waits in line until the lock is the caller's; does a reschedule that
 * is due, if it may be done here. */
RARE void spin_wait(struct spinlock *lock, vaddr_t here);
RARE void spin_preempt(void);

#if !CONFIG_CHECKS
#include "base/spinlock_body.h"
#endif

#endif
