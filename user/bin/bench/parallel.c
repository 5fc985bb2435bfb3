/* SPDX-License-Identifier: MIT */
/*
 * The same work on one CPU and on all: a speedup of n on n CPUs is what nothing shared would give.
 * Wall-clock time, so ratios only, and only as good as the host's cores are free.
 */
#define _GNU_SOURCE /* for sched_setaffinity */
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum { ROUNDS = 3, SPINS = 40000000, FORKS = 300, FAULT_ROUNDS = 40, FAULT_PAGES = 256 };

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

/* Nanoseconds until `count` processes, each on a CPU of its own, have done `work`. */
static uint64_t time_of(int count, void (*work)(void))
{
	_Atomic int *go = share(sizeof(*go));
	pid_t child[64];

	for (int i = 0; i < count; i++) {
		child[i] = fork();
		if (child[i] < 0)
			die("fork");
		if (child[i] == 0) {
			pin(i);
			++go[0];
			while (go[0] <= count)
				sched_yield();
			work();
			_exit(0);
		}
	}
	while (go[0] < count)
		sched_yield();
	uint64_t start = nanoseconds();
	++go[0];
	for (int i = 0; i < count; i++)
		child_succeeded(child[i]);
	uint64_t time = nanoseconds() - start;
	munmap((void *)go, sizeof(*go));
	return time;
}

/* The best of a few: others on the host can only make it worse. */
static uint64_t best_time_of(int count, void (*work)(void))
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t time = time_of(count, work);

		best = time < best ? time : best;
	}
	return best;
}

static double speedup(void (*work)(void))
{
	int count = cpus() <= 64 ? cpus() : 64;
	uint64_t alone = best_time_of(1, work);

	return (double)count * (double)alone / (double)best_time_of(count, work);
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
	return speedup(compute);
}

static double run_forks(void)
{
	return speedup(fork_often);
}

static double run_faults(void)
{
	return speedup(fault_often);
}

/* ---- a hand-over between two CPUs ---- */

static double run_semaphore(void)
{
	enum { TRIPS = 2000 };
	sem_t *semaphores = share(2 * sizeof(*semaphores));
	pid_t child;

	if (cpus() < 2)
		return NOT_HERE;
	sem_init(&semaphores[0], 1, 0);
	sem_init(&semaphores[1], 1, 0);
	child = fork();
	if (child == 0) {
		pin(1);
		for (int i = 0; i < TRIPS + 1; i++) {
			sem_wait(&semaphores[1]);
			sem_post(&semaphores[0]);
		}
		_exit(0);
	}
	pin(0);
	sem_post(&semaphores[1]);
	sem_wait(&semaphores[0]);
	uint64_t start = nanoseconds();
	for (int i = 0; i < TRIPS; i++) {
		sem_post(&semaphores[1]);
		sem_wait(&semaphores[0]);
	}
	double cost = (double)(nanoseconds() - start) / TRIPS;
	waitpid(child, NULL, 0);
	return cost;
}

const struct row parallel_rows[] = {
	{"speedup", "speedup of computing processes", "x", run_compute},
	{"fork_speedup", "speedup of fork + exit + wait", "x", run_forks},
	{"fault_speedup", "speedup of page faults", "x", run_faults},
	{"sem_cpus", "semaphore round trip between two CPUs", "ns", run_semaphore},
	{0},
};
