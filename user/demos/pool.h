/* SPDX-License-Identifier: MIT */
/*
 * A pool of worker processes that maps a function over inputs. Include after demo.h.
 *
 * The queue of tasks is a pipe of indexes: whoever is free reads the next. Inputs, results and what
 * each worker has in hand lie in shared memory; that a task is done goes back through a second
 * pipe. A worker that crashes is reported and replaced, and its task goes into the queue again.
 */
#ifndef POOL_H
#define POOL_H

#include <poll.h>

#define POOL_TASKS   64
#define POOL_WORKERS 16

struct pool {
	long (*function)(long input);
	long input[POOL_TASKS], result[POOL_TASKS];
	int workers;
	pid_t pid[POOL_WORKERS];
	_Atomic int in_hand[POOL_WORKERS]; /* index of a task, -1: none */
	int queue[2], done[2];             /* pipes */
	int replaced;
};

static inline void pool_put(struct pool *pool, int index)
{
	must(write(pool->queue[1], &index, sizeof(index)) == sizeof(index), "pool: queue");
}

/* A worker's life: takes tasks until the queue is closed. */
static inline void pool_work(struct pool *pool, int worker)
{
	int index;

	close(pool->queue[1]);
	while (read(pool->queue[0], &index, sizeof(index)) == sizeof(index)) {
		pool->in_hand[worker] = index;
		pool->result[index] = pool->function(pool->input[index]);
		pool->in_hand[worker] = -1;
		must(write(pool->done[1], &index, sizeof(index)) == sizeof(index), "pool: done");
	}
	_exit(0);
}

static inline void pool_start_worker(struct pool *pool, int worker)
{
	pool->in_hand[worker] = -1;
	pid_t pid = fork();
	must(pid >= 0, "pool: fork");
	if (pid == 0)
		pool_work(pool, worker);
	pool->pid[worker] = pid;
}

/* The pool with its workers started: as many as asked for, at most POOL_WORKERS. */
static inline struct pool *pool_start(int workers, long (*function)(long))
{
	struct pool *pool = shared_memory(sizeof(*pool));

	pool->function = function;
	pool->workers = workers;
	must(pipe(pool->queue) == 0 && pipe(pool->done) == 0, "pool: pipe");
	for (int i = 0; i < workers; i++)
		pool_start_worker(pool, i);
	return pool;
}

/* Reports and replaces a worker that has ended, if one has. */
static inline void pool_mend(struct pool *pool)
{
	int status;
	pid_t pid = waitpid(-1, &status, WNOHANG);

	for (int i = 0; i < pool->workers; i++)
		if (pid > 0 && pool->pid[i] == pid) {
			int lost = pool->in_hand[i];
			printf("worker %d crashed (%s) in task %d: replaced\n", i + 1,
			       WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "exit", lost);
			pool->replaced++;
			pool_start_worker(pool, i);
			if (lost >= 0)
				pool_put(pool, lost);
		}
}

/* Maps the function over `count` inputs, POOL_TASKS at most; the results come in their order. */
static inline void pool_map(struct pool *pool, const long *input, int count, long *result)
{
	struct pollfd done = {pool->done[0], POLLIN, 0};

	memcpy(pool->input, input, count * sizeof(*input));
	for (int i = 0; i < count; i++)
		pool_put(pool, i);
	for (int left = count, index; left > 0;) {
		if (poll(&done, 1, 20) == 1) {
			must(read(pool->done[0], &index, sizeof(index)) == sizeof(index),
			     "pool: done");
			left--;
		} else {
			pool_mend(pool);
		}
	}
	memcpy(result, pool->result, count * sizeof(*result));
}

/* Closes the queue; the workers see its end, and end. */
static inline void pool_end(struct pool *pool)
{
	close(pool->queue[1]);
	for (int i = 0; i < pool->workers; i++)
		waitpid(pool->pid[i], NULL, 0);
	close(pool->queue[0]);
	close(pool->done[0]);
	close(pool->done[1]);
	munmap(pool, sizeof(*pool));
}

#endif
