/* SPDX-License-Identifier: MIT */
/*
 * Keys: a name for a value of which each thread has its own.
 *
 * The values are an array in each thread, by key, made when the first one is set. A key that is
 * deleted and given out again must read as NULL in all threads, without going through them all. So
 * a key has a generation, incremented whenever it is created or deleted (odd: it is in use), and a
 * value counts only if it was set in the present one.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "threads.h"

struct key_value {
	unsigned long generation;
	const void *value;
};

struct lock libc_keys_lock;
static struct {
	_Atomic unsigned long generation; /* [libc_keys_lock] to change */
	void (*destructor)(void *);       /* [libc_keys_lock] */
} keys[PTHREAD_KEYS_MAX];

static bool in_use(unsigned long generation)
{
	return generation & 1;
}

int pthread_key_create(pthread_key_t *result, void (*destructor)(void *))
{
	int error = EAGAIN;

	lock_acquire(&libc_keys_lock);
	for (pthread_key_t key = 0; key < PTHREAD_KEYS_MAX; key++) {
		if (in_use(keys[key].generation))
			continue;
		keys[key].destructor = destructor;
		keys[key].generation++;
		*result = key;
		error = 0;
		break;
	}
	lock_release(&libc_keys_lock);
	return error;
}

int pthread_key_delete(pthread_key_t key)
{
	int error = EINVAL;

	lock_acquire(&libc_keys_lock);
	if (key < PTHREAD_KEYS_MAX && in_use(keys[key].generation)) {
		keys[key].generation++;
		error = 0;
	}
	lock_release(&libc_keys_lock);
	return error;
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
	struct thread_block *self = thread_self();
	unsigned long generation = key < PTHREAD_KEYS_MAX ? keys[key].generation : 0;

	if (!in_use(generation))
		return EINVAL;
	if (!self->keys)
		self->keys = calloc(PTHREAD_KEYS_MAX, sizeof(*self->keys));
	if (!self->keys)
		return ENOMEM;
	self->keys[key] = (struct key_value){generation, value};
	return 0;
}

void *pthread_getspecific(pthread_key_t key)
{
	struct key_value *values = thread_self()->keys;

	if (!values || key >= PTHREAD_KEYS_MAX || values[key].generation != keys[key].generation)
		return NULL;
	return (void *)values[key].value;
}

/* The destructor of a key of that generation; NULL when it has none, or is gone. */
static void (*destructor_of(pthread_key_t key, unsigned long generation))(void *)
{
	void (*destructor)(void *) = NULL;

	lock_acquire(&libc_keys_lock);
	if (keys[key].generation == generation)
		destructor = keys[key].destructor;
	lock_release(&libc_keys_lock);
	return destructor;
}

/* One round over all values that are not NULL; false when there were none with a destructor. */
static bool destroy_values(struct key_value *values)
{
	bool any = false;

	for (pthread_key_t key = 0; key < PTHREAD_KEYS_MAX; key++) {
		void *value = (void *)values[key].value;
		void (*destructor)(void *);

		if (!value)
			continue;
		values[key].value = NULL;
		destructor = destructor_of(key, values[key].generation);
		if (destructor) {
			any = true;
			destructor(value);
		}
	}
	return any;
}

/* A destructor may set values anew; not for ever. */
void keys_run_destructors(void)
{
	struct thread_block *self = thread_self();

	if (!self->keys)
		return;
	for (int i = 0; i < PTHREAD_DESTRUCTOR_ITERATIONS && destroy_values(self->keys); i++)
		;
	free(self->keys);
	self->keys = NULL;
}
