/* SPDX-License-Identifier: MIT */
/*
 * The same work on one CPU and on all: a speedup of n on n CPUs is what nothing shared would give.
 * Wall-clock time, so ratios only, and only as good as the host's cores are free.
 */
#define _GNU_SOURCE /* for sched_setaffinity */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum { ROUNDS = 3, MEMBERS_MAX = 64 };
enum { SPINS = 40000000, FORKS = 300, FAULT_ROUNDS = 40, FAULT_PAGES = 256, TRIPS = 2000 };

/* The calling thread's own CPU from now on. */
static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static int cpus(void)
{
	return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

/* ---- throughput ---- */

/* Who does the same work at the same time, each on a CPU of its own: threads or processes. */
struct crew {
	int size;
	void (*work)(void);
	_Atomic int arrived; /* members, and then whoever starts them */
};

struct member {
	struct crew *crew;
	int number;
	pid_t pid;
	pthread_t thread;
};

static void *take_part(void *argument)
{
	struct member *self = argument;

	pin(self->number);
	++self->crew->arrived;
	while (self->crew->arrived <= self->crew->size)
		sched_yield();
	self->crew->work();
	return NULL;
}

static void start_thread(struct member *member)
{
	if (pthread_create(&member->thread, NULL, take_part, member))
		die("pthread_create");
}

static void join_thread(struct member *member)
{
	pthread_join(member->thread, NULL);
}

static void start_process(struct member *member)
{
	member->pid = fork();
	if (member->pid < 0)
		die("fork");
	if (member->pid == 0) {
		take_part(member);
		_exit(0);
	}
}

static void join_process(struct member *member)
{
	if (!child_succeeded(member->pid))
		die("a process of the crew");
}

struct kind {
	void (*start)(struct member *member), (*join)(struct member *member);
};

static const struct kind threads = {start_thread, join_thread};
static const struct kind processes = {start_process, join_process};

/* Nanoseconds until `size` of them have done `work`. */
static uint64_t time_of(const struct kind *kind, int size, void (*work)(void))
{
	struct member members[MEMBERS_MAX];
	struct crew *crew = share(sizeof(*crew));

	*crew = (struct crew){.size = size, .work = work};
	for (int i = 0; i < size; i++) {
		members[i] = (struct member){.crew = crew, .number = i};
		kind->start(&members[i]);
	}
	while (crew->arrived < size)
		sched_yield();
	uint64_t start = nanoseconds();
	++crew->arrived;
	for (int i = 0; i < size; i++)
		kind->join(&members[i]);
	uint64_t time = nanoseconds() - start;
	munmap(crew, sizeof(*crew));
	return time;
}

/* The best of a few: others on the host can only make it worse. */
static uint64_t best_time_of(const struct kind *kind, int size, void (*work)(void))
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t time = time_of(kind, size, work);

		best = time < best ? time : best;
	}
	return best;
}

static double speedup(const struct kind *kind, void (*work)(void))
{
	int size = cpus() <= MEMBERS_MAX ? cpus() : MEMBERS_MAX;
	uint64_t alone = best_time_of(kind, 1, work);

	return (double)size * (double)alone / (double)best_time_of(kind, size, work);
}

static void compute(void)
{
	long spins = SPINS;

	__asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(spins)::"cc");
}

static void fork_often(void)
{
	for (int i = 0; i < FORKS; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(0);
		child_succeeded(child);
	}
}

static void fault_often(void)
{
	for (int i = 0; i < FAULT_ROUNDS; i++) {
		char *memory = mmap(NULL, FAULT_PAGES * PAGE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			die("mmap");
		for (int page = 0; page < FAULT_PAGES; page++)
			*(volatile char *)(memory + page * PAGE) = 1;
		munmap(memory, FAULT_PAGES * PAGE);
	}
}

static double run_compute(void)
{
	return speedup(&threads, compute);
}

static double run_forks(void)
{
	return speedup(&processes, fork_often);
}

static double run_faults(void)
{
	return speedup(&processes, fault_often);
}

/* ---- a hand-over between two CPUs ---- */

static sem_t *semaphores;

static void answer(int cpu)
{
	pin(cpu);
	for (;;) {
		sem_wait(&semaphores[1]);
		sem_post(&semaphores[0]);
	}
}

static void round_trips(int count)
{
	for (int i = 0; i < count; i++) {
		sem_post(&semaphores[1]);
		sem_wait(&semaphores[0]);
	}
}

/* Nanoseconds of the round trips between this CPU, which is the first, and a process on `cpu`. */
static uint64_t time_of_trips(int cpu)
{
	sem_init(&semaphores[0], 1, 0);
	sem_init(&semaphores[1], 1, 0);
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (child == 0)
		answer(cpu);
	round_trips(1); /* it has come to its CPU */
	uint64_t start = nanoseconds();
	round_trips(TRIPS);
	uint64_t time = nanoseconds() - start;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return time;
}

static double run_semaphore(void)
{
	uint64_t best[2] = {UINT64_MAX,
			    UINT64_MAX}; /* with a process on the first, the second CPU */

	if (cpus() < 2)
		return NOT_HERE;
	semaphores = share(2 * sizeof(*semaphores));
	pin(0);
	for (int i = 0; i < 2 * ROUNDS; i++) {
		uint64_t time = time_of_trips(i % 2);

		best[i % 2] = time < best[i % 2] ? time : best[i % 2];
	}
	return (double)best[1] / (double)best[0];
}

const struct row parallel_rows[] = {
	{"speedup", "speedup of computing threads", "x", run_compute},
	{"fork_speedup", "speedup of fork + exit + wait", "x", run_forks},
	{"fault_speedup", "speedup of page faults", "x", run_faults},
	{"sem_cpus", "semaphore round trip between two CPUs, to one on one CPU", "x",
	 run_semaphore},
	{0},
};
