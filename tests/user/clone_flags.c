/* SPDX-License-Identifier: MIT */
/*
 * clone(2) as a thread library uses it: what each flag shares, tells and sets, and which
 * combinations are refused.
 */
#include "threads.h"

static char small_stack[16 * CHECK_PAGE] __attribute__((aligned(16)));
static _Atomic int words[8];
static _Atomic int told, value;

static void nothing(void *unused)
{
}

static long try_flags(long flags)
{
	return clone_call(flags, small_stack + sizeof(small_stack), nothing, NULL, NULL, NULL,
			  NULL);
}

/* Handlers without memory, threads without handlers, and what no kernel has. */
static void refused(void)
{
	CHECK_EQ(try_flags(T_SIGHAND), -EINVAL);
	CHECK_EQ(try_flags(T_THREAD), -EINVAL);
	CHECK_EQ(try_flags(T_THREAD | T_VM), -EINVAL);
	CHECK_EQ(try_flags(T_THREAD | T_SIGHAND), -EINVAL);
	CHECK_EQ(try_flags(T_NEWNS | T_FS), -EINVAL);
	CHECK_EQ(clone_call(T_SETTLS | T_VM | T_VFORK | SIGCHLD, small_stack + sizeof(small_stack),
			    nothing, NULL, NULL, NULL, (void *)(1L << 63)),
		 -EPERM);
	if (!on_tarae())
		return;
	/* What Linux does with these Tarae does not, and says so. */
	CHECK_EQ(try_flags(T_VM | T_SIGHAND | SIGCHLD), -EINVAL);
	CHECK_EQ(try_flags(T_VM | T_SIGHAND | T_THREAD), -EINVAL);
	CHECK_EQ(try_flags(T_VM | T_SIGHAND | T_THREAD | T_FS), -EINVAL);
	CHECK_EQ(try_flags(T_VM | T_SIGHAND | T_THREAD | T_FILES), -EINVAL);
	CHECK_EQ(try_flags(T_ALL | T_VFORK), -EINVAL);
	CHECK_EQ(try_flags(T_PARENT | SIGCHLD), -EINVAL);
	CHECK_EQ(try_flags(T_PTRACE | SIGCHLD), -EINVAL);
	CHECK_EQ(raw_syscall(SYS_clone3, 0, 88, 0, 0, 0, 0), -ENOSYS);
}

static int own_pid, own_tid;
static char working_directory[256];

static void look_around(void *argument)
{
	own_pid = (int)raw_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);
	own_tid = gettid_raw();
	/* What it changes is everyone's: memory, directory, descriptors. */
	*(int *)argument = 77;
	raw_syscall(SYS_chdir, (long)"/proc", 0, 0, 0, 0, 0);
	raw_syscall(SYS_dup2, 1, 50, 0, 0, 0, 0);
}

static void shares_the_process(void)
{
	struct thread thread;
	int local = 1;

	thread_start(&thread, look_around, &local);
	thread_join(&thread);
	CHECK_EQ(local, 77);
	CHECK_EQ(own_pid, getpid());
	CHECK(own_tid != getpid() && own_tid > 0);
	CHECK_OK(getcwd(working_directory, sizeof(working_directory)) ? 0 : -1);
	CHECK_STR(working_directory, "/proc");
	CHECK_EQ(fcntl(50, F_GETFD), 0);
	CHECK_EQ(gettid_raw(), getpid());
}

static void copy_words(void *unused)
{
	/* Before the first instruction of the thread both must be there. */
	atomic_store(&words[2], atomic_load(&words[0]));
	atomic_store(&words[3], atomic_load(&words[1]));
	atomic_store(&words[4], gettid_raw());
	while (!atomic_load(&told))
		;
}

static void tells_the_number(void)
{
	struct thread stack;
	long tid;

	thread_stack(&stack, THREAD_STACK);
	tid = clone_call((T_ALL | T_CHILD_SETTID) & ~T_CHILD_CLEARTID,
			 stack.stack + stack.stack_size, copy_words, NULL, &words[0], &words[1],
			 NULL);
	CHECK(tid > 0);
	CHECK_EQ(words[0], tid);
	CHECK_EQ(await_value(&words[4], (int)tid), 0);
	CHECK_EQ(words[2], tid);
	CHECK_EQ(words[3], tid);
	atomic_store(&told, 1);
	thread_await_gone(getpid(), (int)tid);
	CHECK_EQ(words[1], tid); /* without CLEARTID it stays */
	munmap(stack.stack, stack.stack_size);
}

/* set_tid_address() moves the word that is cleared. */
static void set_address(void *unused)
{
	atomic_store(&value, (int)raw_syscall(SYS_set_tid_address, (long)&words[5], 0, 0, 0, 0, 0));
}

static void clears_the_word(void)
{
	struct thread thread;
	int tid;

	words[5] = 9;
	thread_start(&thread, set_address, NULL);
	tid = thread.tid;
	while (atomic_load(&words[5]))
		futex(&words[5], FUTEX_WAIT_OP, 9, 0, NULL, 0);
	CHECK_EQ(value, tid);
	CHECK_EQ(thread.tid, tid);
	thread_await_gone(getpid(), tid);
	munmap(thread.stack, thread.stack_size);
}

/* Bad addresses are borne: the thread lives. So is memory that may not be written, and it stays as
 * it was. */
static void bad_addresses(void)
{
	_Atomic int *locked = mmap(NULL, CHECK_PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct thread thread;
	long flags = T_ALL | T_CHILD_SETTID, tid;

	CHECK(locked != MAP_FAILED);
	thread_stack(&thread, THREAD_STACK);
	for (int i = 0; i < 3; i++) {
		void *bad = i == 0 ? (void *)8 : i == 1 ? (void *)-8L : (void *)locked;

		atomic_store(&value, 0);
		tid = clone_call(flags, thread.stack + thread.stack_size, look_around,
				 (void *)&value, bad, bad, NULL);
		CHECK(tid > 0);
		CHECK_EQ(await_value(&value, 77), 0);
		thread_await_gone(getpid(), (int)tid);
		CHECK_EQ(*locked, 0);
	}
	munmap(thread.stack, thread.stack_size);
}

static long read_fs(void)
{
	long fs = 0;

	raw_syscall(SYS_arch_prctl, 0x1003 /* ARCH_GET_FS */, (long)&fs, 0, 0, 0, 0);
	return fs;
}

static long tls_area[16], seen_fs, seen_word;

static void read_tls(void *unused)
{
	seen_fs = read_fs();
	__asm__ volatile("mov %%fs:8, %0" : "=r"(seen_word));
	raw_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
	if (read_fs() != seen_fs)
		seen_fs = -1;
}

/* Each thread has its FS base: the new one what SETTLS says, the old one what it had. */
static void sets_the_fs_base(void)
{
	struct thread thread;
	long mine = read_fs();

	tls_area[1] = 0x1234567;
	thread_stack(&thread, THREAD_STACK);
	CHECK(clone_call(T_ALL | T_SETTLS | T_DETACHED, thread.stack + thread.stack_size, read_tls,
			 NULL, &thread.tid, &thread.tid, tls_area) > 0);
	thread_join(&thread);
	CHECK_EQ(seen_fs, (long)tls_area);
	CHECK_EQ(seen_word, 0x1234567);
	CHECK_EQ(read_fs(), mine);
}

/* Each has its registers, the vector ones too, across many switches. */
#define RUNNERS 6
static _Atomic int wrong;

static void keep_registers(void *argument)
{
	long n = (long)argument, general, vector;

	for (int i = 0; i < 20000; i++) {
		long pattern = n * 0x0101010101010101L + i;

		__asm__ volatile("movq %2, %%xmm7\n\tmov %2, %%r13\n\t"
				 "mov %[yield], %%eax\n\tsyscall\n\t"
				 "movq %%xmm7, %0\n\tmov %%r13, %1"
				 : "=&r"(vector), "=&r"(general)
				 : "r"(pattern), [yield] "i"(SYS_sched_yield)
				 : "rax", "rcx", "r11", "r13", "xmm7", "memory");
		if (general != pattern || vector != pattern)
			atomic_fetch_add(&wrong, 1);
	}
}

static void own_registers(void)
{
	struct thread threads[RUNNERS];

	for (long i = 0; i < RUNNERS; i++)
		thread_start(&threads[i], keep_registers, (void *)(i + 1));
	for (int i = 0; i < RUNNERS; i++)
		thread_join(&threads[i]);
	CHECK_EQ(wrong, 0);
}

/* A child process that shares memory but is none of the process's threads. */
static void child_part(void *argument)
{
	*(int *)argument = (int)raw_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);
	raw_syscall(SYS_dup2, 1, 60, 0, 0, 0, 0);
	raw_syscall(SYS_exit_group, 5, 0, 0, 0, 0, 0);
}

static void processes_that_share_memory(void)
{
	int child_pid = 0, status;
	long pid = clone_call(T_VM | SIGCHLD, small_stack + sizeof(small_stack), child_part,
			      &child_pid, NULL, NULL, NULL);

	CHECK(pid > 0);
	CHECK_EQ(waitpid((pid_t)pid, &status, 0), pid);
	CHECK_EXITED(status, 5);
	CHECK_EQ(child_pid, pid);
	CHECK_ERRNO(fcntl(60, F_GETFD), EBADF); /* it had its own descriptors */
}

static const struct check_case cases[] = {
	CASE(refused),          CASE(shares_the_process),
	CASE(tells_the_number), CASE(clears_the_word),
	CASE(bad_addresses),    CASE(sets_the_fs_base),
	CASE(own_registers),    CASE(processes_that_share_memory),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
