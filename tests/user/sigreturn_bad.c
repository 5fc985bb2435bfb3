/* SPDX-License-Identifier: MIT */
/*
 * Signal frames that a program has spoilt or made up: rt_sigreturn restores what a program may set
 * and masks or refuses the rest. Each spoiler runs in the handler of SIGUSR1 in a process of its
 * own, which then either goes on or dies of SIGSEGV, as it did on Linux.
 */
#include "check.h"

#include <ucontext.h>

#define NONCANONICAL 0x800000000000UL
#define KERNEL_CODE  0xffffffff80100000UL

/* What the kernel puts at the head of the FXSAVE area's last 48 bytes, and behind the XSAVE
 * area. */
#define FP_SW_OFFSET     464
#define FP_XSTATE_MAGIC1 0x46505853U
#define FP_XSTATE_MAGIC2 0x46505845U
#define XSTATE_HEADER    512

static char *fp_area(ucontext_t *c)
{
	return (char *)c->uc_mcontext.fpregs;
}

static int has_xsave(ucontext_t *c)
{
	uint32_t magic;

	memcpy(&magic, fp_area(c) + FP_SW_OFFSET, 4);
	return magic == FP_XSTATE_MAGIC1;
}

static void put32(char *at, uint32_t value)
{
	memcpy(at, &value, 4);
}

static void put64(char *at, uint64_t value)
{
	memcpy(at, &value, 8);
}

static void set_segments(ucontext_t *c, unsigned cs, unsigned ss)
{
	c->uc_mcontext.gregs[REG_CSGSFS] &= 0x0000ffffffff0000UL;
	c->uc_mcontext.gregs[REG_CSGSFS] |= cs | (unsigned long)ss << 48;
}

static void nothing(ucontext_t *c)
{
}

static void rip_noncanonical(ucontext_t *c)
{
	c->uc_mcontext.gregs[REG_RIP] = (long)NONCANONICAL;
}

static void rip_wild(ucontext_t *c)
{
	c->uc_mcontext.gregs[REG_RIP] = (long)0xdeadbeefdeadbeefUL;
}

static void rip_kernel(ucontext_t *c)
{
	c->uc_mcontext.gregs[REG_RIP] = (long)KERNEL_CODE;
}

static void rip_zero(ucontext_t *c)
{
	c->uc_mcontext.gregs[REG_RIP] = 0;
}

static void rsp_noncanonical(ucontext_t *c)
{
	c->uc_mcontext.gregs[REG_RSP] = (long)0xdeadbeefdeadbee0UL;
}

static void rsp_kernel(ucontext_t *c)
{
	c->uc_mcontext.gregs[REG_RSP] = (long)KERNEL_CODE;
}

static void cs_kernel(ucontext_t *c)
{
	set_segments(c, 0x10, 0x2b);
}

static void cs_zero(ucontext_t *c)
{
	set_segments(c, 0, 0x2b);
}

static void cs_data(ucontext_t *c)
{
	set_segments(c, 0x2b, 0x2b);
}

static void cs_wild(ucontext_t *c)
{
	set_segments(c, 0xfff8, 0x2b);
}

static void ss_kernel(ucontext_t *c)
{
	set_segments(c, 0x33, 0x18);
}

static void ss_wild(ucontext_t *c)
{
	set_segments(c, 0x33, 0xfff8);
}

static void flags_all(ucontext_t *c)
{
	/* Everything but TF, RF and VM's neighbours that would end the control process itself. */
	c->uc_mcontext.gregs[REG_EFL] |= 0x3f7000;
}

static void flags_no_interrupts(ucontext_t *c)
{
	c->uc_mcontext.gregs[REG_EFL] &= ~0x200L;
}

static void flags_virtual_8086(ucontext_t *c)
{
	c->uc_mcontext.gregs[REG_EFL] |= 0x20000;
}

static void flags_step(ucontext_t *c)
{
	c->uc_mcontext.gregs[REG_EFL] |= 0x100;
}

static void flags_high(ucontext_t *c)
{
	c->uc_mcontext.gregs[REG_EFL] = -1L & ~0x100;
}

static void mxcsr_reserved(ucontext_t *c)
{
	put32(fp_area(c) + 24, 0xffff1f80);
}

static void mxcsr_legal(ucontext_t *c)
{
	put32(fp_area(c) + 24, 0x1fa0);
}

static void xstate_reserved(ucontext_t *c)
{
	if (has_xsave(c))
		put64(fp_area(c) + XSTATE_HEADER, ~0UL);
}

static void xstate_high_bit(ucontext_t *c)
{
	if (has_xsave(c))
		put64(fp_area(c) + XSTATE_HEADER, 1UL << 63);
}

static void xcomp_bv(ucontext_t *c)
{
	if (has_xsave(c))
		put64(fp_area(c) + XSTATE_HEADER + 8, 1UL << 63 | 7);
}

static void header_tail(ucontext_t *c)
{
	if (has_xsave(c))
		memset(fp_area(c) + XSTATE_HEADER + 16, 0xff, 48);
}

static void magic1_gone(ucontext_t *c)
{
	put32(fp_area(c) + FP_SW_OFFSET, 0);
}

static void magic2_gone(ucontext_t *c)
{
	uint32_t size;

	memcpy(&size, fp_area(c) + FP_SW_OFFSET + 4, 4);
	if (has_xsave(c))
		put32(fp_area(c) + size - 4, 0);
}

static void sizes_huge(ucontext_t *c)
{
	put32(fp_area(c) + FP_SW_OFFSET + 4, 0xfffffff0);
	put32(fp_area(c) + FP_SW_OFFSET + 16, 0xfffffff0);
}

static void features_all(ucontext_t *c)
{
	put64(fp_area(c) + FP_SW_OFFSET + 8, ~0UL);
	if (has_xsave(c))
		put64(fp_area(c) + XSTATE_HEADER, ~0UL);
}

static void fp_null(ucontext_t *c)
{
	c->uc_mcontext.fpregs = NULL;
}

static void fp_kernel(ucontext_t *c)
{
	c->uc_mcontext.fpregs = (void *)KERNEL_CODE;
}

static void fp_noncanonical(ucontext_t *c)
{
	c->uc_mcontext.fpregs = (void *)0xdeadbeefdeadbe00UL;
}

static void fp_unmapped(ucontext_t *c)
{
	c->uc_mcontext.fpregs = (void *)0x1000;
}

static void fp_unaligned(ucontext_t *c)
{
	c->uc_mcontext.fpregs = (void *)(fp_area(c) + 8);
}

static void fp_garbage(ucontext_t *c)
{
	memset(fp_area(c), 0xff, XSTATE_HEADER + 64);
}

static void mask_all(ucontext_t *c)
{
	sigfillset(&c->uc_sigmask);
}

/*
 * What became of the process on Linux. DIES_XSAVE: it goes on where the processor has only FXSAVE.
 * STACK: a stack fault is SIGBUS, where the emulator makes of it a general protection fault.
 * EITHER: whether XRSTOR takes the compacted form is the processor's.
 */
enum outcome { GOES_ON, DIES, DIES_XSAVE, STACK, STEPS, EITHER };

static const struct spoiler {
	const char *name;
	void (*spoil)(ucontext_t *c);
	enum outcome expected;
} spoilers[] = {
	{"nothing", nothing, GOES_ON},
	{"rip_noncanonical", rip_noncanonical, DIES},
	{"rip_wild", rip_wild, DIES},
	{"rip_kernel", rip_kernel, DIES},
	{"rip_zero", rip_zero, DIES},
	{"rsp_noncanonical", rsp_noncanonical, STACK},
	{"rsp_kernel", rsp_kernel, DIES},
	{"cs_kernel", cs_kernel, DIES},
	{"cs_zero", cs_zero, DIES},
	{"cs_data", cs_data, DIES},
	{"cs_wild", cs_wild, DIES},
	{"ss_kernel", ss_kernel, DIES},
	{"ss_wild", ss_wild, DIES},
	{"flags_all", flags_all, GOES_ON},
	{"flags_no_interrupts", flags_no_interrupts, GOES_ON},
	{"flags_virtual_8086", flags_virtual_8086, GOES_ON},
	{"flags_step", flags_step, STEPS},
	{"flags_high", flags_high, GOES_ON},
	{"mxcsr_reserved", mxcsr_reserved, DIES},
	{"mxcsr_legal", mxcsr_legal, GOES_ON},
	{"xstate_reserved", xstate_reserved, DIES_XSAVE},
	{"xstate_high_bit", xstate_high_bit, DIES_XSAVE},
	{"xcomp_bv", xcomp_bv, EITHER},
	{"header_tail", header_tail, DIES_XSAVE},
	{"magic1_gone", magic1_gone, GOES_ON},
	{"magic2_gone", magic2_gone, GOES_ON},
	{"sizes_huge", sizes_huge, GOES_ON},
	{"features_all", features_all, DIES_XSAVE},
	{"fp_null", fp_null, GOES_ON},
	{"fp_kernel", fp_kernel, DIES},
	{"fp_noncanonical", fp_noncanonical, DIES},
	{"fp_unmapped", fp_unmapped, DIES},
	{"fp_unaligned", fp_unaligned, DIES},
	{"fp_garbage", fp_garbage, DIES},
	{"mask_all", mask_all, GOES_ON},
};

static const struct spoiler *current_spoiler;

static void on_usr1(int sig, siginfo_t *info, void *context)
{
	current_spoiler->spoil(context);
}

/* After a return that went well: still user mode, interrupts on, no I/O privilege. */
static void spoil_and_return(void)
{
	unsigned long flags;

	check_handler(SIGUSR1, on_usr1, 0);
	raw_syscall(SYS_kill, getpid(), SIGUSR1, 0, 0, 0, 0);
	__asm__ volatile("pushfq\n\tpopq %0\n\tcld" : "=r"(flags) : : "cc");
	CHECK_EQ(flags & 0x3200, 0x200);
	CHECK_EQ(flags & 0x20000, 0);
}

/* Has the system turned XSAVE on? */
static int os_xsave(void)
{
	unsigned a = 1, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return (c >> 27) & 1;
}

static int as_expected(enum outcome expected, int status)
{
	switch (expected) {
	case GOES_ON:
		return status == 0;
	case DIES:
		return status == SIGSEGV;
	case DIES_XSAVE:
		return status == (os_xsave() ? SIGSEGV : 0);
	case STACK:
		return status == SIGBUS || (on_tarae() && status == SIGSEGV);
	case STEPS:
		return status == SIGTRAP;
	default:
		return status == 0 || status == SIGSEGV;
	}
}

static void spoiled_frames(void)
{
	for (size_t i = 0; i < COUNT(spoilers); i++) {
		char text[64];
		int status;

		current_spoiler = &spoilers[i];
		status = check_run(spoil_and_return, 5000);
		if (!as_expected(current_spoiler->expected, status))
			check_fail(__FILE__, __LINE__, "%s: expected outcome %d, got %s",
				   current_spoiler->name, current_spoiler->expected,
				   check_describe(status, text, sizeof(text)));
	}
}

/* ---- Frames that no signal made ---- */

static unsigned long made_up_rsp;

static void return_from_nothing(void)
{
	__asm__ volatile("mov %0, %%rsp\n\tmov $15, %%eax\n\tsyscall\n\tud2"
			 :
			 : "r"(made_up_rsp)
			 : "rax", "rcx", "r11", "memory");
}

static void frames_elsewhere(void)
{
	char *zeros = mmap(NULL, 2 * CHECK_PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const unsigned long places[] = {
		0,
		8,
		0x1000,
		NONCANONICAL,
		KERNEL_CODE,
		~0UL,
		(unsigned long)zeros + 64,
		(unsigned long)zeros + 2 * CHECK_PAGE - 16,
		(unsigned long)zeros + 3,
		0x7ffffffff000UL,
	};

	memset(zeros, 0, CHECK_PAGE);
	for (size_t i = 0; i < COUNT(places); i++) {
		made_up_rsp = places[i];
		CHECK_KILLED(check_run(return_from_nothing, 5000), SIGSEGV);
	}
}

/* Garbage frames of every kind, from one seed (SEED): the process ends one way or another. */
static void return_from_garbage(void)
{
	static uint64_t frame[1024] __attribute__((aligned(64)));
	uint64_t state = check_env("SEED", 1) * 0x9e3779b97f4a7c15ULL + made_up_rsp;

	for (size_t i = 0; i < COUNT(frame); i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		frame[i] = state;
	}
	made_up_rsp = (unsigned long)(frame + 256);
	return_from_nothing();
}

static void random_frames(void)
{
	long count = check_env("FRAMES", 20);

	for (long i = 0; i < count; i++) {
		made_up_rsp = i + 1;
		CHECK_KILLED(check_run(return_from_garbage, 5000), SIGSEGV);
	}
}

/* The stack has no room for a frame: the process dies of SIGSEGV instead of running its handler. */
static void handler_without_stack(void)
{
	check_handler(SIGUSR1, on_usr1, 0);
	current_spoiler = &spoilers[0];
	__asm__ volatile("mov %0, %%rsp\n\tsyscall"
			 :
			 : "r"(made_up_rsp), "a"((long)SYS_kill), "D"((long)getpid()),
			   "S"((long)SIGUSR1)
			 : "rcx", "r11", "memory");
	raw_syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}

static void frames_not_delivered(void)
{
	const unsigned long places[] = {0, 64, 0x2000, NONCANONICAL, KERNEL_CODE, ~0UL};

	for (size_t i = 0; i < COUNT(places); i++) {
		made_up_rsp = places[i];
		CHECK_KILLED(check_run(handler_without_stack, 5000), SIGSEGV);
	}
}

static const struct check_case cases[] = {
	CASE(spoiled_frames),
	CASE(frames_elsewhere),
	CASE(random_frames),
	CASE(frames_not_delivered),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
