/* SPDX-License-Identifier: MIT */
/*
 * From the kernel's stack picture (crt0.asm) to main(), and the auxiliary vector.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "thread.h"

typedef void (*initialiser)(void);

/* Set up by the linker: functions marked as constructors. */
extern const initialiser __init_array_start[] __attribute__((weak, visibility("hidden")));
extern const initialiser __init_array_end[] __attribute__((weak, visibility("hidden")));

int main(int argc, char **argv, char **envp);
void libc_start(long *stack) __attribute__((noreturn));

char **environ;
char *program_invocation_name;
char *program_invocation_short_name;

static const unsigned long *auxiliary_vector;

unsigned long getauxval(unsigned long type)
{
	for (const unsigned long *pair = auxiliary_vector; pair[0] != AT_NULL; pair += 2) {
		if (pair[0] == type)
			return pair[1];
	}
	return 0;
}

static void name_program(char *argv0)
{
	char *slash;

	if (!argv0)
		argv0 = "";
	slash = strrchr(argv0, '/');
	program_invocation_name = argv0;
	program_invocation_short_name = slash ? slash + 1 : argv0;
}

void libc_start(long *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);
	char **end;

	environ = argv + argc + 1;
	for (end = environ; *end; end++)
		;
	auxiliary_vector = (const unsigned long *)(end + 1);

	tls_init();
	name_program(argv[0]);
	for (const initialiser *run = __init_array_start; run < __init_array_end; run++)
		(*run)();
	exit(main(argc, argv, environ));
}
