/* SPDX-License-Identifier: MIT */
/*
 * Shows that an application cannot touch the hardware, the kernel or its own code: each attempt is
 * made by a child process, and the signal that ends it is shown. Attempts that are allowed come
 * last, to see that the children do run what they should.
 */
#include "demo.h"

#include <signal.h>

static int data;
static char instruction[] = {(char)0xc3}; /* ret, as data */

#define ATTEMPT(name, statement) \
	static void name(void)   \
	{                        \
		statement;       \
	}

/* clang-format off */
ATTEMPT(stop_interrupts, __asm__ volatile("cli"))
ATTEMPT(halt, __asm__ volatile("hlt"))
ATTEMPT(read_port, __asm__ volatile("inb $0x60, %%al" ::: "rax"))
ATTEMPT(write_port, __asm__ volatile("outb %%al, $0x80" ::: "memory"))
ATTEMPT(load_page_table, __asm__ volatile("mov %0, %%cr3" ::"r"(0L)))
ATTEMPT(write_msr, __asm__ volatile("wrmsr" ::"a"(0), "d"(0), "c"(0xc0000080)))
ATTEMPT(load_gdt, __asm__ volatile("lgdt (%%rsp)" ::: "memory"))
ATTEMPT(flush_tlb, __asm__ volatile("invlpg (%%rsp)" ::: "memory"))
ATTEMPT(read_kernel, (void)*(volatile long *)0xffffffff80000000)
ATTEMPT(write_kernel, *(volatile long *)0xffff800000000000 = 0)
ATTEMPT(write_code, *(volatile char *)(uintptr_t)stop_interrupts = (char)0x90)
ATTEMPT(run_data, ((void (*)(void))(uintptr_t)instruction)())
ATTEMPT(read_time, (void)cycles())
ATTEMPT(read_cpuid, __asm__ volatile("cpuid" : : "a"(0) : "rbx", "rcx", "rdx"))
ATTEMPT(own_data, *(volatile int *)&data = 1)
/* clang-format on */

static const struct attempt {
	const char *what, *instruction;
	void (*make)(void);
	bool allowed;
} attempts[] = {
	{"switch interrupts off", "cli", stop_interrupts, false},
	{"stop the CPU", "hlt", halt, false},
	{"read the keyboard's port", "in al, 0x60", read_port, false},
	{"write to a port", "out 0x80, al", write_port, false},
	{"load another page table", "mov cr3, rax", load_page_table, false},
	{"change how the CPU works", "wrmsr", write_msr, false},
	{"load another segment table", "lgdt [rsp]", load_gdt, false},
	{"drop a translation", "invlpg [rsp]", flush_tlb, false},
	{"read the kernel's code", "mov rax, [0xffffffff80000000]", read_kernel, false},
	{"write the kernel's memory", "mov [0xffff800000000000], 0", write_kernel, false},
	{"write its own code", "mov [function], 0x90", write_code, false},
	{"run its data as code", "call data", run_data, false},
	{"read the time-stamp counter", "rdtsc", read_time, true},
	{"ask which CPU this is", "cpuid", read_cpuid, true},
	{"write its own data", "mov [data], 1", own_data, true},
};

static void *make_attempt(void *attempt)
{
	((const struct attempt *)attempt)->make();
	return NULL;
}

int main(int argc, char **argv)
{
	int refused = 0, expected = 0;

	demo_begin(argc, argv, NULL);
	printf("%-28s %-30s %s\n", "a process tries to", "by", "and gets");
	for (size_t i = 0; i < sizeof(attempts) / sizeof(*attempts); i++) {
		const struct attempt *a = &attempts[i];
		pid_t child = start_process(make_attempt, (void *)a);
		int status;

		must(waitpid(child, &status, 0) == child, "waitpid");
		bool ended = WIFSIGNALED(status);
		printf("%-28s %-30s %s\n", a->what, a->instruction,
		       ended ? strsignal(WTERMSIG(status)) : "done");
		claim(ended != a->allowed, "%s was %s", a->instruction, ended ? "refused" : "done");
		refused += ended;
		expected += !a->allowed;
	}
	printf("%d of %d forbidden attempts refused, and process %d is unharmed\n", refused,
	       expected, getpid());
	return verdict("an application cannot touch the hardware, the kernel or its code");
}
