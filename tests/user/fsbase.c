/* SPDX-License-Identifier: MIT */
/*
 * The bases of FS and GS through arch_prctl: addresses that are no user address are refused, valid
 * ones hold across switches, forks and signals. Done by a child each, in assembly where the base is
 * not libc's, because libc's own thread data lies there.
 */
#include "check.h"

#define ARCH_SET_GS 0x1001
#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003
#define ARCH_GET_GS 0x1004

static long arch_prctl(long code, unsigned long address)
{
	return raw_syscall(SYS_arch_prctl, code, (long)address, 0, 0, 0, 0);
}

static unsigned long fs_base(void)
{
	unsigned long base = 0;

	CHECK_EQ(arch_prctl(ARCH_GET_FS, (unsigned long)&base), 0);
	return base;
}

static void bad_bases(void)
{
	static const unsigned long bad[] = {
		0x800000000000UL,
		0x8000000000000000UL,
		0xdeadbeef00000000UL,
		0xffff7fffffffffffUL,
		0xffff800000000000UL,
		0xffffffff80000000UL,
		~0UL,
		0x7ffffffff000UL,
	};
	unsigned long before = fs_base();

	for (size_t i = 0; i < COUNT(bad); i++) {
		CHECK_EQ(arch_prctl(ARCH_SET_FS, bad[i]), -EPERM);
		CHECK_EQ(fs_base(), before);
	}
}

static void bad_codes(void)
{
	CHECK_EQ(arch_prctl(0, 0), -EINVAL);
	CHECK_EQ(arch_prctl(0x1fff, 0), -EINVAL);
	CHECK_EQ(arch_prctl(ARCH_GET_FS, 0), -EFAULT);
	CHECK_EQ(arch_prctl(ARCH_GET_FS, 0xffffffff80000000UL), -EFAULT);
	CHECK_EQ(arch_prctl(ARCH_GET_FS, 0x8000000000000000UL), -EFAULT);
}

/* Any address below the end of user memory may be set, mapped or not; using it then is a fault. */
static void unmapped_base(void)
{
	CHECK_EQ(arch_prctl(ARCH_SET_FS, 0x700000000000UL), 0); /* no kernel maps there unasked */
	__asm__ volatile("mov %%fs:0, %%rax" : : : "rax");
	raw_syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}

static void unmapped(void)
{
	CHECK_KILLED(check_run(unmapped_base, 5000), SIGSEGV);
}

/* Reads through FS what lies at the base that this process chose, over and over, while
 * preempted. */
static void holds_across_switches(void)
{
	pid_t pids[3];

	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			static unsigned long block[8];
			unsigned long seen;

			block[0] = 1000 + i;
			arch_prctl(ARCH_SET_FS, (unsigned long)block);
			for (int n = 0; n < 2000; n++) {
				raw_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
				__asm__ volatile("mov %%fs:0, %0" : "=r"(seen));
				if (seen != 1000UL + i)
					raw_syscall(SYS_exit_group, 1, 0, 0, 0, 0, 0);
			}
			raw_syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0);
		}
	}
	for (int i = 0; i < 3; i++)
		CHECK_EXITED(check_wait(pids[i], 10000), 0);
}

/* A forked child has its parent's base; a program that exec starts has none. */
static void inherited(void)
{
	static unsigned long block[8] = {42};
	unsigned long seen = 0, base = fs_base();
	long pid;

	arch_prctl(ARCH_SET_FS, (unsigned long)block);
	pid = raw_syscall(SYS_fork, 0, 0, 0, 0, 0, 0);
	__asm__ volatile("mov %%fs:0, %0" : "=r"(seen));
	if (pid == 0)
		raw_syscall(SYS_exit_group, seen == 42 ? 0 : 1, 0, 0, 0, 0, 0);
	arch_prctl(ARCH_SET_FS, base);
	CHECK_EQ(seen, 42);
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

/* GS is the kernel's own per-CPU base on entry: whatever a program puts there stays harmless. */
static void gs_selector(void)
{
	__asm__ volatile("mov %0, %%gs\n\tmov %0, %%fs" : : "r"(0));
	raw_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);
	__asm__ volatile("mov %%gs:0, %%rax" : : : "rax");
	raw_syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}

static void null_gs(void)
{
	CHECK_KILLED(check_run(gs_selector, 5000), SIGSEGV);
}

/* Tarae may refuse GS as a whole, with EINVAL; a bad base is never taken. */
static void gs_base(void)
{
	static unsigned long block[8] = {43};
	unsigned long seen;
	long set = arch_prctl(ARCH_SET_GS, 0x8000000000000000UL);

	CHECK(set == -EPERM || (on_tarae() && set == -EINVAL));
	set = arch_prctl(ARCH_SET_GS, (unsigned long)block);
	if (on_tarae() && set == -EINVAL)
		return;
	CHECK_EQ(set, 0);
	raw_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
	__asm__ volatile("mov %%gs:0, %0" : "=r"(seen));
	CHECK_EQ(seen, 43);
}

static const struct check_case cases[] = {
	CASE(bad_bases), CASE(bad_codes), CASE(unmapped), CASE(holds_across_switches),
	CASE(inherited), CASE(null_gs),   CASE(gs_base),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
