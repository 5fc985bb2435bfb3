/* SPDX-License-Identifier: MIT */
/*
 * Robust mutexes: the next one to lock learns that the owner died, instead of waiting for ever.
 *
 * Each thread keeps a list of the robust mutexes that it holds, and has told the kernel where it
 * begins (set_robust_list(2)). When the thread is killed, the kernel walks the list, sets
 * OWNER_DIED in each word that holds the thread's number, and wakes a sleeper. A thread may be
 * killed between taking a mutex and putting it on the list: therefore `list_op_pending` says,
 * around each change, which one it is about; the number in the word tells whether it was taken.
 *
 * The list is a ring through its head; the kernel follows `next` only, `previous` is ours.
 * A thread that ends by itself does with its list what the kernel would, and takes it back from the
 * kernel: its head may be unmapped, or another thread's memory, by the time that the kernel looks.
 */
#include "mutex.h"
#include "thread.h"
#include "threads.h"

#include "lib/util.h"

/* The public header knows no lib/abi/futex.h, but the list is the same. */
STATIC_ASSERT(offsetof(struct mutex_link, next) == offsetof(struct robust_list, next));

static struct mutex_link *head_of(struct thread_block *self)
{
	return (struct mutex_link *)&self->robust.list;
}

static void tell_kernel(struct thread_block *self)
{
	self->robust.list.next = &self->robust.list;
	self->robust.futex_offset =
		(long)offsetof(pthread_mutex_t, word) - (long)offsetof(pthread_mutex_t, link);
	sys_raw(set_robust_list, &self->robust, sizeof(self->robust));
}

/* Against the compiler only: who reads this is the kernel, after the thread's last instruction. */
static void set_pending(struct thread_block *self, void *link)
{
	atomic_signal_fence(memory_order_seq_cst);
	self->robust.list_op_pending = link;
	atomic_signal_fence(memory_order_seq_cst);
}

void robust_begin(pthread_mutex_t *mutex)
{
	struct thread_block *self = thread_self();

	if (!self->robust.list.next)
		tell_kernel(self);
	set_pending(self, &mutex->link);
}

void robust_end(void)
{
	set_pending(thread_self(), NULL);
}

void robust_add(pthread_mutex_t *mutex)
{
	struct mutex_link *head = head_of(thread_self());

	mutex->link.next = head->next;
	mutex->link.previous = head;
	if (head->next != head)
		head->next->previous = &mutex->link;
	atomic_signal_fence(memory_order_seq_cst);
	head->next = &mutex->link;
}

void robust_remove(pthread_mutex_t *mutex)
{
	struct mutex_link *head = head_of(thread_self());
	struct mutex_link *link = &mutex->link;

	link->previous->next = link->next;
	if (link->next != head)
		link->next->previous = link->previous;
}

void robust_leave_all(void)
{
	struct mutex_link *head = head_of(thread_self());
	struct mutex_link *next;

	for (struct mutex_link *link = head->next; link && link != head; link = next) {
		pthread_mutex_t *mutex = container_of(link, pthread_mutex_t, link);
		bool shared = mutex->shared;

		next = link->next;
		if (atomic_exchange(&mutex->word, FUTEX_OWNER_DIED) & FUTEX_WAITERS)
			futex_wake(&mutex->word, 1, shared);
	}
	if (head->next)
		sys_raw(set_robust_list, NULL, sizeof(thread_self()->robust));
}
