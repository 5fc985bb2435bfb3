/* SPDX-License-Identifier: MIT */
/*
 * The functions of spinlock.h. Checked builds have them in spinlock.c; where checks are off,
 * spinlock.h includes them, and the uncontended way stands at the place of the call: 4 instructions
 * to take a lock and 1 to release it, instead of 18 and 14. A pipe's round trip takes 30 locks.
 *
 * Needed before: spin_take(lock, nested, place) and spin_release(lock, place), preemption being
 * off. HERE is the place of the call.
 */
#ifndef BASE_SPINLOCK_BODY_H
#define BASE_SPINLOCK_BODY_H

#if !CONFIG_CHECKS

#define HERE      0
#define SPIN_HELD 1 /* held_and_closed: little endian */

static inline void spin_take(struct spinlock *lock, bool nested, vaddr_t here)
{
	uint16_t free = 0;

	(void)nested;
	/* acquire: what the last holder wrote is seen */
	if (__builtin_expect(!atomic_compare_exchange_strong_explicit(
				     &lock->held_and_closed, &free, SPIN_HELD, memory_order_acquire,
				     memory_order_relaxed),
			     0))
		call_rare(spin_wait, lock, here);
}

static inline void spin_release(struct spinlock *lock, vaddr_t here)
{
	(void)here;
	/* release: what we wrote is seen by the next holder */
	atomic_store_explicit(&lock->held, false, memory_order_release);
}

#endif

SPIN_FUNCTION void preempt_enable_check(void)
{
	/* Whoever asks for a reschedule after we looked sends an interrupt. */
	if (preempt_enable_is_last() && __builtin_expect(resched_is_needed(), 0))
		call_rare(spin_preempt, 0, 0);
}

SPIN_FUNCTION void irq_enable_and_resched(void)
{
	irq_enable();
	if (__builtin_expect(resched_is_needed(), 0))
		call_rare(spin_preempt, 0, 0);
}

SPIN_FUNCTION void irq_restore_and_resched(uint64_t flags)
{
	if (flags & RFLAGS_IF)
		irq_enable_and_resched();
}

SPIN_FUNCTION void spin_lock(struct spinlock *lock)
{
	preempt_disable();
	spin_take(lock, false, HERE);
}

SPIN_FUNCTION void spin_lock_nested(struct spinlock *lock)
{
	preempt_disable();
	spin_take(lock, true, HERE);
}

SPIN_FUNCTION void spin_unlock(struct spinlock *lock)
{
	spin_release(lock, HERE);
	preempt_enable_check();
}

SPIN_FUNCTION void spin_lock_irqs_off(struct spinlock *lock)
{
	ASSERT(!irqs_enabled());
	spin_take(lock, false, HERE);
}

SPIN_FUNCTION void spin_unlock_irqs_off(struct spinlock *lock)
{
	spin_release(lock, HERE);
}

SPIN_FUNCTION void spin_lock_irq(struct spinlock *lock)
{
	ASSERT(irqs_enabled());
	irq_disable();
	spin_take(lock, false, HERE);
}

SPIN_FUNCTION void spin_unlock_irq(struct spinlock *lock)
{
	spin_release(lock, HERE);
	irq_enable_and_resched();
}

SPIN_FUNCTION uint64_t spin_lock_irq_save(struct spinlock *lock)
{
	uint64_t flags = irq_save();

	spin_take(lock, false, HERE);
	return flags;
}

SPIN_FUNCTION void spin_unlock_irq_restore(struct spinlock *lock, uint64_t flags)
{
	spin_release(lock, HERE);
	irq_restore_and_resched(flags);
}

#endif
