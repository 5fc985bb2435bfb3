/* SPDX-License-Identifier: MIT */
/*
 * Threads made by hand, from clone, mmap and a futex: for tests of what the kernel does for a
 * thread library, without one between. A thread shares its creator's TLS, so it calls nothing that
 * needs its own: raw_syscall(), the CHECK macros, and memory.
 */
#ifndef TESTS_USER_THREADS_H
#define TESTS_USER_THREADS_H

#include "check.h"

#include <stdatomic.h>

#define FUTEX_WAIT_OP        0
#define FUTEX_WAKE_COUNT     1
#define FUTEX_REQUEUE_OP     3
#define FUTEX_CMP_REQUEUE_OP 4
#define FUTEX_WAKE_OP_OP     5
#define FUTEX_WAIT_BITSET_OP 9
#define FUTEX_WAKE_BITSET_OP 10
#define FUTEX_PRIVATE        128
#define FUTEX_REALTIME       256

#define T_VM             0x00000100L
#define T_FS             0x00000200L
#define T_FILES          0x00000400L
#define T_SIGHAND        0x00000800L
#define T_PTRACE         0x00002000L
#define T_VFORK          0x00004000L
#define T_PARENT         0x00008000L
#define T_THREAD         0x00010000L
#define T_NEWNS          0x00020000L
#define T_SYSVSEM        0x00040000L
#define T_SETTLS         0x00080000L
#define T_PARENT_SETTID  0x00100000L
#define T_CHILD_CLEARTID 0x00200000L
#define T_DETACHED       0x00400000L
#define T_CHILD_SETTID   0x01000000L

/* What every thread library passes. */
#define T_ALL                                                                         \
	(T_VM | T_FS | T_FILES | T_SIGHAND | T_THREAD | T_SYSVSEM | T_PARENT_SETTID | \
	 T_CHILD_CLEARTID)

#define THREAD_STACK (16 * CHECK_PAGE)

struct thread {
	_Atomic int tid; /* written by the kernel: set before clone returns, 0 at the end */
	char *stack;
	size_t stack_size;
};

static inline long futex(_Atomic int *word, int operation, long value, long timeout, void *second,
			 long third)
{
	return raw_syscall(SYS_futex, (long)word, operation, value, timeout, (long)second, third);
}

static inline int gettid_raw(void)
{
	return (int)raw_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

static inline long tgkill_raw(int pid, int tid, int sig)
{
	return raw_syscall(SYS_tgkill, pid, tid, sig, 0, 0, 0);
}

static inline void sleep_ms_raw(int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	raw_syscall(SYS_nanosleep, (long)&t, 0, 0, 0, 0, 0);
}

__attribute__((noreturn)) static inline void thread_exit(int code)
{
	for (;;)
		raw_syscall(SYS_exit, code, 0, 0, 0, 0, 0);
}

/*
 * clone() of a child that begins in fn(argument) on the stack that ends at `top`, and exits when
 * that returns. What the kernel answered, -errno on failure.
 */
UNUSED static long clone_call(long flags, void *top, void (*fn)(void *), void *argument,
			      void *parent_tid, void *child_tid, void *tls)
{
	register long r10 __asm__("r10") = (long)child_tid;
	register long r8 __asm__("r8") = (long)tls;
	void **at = (void **)((uintptr_t)top & ~15UL);
	long result;

	*--at = (void *)fn;
	*--at = argument;
	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "pop %%rdi\n\t"
			 "pop %%rax\n\t"
			 "call *%%rax\n\t"
			 "mov %[exit], %%eax\n\t"
			 "xor %%edi, %%edi\n\t"
			 "syscall\n\t"
			 "1:"
			 : "=a"(result)
			 : "a"(SYS_clone), "D"(flags), "S"(at), "d"(parent_tid), "r"(r10),
			   "r"(r8), [exit] "i"(SYS_exit)
			 : "rcx", "r11", "memory");
	return result;
}

/* A stack with a guard page below it. */
UNUSED static void thread_stack(struct thread *thread, size_t size)
{
	thread->stack_size = size + CHECK_PAGE;
	thread->stack =
		mmap(NULL, thread->stack_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (thread->stack == MAP_FAILED ||
	    mprotect(thread->stack + CHECK_PAGE, size, PROT_READ | PROT_WRITE) != 0) {
		check_print("no stack: errno %d", errno);
		_exit(98);
	}
}

/* Starts a thread. Its struct must stay until thread_join(). */
UNUSED static long thread_try(struct thread *thread, void (*fn)(void *), void *argument)
{
	return clone_call(T_ALL, thread->stack + thread->stack_size, fn, argument, &thread->tid,
			  &thread->tid, NULL);
}

UNUSED static void thread_start(struct thread *thread, void (*fn)(void *), void *argument)
{
	long r;

	thread_stack(thread, THREAD_STACK);
	r = thread_try(thread, fn, argument);
	if (r <= 0) {
		check_print("no thread: %ld", r);
		_exit(98);
	}
}

/* The kernel clears the word at the thread's end and wakes whoever waits for that. */
UNUSED static void thread_join(struct thread *thread)
{
	int tid;

	while ((tid = atomic_load(&thread->tid)) != 0)
		futex(&thread->tid, FUTEX_WAIT_OP, tid, 0, NULL, 0);
	if (munmap(thread->stack, thread->stack_size) != 0)
		check_fail(__FILE__, __LINE__, "munmap of a stack: errno %d", errno);
}

/* The state letter of a thread, 0: none. */
UNUSED static int thread_state(int pid, int tid)
{
	char path[80], text[256], *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	p = strrchr(text, ')');
	return p && p[1] == ' ' ? p[2] : 0;
}

/* A thread that has been joined is on its way out still: waits until /proc has it no more. */
UNUSED static void thread_await_gone(int pid, int tid)
{
	while (thread_state(pid, tid))
		sleep_ms_raw(1);
}

/* Waits until a thread sleeps for good, as check_await_asleep(). */
UNUSED static int thread_await_asleep(int pid, int tid)
{
	int asleep = 0;

	for (int i = 0; i < check_limit(5000); i++) {
		int state = thread_state(pid, tid);

		asleep = state == 'S' || state == 'D' ? asleep + 1 : 0;
		if (asleep == CHECK_LOOKS)
			return 0;
		sleep_ms_raw(1);
	}
	check_fail(__FILE__, __LINE__, "thread %d never slept (is %c)", tid,
		   thread_state(pid, tid));
	return -1;
}

/* Waits until *word is `value`, by looking; 0, or -1 after five seconds, stretched. */
UNUSED static int await_value(_Atomic int *word, int value)
{
	for (int i = 0; i < check_limit(5000); i++) {
		if (atomic_load(word) == value)
			return 0;
		sleep_ms_raw(1);
	}
	return -1;
}

#endif
