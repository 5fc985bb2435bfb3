/* SPDX-License-Identifier: MIT */
/*
 * What a program may do wrong in user mode, and the signal it gets for it. One table row a fault:
 * the signal, its si_code and what si_addr must be, as Linux gave them on the same instruction.
 * Every row runs twice: with a handler on an alternate stack, which compares the siginfo, and
 * without, where the process must die of that very signal and its parent go on.
 */
#include "check.h"

#include <ucontext.h>

#define KERNEL_ADDRESS  0xffffffff80100000UL
#define DIRECT_MAP      0xffff888000000000UL
#define NONCANONICAL    0x0000800000000000UL
#define NONCANONICAL_HI 0xdeadbeefcafe0000UL

#define KERNEL_CODE 0x80 /* SI_KERNEL: no address is told */

enum si_addr_rule {
	ADDR_ZERO,   /* si_addr is NULL */
	ADDR_TARGET, /* si_addr is fault_target, set by the row's function */
	ADDR_RIP,    /* si_addr is the instruction that the saved RIP names */
	ADDR_ANY,
};

/* How QEMU's emulator may differ from a processor (the control runs on a real one). */
#define MAY_PASS    1  /* it does not raise this exception */
#define MAY_BE_GP   2  /* it raises a general protection fault: SIGSEGV, SI_KERNEL, NULL */
#define TARAE_IS_GP 4  /* Tarae has no 32-bit calls: the gate does not exist */
#define MAY_BE_ILL  8  /* vendors differ: invalid opcode or general protection */
#define HAS_NOT     32 /* it does not know this instruction: SIGILL */
#define READS_STACK 16 /* it reads the stack of LRET and IRET with kernel rights: SMAP forbids */

struct fault_row {
	const char *name;
	void (*run)(void);
	int signal;
	int code;
	enum si_addr_rule addr;
	int flags;
};

static volatile unsigned long fault_target;
static const struct fault_row *fault_row;
static char *fault_page; /* one read-write page, then one without any access */

static void read_at(unsigned long address)
{
	fault_target = address;
	(void)*(volatile char *)address;
}

static void write_at(unsigned long address)
{
	fault_target = address;
	*(volatile char *)address = 1;
}

static void jump_to(unsigned long address)
{
	fault_target = address;
	__asm__ volatile("jmp *%0" : : "r"(address) : "memory");
}

static void read_null(void)
{
	read_at(0);
}

static void write_null(void)
{
	write_at(0);
}

static void call_null(void)
{
	jump_to(0);
}

static void read_low(void)
{
	read_at(0x1238);
}

static void read_kernel(void)
{
	read_at(KERNEL_ADDRESS);
}

static void write_kernel(void)
{
	write_at(KERNEL_ADDRESS);
}

static void jump_kernel(void)
{
	jump_to(KERNEL_ADDRESS);
}

static void read_direct_map(void)
{
	read_at(DIRECT_MAP);
}

static void read_last_byte(void)
{
	read_at(~0UL);
}

static void read_noncanonical(void)
{
	read_at(NONCANONICAL);
}

static void write_noncanonical(void)
{
	write_at(NONCANONICAL_HI);
}

static void jump_noncanonical(void)
{
	jump_to(NONCANONICAL_HI);
}

static void read_above_user(void)
{
	read_at(0x7ffffffff000UL);
}

static void jump_to_data(void)
{
	static unsigned char code[] = {0xc3};

	jump_to((unsigned long)code);
}

static void jump_to_stack(void)
{
	volatile unsigned char code[16] = {0xc3};

	jump_to((unsigned long)code);
}

static void jump_to_heap(void)
{
	char *code = malloc(16);

	code[0] = (char)0xc3;
	jump_to((unsigned long)code);
}

static void write_code(void)
{
	write_at((unsigned long)write_code);
}

static void write_constant(void)
{
	static const char constant[] = "constant";

	write_at((unsigned long)constant);
}

static void read_no_access(void)
{
	read_at((unsigned long)fault_page + CHECK_PAGE);
}

static void write_no_access(void)
{
	write_at((unsigned long)fault_page + CHECK_PAGE + 8);
}

static void read_across(void)
{
	fault_target = (unsigned long)fault_page + CHECK_PAGE;
	(void)*(volatile long *)(fault_page + CHECK_PAGE - 4);
}

static void write_read_only(void)
{
	mprotect(fault_page, CHECK_PAGE, PROT_READ);
	write_at((unsigned long)fault_page + 16);
}

static void read_unmapped(void)
{
	munmap(fault_page, CHECK_PAGE);
	read_at((unsigned long)fault_page + 24);
}

static void read_past_file(void)
{
	char *p;
	int fd = open("faults.file", O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (write(fd, "x", 1) != 1)
		_exit(90);
	p = mmap(NULL, 2 * CHECK_PAGE, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	unlink("faults.file");
	read_at((unsigned long)p + CHECK_PAGE + 32);
}

/* Recursion that the compiler can neither see through nor turn into a loop: the target stays 0. */
static __attribute__((noinline)) int recurse(int depth)
{
	volatile char frame[1024];

	frame[0] = (char)depth;
	if (fault_target)
		return 0;
	return recurse(depth + 1) + frame[0];
}

static void overflow_stack(void)
{
	recurse(0);
}

static void push_noncanonical(void)
{
	__asm__ volatile("mov %0, %%rsp\n\tpush %%rax" : : "r"(NONCANONICAL_HI) : "memory");
}

static void push_kernel(void)
{
	fault_target = KERNEL_ADDRESS - 8;
	__asm__ volatile("mov %0, %%rsp\n\tpush %%rax" : : "r"(KERNEL_ADDRESS) : "memory");
}

#define INSTRUCTION(name, text)                                                          \
	static void name(void)                                                           \
	{                                                                                \
		static unsigned char scratch[16] UNUSED;                                 \
		__asm__ volatile(text                                                    \
				 :                                                       \
				 : "a"(0L), "c"(0L), "d"(0L), "D"(scratch), "S"(scratch) \
				 : "memory");                                            \
	}

INSTRUCTION(ins_cli, "cli")
INSTRUCTION(ins_sti, "sti")
INSTRUCTION(ins_hlt, "hlt")
INSTRUCTION(ins_in, "mov $0x60, %%edx\n\tin %%dx, %%al")
INSTRUCTION(ins_out, "mov $0xf4, %%edx\n\tout %%al, %%dx")
INSTRUCTION(ins_insb, "mov $0x60, %%edx\n\tinsb")
INSTRUCTION(ins_wrmsr, "mov $0xc0000082, %%ecx\n\twrmsr")
INSTRUCTION(ins_rdmsr, "mov $0xc0000082, %%ecx\n\trdmsr")
INSTRUCTION(ins_read_cr0, "mov %%cr0, %%rax")
INSTRUCTION(ins_write_cr0, "mov %%rax, %%cr0")
INSTRUCTION(ins_read_cr3, "mov %%cr3, %%rax")
INSTRUCTION(ins_write_cr3, "mov %%rax, %%cr3")
INSTRUCTION(ins_write_cr4, "mov %%rax, %%cr4")
INSTRUCTION(ins_write_cr8, "mov %%rax, %%cr8")
INSTRUCTION(ins_read_dr7, "mov %%dr7, %%rax")
INSTRUCTION(ins_write_dr0, "mov %%rax, %%dr0")
INSTRUCTION(ins_lgdt, "lgdt (%%rdi)")
INSTRUCTION(ins_lidt, "lidt (%%rdi)")
INSTRUCTION(ins_lldt, "lldt %%ax")
INSTRUCTION(ins_ltr, "ltr %%ax")
INSTRUCTION(ins_lmsw, "lmsw %%ax")
INSTRUCTION(ins_clts, "clts")
INSTRUCTION(ins_invd, "invd")
INSTRUCTION(ins_wbinvd, "wbinvd")
INSTRUCTION(ins_invlpg, "invlpg (%%rdi)")
INSTRUCTION(ins_swapgs, "swapgs")
INSTRUCTION(ins_sysret, "sysretq")
INSTRUCTION(ins_sysexit, "sysexitq")
INSTRUCTION(ins_sysenter, "sysenter")
INSTRUCTION(ins_xsetbv, "xsetbv")
INSTRUCTION(ins_stac, "stac")
INSTRUCTION(ins_ud2, "ud2")
INSTRUCTION(ins_undefined, ".byte 0x0f, 0xff, 0xc0")
INSTRUCTION(ins_lock_register, ".byte 0xf0, 0x89, 0xc0")
INSTRUCTION(ins_push_es, ".byte 0x06")
INSTRUCTION(ins_int3, "int3")
INSTRUCTION(ins_icebp, ".byte 0xf1")
INSTRUCTION(ins_int_0, "int $0")
INSTRUCTION(ins_int_2, "int $2")
INSTRUCTION(ins_int_4, "int $4")
INSTRUCTION(ins_int_8, "int $8")
INSTRUCTION(ins_int_13, "int $13")
INSTRUCTION(ins_int_14, "int $14")
INSTRUCTION(ins_int_32, "int $0x20")
INSTRUCTION(ins_int_129, "int $0x81")
INSTRUCTION(ins_int_240, "int $0xf0")
INSTRUCTION(ins_int_255, "int $0xff")
INSTRUCTION(ins_load_ss, "mov %%ax, %%ss")
INSTRUCTION(ins_load_ds, "mov $0x7c, %%eax\n\tmov %%ax, %%ds")
INSTRUCTION(ins_load_kernel_ds, "mov $0x10, %%eax\n\tmov %%ax, %%ss")
INSTRUCTION(ins_far_return, "pushq $0x10\n\tpushq $0\n\tlretq")
INSTRUCTION(ins_iret_kernel,
	    "push $0x18\n\tpush %%rdi\n\tpushfq\n\tpush $0x10\n\tpush %%rdi\n\tiretq")
INSTRUCTION(ins_divide_zero, "xor %%ecx, %%ecx\n\tmov $1, %%eax\n\tdiv %%ecx")
INSTRUCTION(ins_divide_overflow, "mov $1, %%edx\n\tmov $1, %%ecx\n\tdiv %%ecx")
INSTRUCTION(ins_trace, "pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tnop\n\tnop")
INSTRUCTION(ins_movaps_unaligned, "movaps 1(%%rdi), %%xmm0")

/* Linux's answers to `int $0x80` are 32-bit system calls: number 20 is getpid there. */
INSTRUCTION(ins_int_128, "mov $20, %%eax\n\tint $0x80\n\tud2")

static void x87_with(unsigned short control)
{
	__asm__ volatile("fninit\n\tfldcw %0\n\tfldz\n\tfld1\n\tfdivp\n\tfwait" : : "m"(control));
}

static void x87_divide(void)
{
	x87_with(0x37f & ~4);
}

static void x87_invalid(void)
{
	unsigned short control = 0x37f & ~1;

	__asm__ volatile("fninit\n\tfldcw %0\n\tfldz\n\tfldz\n\tfdivp\n\tfwait" : : "m"(control));
}

static void sse_with(unsigned int mxcsr, float a, float b)
{
	__asm__ volatile("ldmxcsr %0\n\tdivss %2, %1" : : "m"(mxcsr), "x"(a), "x"(b));
}

static void sse_divide(void)
{
	sse_with(0x1f80 & ~0x200, 1.0f, 0.0f);
}

static void sse_invalid(void)
{
	sse_with(0x1f80 & ~0x80, 0.0f, 0.0f);
}

static void sse_inexact(void)
{
	sse_with(0x1f80 & ~0x1000, 1.0f, 3.0f);
}

static void sse_bad_mxcsr(void)
{
	unsigned int mxcsr = 0xffff1f80;

	__asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
}

/* clang-format off */
#define PRIVILEGED(fn) {#fn, fn, SIGSEGV, KERNEL_CODE, ADDR_ZERO, 0}
/* clang-format on */

static const struct fault_row rows[] = {
	{"read_null", read_null, SIGSEGV, SEGV_MAPERR, ADDR_TARGET, 0},
	{"write_null", write_null, SIGSEGV, SEGV_MAPERR, ADDR_TARGET, 0},
	{"call_null", call_null, SIGSEGV, SEGV_MAPERR, ADDR_TARGET, 0},
	{"read_low", read_low, SIGSEGV, SEGV_MAPERR, ADDR_TARGET, 0},
	{"read_kernel", read_kernel, SIGSEGV, SEGV_MAPERR, ADDR_TARGET, 0},
	{"write_kernel", write_kernel, SIGSEGV, SEGV_MAPERR, ADDR_TARGET, 0},
	{"jump_kernel", jump_kernel, SIGSEGV, SEGV_MAPERR, ADDR_TARGET, 0},
	{"read_direct_map", read_direct_map, SIGSEGV, SEGV_MAPERR, ADDR_TARGET, 0},
	{"read_last_byte", read_last_byte, SIGSEGV, SEGV_MAPERR, ADDR_TARGET, 0},
	{"read_above_user", read_above_user, SIGSEGV, SEGV_MAPERR, ADDR_TARGET, 0},
	PRIVILEGED(read_noncanonical),
	PRIVILEGED(write_noncanonical),
	PRIVILEGED(jump_noncanonical),
	{"push_noncanonical", push_noncanonical, SIGBUS, KERNEL_CODE, ADDR_ZERO, MAY_BE_GP},
	{"push_kernel", push_kernel, SIGSEGV, SEGV_MAPERR, ADDR_TARGET, 0},
	{"jump_to_data", jump_to_data, SIGSEGV, SEGV_ACCERR, ADDR_TARGET, 0},
	{"jump_to_stack", jump_to_stack, SIGSEGV, SEGV_ACCERR, ADDR_TARGET, 0},
	{"jump_to_heap", jump_to_heap, SIGSEGV, SEGV_ACCERR, ADDR_TARGET, 0},
	{"write_code", write_code, SIGSEGV, SEGV_ACCERR, ADDR_TARGET, 0},
	{"write_constant", write_constant, SIGSEGV, SEGV_ACCERR, ADDR_TARGET, 0},
	{"read_no_access", read_no_access, SIGSEGV, SEGV_ACCERR, ADDR_TARGET, 0},
	{"write_no_access", write_no_access, SIGSEGV, SEGV_ACCERR, ADDR_TARGET, 0},
	{"read_across", read_across, SIGSEGV, SEGV_ACCERR, ADDR_TARGET, 0},
	{"write_read_only", write_read_only, SIGSEGV, SEGV_ACCERR, ADDR_TARGET, 0},
	{"read_unmapped", read_unmapped, SIGSEGV, SEGV_MAPERR, ADDR_TARGET, 0},
	{"read_past_file", read_past_file, SIGBUS, BUS_ADRERR, ADDR_TARGET, 0},
	{"overflow_stack", overflow_stack, SIGSEGV, SEGV_MAPERR, ADDR_ANY, 0},
	PRIVILEGED(ins_cli),
	PRIVILEGED(ins_sti),
	PRIVILEGED(ins_hlt),
	PRIVILEGED(ins_in),
	PRIVILEGED(ins_out),
	PRIVILEGED(ins_insb),
	PRIVILEGED(ins_wrmsr),
	PRIVILEGED(ins_rdmsr),
	PRIVILEGED(ins_read_cr0),
	PRIVILEGED(ins_write_cr0),
	PRIVILEGED(ins_read_cr3),
	PRIVILEGED(ins_write_cr3),
	PRIVILEGED(ins_write_cr4),
	PRIVILEGED(ins_write_cr8),
	PRIVILEGED(ins_read_dr7),
	PRIVILEGED(ins_write_dr0),
	PRIVILEGED(ins_lgdt),
	PRIVILEGED(ins_lidt),
	PRIVILEGED(ins_lldt),
	PRIVILEGED(ins_ltr),
	PRIVILEGED(ins_lmsw),
	PRIVILEGED(ins_clts),
	PRIVILEGED(ins_invd),
	PRIVILEGED(ins_wbinvd),
	PRIVILEGED(ins_invlpg),
	PRIVILEGED(ins_swapgs),
	PRIVILEGED(ins_sysret),
	{"ins_sysexit", ins_sysexit, SIGILL, ILL_ILLOPN, ADDR_RIP, MAY_BE_ILL},
	{"ins_sysenter", ins_sysenter, SIGILL, ILL_ILLOPN, ADDR_RIP, MAY_BE_ILL},
	PRIVILEGED(ins_xsetbv),
	{"ins_stac", ins_stac, SIGILL, ILL_ILLOPN, ADDR_RIP, 0},
	{"ins_ud2", ins_ud2, SIGILL, ILL_ILLOPN, ADDR_RIP, 0},
	{"ins_undefined", ins_undefined, SIGILL, ILL_ILLOPN, ADDR_RIP, 0},
	{"ins_lock_register", ins_lock_register, SIGILL, ILL_ILLOPN, ADDR_RIP, MAY_PASS},
	{"ins_push_es", ins_push_es, SIGILL, ILL_ILLOPN, ADDR_RIP, 0},
	{"ins_int3", ins_int3, SIGTRAP, KERNEL_CODE, ADDR_ZERO, 0},
	{"ins_icebp", ins_icebp, SIGTRAP, TRAP_BRKPT, ADDR_RIP, HAS_NOT},
	PRIVILEGED(ins_int_0),
	PRIVILEGED(ins_int_2),
	PRIVILEGED(ins_int_4),
	PRIVILEGED(ins_int_8),
	PRIVILEGED(ins_int_13),
	PRIVILEGED(ins_int_14),
	PRIVILEGED(ins_int_32),
	{"ins_int_128", ins_int_128, SIGILL, ILL_ILLOPN, ADDR_RIP, TARAE_IS_GP},
	PRIVILEGED(ins_int_129),
	PRIVILEGED(ins_int_240),
	PRIVILEGED(ins_int_255),
	PRIVILEGED(ins_load_ss),
	PRIVILEGED(ins_load_ds),
	PRIVILEGED(ins_load_kernel_ds),
	{"ins_far_return", ins_far_return, SIGSEGV, KERNEL_CODE, ADDR_ZERO, READS_STACK},
	{"ins_iret_kernel", ins_iret_kernel, SIGSEGV, KERNEL_CODE, ADDR_ZERO, READS_STACK},
	{"ins_divide_zero", ins_divide_zero, SIGFPE, FPE_INTDIV, ADDR_RIP, 0},
	{"ins_divide_overflow", ins_divide_overflow, SIGFPE, FPE_INTDIV, ADDR_RIP, 0},
	{"ins_trace", ins_trace, SIGTRAP, TRAP_TRACE, ADDR_RIP, 0},
	{"ins_movaps_unaligned", ins_movaps_unaligned, SIGSEGV, KERNEL_CODE, ADDR_ZERO, MAY_PASS},
	{"x87_divide", x87_divide, SIGFPE, FPE_FLTDIV, ADDR_RIP, MAY_PASS},
	{"x87_invalid", x87_invalid, SIGFPE, FPE_FLTINV, ADDR_RIP, MAY_PASS},
	{"sse_divide", sse_divide, SIGFPE, FPE_FLTDIV, ADDR_RIP, MAY_PASS},
	{"sse_invalid", sse_invalid, SIGFPE, FPE_FLTINV, ADDR_RIP, MAY_PASS},
	{"sse_inexact", sse_inexact, SIGFPE, FPE_FLTRES, ADDR_RIP, MAY_PASS},
	{"sse_bad_mxcsr", sse_bad_mxcsr, SIGSEGV, KERNEL_CODE, ADDR_ZERO, MAY_PASS},
};

/* The siginfo that this machine must give for the row: the table's, or what the flags allow. */
static int acceptable(int sig, int code, unsigned long addr, unsigned long rip)
{
	const struct fault_row *row = fault_row;
	int general_protection = sig == SIGSEGV && code == KERNEL_CODE && addr == 0;

	if (on_tarae() && (row->flags & TARAE_IS_GP))
		return general_protection;
	if (on_tarae() && (row->flags & MAY_BE_GP) && general_protection)
		return 1;
	if (on_tarae() && (row->flags & HAS_NOT) && sig == SIGILL)
		return 1;
	if (on_tarae() && (row->flags & READS_STACK) && sig == SIGSEGV)
		return 1;
	if ((row->flags & MAY_BE_ILL) && general_protection)
		return 1;
	if (sig != row->signal || code != row->code)
		return 0;
	switch (row->addr) {
	case ADDR_ZERO:
		return addr == 0;
	case ADDR_TARGET:
		return addr == fault_target;
	case ADDR_RIP:
		return addr == rip;
	default:
		return 1;
	}
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	unsigned long rip = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
	unsigned long addr = (unsigned long)info->si_addr;

	if (acceptable(sig, info->si_code, addr, rip))
		_exit(0);
	check_fail(__FILE__, __LINE__,
		   "%s: expected signal %d code %d, got signal %d code %d addr 0x%lx (target 0x%lx,"
		   " rip 0x%lx)",
		   fault_row->name, fault_row->signal, fault_row->code, sig, info->si_code, addr,
		   fault_target, rip);
	_exit(1);
}

static const int fault_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS};

static void fault_setup(void)
{
	fault_page = mmap(NULL, 2 * CHECK_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	mprotect(fault_page + CHECK_PAGE, CHECK_PAGE, PROT_NONE);
	fault_page[0] = 1;
}

/* In a child: exits 0 for the right siginfo, 1 for another, 2 when nothing happened. */
static void run_caught(void)
{
	stack_t stack = {.ss_size = 65536};

	stack.ss_sp = malloc(stack.ss_size);
	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < COUNT(fault_signals); i++)
		check_handler(fault_signals[i], on_fault, SA_ONSTACK);
	fault_setup();
	fault_row->run();
	_exit(2);
}

/* In a child: dies of the row's signal. */
static void run_plain(void)
{
	fault_setup();
	fault_row->run();
	_exit(2);
}

static void fault_test(const struct fault_row *row)
{
	int passes = on_tarae() && (row->flags & MAY_PASS);
	int status, sig;

	fault_row = row;
	status = check_run(run_caught, 10000);
	if (status != 0 && !(passes && WIFEXITED(status) && WEXITSTATUS(status) == 2)) {
		char text[64];

		check_fail(__FILE__, __LINE__, "%s, caught: expected the signal, got %s", row->name,
			   check_describe(status, text, sizeof(text)));
	}
	status = check_run(run_plain, 10000);
	if (passes && WIFEXITED(status) && WEXITSTATUS(status) == 2)
		return;
	sig = row->signal;
	if ((on_tarae() && (row->flags & TARAE_IS_GP)) ||
	    ((row->flags & (MAY_BE_GP | MAY_BE_ILL)) && WIFSIGNALED(status) &&
	     WTERMSIG(status) == SIGSEGV))
		sig = SIGSEGV;
	if (on_tarae() && (row->flags & HAS_NOT) && status == SIGILL)
		sig = SIGILL;
	if (!WIFSIGNALED(status) || WTERMSIG(status) != sig) {
		char text[64];

		check_fail(__FILE__, __LINE__, "%s, uncaught: expected signal %d, got %s",
			   row->name, sig, check_describe(status, text, sizeof(text)));
	}
}

int main(int argc, char **argv)
{
	int ran = 0;

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (argc > 1 && !strstr(rows[i].name, argv[1]))
			continue;
		ran++;
		fault_test(&rows[i]);
	}
	check_print("%d faults, %d failed", ran, check_failures);
	return check_failures || !ran ? 1 : 0;
}
