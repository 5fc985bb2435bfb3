/* SPDX-License-Identifier: MIT */
/*
 * Shows what a context switch saves and restores, and what it costs. Two threads on one CPU fill
 * their registers with their own pattern, give the CPU away, and look whether all came back. Then
 * the cost of a switch between two threads, and between two processes, whose memory is another, so
 * that what the CPU remembers of page tables is dropped each time.
 */
#include "demo.h"

#include <sys/syscall.h>

static long rounds = 20000;
static _Atomic long wrong;

/* Fills rbx, r12 to r15 and xmm6 to xmm9 with `pattern`, calls sched_yield() and compares: a
 * different bit anywhere is left in the result. rcx, r11 and rax are the system call's own. */
static uint64_t yield_with_full_registers(uint64_t pattern)
{
	uint64_t differs;

	__asm__ volatile("mov %1, %%rbx; mov %1, %%r12; mov %1, %%r13; mov %1, %%r14\n"
			 "mov %1, %%r15; movq %1, %%xmm6; movq %1, %%xmm7\n"
			 "movq %1, %%xmm8; movq %1, %%xmm9\n"
			 "mov %2, %%eax; syscall\n"
			 "mov %%rbx, %%rdx; mov %%rbx, %0; xor %1, %0\n"
			 "xor %1, %%r12; or %%r12, %0; xor %1, %%r13; or %%r13, %0\n"
			 "xor %1, %%r14; or %%r14, %0; xor %1, %%r15; or %%r15, %0\n"
			 "movq %%xmm6, %%rdx; xor %1, %%rdx; or %%rdx, %0\n"
			 "movq %%xmm7, %%rdx; xor %1, %%rdx; or %%rdx, %0\n"
			 "movq %%xmm8, %%rdx; xor %1, %%rdx; or %%rdx, %0\n"
			 "movq %%xmm9, %%rdx; xor %1, %%rdx; or %%rdx, %0\n"
			 : "=&r"(differs)
			 : "D"(pattern), "i"(SYS_sched_yield)
			 : "rax", "rbx", "rcx", "rdx", "r11", "r12", "r13", "r14", "r15", "xmm6",
			   "xmm7", "xmm8", "xmm9", "memory", "cc");
	return differs;
}

static void *check_registers(void *number)
{
	for (long i = 0; i < rounds; i++)
		if (yield_with_full_registers(((uintptr_t)number + 1) << 56 | i) != 0)
			wrong++;
	return NULL;
}

static struct shared {
	_Atomic int ready;
	uint64_t best; /* cycles for one switch, in the best batch */
} * shared;

/* Both yield all the time; number 0 measures batches. */
static void *yield(void *number)
{
	shared->ready++;
	while (shared->ready < 2)
		sched_yield();
	for (int batch = 0; batch < (quick ? 20 : 100); batch++) {
		uint64_t start = cycles();

		for (int i = 0; i < 50; i++)
			sched_yield();
		uint64_t spent = (cycles() - start) / 100; /* there and back are two */
		if (!number && (shared->best == 0 || spent < shared->best))
			shared->best = spent;
	}
	return NULL;
}

/* Of a switch between two threads, or between two processes; 0, or what was the best so far. */
static uint64_t cost(run_many *run_both, uint64_t best)
{
	shared->ready = 0;
	shared->best = best;
	run_both(2, yield);
	return shared->best;
}

int main(int argc, char **argv)
{
	demo_begin(argc, argv, (struct number[]){{"ROUNDS", &rounds, 100, 10000000}, {0}});
	shared = shared_memory(sizeof(*shared));
	stay_on_cpu(cpu_number(0));
	rounds = quick ? rounds / 10 : rounds;
	long before = switches_so_far();
	run_threads(2, check_registers);
	long switches = switches_so_far() - before;
	printf("rbx r12-r15 xmm6-xmm9 of 2 threads: %ld switches, %ld times not what they were\n",
	       switches, wrong);
	claim(wrong == 0, "a switch did not restore a register");
	claim(switches >= rounds, "the threads were hardly ever switched");

	uint64_t threads = cost(run_threads, 0), processes = cost(run_processes, 0);
	/* The machine may have had too much else to do. */
	for (int tries = 0; tries < 20 && threads > processes + processes / 4; tries++) {
		threads = cost(run_threads, threads);
		processes = cost(run_processes, processes);
	}
	printf("\n%-40s %10s\n", "one switch, with sched_yield()", "cycles");
	printf("%-40s %10lu\n", "thread to thread: registers and stack", threads);
	printf("%-40s %10lu\n", "process to process: page table too", processes);
	claim(threads <= processes + processes / 4,
	      "a switch of processes is cheaper than one of threads");
	return verdict("a switch keeps each thread's registers; a page table costs extra");
}
