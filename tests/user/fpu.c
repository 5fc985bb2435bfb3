/* SPDX-License-Identifier: MIT */
/*
 * Floating-point and vector state belongs to its thread: several processes fill every x87, SSE and
 * (where there is one) AVX register with their own values and look at them again and again across
 * preemption, voluntary switches, system calls, faults, signals and fork. FPU_MS sets how long they
 * spin.
 */
#include "check.h"

#include <stddef.h>
#include <ucontext.h>

#define SPINNERS 4

struct vectors {
	unsigned char ymm[16][32];
	double x87[4];
	uint32_t mxcsr;
	uint16_t control;
};

/* AVX, if the processor has it and the system has turned its state on. */
static int has_avx(void)
{
	unsigned a = 1, b, c = 0, d, low, high;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if ((c & (1u << 27 | 1u << 28)) != (1u << 27 | 1u << 28))
		return 0;
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (low & 6) == 6;
}

static void fill(struct vectors *v, int seed)
{
	memset(v, 0, sizeof(*v));
	for (int i = 0; i < 16; i++)
		for (int j = 0; j < 32; j++)
			v->ymm[i][j] = (unsigned char)(seed * 37 + i * 11 + j * 3 + 1);
	for (int i = 0; i < 4; i++)
		v->x87[i] = seed * 1000.5 + i;
	v->mxcsr = 0x1f80 | (unsigned)(seed & 3) << 13;
	v->control = (uint16_t)(0x37f | (seed & 3) << 10);
}

#define EACH_REGISTER(op)                                                                       \
	op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) op(11) op(12) op(13) \
		op(14) op(15)
#define LOAD_YMM(n)  "vmovdqu " #n "*32(%0), %%ymm" #n "\n\t"
#define STORE_YMM(n) "vmovdqu %%ymm" #n ", " #n "*32(%0)\n\t"
#define LOAD_XMM(n)  "movdqu " #n "*32(%0), %%xmm" #n "\n\t"
#define STORE_XMM(n) "movdqu %%xmm" #n ", " #n "*32(%0)\n\t"
#define LOAD_X87                                         \
	"fninit\n\tfldcw 548(%0)\n\tldmxcsr 544(%0)\n\t" \
	"fldl 536(%0)\n\tfldl 528(%0)\n\tfldl 520(%0)\n\tfldl 512(%0)\n\t"
#define STORE_X87                               \
	"fnstcw 548(%0)\n\tstmxcsr 544(%0)\n\t" \
	"fstpl 512(%0)\n\tfstpl 520(%0)\n\tfstpl 528(%0)\n\tfstpl 536(%0)\n\t"

/*
 * Loads everything from *in, makes a system call (or with a negative number spins for `spin` turns
 * of an integer loop), and stores everything to *out: no compiled code between, which would use the
 * registers itself. Returns the call's result.
 */
static __attribute__((noinline)) long hold(const struct vectors *in, struct vectors *out,
					   long number, long a, long b, long spin)
{
	const uint32_t standard = 0x1f80;
	long result = number;

	_Static_assert(offsetof(struct vectors, x87) == 512, "LOAD_X87 knows the layout");
	_Static_assert(offsetof(struct vectors, mxcsr) == 544, "LOAD_X87 knows the layout");
	_Static_assert(offsetof(struct vectors, control) == 548, "LOAD_X87 knows the layout");
	if (has_avx())
		__asm__ volatile(EACH_REGISTER(LOAD_YMM) : : "r"(in) : "memory");
	else
		__asm__ volatile(EACH_REGISTER(LOAD_XMM) : : "r"(in) : "memory");
	__asm__ volatile(LOAD_X87 : : "r"(in) : "memory");
	if (number >= 0)
		__asm__ volatile("syscall"
				 : "+a"(result)
				 : "D"(a), "S"(b), "d"(0)
				 : "rcx", "r11", "memory");
	else
		__asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(spin));
	__asm__ volatile(STORE_X87 "fninit\n\tldmxcsr %1" : : "r"(out), "m"(standard) : "memory");
	if (has_avx())
		__asm__ volatile(EACH_REGISTER(STORE_YMM) "vzeroupper" : : "r"(out) : "memory");
	else
		__asm__ volatile(EACH_REGISTER(STORE_XMM) : : "r"(out) : "memory");
	return result;
}

/* Are they what was put in? Without AVX the upper halves are nobody's. */
static int same(const struct vectors *a, const struct vectors *b)
{
	int width = has_avx() ? 32 : 16;

	for (int i = 0; i < 16; i++)
		if (memcmp(a->ymm[i], b->ymm[i], width) != 0)
			return 0;
	return memcmp(a->x87, b->x87, sizeof(a->x87)) == 0 &&
	       (a->mxcsr & 0xffc0) == (b->mxcsr & 0xffc0) && a->control == b->control;
}

static void spin(int seed, int ms)
{
	long long end = check_now_us() + ms * 1000LL;
	struct vectors in, out;

	fill(&in, seed);
	while (check_now_us() < end) {
		memset(&out, 0, sizeof(out));
		hold(&in, &out, -1, 0, 0, 200000);
		if (!same(&in, &out))
			_exit(1);
		memset(&out, 0, sizeof(out));
		hold(&in, &out, SYS_sched_yield, 0, 0, 0);
		if (!same(&in, &out))
			_exit(2);
	}
	_exit(0);
}

static void preempted(void)
{
	int ms = check_env("FPU_MS", 200);
	pid_t pids[SPINNERS];

	for (int i = 0; i < SPINNERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			spin(i + 1, ms);
	}
	for (int i = 0; i < SPINNERS; i++)
		CHECK_EXITED(check_wait(pids[i], 20000), 0);
}

static volatile int handled;

/* Uses every register itself, and finds the state that a program starts with. */
static void clobber(int sig, siginfo_t *info, void *context)
{
	struct vectors in, out;

	fill(&in, 77 + handled);
	hold(&in, &out, SYS_getpid, 0, 0, 0);
	handled++;
}

/* Signals arrive while the registers are loaded, by our own call and from outside. */
static void over_signals(void)
{
	struct vectors in, out;
	pid_t self = getpid(), pid;

	check_handler(SIGUSR1, clobber, 0);
	fill(&in, 5);
	for (int i = 0; i < 20; i++) {
		CHECK_EQ(hold(&in, &out, SYS_kill, self, SIGUSR1, 0), 0);
		CHECK(same(&in, &out));
	}
	CHECK_EQ(handled, 20);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 30; i++) {
			kill(self, SIGUSR1);
			check_sleep_ms(1);
		}
		_exit(0);
	}
	while (check_state(pid) != 'Z') {
		hold(&in, &out, -1, 0, 0, 100000);
		CHECK(same(&in, &out));
	}
	CHECK(handled > 20);
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

/* A handler starts with clean control words, whatever the program had set. */
static volatile uint32_t handler_mxcsr;
static volatile uint16_t handler_control;

static void look(int sig, siginfo_t *info, void *context)
{
	uint32_t mxcsr;
	uint16_t control;

	__asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(control));
	handler_mxcsr = mxcsr;
	handler_control = control;
}

static void handler_starts_clean(void)
{
	struct vectors in, out;

	check_handler(SIGUSR1, look, 0);
	fill(&in, 3);
	hold(&in, &out, SYS_kill, getpid(), SIGUSR1, 0);
	CHECK(same(&in, &out));
	CHECK_EQ(handler_mxcsr, 0x1f80);
	CHECK_EQ(handler_control, 0x37f);
}

/* What a handler writes into the frame's XMM0 is there after it. */
static void change_frame(int sig, siginfo_t *info, void *context)
{
	memset((char *)((ucontext_t *)context)->uc_mcontext.fpregs + 160, 0x5a, 16);
}

static void handler_changes_state(void)
{
	struct vectors in, out;

	check_handler(SIGUSR1, change_frame, 0);
	fill(&in, 9);
	hold(&in, &out, SYS_kill, getpid(), SIGUSR1, 0);
	for (int i = 0; i < 16; i++)
		CHECK_EQ(out.ymm[0][i], 0x5a);
	CHECK_EQ(memcmp(out.ymm[1], in.ymm[1], 16), 0);
}

static void over_fork(void)
{
	struct vectors in, out;
	long pid;

	fill(&in, 6);
	pid = hold(&in, &out, SYS_fork, 0, 0, 0);
	if (pid == 0)
		raw_syscall(SYS_exit_group, same(&in, &out) ? 0 : 1, 0, 0, 0, 0, 0);
	CHECK(same(&in, &out));
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

/* A new program starts from the state that the ABI says, whatever its predecessor had. */
static void over_exec(void)
{
	struct vectors in;
	pid_t pid = fork();

	if (pid == 0) {
		static char *argv[] = {(char *)"fpu", (char *)"part_fresh", NULL};
		static char *envp[] = {NULL};

		fill(&in, 3);
		__asm__ volatile(LOAD_X87 : : "r"(&in) : "memory");
		raw_syscall(SYS_execve, (long)"/proc/self/exe", (long)argv, (long)envp, 0, 0, 0);
		_exit(120);
	}
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

/* Through faults that the kernel serves: demand-zero and copy-on-write pages. */
static void over_faults(void)
{
	struct vectors in, *out;

	fill(&in, 8);
	for (int i = 0; i < 8; i++) {
		out = mmap(NULL, CHECK_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
		hold(&in, out, SYS_getpid, 0, 0, 0);
		CHECK(same(&in, out));
		munmap(out, CHECK_PAGE);
	}
}

/* Nothing of another process's numbers shows in registers that a program never set. */
static int part_fresh(void)
{
	uint32_t mxcsr;
	uint16_t control, status;

	__asm__ volatile("stmxcsr %0\n\tfnstcw %1\n\tfnstsw %2"
			 : "=m"(mxcsr), "=m"(control), "=m"(status));
	CHECK_EQ(mxcsr & 0xffc0, 0x1f80);
	CHECK_EQ(control, 0x37f);
	CHECK_EQ(status & 0x3800, 0);
	return check_failures != 0;
}

static const struct check_case cases[] = {
	CASE_LIMIT(preempted, 30000),
	CASE(over_signals),
	CASE(handler_starts_clean),
	CASE(handler_changes_state),
	CASE(over_fork),
	CASE(over_exec),
	CASE(over_faults),
};

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "part_fresh") == 0)
		return part_fresh();
	return CHECK_MAIN(cases, argc, argv);
}
