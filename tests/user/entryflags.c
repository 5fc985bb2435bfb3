/* SPDX-License-Identifier: MIT */
/*
 * The kernel entered with user flags that would trip it if it kept them: the direction flag, the
 * alignment check (which opens user memory to the kernel under SMAP), single stepping, the nested
 * task flag, by system call, by fault and by interrupt. The call does its work, and the flags are
 * the user's again afterwards; a signal handler starts with them clear.
 */
#include "check.h"

#include <ucontext.h>

#define FLAG_TF   0x100UL
#define FLAG_IF   0x200UL
#define FLAG_DF   0x400UL
#define FLAG_IOPL 0x3000UL
#define FLAG_NT   0x4000UL
#define FLAG_AC   0x40000UL
#define FLAG_ID   0x200000UL

/* Makes a system call with these flags set; returns its result, and in *after the flags then. */
static long call_with(unsigned long flags, long number, long a, long b, long c,
		      unsigned long *after)
{
	long result;

	__asm__ volatile(
		"pushfq\n\t"
		"orq %[flags], (%%rsp)\n\t"
		"popfq\n\t"
		"syscall\n\t"
		"pushfq\n\t"
		"popq %[after]\n\t"
		"pushfq\n\t"
		"andq %[clear], (%%rsp)\n\t"
		"popfq"
		: "=a"(result), [after] "=&r"(*after)
		: "a"(number), "D"(a), "S"(b),
		  "d"(c), [flags] "r"(flags), [clear] "r"(~(FLAG_DF | FLAG_NT | FLAG_AC | FLAG_ID))
		: "rcx", "r11", "memory", "cc");
	return result;
}

/* Copies both ways through a pipe, and looks at a path: all of the kernel's string instructions. */
static void calls_work_with(unsigned long flags)
{
	static char out[3000], in[3000];
	unsigned long after;
	struct stat st;
	int fds[2];

	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (char)(i * 7);
	memset(in, 0, sizeof(in));
	CHECK_OK(pipe(fds));
	CHECK_EQ(call_with(flags, SYS_write, fds[1], (long)out, sizeof(out), &after), sizeof(out));
	CHECK_EQ(after & flags, flags);
	CHECK_EQ(call_with(flags, SYS_read, fds[0], (long)in, sizeof(in), &after), sizeof(in));
	CHECK_EQ(memcmp(out, in, sizeof(in)), 0);
	CHECK_EQ(call_with(flags, SYS_stat, (long)"/dev/null", (long)&st, 0, &after), 0);
	CHECK_EQ(after & flags, flags);
	CHECK(S_ISCHR(st.st_mode));
	CHECK_EQ(call_with(flags, SYS_getpid, 0, 0, 0, &after), getpid());
	CHECK_EQ(call_with(flags, SYS_sched_yield, 0, 0, 0, &after), 0);
	CHECK_EQ(after & flags, flags);
	CHECK_EQ(call_with(flags, 1000, 0, 0, 0, &after), -ENOSYS);
	CHECK_EQ(after & (flags | FLAG_IF), flags | FLAG_IF);
	close(fds[0]);
	close(fds[1]);
}

static void direction(void)
{
	calls_work_with(FLAG_DF);
}

static void alignment(void)
{
	calls_work_with(FLAG_AC);
}

static void nested_task(void)
{
	calls_work_with(FLAG_NT);
}

static void all_at_once(void)
{
	calls_work_with(FLAG_DF | FLAG_AC | FLAG_NT | FLAG_ID);
}

/* Page faults that the kernel serves (demand, copy-on-write) with the flags set. */
static void faults(void)
{
	char *p = mmap(NULL, 8 * CHECK_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	const unsigned long flags[] = {FLAG_DF, FLAG_AC, FLAG_NT, FLAG_DF | FLAG_NT | FLAG_AC};

	for (size_t i = 0; i < COUNT(flags); i++) {
		unsigned long after;

		__asm__ volatile("pushfq\n\t"
				 "orq %[flags], (%%rsp)\n\t"
				 "popfq\n\t"
				 "movb $5, (%[p])\n\t"
				 "pushfq\n\t"
				 "popq %[after]\n\t"
				 "pushfq\n\t"
				 "andq %[clear], (%%rsp)\n\t"
				 "popfq"
				 : [after] "=&r"(after)
				 : [flags] "r"(flags[i]), [p] "r"(p + i * CHECK_PAGE),
				   [clear] "r"(~(FLAG_DF | FLAG_NT | FLAG_AC))
				 : "memory", "cc");
		CHECK_EQ(after & flags[i], flags[i]);
		CHECK_EQ(p[i * CHECK_PAGE], 5);
		CHECK_EQ(p[i * CHECK_PAGE + 1], 0);
	}
}

static volatile unsigned long handler_flags, saved_flags;

static void on_usr1(int sig, siginfo_t *info, void *context)
{
	unsigned long flags;

	__asm__ volatile("pushfq\n\tpopq %0" : "=r"(flags));
	handler_flags = flags;
	saved_flags = ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL];
}

/* kill(self) with the direction flag set: the handler runs with it clear, the caller keeps it. */
static void handler_starts_clean(void)
{
	unsigned long after;

	check_handler(SIGUSR1, on_usr1, 0);
	CHECK_EQ(call_with(FLAG_DF, SYS_kill, getpid(), SIGUSR1, 0, &after), 0);
	CHECK_EQ(handler_flags & (FLAG_DF | FLAG_TF), 0);
	CHECK_EQ(saved_flags & FLAG_DF, FLAG_DF);
	CHECK_EQ(after & FLAG_DF, FLAG_DF);
	CHECK_EQ(call_with(FLAG_NT, SYS_kill, getpid(), SIGUSR1, 0, &after), 0);
}

static volatile int traps;
static volatile unsigned long last_trap;

static void on_trap(int sig, siginfo_t *info, void *context)
{
	ucontext_t *c = context;

	traps++;
	last_trap = c->uc_mcontext.gregs[REG_RIP];
	if (traps > 50)
		c->uc_mcontext.gregs[REG_EFL] &= ~FLAG_TF;
}

/* Single steps over a system call: the kernel itself never traps, the program does around it. */
static void single_step(void)
{
	long result;

	check_handler(SIGTRAP, on_trap, 0);
	__asm__ volatile("pushfq\n\t"
			 "orq %[tf], (%%rsp)\n\t"
			 "popfq\n\t"
			 "nop\n\t"
			 "syscall\n\t"
			 "nop\n\t"
			 "pushfq\n\t"
			 "andq %[clear], (%%rsp)\n\t"
			 "popfq\n\t"
			 "nop"
			 : "=a"(result)
			 : "a"((long)SYS_getpid), [tf] "r"(FLAG_TF), [clear] "r"(~FLAG_TF)
			 : "rcx", "r11", "memory", "cc");
	CHECK_EQ(result, getpid());
	CHECK_RANGE(traps, 4, 9);
}

/* A program whose only flag is TF and whose SIGTRAP is the default dies of it. */
static void step_to_death(void)
{
	__asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq\n\tsyscall\n\tnop"
			 :
			 : "r"(FLAG_TF), "a"((long)SYS_getpid)
			 : "rcx", "r11", "memory", "cc");
}

static void single_step_kills(void)
{
	CHECK_KILLED(check_run(step_to_death, 5000), SIGTRAP);
}

/* Popping flags gives no I/O privilege and cannot turn interrupts off. */
static void no_privilege(void)
{
	unsigned long after;

	call_with(FLAG_IOPL, SYS_getpid, 0, 0, 0, &after);
	CHECK_EQ(after & FLAG_IOPL, 0);
	__asm__ volatile("pushfq\n\tandq %1, (%%rsp)\n\tpopfq\n\tpushfq\n\tpopq %0"
			 : "=r"(after)
			 : "r"(~FLAG_IF)
			 : "memory", "cc");
	CHECK_EQ(after & FLAG_IF, FLAG_IF);
}

/* The registers that a call may not change: everything but RAX, RCX and R11. */
static void registers_kept(void)
{
	unsigned long regs[12];

	__asm__ volatile("push %%rbp\n\t"
			 "push %%rbx\n\t"
			 "mov %[regs], %%rbx\n\t"
			 "mov $1, %%edi\n\tmov $2, %%esi\n\tmov $3, %%edx\n\tmov $4, %%r8d\n\t"
			 "mov $5, %%r9d\n\tmov $6, %%r10d\n\tmov $7, %%r12d\n\tmov $8, %%r13d\n\t"
			 "mov $9, %%r14d\n\tmov $10, %%r15d\n\tmov $11, %%ebp\n\t"
			 "mov $24, %%eax\n\t"
			 "syscall\n\t"
			 "mov %%rdi, 0(%%rbx)\n\tmov %%rsi, 8(%%rbx)\n\tmov %%rdx, 16(%%rbx)\n\t"
			 "mov %%r8, 24(%%rbx)\n\tmov %%r9, 32(%%rbx)\n\tmov %%r10, 40(%%rbx)\n\t"
			 "mov %%r12, 48(%%rbx)\n\tmov %%r13, 56(%%rbx)\n\tmov %%r14, 64(%%rbx)\n\t"
			 "mov %%r15, 72(%%rbx)\n\tmov %%rbp, 80(%%rbx)\n\tmov %%rax, 88(%%rbx)\n\t"
			 "pop %%rbx\n\t"
			 "pop %%rbp"
			 :
			 : [regs] "r"(regs)
			 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
			   "r13", "r14", "r15", "memory", "cc");
	for (int i = 0; i < 11; i++)
		CHECK_EQ(regs[i], i + 1);
	CHECK_EQ(regs[11], 0);
}

static const struct check_case cases[] = {
	CASE(direction),    CASE(alignment),
	CASE(nested_task),  CASE(all_at_once),
	CASE(faults),       CASE(handler_starts_clean),
	CASE(single_step),  CASE(single_step_kills),
	CASE(no_privilege), CASE(registers_kept),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
