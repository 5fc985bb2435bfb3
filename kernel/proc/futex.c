/* SPDX-License-Identifier: MIT */
/*
 * A futex is nothing but a place where threads wait; the word that they wait for belongs to user
 * code.
 *
 * No wake-up is lost: a waiter first hangs itself into its bucket and then looks at the word, a
 * waker first changes the word and then looks into the bucket. A waiter that finds the word changed
 * takes itself out again; if a waker was quicker and chose it, that counts as being woken. (Linux
 * looks at the word with the bucket locked. We may not: reading user memory can sleep.)
 *
 * A waiter is unlinked under its bucket's lock, and the wake-up is the last that a waker does with
 * it (sched/sleep.h): so whoever is woken may go without taking the lock once more.
 */
#include "proc/futex.h"

#include "arch/rare.h"
#include "arch/usercopy.h"
#include "base/spinlock.h"
#include "lib/abi/errno.h"
#include "lib/abi/futex.h"
#include "lib/list.h"
#include "mm/uaccess.h"
#include "proc/futex_deadlock.h"
#include "proc/process.h"

#define BUCKET_BITS  10
#define BUCKET_COUNT (1U << BUCKET_BITS)

struct futex_bucket {
	struct spinlock lock;
	struct list waiters; /* [lock] first come first */
} __attribute__((aligned(32)));

struct futex_waiter {
	struct list_node node; /* [bucket's lock] unlinked by the waker */
	struct wait wait;
	uint32_t bitset;       /* const */
	struct memory_key key; /* [bucket's lock] changed by a requeue */
	/* [lock of the bucket itself to change, of both when it changes] */
	struct futex_bucket *_Atomic bucket;
};

static struct futex_bucket buckets[BUCKET_COUNT];

void futex_init(void)
{
	for (unsigned i = 0; i < BUCKET_COUNT; i++) {
		spin_init(&buckets[i].lock, "futex bucket", RANK_FUTEX);
		list_init(&buckets[i].waiters);
	}
}

/* ---- Keys ---- */

static struct futex_bucket *bucket_of(const struct memory_key *key)
{
	/* Multiplicative hashing (Knuth, 6.4): the upper bits of the product are the well mixed
	 * ones. */
	uint64_t hash = (key->owner ^ key->offset) * 0x9e3779b97f4a7c15UL;

	return &buckets[hash >> (64 - BUCKET_BITS)];
}

static bool key_equal(const struct memory_key *a, const struct memory_key *b)
{
	return a->owner == b->owner && a->offset == b->offset;
}

static int load_word(user_addr_t address, uint32_t *value)
{
	return arch_load_user32(address.raw, value) ? 0 : -EFAULT;
}

/* Private memory that cannot be written cannot be waited for: nobody else could change it. */
static int check_writable(user_addr_t address)
{
	uint32_t value;
	int rc = load_word(address, &value);

	return rc ? rc : cmpxchg_user32(address, &value, value);
}

RARE void futex_find_shared_key(vaddr_t address, struct memory_key *key);

/* Owner 0: there is none. */
void futex_find_shared_key(vaddr_t address, struct memory_key *key)
{
	struct aspace *aspace = current_process()->aspace;

	if (!aspace_key(aspace, address, &current->key_hint, key) ||
	    (key->owner == (uintptr_t)aspace && check_writable(user_addr(address))))
		key->owner = 0;
}

static inline int find_key(user_addr_t address, bool shared, struct memory_key *key)
{
	struct aspace *aspace = current_process()->aspace;

	if (address.raw % sizeof(uint32_t))
		return -EINVAL;
	if (address.raw >= USER_TOP) /* the first byte says it of all, for it is aligned */
		return -EFAULT;
	*key = (struct memory_key){(uintptr_t)aspace, address.raw};
	if (!shared || aspace_key_is_known(aspace, address.raw, &current->key_hint, key))
		return 0;
	/* Not `key` itself: it may stay in registers as long as nobody has its address. */
	struct memory_key found;
	call_rare(futex_find_shared_key, address.raw, &found);
	*key = found;
	return found.owner ? 0 : -EFAULT;
}

/* ---- Waiting ---- */

static void arm(struct futex_waiter *waiter)
{
	struct futex_bucket *bucket = bucket_of(&waiter->key);

	atomic_init(&waiter->bucket, bucket);
	irq_disable();
	spin_lock_irqs_off(&bucket->lock);
	list_push_back(&bucket->waiters, &waiter->node);
	spin_unlock_irqs_off(&bucket->lock);
	irq_enable(); /* nobody was woken: no reschedule has become due */
}

/* Locks the bucket in which the waiter is or was last: it may be moved until the lock is ours. */
static struct futex_bucket *lock_bucket(struct futex_waiter *waiter)
{
	for (;;) {
		struct futex_bucket *bucket = atomic_load(&waiter->bucket);

		spin_lock_irq(&bucket->lock);
		if (bucket == atomic_load(&waiter->bucket))
			return bucket;
		spin_unlock_irq(&bucket->lock);
	}
}

/* For a waiter that ends its wait because of `rc`, not woken. After it returns no waker knows it;
 * 0: one had chosen it, so it was woken all the same. */
static __attribute__((noinline)) int give_up(struct futex_waiter *waiter, int rc)
{
	struct futex_bucket *bucket = lock_bucket(waiter);
	bool woken = !list_linked(&waiter->node);

	if (!woken)
		list_remove(&waiter->node);
	spin_unlock_irq(&bucket->lock);
	if (!woken)
		return rc;
	wait_for_waker(&waiter->wait);
	return 0;
}

int futex_wait(user_addr_t address, bool shared, uint32_t expected, uint32_t bitset,
	       uint64_t deadline)
{
	struct futex_waiter waiter; /* not cleared as a whole: 16 instructions */
	uint32_t value;
	int rc = find_key(address, shared, &waiter.key);

	if (rc)
		return rc;
	waiter.bitset = bitset;
	wait_init(&waiter.wait, WAIT_INTERRUPTIBLE, "futex");
	arm(&waiter);
	rc = load_word(address, &value);
	if (!rc)
		rc = value == expected ? 0 : -EAGAIN;
	if (!rc && futex_may_be_lock(value) && !shared && deadline == TIME_NEVER)
		rc = futex_deadlock_block(&waiter.wait, address);
	else if (!rc)
		rc = wait_block(&waiter.wait, deadline);
	return rc ? give_up(&waiter, rc) : 0;
}

/* ---- Waking ---- */

static struct futex_waiter *waiter_of(struct list_node *node)
{
	return container_of(node, struct futex_waiter, node);
}

static bool waits_for(const struct futex_waiter *waiter, const struct memory_key *key,
		      uint32_t bitset)
{
	return key_equal(&waiter->key, key) && (waiter->bitset & bitset);
}

/* Interrupts are off until it is done: see wait_for_waker(). */
static void wake_locked(struct futex_waiter *waiter)
{
	list_remove(&waiter->node);
	wait_wake_irqs_off(&waiter->wait);
}

static __attribute__((noinline)) unsigned wake_several(struct memory_key key, unsigned count,
						       uint32_t bitset)
{
	struct futex_bucket *bucket = bucket_of(&key);
	unsigned woken = 0;

	spin_lock_irq(&bucket->lock);
	list_for_each_safe(node, &bucket->waiters) {
		struct futex_waiter *waiter = waiter_of(node);

		if (woken == count)
			break;
		if (!waits_for(waiter, &key, bitset))
			continue;
		wake_locked(waiter);
		woken++;
	}
	spin_unlock_irq(&bucket->lock);
	return woken;
}

/* The first that waits. It is woken when the bucket is unlocked already, with interrupts still off:
 * then little is left to remember meanwhile, and no register is saved for it. */
static inline unsigned wake_one(struct memory_key key, uint32_t bitset)
{
	struct futex_bucket *bucket = bucket_of(&key);

	spin_lock_irq(&bucket->lock);
	list_for_each(node, &bucket->waiters) {
		struct futex_waiter *waiter = waiter_of(node);

		if (!waits_for(waiter, &key, bitset))
			continue;
		list_remove(node);
		spin_unlock_irqs_off(&bucket->lock);
		wait_wake_irqs_off(&waiter->wait);
		irq_enable_and_resched();
		return 1;
	}
	spin_unlock_irq(&bucket->lock);
	return 0;
}

static inline unsigned wake_key(struct memory_key key, unsigned count, uint32_t bitset)
{
	return count == 1 ? wake_one(key, bitset) : wake_several(key, count, bitset);
}

long futex_wake(user_addr_t address, bool shared, unsigned count, uint32_t bitset)
{
	struct memory_key key;
	int rc = find_key(address, shared, &key);

	return rc ? rc : (long)wake_key(key, count, bitset);
}

/* Two buckets in the order of their addresses; they may be the same. */
static void lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	spin_lock_irq(&MIN(a, b)->lock);
	if (a != b)
		spin_lock_nested(&MAX(a, b)->lock);
}

static void unlock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	if (a != b)
		spin_unlock(&MAX(a, b)->lock);
	spin_unlock_irq(&MIN(a, b)->lock);
}

static void move_locked(struct futex_waiter *waiter, const struct memory_key *key,
			struct futex_bucket *to)
{
	if (key_equal(&waiter->key, key))
		return; /* to where it is: it keeps its place */
	waiter->key = *key;
	list_remove(&waiter->node);
	list_push_back(&to->waiters, &waiter->node);
	atomic_store(&waiter->bucket, to);
}

static unsigned requeue_locked(struct futex_bucket *bucket, const struct memory_key *from,
			       const struct memory_key *to, unsigned wake, unsigned move)
{
	unsigned done = 0;

	list_for_each_safe(node, &bucket->waiters) {
		struct futex_waiter *waiter = waiter_of(node);

		if (done == wake + move)
			break;
		if (!key_equal(&waiter->key, from))
			continue;
		if (done < wake)
			wake_locked(waiter);
		else
			move_locked(waiter, to, bucket_of(to));
		done++;
	}
	return done;
}

/* The comparison comes before the locks. Whoever begins to wait between the two is moved along and
 * woken later without need, which waiters on a futex must bear with anyway. */
long futex_requeue(user_addr_t from, user_addr_t to, bool shared, unsigned wake, unsigned move,
		   const uint32_t *compare)
{
	struct memory_key from_key, to_key;
	uint32_t value = 0;
	int rc = find_key(from, shared, &from_key);

	if (!rc)
		rc = find_key(to, shared, &to_key);
	if (!rc && compare)
		rc = load_word(from, &value);
	if (rc)
		return rc;
	if (compare && value != *compare)
		return -EAGAIN;
	struct futex_bucket *from_bucket = bucket_of(&from_key), *to_bucket = bucket_of(&to_key);
	lock_two(from_bucket, to_bucket);
	unsigned done = requeue_locked(from_bucket, &from_key, &to_key, wake, move);
	unlock_two(from_bucket, to_bucket);
	return done;
}

/* ---- FUTEX_WAKE_OP ---- */

/* The number in bits `shift` to shift + 11, which has a sign. */
static int signed_field(uint32_t operation, unsigned shift)
{
	return (int)(operation << (20 - shift)) >> 20;
}

/* *result: what the operation makes of `value`. */
static int apply(uint32_t operation, uint32_t value, uint32_t *result)
{
	uint32_t argument = (uint32_t)signed_field(operation, 12);

	if (operation >> 28 & FUTEX_OP_OPARG_SHIFT)
		argument = 1U << (argument & 31);
	switch (operation >> 28 & ~FUTEX_OP_OPARG_SHIFT) {
	case FUTEX_OP_SET:
		*result = argument;
		return 0;
	case FUTEX_OP_ADD:
		*result = value + argument;
		return 0;
	case FUTEX_OP_OR:
		*result = value | argument;
		return 0;
	case FUTEX_OP_ANDN:
		*result = value & ~argument;
		return 0;
	case FUTEX_OP_XOR:
		*result = value ^ argument;
		return 0;
	default:
		return -ENOSYS;
	}
}

/* 1: the comparison holds for `value`, 0: it does not. */
static int compare(uint32_t operation, uint32_t value)
{
	int with = signed_field(operation, 0), number = (int)value;

	switch (operation >> 24 & 0xf) {
	case FUTEX_OP_CMP_EQ:
		return number == with;
	case FUTEX_OP_CMP_NE:
		return number != with;
	case FUTEX_OP_CMP_LT:
		return number < with;
	case FUTEX_OP_CMP_LE:
		return number <= with;
	case FUTEX_OP_CMP_GT:
		return number > with;
	case FUTEX_OP_CMP_GE:
		return number >= with;
	default:
		return -ENOSYS;
	}
}

/* *value gets what was there. */
static int change_word(user_addr_t address, uint32_t operation, uint32_t *value)
{
	uint32_t expected, result;
	int rc = load_word(address, value);

	do {
		expected = *value;
		if (!rc)
			rc = apply(operation, expected, &result);
		if (!rc)
			rc = cmpxchg_user32(address, value, result);
	} while (!rc && *value != expected);
	return rc;
}

/* The word changes before the buckets are looked into, as with any waker. */
long futex_wake_op(user_addr_t first, user_addr_t second, bool shared, unsigned wake,
		   unsigned wake_second, uint32_t operation)
{
	struct memory_key first_key, second_key;
	uint32_t value;
	int rc = find_key(first, shared, &first_key);

	if (!rc)
		rc = find_key(second, shared, &second_key);
	if (!rc && compare(operation, 0) < 0)
		rc = -ENOSYS;
	if (!rc)
		rc = change_word(second, operation, &value);
	if (rc)
		return rc;
	unsigned woken = wake_key(first_key, wake, FUTEX_BITSET_MATCH_ANY);
	if (compare(operation, value))
		woken += wake_key(second_key, wake_second, FUTEX_BITSET_MATCH_ANY);
	return woken;
}

/* ---- Robust lists ---- */

#define ROBUST_LIST_MAX 2048 /* entries that are followed: a user's list may be a ring */

/* The word of a lock that the current thread may hold. `pending`: it was about to take or to leave
 * it. */
static void leave_lock(user_addr_t address, bool pending)
{
	uint32_t value, died;
	uint32_t expected;

	if (address.raw % sizeof(value) || !user_range_ok(address, sizeof(value)) ||
	    load_word(address, &value))
		return;
	/* Left already, but maybe the one who waits for that has not been told. */
	if (pending && !(value & FUTEX_TID_MASK))
		(void)!futex_wake(address, true, 1, FUTEX_BITSET_MATCH_ANY);
	do {
		if ((value & FUTEX_TID_MASK) != (uint32_t)current->tid)
			return;
		died = (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
		expected = value;
		if (cmpxchg_user32(address, &value, died))
			return;
	} while (value != expected);
	if (died & FUTEX_WAITERS)
		(void)!futex_wake(address, true, 1, FUTEX_BITSET_MATCH_ANY);
}

/* Bit 0 of a list pointer marks a lock with priority inheritance, which we do not have. */
static uint64_t list_entry(const struct robust_list *pointer)
{
	return (uintptr_t)pointer & ~1UL;
}

void futex_leave_robust_list(void)
{
	user_addr_t head = current->robust_list;
	struct robust_list_head list;
	struct robust_list entry;

	if (!head.raw)
		return;
	current->robust_list = user_addr(0);
	if (copy_from_user(&list, head, sizeof(list)))
		return;
	uint64_t pending = list_entry(list.list_op_pending);
	uint64_t at = list_entry(list.list.next);
	for (unsigned i = 0; at != head.raw && i < ROBUST_LIST_MAX; i++) {
		/* Once it is released, another thread may reuse the entry. */
		bool more = !copy_from_user(&entry, user_addr(at), sizeof(entry));

		if (at != pending)
			leave_lock(user_addr(at + (uint64_t)list.futex_offset), false);
		if (!more)
			return;
		at = list_entry(entry.next);
	}
	if (pending)
		leave_lock(user_addr(pending + (uint64_t)list.futex_offset), true);
}
