/* SPDX-License-Identifier: MIT */
/*
 * The end of user memory. A `syscall` in the last bytes of the last user page would return to the
 * first address that is not canonical: on some processors SYSRET to there faults in the kernel, on
 * the user's stack. The last page below it cannot be mapped, so the return faults in user mode.
 */
#include "check.h"

#include <ucontext.h>

#define USER_END  0x7ffffffff000UL
#define LAST_PAGE ((char *)(USER_END - CHECK_PAGE))

static void on_segv(int sig, siginfo_t *info, void *context)
{
	unsigned long rip = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

	_exit((unsigned long)info->si_addr == USER_END && rip == USER_END &&
			      info->si_code == SEGV_MAPERR
		      ? 0
		      : 1);
}

/* Maps the last user page with these last bytes and jumps to them; does not come back. */
static __attribute__((noinline)) void map_and_jump(const unsigned char *code, int size, int handler)
{
	static char signal_stack[65536];
	stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof(signal_stack)};
	char *start;

	sigaltstack(&stack, NULL);
	if (handler)
		check_handler(SIGSEGV, on_segv, SA_ONSTACK);
	start = mmap(LAST_PAGE, CHECK_PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (start != LAST_PAGE)
		_exit(2);
	start += CHECK_PAGE - size;
	memcpy(start, code, size);
	__asm__ volatile("jmp *%0"
			 :
			 : "r"(start), "a"((long)SYS_getpid), "D"(0L)
			 : "memory", "rcx", "r11");
}

/* The stack's own top may lie in that page: everything still needed moves some pages down. */
static void run_at_end(const unsigned char *code, int size, int handler)
{
	((volatile char *)__builtin_alloca(3 * CHECK_PAGE))[0] = 0;
	map_and_jump(code, size, handler);
}

static const unsigned char syscall_last[] = {0x0f, 0x05};
static const unsigned char syscall_split[] = {0x0f};
static const unsigned char nop_last[] = {0x90};

static void caught_syscall(void)
{
	run_at_end(syscall_last, 2, 1);
}

static void caught_nop(void)
{
	run_at_end(nop_last, 1, 1);
}

static void plain_syscall(void)
{
	run_at_end(syscall_last, 2, 0);
}

static void plain_split(void)
{
	run_at_end(syscall_split, 1, 0);
}

static void syscall_at_end(void)
{
	CHECK_EXITED(check_run(caught_syscall, 5000), 0);
	CHECK_KILLED(check_run(plain_syscall, 5000), SIGSEGV);
}

static void falls_off_the_end(void)
{
	CHECK_EXITED(check_run(caught_nop, 5000), 0);
	CHECK_KILLED(check_run(plain_split, 5000), SIGSEGV);
}

/* Nothing can be mapped from USER_END on, nor across it. */
static void cannot_map(void)
{
	static const unsigned long bad[] = {USER_END, 0x800000000000UL, 0xffff800000000000UL,
					    0xfffffffffffff000UL};

	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK_ERRNO((long)mmap((void *)bad[i], CHECK_PAGE, PROT_READ,
				       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			    ENOMEM);
	CHECK_ERRNO((long)mmap(LAST_PAGE, 2 * CHECK_PAGE, PROT_READ,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
		    ENOMEM);
}

/* A system call made just below the end with arguments that reach over it. */
static void buffer_over_the_end(void)
{
	CHECK_EQ(raw_syscall(SYS_write, 1, USER_END - 1, 2, 0, 0, 0), -EFAULT);
	CHECK_EQ(raw_syscall(SYS_getcwd, USER_END - 1, 4096, 0, 0, 0, 0), -EFAULT);
	CHECK_EQ(raw_syscall(SYS_stat, (long)"/", USER_END - 8, 0, 0, 0, 0), -EFAULT);
}

static const struct check_case cases[] = {
	CASE(syscall_at_end),
	CASE(falls_off_the_end),
	CASE(cannot_map),
	CASE(buffer_over_the_end),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
