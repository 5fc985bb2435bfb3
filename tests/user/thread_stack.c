/* SPDX-License-Identifier: MIT */
/*
 * Each thread has a stack and registers of its own, all else is one: stacks do not overlap, may be
 * used to the end and not beyond, and what a thread has in its registers, SSE included, is there
 * after every switch. Two processes share none of it.
 */
#include "pthreads.h"

#define WORKERS 4

/* ---- Attributes ---- */

static void attributes(void)
{
	pthread_attr_t attr;
	size_t size;
	int state;

	CHECK_EQ(pthread_attr_init(&attr), 0);
	CHECK_EQ(pthread_attr_getdetachstate(&attr, &state), 0);
	CHECK_EQ(state, PTHREAD_CREATE_JOINABLE);
	CHECK_EQ(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED), 0);
	CHECK_EQ(pthread_attr_getdetachstate(&attr, &state), 0);
	CHECK_EQ(state, PTHREAD_CREATE_DETACHED);
	CHECK_EQ(pthread_attr_setdetachstate(&attr, 17), EINVAL);
	CHECK_EQ(pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN - 1), EINVAL);
	CHECK_EQ(pthread_attr_setstacksize(&attr, 1 << 20), 0);
	CHECK_EQ(pthread_attr_getstacksize(&attr, &size), 0);
	CHECK_EQ(size, 1 << 20);
	CHECK_EQ(pthread_attr_getguardsize(&attr, &size), 0);
	CHECK_EQ(size, 4096);
	CHECK_EQ(pthread_attr_setguardsize(&attr, 16384), 0);
	CHECK_EQ(pthread_attr_getguardsize(&attr, &size), 0);
	CHECK_EQ(size, 16384);
	CHECK_EQ(pthread_attr_setscope(&attr, PTHREAD_SCOPE_SYSTEM), 0);
	CHECK_EQ(pthread_attr_setscope(&attr, PTHREAD_SCOPE_PROCESS), ENOTSUP);
	CHECK_EQ(pthread_attr_destroy(&attr), 0);
}

/* Writes to the lowest byte that the thread may use, after its attributes. */
static void *use_all(void *argument)
{
	volatile char here = 1;
	pthread_attr_t attr;
	void *lowest;
	size_t size;

	CHECK_EQ(pthread_getattr_np(pthread_self(), &attr), 0);
	CHECK_EQ(pthread_attr_getstack(&attr, &lowest, &size), 0);
	CHECK(size >= (size_t)argument);
	CHECK((char *)lowest < &here && &here < (char *)lowest + size);
	*(volatile char *)lowest = here;
	pthread_attr_destroy(&attr);
	return NULL;
}

static void whole_stack(void)
{
	size_t sizes[] = {PTHREAD_STACK_MIN, 1 << 20};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		pthread_attr_t attr;
		pthread_t thread;

		pthread_attr_init(&attr);
		CHECK_EQ(pthread_attr_setstacksize(&attr, sizes[i]), 0);
		/* glibc takes its own needs off, we do not */
		CHECK_EQ(pthread_create(&thread, &attr, use_all,
					(void *)(on_tarae() ? sizes[i] : 0)),
			 0);
		thread_join(thread);
	}
}

static void first_stack(void)
{
	use_all(NULL);
}

static char own_stack[65536] __attribute__((aligned(4096)));

static void *stands_on_own(void *argument)
{
	char here;

	return (void *)(long)(&here >= own_stack && &here < own_stack + sizeof(own_stack));
}

static void programs_own_stack(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	CHECK_EQ(pthread_attr_setstack(&attr, own_stack, sizeof(own_stack)), 0);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(pthread_create(&thread, &attr, stands_on_own, NULL), 0);
		CHECK_EQ((long)thread_join(thread), 1);
	}
	memset(own_stack, 0, sizeof(own_stack)); /* still mapped, and nobody's */
}

/* ---- Overflow ---- */

static volatile int endless = 1;

static int __attribute__((noinline)) go_down(volatile char *above)
{
	volatile char frame[512];

	frame[0] = above[0];
	return endless ? go_down(frame) + frame[0] : 0;
}

static void *overflow(void *argument)
{
	volatile char top[1] = {0};

	return (void *)(long)go_down(top);
}

static void overflow_in_thread(void)
{
	thread_join(thread_start(overflow, NULL));
}

static void overflow_is_a_fault(void)
{
	CHECK_KILLED(check_run(overflow_in_thread, 10000), SIGSEGV);
}

/* What lies right below a thread's guard page: not one byte of it is written. */
#define NEIGHBOUR (64 * CHECK_PAGE)
static char *guard, *neighbour;

/* On a stack of its own. The parent learns the result from the exit status. */
static void judge_overflow(int sig, siginfo_t *info, void *context)
{
	char *fault = info->si_addr;

	for (size_t i = 0; i < NEIGHBOUR; i++)
		if (neighbour[i])
			_exit(2);
	_exit(fault >= guard && fault < guard + CHECK_PAGE ? 0 : 3);
}

static void *overflow_above_neighbour(void *argument)
{
	static char other_stack[65536];
	stack_t alternate = {.ss_sp = other_stack, .ss_size = sizeof(other_stack)};
	pthread_attr_t attr;
	void *lowest;
	size_t size;

	pthread_getattr_np(pthread_self(), &attr);
	pthread_attr_getstack(&attr, &lowest, &size);
	guard = (char *)lowest - CHECK_PAGE;
	neighbour = mmap(guard - NEIGHBOUR, NEIGHBOUR, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	CHECK(neighbour == guard - NEIGHBOUR);
	sigaltstack(&alternate, NULL);
	return overflow(argument);
}

static void neighbour_of_overflow(void)
{
	check_handler(SIGSEGV, judge_overflow, SA_ONSTACK);
	thread_join(thread_start(overflow_above_neighbour, NULL));
}

static void overflow_spares_the_neighbour(void)
{
	CHECK_EXITED(check_run(neighbour_of_overflow, 10000), 0);
}

/* ---- Apart, and together ---- */

static char *_Atomic where[WORKERS];
static int heap_word, *heap = &heap_word;
static pthread_barrier_t all_there;

static void *fill_stack(void *number)
{
	unsigned char mine[8192];
	long n = (long)number;

	memset(mine, (int)n + 1, sizeof(mine));
	where[n] = (char *)mine;
	__atomic_fetch_add(heap, 1, __ATOMIC_SEQ_CST);
	pthread_barrier_wait(&all_there);
	for (int i = 0; i < 50; i++)
		sched_yield();
	for (size_t i = 0; i < sizeof(mine); i++)
		if (mine[i] != n + 1)
			CHECK_EQ(mine[i], n + 1);
	pthread_barrier_wait(&all_there);
	return NULL;
}

static void stacks_apart(void)
{
	pthread_barrier_init(&all_there, NULL, WORKERS);
	threads_run(WORKERS, fill_stack);
	CHECK_EQ(*heap, WORKERS);
	for (int a = 0; a < WORKERS; a++)
		for (int b = 0; b < a; b++)
			CHECK(labs(where[a] - where[b]) >= 8192);
}

static void processes_share_none(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		heap_word = 77;
		_exit(0);
	}
	CHECK_EXITED(check_wait(pid, 5000), 0);
	CHECK_EQ(heap_word, 0);
}

/* ---- Registers ---- */

static long rounds;

/*
 * Puts numbers of its own into general and SSE registers, spins in user mode, then
 * yields with them loaded, and compares. Returns the first that differs, or 0.
 */
static int registers_kept(unsigned long seed, long spin)
{
	unsigned long in[16], out[16];

	for (int i = 0; i < 16; i++)
		in[i] = seed * 1000 + i;
	__asm__ volatile(
		"movq 0(%[in]), %%xmm0\n\tmovq 8(%[in]), %%xmm1\n\t"
		"movq 16(%[in]), %%xmm7\n\tmovq 24(%[in]), %%xmm15\n\t"
		"movq 32(%[in]), %%r8\n\tmovq 40(%[in]), %%r9\n\t"
		"movq 48(%[in]), %%r10\n\tmovq 56(%[in]), %%r12\n\t"
		"movq 64(%[in]), %%r13\n\tmovq 72(%[in]), %%r14\n\t"
		"movq 80(%[in]), %%r15\n\tmovq 88(%[in]), %%rbx\n\t"
		"1: dec %[spin]\n\tjnz 1b\n\t"
		"push %%rdi\n\tmov $24, %%eax\n\tsyscall\n\tpop %%rdi\n\t" /* sched_yield */
		"movq %%xmm0, 0(%[out])\n\tmovq %%xmm1, 8(%[out])\n\t"
		"movq %%xmm7, 16(%[out])\n\tmovq %%xmm15, 24(%[out])\n\t"
		"movq %%r8, 32(%[out])\n\tmovq %%r9, 40(%[out])\n\t"
		"movq %%r10, 48(%[out])\n\tmovq %%r12, 56(%[out])\n\t"
		"movq %%r13, 64(%[out])\n\tmovq %%r14, 72(%[out])\n\t"
		"movq %%r15, 80(%[out])\n\tmovq %%rbx, 88(%[out])\n\t"
		: [spin] "+d"(spin)
		: [in] "S"(in), [out] "D"(out)
		: "rax", "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0",
		  "xmm1", "xmm7", "xmm15", "memory", "cc");
	for (int i = 0; i < 12; i++)
		if (in[i] != out[i])
			return i + 1;
	return 0;
}

static void *keep_registers(void *number)
{
	unsigned state = (unsigned)(long)number + 1;

	for (long i = 0; i < rounds; i++) {
		int bad = registers_kept((unsigned long)number * 100000 + i,
					 1 + chance(&state, 2000));

		if (bad) {
			CHECK_EQ(bad, 0);
			break;
		}
	}
	return NULL;
}

static void registers(void)
{
	rounds = check_env("ROUNDS", 6000);
	threads_run(WORKERS, keep_registers);
}

static const struct check_case cases[] = {
	CASE(attributes),
	CASE(whole_stack),
	CASE(first_stack),
	CASE(programs_own_stack),
	CASE(stacks_apart),
	CASE(overflow_is_a_fault),
	CASE(overflow_spares_the_neighbour),
	CASE(processes_share_none),
	CASE(registers),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
