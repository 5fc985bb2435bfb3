/* SPDX-License-Identifier: MIT */
/*
 * pthread_kill() may be called by a signal's handler, wherever that interrupted the thread: also in
 * pthread_kill() itself, and in all else that looks a thread up. Shown at every instruction up to
 * the first system call: the thread is stepped (trap flag, SIGTRAP), and the handler of each step
 * makes the call. What a libc locks after that, it locks with signals blocked.
 */
#include "pthreads.h"

#include <ucontext.h>

#define FLAG_TF 0x100L

static volatile int steps;

static int enters_kernel(const unsigned char *instruction)
{
	return instruction[0] == 0x0f && instruction[1] == 0x05;
}

static void step(int sig, siginfo_t *info, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

	if (enters_kernel((void *)registers[REG_RIP]))
		registers[REG_EFL] &= ~FLAG_TF;
	CHECK_EQ(pthread_kill(pthread_self(), 0), 0);
	steps++;
}

static void *wait_for_the_end(void *argument)
{
	pause();
	return NULL;
}

static void in_steps(void (*call)(void))
{
	/* libc knows that there are several. */
	thread_start(wait_for_the_end, NULL);
	check_handler(SIGTRAP, step, 0);
	/* Past the red zone. */
	__asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
			 "pushfq\n\t"
			 "orq %0, (%%rsp)\n\t"
			 "popfq\n\t"
			 "leaq 128(%%rsp), %%rsp"
			 :
			 : "i"(FLAG_TF)
			 : "memory", "cc");
	call();
	CHECK(steps > 10);
}

static void kill_itself(void)
{
	CHECK_EQ(pthread_kill(pthread_self(), 0), 0);
}

static void describe_itself(void)
{
	pthread_attr_t attributes;

	CHECK_EQ(pthread_getattr_np(pthread_self(), &attributes), 0);
}

static void fork_itself(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

static void amid_kill(void)
{
	in_steps(kill_itself);
}

static void amid_getattr(void)
{
	in_steps(describe_itself);
}

static void amid_fork(void)
{
	in_steps(fork_itself);
}

static const struct check_case cases[] = {
	CASE(amid_kill),
	CASE(amid_getattr),
	CASE(amid_fork),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
