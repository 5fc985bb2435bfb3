/* SPDX-License-Identifier: MIT */
/*
 * What a program finds when main() begins: arguments, environment, auxiliary vector, constructors
 * run, thread-local variables as initialised; and what each new process finds of them.
 */
#include "check.h"

#include <elf.h>
#include <sys/auxv.h>

extern char **environ;

static int constructed;
static char **main_argv, **main_envp;

static void __attribute__((constructor)) construct(void)
{
	constructed++;
}

static __thread int initialised = 42;
static __thread char zeroed[300];
static __thread struct {
	_Alignas(64) long value;
} aligned = {7};
static __thread int *pointer = &constructed;

static void thread_locals(void)
{
	CHECK_EQ(initialised, 42);
	CHECK_EQ(aligned.value, 7);
	CHECK_EQ((uintptr_t)&aligned % 64, 0);
	CHECK(pointer == &constructed);
	for (size_t i = 0; i < sizeof(zeroed); i++)
		CHECK_EQ(zeroed[i], 0);
	initialised = 1;
	if (fork() == 0) {
		/* The child has the copy of the one thread that forked. */
		CHECK_EQ(initialised, 1);
		initialised = 2;
		errno = 77;
		_exit(check_failures);
	}
	errno = 5;
	wait(NULL);
	CHECK_EQ(errno, 5);
	CHECK_EQ(initialised, 1);
}

static void constructors(void)
{
	CHECK_EQ(constructed, 1);
}

static void vectors(void)
{
	const Elf64_Phdr *header = (const Elf64_Phdr *)getauxval(AT_PHDR);
	int loads = 0;

	CHECK(main_argv[0] && !main_argv[1]);
	CHECK(main_envp == environ);
	CHECK_EQ(getauxval(AT_PAGESZ), 4096);
	CHECK_EQ(getauxval(AT_SECURE), 0);
	CHECK(getauxval(AT_RANDOM) != 0);
	CHECK_EQ(getauxval(12345), 0);
	CHECK_EQ(getauxval(AT_PHENT), sizeof(Elf64_Phdr));
	for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++)
		loads += header[i].p_type == PT_LOAD;
	CHECK(loads >= 2);
	CHECK_STR(program_invocation_short_name,
		  strrchr(main_argv[0], '/') ? strrchr(main_argv[0], '/') + 1 : main_argv[0]);
}

/* The ABI: at a call the stack is aligned to 16, or SSE code faults. */
static void stack_alignment(void)
{
	CHECK_EQ((uintptr_t)__builtin_frame_address(0) % 16, 0);
}

static const struct check_case cases[] = {
	CASE(thread_locals),
	CASE(constructors),
	CASE(vectors),
	CASE(stack_alignment),
};

int main(int argc, char **argv, char **envp)
{
	main_argv = argv;
	main_envp = envp;
	return CHECK_MAIN(cases, argc, argv);
}
