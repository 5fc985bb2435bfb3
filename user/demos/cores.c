/* SPDX-License-Identifier: MIT */
/*
 * Shows the CPUs that the kernel found, as each describes itself by the CPUID instruction: its
 * number for interrupts (APIC ID), and in it the package, the core and the hardware thread. Then
 * busy workers, twice as many as CPUs, and on which CPU each of them ran.
 *
 * Try: make run SMP=4,cores=2,threads=2 CMD="demo cores"
 */
#include "demo.h"

#define CPUS_MAX 64

static int cpus;
static long parts; /* of work; after each a worker looks where it is */
static struct worker {
	_Atomic long seen[CPUS_MAX]; /* parts done on each CPU */
} workers[2 * CPUS_MAX];
static _Atomic bool all_seen[CPUS_MAX];
static _Atomic int seen_count;

static void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
			 : "a"(leaf), "c"(subleaf));
}

/* How many low bits of the APIC ID number the threads of a core, and the threads of a package
 * (leaf 11: SDM volume 2, CPUID). False: this CPU does not say. */
static bool topology(uint32_t *apic_id, uint32_t *thread_bits, uint32_t *package_bits)
{
	uint32_t level[4];

	cpuid(0, 0, level);
	if (level[0] < 11)
		return false;
	cpuid(11, 0, level);
	*thread_bits = level[0] & 31;
	cpuid(11, 1, level);
	*package_bits = level[0] & 31;
	*apic_id = level[3];
	return level[1] != 0;
}

static void *describe(void *number)
{
	int cpu = cpu_number((int)(intptr_t)number);
	uint32_t id, thread_bits, package_bits;

	stay_on_cpu(cpu);
	if (!topology(&id, &thread_bits, &package_bits)) {
		printf("%4d   does not describe itself\n", cpu);
		return NULL;
	}
	printf("%4d %8u %8u %6u %7u\n", cpu, id, id >> package_bits,
	       (id & ((1u << package_bits) - 1)) >> thread_bits, id & ((1u << thread_bits) - 1));
	return NULL;
}

static void *work(void *number)
{
	struct worker *me = &workers[(intptr_t)number];
	long limit = now_us() + 5000000;

	/* At least its parts, and on until each CPU has been seen: the host may be slow. */
	for (long i = 0; i < parts || (seen_count < cpus && now_us() < limit); i++) {
		for (volatile int j = 0; j < 20000; j++)
			;
		int cpu = sched_getcpu() % CPUS_MAX;
		me->seen[cpu]++;
		if (!atomic_exchange(&all_seen[cpu], true))
			seen_count++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	demo_begin(argc, argv, NULL);
	cpus = cpu_count() < CPUS_MAX ? cpu_count() : CPUS_MAX;
	parts = quick ? 300 : 1500;
	printf("%4s %8s %8s %6s %7s\n", "CPU", "APIC ID", "package", "core", "thread");
	for (int i = 0; i < cpus; i++)
		pthread_join(start_thread(describe, (void *)(intptr_t)i), NULL);
	run_threads(2 * cpus, work);

	printf("\nparts of its work that each worker did on CPU\n%9s", "");
	for (int cpu = 0; cpu < cpus && cpu < 8; cpu++)
		printf(" %7d", cpu_number(cpu));
	for (int i = 0; i < 2 * cpus && i < 16; i++) {
		printf("\nworker %2d", i + 1);
		for (int cpu = 0; cpu < cpus && cpu < 8; cpu++)
			printf(" %7ld", workers[i].seen[cpu_number(cpu) % CPUS_MAX]);
	}
	printf("\n%d of %d CPUs worked\n", seen_count, cpus);
	claim(seen_count == cpus, "a CPU did nothing while others had more than one worker");
	return verdict("busy workers spread over all the CPUs there are");
}
