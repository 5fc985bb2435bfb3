/* SPDX-License-Identifier: MIT */
/*
 * Readers and writers: whoever only reads may do so beside others, whoever writes must be alone.
 * The readers never leave a gap of their own accord, and still the writer gets its turns: while it
 * waits, readers who come later wait behind it.
 */
#include "demo.h"

#define READERS_MAX 16

static long readers = 4, turns = 20;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static volatile long left, right; /* [lock] always equal */
static _Atomic long inside, most_inside, reads, torn;
static _Atomic bool done;

static void *reader(void *unused)
{
	while (!done) {
		pthread_rwlock_rdlock(&lock);
		long now = ++inside;
		if (now > most_inside)
			most_inside = now;
		torn += left != right;
		sleep_ms(2); /* reads for so long that others come meanwhile */
		inside--;
		reads++;
		pthread_rwlock_unlock(&lock);
	}
	return NULL;
}

static void prefer_writers(void)
{
#ifdef __GLIBC__
	pthread_rwlockattr_t attributes;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&lock, &attributes);
#endif
}

int main(int argc, char **argv)
{
	pthread_t threads[READERS_MAX];
	long longest = 0;

	demo_begin(argc, argv,
		   (struct number[]){{"READERS", &readers, 2, READERS_MAX},
				     {"TURNS", &turns, 1, 10000},
				     {0}});
	prefer_writers();
	for (long i = 0; i < readers; i++) {
		threads[i] = start_thread(reader, NULL);
		sleep_ms(1);
	}
	for (long i = 0; i < turns; i++) {
		long start = now_us();

		pthread_rwlock_wrlock(&lock);
		if (now_us() - start > longest)
			longest = now_us() - start;
		claim(inside == 0, "the writer found %ld readers inside", inside);
		left++;
		sleep_ms(1);
		right++;
		pthread_rwlock_unlock(&lock);
		sleep_ms(3);
	}
	done = true;
	for (long i = 0; i < readers; i++)
		pthread_join(threads[i], NULL);
	printf("%ld readers read %ld times, up to %ld at once\n", readers, reads, most_inside);
	printf("one writer wrote %ld times and waited %.1f ms at most\n", turns, longest / 1e3);
	claim(most_inside > 1, "readers were never inside together");
	claim(torn == 0, "%ld times a reader saw half of a change", torn);
	return verdict("readers share, a writer is alone, and gets its turn");
}
