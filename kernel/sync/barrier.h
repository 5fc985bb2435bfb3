/* SPDX-License-Identifier: MIT */
/*
 * A barrier: threads wait at it until all `parties` are there, then all go on, and it is closed
 * again for the next round.
 *
 * Who leaves early, by an interrupt or a deadline, takes its arrival back: it has not been there,
 * and the others go on waiting until so many others, or itself again, have come. So a round never
 * ends with fewer than all its parties, and a leaver breaks nothing. (The other design, a barrier
 * that is broken for all as soon as one leaves, makes each caller handle the failure of another.)
 *
 * The struct may be freed when all have come back from their wait.
 */
#ifndef SYNC_BARRIER_H
#define SYNC_BARRIER_H

#include "sync/waitq.h"

struct barrier {
	struct wait_queue queue;
	unsigned parties; /* const */
	unsigned arrived; /* [queue.lock] in this round; < parties */
};

void barrier_init(struct barrier *barrier, const char *name, unsigned parties); /* parties >= 1 */
/* Waits for the others. True for exactly one thread of each round, the last to come. Thread
 * context, no spinlock held. */
bool barrier_wait(struct barrier *barrier);
/* The same, and may be left early: 1: this thread came last; 0: another did; -EINTR, -ETIMEDOUT:
 * left, and the round goes on without our arrival. When the last one comes at the same moment, the
 * round counts. */
int must_check barrier_wait_until(struct barrier *barrier, enum wait_kind kind, uint64_t deadline);

#endif
