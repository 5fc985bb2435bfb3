/* SPDX-License-Identifier: MIT */
/*
 * Every system call number from 0 to 1023, and a few wild ones, with arguments of all zeros, all
 * ones, and small mixed numbers. The caller may fail, hang or die of it; the kernel goes on and
 * every answer is a legal one, and the arguments are still in their registers: a system call
 * changes RAX, RCX and R11 alone. Numbers that no table has are -ENOSYS, and those of Linux's that
 * Tarae lacks are named on the console, once. (Linux looks at the low 32 bits of RAX alone; of
 * numbers with more than those only survival is asked.)
 *
 * None is left out on Tarae. What ends the machine by its meaning is reboot alone, which asks for
 * numbers that are not among these before it does.
 */
#include "sweep.h"

#define NUMBERS 1024
#define WILD    8
#define PER_SET (NUMBERS + WILD)
#define SETS    3

static const long wild[WILD] = {
	-1,   0x7fffffff, 0x80000000L, 0x100000000L, 0x40000000L, -4096, (long)0x8000000000000000UL,
	5000,
};

/* Numbers of Linux 6 end well below this one, and Linux answers ENOSYS from here on as we do. */
#define FIRST_UNUSED 548

/* Calls that would harm the machine of a control run. */
static int left_out(long number)
{
	if (on_tarae())
		return 0;
	switch (number) {
	case 153: /* vhangup: hangs up the terminal */
	case 162: /* sync: takes long on a host, says nothing */
	case 170: /* sethostname */
	case 171: /* setdomainname */
	case 246: /* kexec_load */
	case 320: /* kexec_file_load */
		return 1;
	default:
		return 0;
	}
}

static const unsigned char in_table[NUMBERS] = {
#define SYSCALL(number, name, kinds) [number] = 1,
#include "lib/abi/syscall_table.h"
};

static long number_of(int i)
{
	i %= PER_SET;
	return i < NUMBERS ? i : wild[i - NUMBERS];
}

#define CHANGED_REGISTERS (-100003)

/* `all` six arguments are equal, or they are 0x123456, 1, 2, 4, 8, 16. */
static long call_with(long number, int mixed, long all)
{
	long rdi = mixed ? 0x123456 : all, rsi = mixed ? 1 : all, rdx = mixed ? 2 : all;
	register long r10 __asm__("r10") = mixed ? 4 : all;
	register long r8 __asm__("r8") = mixed ? 8 : all;
	register long r9 __asm__("r9") = mixed ? 16 : all;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r10), "+r"(r8),
			   "+r"(r9)
			 : "a"(number)
			 : "rcx", "r11", "memory");
	if (rdi != (mixed ? 0x123456 : all) || rsi != (mixed ? 1 : all) ||
	    rdx != (mixed ? 2 : all) || r10 != (mixed ? 4 : all) || r8 != (mixed ? 8 : all) ||
	    r9 != (mixed ? 16 : all))
		return CHANGED_REGISTERS;
	return result;
}

static int call_number(int i)
{
	long number = number_of(i), r;

	if (left_out(number))
		return 0;
	r = call_with(number, i / PER_SET == 2, i / PER_SET == 1 ? -1 : 0);
	if (r == CHANGED_REGISTERS)
		return CHANGED_REGISTERS;
	if (number == SYS_brk || number == SYS_mmap || number == SYS_mremap)
		return r < 0 && r >= -4095 ? (int)r : 0;
	return r > 0x7fffffff ? 0x7fffffff : r < -4095 ? -4096 : (int)r;
}

static int is_told_once(const char *log, const char *name, int number)
{
	char line[100];
	const char *first;

	snprintf(line, sizeof(line), "system call %s (%d) is not there; allnumbers (pid ", name,
		 number);
	first = strstr(log, line);
	return first && !strstr(first + 1, line);
}

/* Three times each was asked for, and the first time told. */
static void check_log(void)
{
	static char log[65536];
	int fd = open("/proc/kmsg", O_RDONLY), told = 0, missing = 0;
	ssize_t got, length = 0;

	while ((got = read(fd, log + length, sizeof(log) - 1 - length)) > 0)
		length += got;
	close(fd);
	CHECK(length > 0);
#define NOSYS(number, name)  missing++, told += is_told_once(log, #name, number);
#define PROBED(number, name) CHECK_EQ(is_told_once(log, #name, number), 0);
#include "lib/abi/syscall_table.h"
	CHECK_EQ(told, missing);
}

int main(void)
{
	struct sweep *s;
	int children;

	check_print("numbers 0 to %d", NUMBERS - 1);
	s = sweep_create(PER_SET * SETS, call_number, NULL);
	children = sweep_run(s);
	for (int i = 0; i < s->count; i++) {
		long number = number_of(i);
		int r = s->result[i];
		int unused = (int)number == number && (number < 0 || number >= FIRST_UNUSED);

		if (on_tarae() && number >= 0 && number < NUMBERS && !in_table[number])
			unused = 1;
		if (r == CHANGED_REGISTERS)
			check_fail(__FILE__, __LINE__, "number %ld, set %d: changed an argument",
				   number, i / PER_SET);
		else if (unused && !left_out(number) && r != -ENOSYS)
			check_fail(__FILE__, __LINE__,
				   "number %ld, set %d: expected -ENOSYS, got %d", number,
				   i / PER_SET, r);
		else if (r == SWEEP_NOT_RUN || r == -4096)
			check_fail(__FILE__, __LINE__, "number %ld, set %d: got %d", number,
				   i / PER_SET, r);
	}
	if (on_tarae())
		check_log();
	check_print("%d calls in %d processes, %d wrong", s->count, children, check_failures);
	return check_failures ? 1 : 0;
}
