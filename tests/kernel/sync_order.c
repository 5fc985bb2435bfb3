/* SPDX-License-Identifier: MIT */
/* Who comes next: order of arrival, and nobody starves. */
#include "lib/abi/errno.h"
#include "sync/barrier.h"
#include "sync/mutex.h"
#include "sync/rwlock.h"
#include "sync/semaphore.h"
#include "tests/kernel/sync_help.h"

/* ---- the order of hand-over ---- */

#define LINE_MAX 8

struct line {
	struct mutex mutex;
	struct rwlock rwlock;
	const char *kinds; /* what each does in turn: m takes the mutex, r reads, w writes */
	_Atomic int used;
	int order[LINE_MAX]; /* [the lock; readers: by `used`] */
};

struct place {
	struct line *line;
	int number;
};

static void note_turn(struct place *place)
{
	place->line->order[place->line->used++] = place->number;
	sched_yield();
}

static void stand_in_line(void *argument)
{
	struct place *place = argument;
	struct line *line = place->line;

	switch (line->kinds[place->number]) {
	case 'm':
		mutex_lock(&line->mutex);
		note_turn(place);
		mutex_unlock(&line->mutex);
		break;
	case 'r':
		rwlock_read_lock(&line->rwlock);
		note_turn(place);
		rwlock_read_unlock(&line->rwlock);
		break;
	case 'w':
		rwlock_write_lock(&line->rwlock);
		note_turn(place);
		rwlock_write_unlock(&line->rwlock);
		break;
	}
}

/* Lets threads of `kinds` come one after the other while both locks are held, then opens. */
static void let_through(struct line *line, const char *kinds)
{
	struct place places[LINE_MAX];
	struct kthread *threads[LINE_MAX];

	*line = (struct line){.kinds = kinds};
	mutex_init(&line->mutex, "line", RANK_TEST_OUTER);
	rwlock_init(&line->rwlock, "line", RANK_TEST_INNER);
	mutex_lock(&line->mutex);
	rwlock_write_lock(&line->rwlock);
	for (int i = 0; kinds[i]; i++) {
		places[i] = (struct place){line, i};
		threads[i] = kthread_run("in line", stand_in_line, &places[i]);
		await_blocked(threads[i]);
	}
	rwlock_write_unlock(&line->rwlock);
	mutex_unlock(&line->mutex);
	for (int i = 0; kinds[i]; i++)
		kthread_join(threads[i]);
}

KTEST(mutex_hands_over_in_order)
{
	struct line line;

	let_through(&line, "mmmmmmmm");
	for (int i = 0; i < LINE_MAX; i++)
		KTEST_EQUAL(line.order[i], i);
}

/* Readers that stand side by side go together, in whichever order; nobody passes a writer. */
KTEST(rwlock_hands_over_in_order)
{
	struct line line;

	let_through(&line, "rrwrrwwr");
	for (int i = 0; i < LINE_MAX; i++) {
		bool reader = line.kinds[i] == 'r';

		if (!reader)
			KTEST_EQUAL(line.order[i], i);
		else
			KTEST_EQUAL(line.kinds[line.order[i]], 'r');
	}
	KTEST_EQUAL(line.order[0] + line.order[1], 0 + 1);
	KTEST_EQUAL(line.order[3] + line.order[4], 3 + 4);
}

/* ---- readers among busy writers ---- */

struct archive {
	struct rwlock lock;
	_Atomic bool stop;
	_Atomic int writers_inside;
};

static void write_on(void *argument)
{
	struct archive *archive = argument;

	while (!archive->stop) {
		rwlock_write_lock(&archive->lock);
		archive->writers_inside++;
		sched_yield();
		archive->writers_inside--;
		rwlock_write_unlock(&archive->lock);
	}
}

KTEST(rwlock_reader_is_not_starved)
{
	struct archive archive = {.stop = false};
	struct kthread *writers[4];

	rwlock_init(&archive.lock, "archive", RANK_TEST_OUTER);
	for (int i = 0; i < 4; i++)
		writers[i] = kthread_run("writer", write_on, &archive);
	for (int i = 0; i < 100; i++) {
		rwlock_read_lock(&archive.lock);
		KTEST_EQUAL(archive.writers_inside, 0);
		sched_yield();
		KTEST_EQUAL(archive.writers_inside, 0);
		rwlock_read_unlock(&archive.lock);
	}
	archive.stop = true;
	for (int i = 0; i < 4; i++)
		kthread_join(writers[i]);
}

/* ---- the barrier, round after round ---- */

#define PARTIES 5
#define ROUNDS  200

struct rounds {
	struct barrier barrier;
	_Atomic int arrived[ROUNDS];
	_Atomic int last[ROUNDS]; /* how many threads were told that they came last */
	_Atomic uint32_t seed;
	bool impatient; /* leave, and come again */
	_Atomic int left;
};

/* 1, 0 as barrier_wait_until(). */
static int pass(struct rounds *rounds, uint32_t *seed)
{
	int rc;

	if (!rounds->impatient)
		return barrier_wait(&rounds->barrier);
	do {
		uint64_t patience = random_below(seed, 60000);

		rc = barrier_wait_until(&rounds->barrier, WAIT_UNINTERRUPTIBLE,
					clock_now() + patience);
		rounds->left += rc == -ETIMEDOUT;
	} while (rc == -ETIMEDOUT);
	return rc;
}

static void go_round(void *argument)
{
	struct rounds *rounds = argument;
	uint32_t seed = ++rounds->seed;

	for (int i = 0; i < ROUNDS; i++) {
		if (random_below(&seed, 3) == 0)
			sched_yield();
		rounds->arrived[i]++;
		rounds->last[i] += pass(rounds, &seed);
		if (rounds->arrived[i] != PARTIES)
			ktest_fail(__FILE__, __LINE__, "round %d ended with %d of %d", i,
				   rounds->arrived[i], PARTIES);
	}
}

static void check_rounds(bool impatient)
{
	static struct rounds rounds;

	rounds = (struct rounds){.seed = 7, .impatient = impatient};
	barrier_init(&rounds.barrier, "rounds", PARTIES);
	run_crew(PARTIES, go_round, &rounds);
	for (int i = 0; i < ROUNDS; i++)
		KTEST_EQUAL(rounds.last[i], 1);
	if (impatient && cpu_count() == 1)
		KTEST_CHECK(rounds.left > 0);
}

KTEST(barrier_is_used_again_and_again)
{
	check_rounds(false);
}

KTEST(barrier_bears_those_who_leave)
{
	check_rounds(true);
}
