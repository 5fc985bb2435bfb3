/* SPDX-License-Identifier: MIT */
/*
 * Shows where code, data, heap and stacks lie: an address in each, beside the region of
 * /proc/self/maps that holds it. Then a call's arguments, return address and locals, pushed and
 * popped; that threads share all but the stack; and that a child process has the same addresses
 * with contents of its own.
 */
#include "demo.h"

#define LARGE (1 << 20) /* bytes: malloc() takes so much from mmap(), not from the heap */

static const int constant = 1;
static int initialised = 2;
static int zero;
static char *small, *large;

/* Copies the line of the memory map that holds `address`, "rw-p [heap]"; returns its start. */
static uintptr_t region_of(const void *address, char *text, size_t size)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[256];
	unsigned long start, end, found = 0;

	must(maps != NULL, "/proc/self/maps");
	snprintf(text, size, "in no region");
	while (fgets(line, sizeof(line), maps)) {
		char rights[8] = "", name[128] = "";

		sscanf(line, "%lx-%lx %7s %*s %*s %*s %127s", &start, &end, rights, name);
		if ((uintptr_t)address >= start && (uintptr_t)address < end) {
			snprintf(text, size, "%s %.30s", rights, name);
			found = start;
		}
	}
	fclose(maps);
	return found;
}

static uintptr_t show(const char *what, const void *address)
{
	char region[64];
	uintptr_t start = region_of(address, region, sizeof(region));

	printf("%-26s %016lx  %s\n", what, (unsigned long)address, region);
	claim(start != 0, "%s lies in no region", what);
	return start;
}

/* Calls itself: each call pushes its argument, return address and locals below its caller's. */
static uintptr_t __attribute__((noinline)) call(int depth, uintptr_t callers_local)
{
	volatile int local = depth;
	uintptr_t address = (uintptr_t)&local;

	printf("%*scall(%d): local at ...%05lx, returns to ...%05lx\n", depth * 2, "", local,
	       (unsigned long)address & 0xfffff,
	       (unsigned long)__builtin_return_address(0) & 0xfffff);
	claim(address < callers_local, "call(%d) did not push downwards", depth);
	if (depth < 3)
		call(depth + 1, address);
	return address + (local - depth); /* not popped before the inner calls have returned */
}

static void *thread_main(void *main_local)
{
	int local = 0;
	char region[64];
	uintptr_t own = show("a thread's local", &local);

	claim(own != region_of(main_local, region, sizeof(region)), "the threads share a stack");
	initialised = zero = 100;
	strcpy(small, "written by the thread");
	return NULL;
}

static void child_process(void)
{
	initialised = zero = 200;
	strcpy(small, "written by the child");
	printf("child:  initialised at %p is %d, heap says \"%s\"\n", (void *)&initialised,
	       initialised, small);
}

int main(int argc, char **argv)
{
	int local = 0;

	demo_begin(argc, argv, NULL);
	small = malloc(100);
	large = malloc(LARGE);
	must(small && large, "malloc");
	show("code: main()", (void *)main);
	show("constant", &constant);
	show("initialised variable", &initialised);
	show("zero variable", &zero);
	show("heap, small (brk)", small);
	show("heap, large (mmap)", large);
	show("main's local", &local);
	pthread_join(start_thread(thread_main, &local), NULL);

	printf("\nA call pushes argument, return address and locals, a return pops them:\n");
	uintptr_t first = call(1, (uintptr_t)&local), again = call(1, (uintptr_t)&local);
	claim(first == again, "a second call does not begin where the first did");

	printf("\nthread: initialised is now %d, zero %d, heap says \"%s\"\n", initialised, zero,
	       small);
	claim(initialised == 100 && zero == 100, "main does not see what the thread wrote");
	pid_t child = fork();
	must(child >= 0, "fork");
	if (child == 0) {
		child_process();
		_exit(0);
	}
	waitpid(child, NULL, 0);
	printf("parent: initialised at %p is %d, heap says \"%s\"\n", (void *)&initialised,
	       initialised, small);
	claim(initialised == 100 && zero == 100, "the parent sees what the child wrote");
	return verdict("threads share all but the stack, processes only the addresses");
}
