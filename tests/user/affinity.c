/* SPDX-License-Identifier: MIT */
/* sched_setaffinity and sched_getaffinity: where a process runs, and what its children inherit. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static cpu_set_t all;

static cpu_set_t only(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return set;
}

static void masks(void)
{
	cpu_set_t set, none;

	CPU_ZERO(&none);
	CHECK_ERRNO(sched_setaffinity(0, sizeof(none), &none), EINVAL);
	set = only(500);
	CHECK_ERRNO(sched_setaffinity(0, sizeof(set), &set), EINVAL);
	CHECK_ERRNO(sched_setaffinity(999999999, sizeof(all), &all), ESRCH);
	CHECK_ERRNO(sched_getaffinity(0, 0, &set), EINVAL);
	CHECK_ERRNO(sched_getaffinity(0, 12, &set), EINVAL);
	/* CPUs that are not there are left out. */
	CPU_SET(500, &all);
	CHECK_OK(sched_setaffinity(0, sizeof(all), &all));
	CPU_CLR(500, &all);
	CHECK_OK(sched_getaffinity(0, sizeof(set), &set));
	CHECK_EQ(CPU_COUNT(&set), CPU_COUNT(&all));
	CHECK_EQ(CPU_ISSET(500, &set), 0);
}

/* From the return of the call on, whatever it does. */
static void check_stays(int cpu)
{
	for (int i = 0; i < 2000; i++) {
		CHECK_EQ(sched_getcpu(), cpu);
		if (i % 100 == 0)
			sched_yield();
		if (i % 500 == 0)
			check_sleep_ms(1);
	}
}

static void pinned(void)
{
	cpu_set_t set;

	for (int cpu = 0; cpu < CPU_COUNT(&all); cpu++) {
		set = only(cpu);
		CHECK_OK(sched_setaffinity(0, sizeof(set), &set));
		check_stays(cpu);
	}
	CHECK_OK(sched_setaffinity(0, sizeof(all), &all));
}

static void inherited(void)
{
	int last = CPU_COUNT(&all) - 1, status;
	cpu_set_t set = only(last);

	CHECK_OK(sched_setaffinity(0, sizeof(set), &set));
	pid_t child = fork();
	if (child == 0) {
		CHECK_OK(sched_getaffinity(0, sizeof(set), &set));
		CHECK_EQ(CPU_COUNT(&set), 1);
		check_stays(last);
		_exit(check_failures > 0);
	}
	CHECK_OK(waitpid(child, &status, 0));
	CHECK_EQ(status, 0);
	CHECK_OK(sched_setaffinity(0, sizeof(all), &all));
}

/* A child that computes is moved from outside. */
static void of_another(void)
{
	volatile struct {
		int where, looks;
	} *seen = check_shared(CHECK_PAGE);
	pid_t child = fork();

	if (child == 0)
		for (;; seen->looks++)
			seen->where = sched_getcpu();
	for (int cpu = 0; cpu < CPU_COUNT(&all); cpu++) {
		cpu_set_t set = only(cpu);

		CHECK_OK(sched_setaffinity(child, sizeof(set), &set));
		/* What it had looked up before, and not yet told, it has told after two turns. */
		int looks = seen->looks;
		while (seen->looks - looks < 2 || seen->where != cpu)
			sched_yield();
		check_sleep_ms(2);
		CHECK_EQ(seen->where, cpu);
	}
	CHECK_OK(kill(child, SIGKILL));
	CHECK_OK(waitpid(child, NULL, 0));
}

static const struct check_case cases[] = {
	CASE(masks),
	CASE(pinned),
	CASE(inherited),
	CASE(of_another),
};

int main(int argc, char **argv)
{
	if (sched_getaffinity(0, sizeof(all), &all) < 0)
		return 1;
	return CHECK_MAIN(cases, argc, argv);
}
