/* SPDX-License-Identifier: MIT */
/*
 * The listing: a worker as an object: a target, a name, arguments; start(), run(), join().
 *
 *	worker = Worker(target=greet, name="greeter", args=("hello", 3))
 *	worker.start()
 *	worker.join()
 *
 * Between Worker(…) and start() there is an object and no thread.
 */
#include "demo.h"

struct worker {
	void (*target)(struct worker *self);
	const char *name;
	struct {
		const char *word;
		int times;
	} args;
	pthread_t thread; /* after worker_start() */
	pthread_t ran_as;
};

static void worker_run(struct worker *self)
{
	printf("%s runs\n", self->name);
	self->target(self);
}

static void *thread_main(void *worker)
{
	struct worker *self = worker;

	self->ran_as = pthread_self();
	worker_run(self);
	return NULL;
}

static void worker_start(struct worker *self)
{
	self->thread = start_thread(thread_main, self);
}

static void worker_join(struct worker *self)
{
	pthread_join(self->thread, NULL);
	printf("%s is joined\n", self->name);
}

static void greet(struct worker *self)
{
	for (int i = 0; i < self->args.times; i++)
		printf("%s\n", self->args.word);
}

int main(int argc, char **argv)
{
	struct worker worker = {.target = greet, .name = "greeter", .args = {"hello", 3}};

	demo_begin(argc, argv, NULL);
	long threads = status_of(0, "Threads");
	printf("%s is made, threads: %ld\n", worker.name, threads);
	worker_start(&worker);
	worker_join(&worker);

	printf("\nrun() was called by the new thread: %s\n",
	       pthread_equal(worker.ran_as, pthread_self()) ? "no" : "yes");
	claim(threads == 1, "the object was a thread before start()");
	claim(!pthread_equal(worker.ran_as, pthread_self()), "main itself called run()");
	return verdict("an object becomes a thread by start(), and run() is what it runs");
}
