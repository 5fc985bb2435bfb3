/* SPDX-License-Identifier: MIT */
/*
 * Shows one instruction that works on many data: the same sum with scalar and with vector (SSE)
 * code, and by two threads; then a chain in which each step needs the one before, which neither
 * helps. Counted are instructions, by single steps: after each the CPU traps (flag TF), the kernel
 * sends SIGTRAP, and the handler adds one. So the figures do not depend on the machine.
 *
 * No GPU is emulated: there thousands of such lanes would run the same instruction.
 */
#include "demo.h"

#include <signal.h>

#define LANES  4
#define VALUES 1024

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));

static union {
	float scalar[VALUES];
	vector vector[VALUES / LANES];
} data;
static volatile long steps;
static _Atomic long wrong;

static void count_step(int signal)
{
	steps++;
}

static float scalar_sum(int from, int to)
{
	float sum = 0;

	for (int i = from; i < to; i++)
		sum += data.scalar[i];
	return sum;
}

static float vector_sum(int from, int to)
{
	vector sum = {0};

	for (int i = from / LANES; i < to / LANES; i++)
		sum += data.vector[i]; /* four additions */
	return sum[0] + sum[1] + sum[2] + sum[3];
}

static float scalar_chain(int from, int to)
{
	float value = 1;

	for (int i = from; i < to; i++)
		value = value * 0.5f + 1; /* needs the value before */
	return value;
}

static float vector_chain(int from, int to)
{
	vector value = {1, 1, 1, 1};

	for (int i = from; i < to; i++)
		value = value * 0.5f + 1; /* three lanes for nothing */
	return value[0];
}

/* Runs it instruction by instruction; returns how many there were. */
static long count(float (*run)(int, int), int to, float *result)
{
	steps = 0;
	__asm__ volatile("pushf; orq $0x100, (%%rsp); popf" ::: "memory", "cc");
	*result = run(0, to);
	__asm__ volatile("pushf; andq $~0x100, (%%rsp); popf" ::: "memory", "cc");
	return steps;
}

/* Sums again and again in vector registers, while the other thread does so with another part. */
static void *sum_often(void *half)
{
	int from = half ? VALUES / 2 : 0, to = from + VALUES / 2;
	float expected = scalar_sum(from, to);

	for (int i = 0; i < (quick ? 2000 : 20000); i++) {
		if (vector_sum(from, to) != expected)
			wrong++;
		if (i % 10 == 0)
			sched_yield();
	}
	return NULL;
}

int main(int argc, char **argv)
{
	float a, b, c, d, half;

	demo_begin(argc, argv, NULL);
	for (int i = 0; i < VALUES; i++)
		data.scalar[i] = i % 100;
	signal(SIGTRAP, count_step);
	long scalar = count(scalar_sum, VALUES, &a), vectors = count(vector_sum, VALUES, &b);
	long part = count(scalar_sum, VALUES / 2, &half),
	     both = count(vector_sum, VALUES / 2, &half);
	printf("instructions for %-18s %8s %9s %22s\n", "", "scalar", "vector",
	       "each of two threads");
	printf("a sum of %d numbers         %8ld %9ld %14ld, %6ld\n", VALUES, scalar, vectors, part,
	       both);
	long chain = count(scalar_chain, VALUES, &c),
	     vector_chained = count(vector_chain, VALUES, &d);
	printf("a chain of %d steps         %8ld %9ld %22s\n", VALUES, chain, vector_chained,
	       "the second waits");
	claim(a == b && c == d, "the results are not the same");
	claim(vectors * 2 < scalar, "vectors do not save instructions");
	claim(part * 3 < scalar * 2, "a thread's half is not less");
	claim(vector_chained * 2 > chain, "vectors make a chain shorter");

	stay_on_cpu(cpu_number(0));
	run_threads(2, sum_often);
	printf("two threads summed in the same vector registers: %ld times wrong\n", wrong);
	claim(wrong == 0, "a switch mixed up vector registers");
	printf("no GPU is emulated here: it would be many more lanes of the same kind\n");
	return verdict("one instruction on four data; threads share work; a chain neither helps");
}
