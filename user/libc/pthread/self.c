/* SPDX-License-Identifier: MIT */
/* A thread among others: its identity, name, signals, CPUs. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "own_signal.h"
#include "threads.h"

#define NAME_SIZE 16 /* the kernel's, with the NUL */

pthread_t pthread_self(void)
{
	return thread_self()->id;
}

int pthread_equal(pthread_t a, pthread_t b)
{
	return a == b;
}

int pthread_yield(void)
{
	return sched_yield();
}

/* The kernel's number of a thread that has not ended; 0 when it has, -1 when there is none. */
static pid_t find_tid(pthread_t id)
{
	struct thread_block *thread;
	sigset_t signals;
	pid_t tid = -1;

	if (id == thread_self()->id)
		return thread_tid();
	threads_lock(&signals);
	thread = threads_find_locked(id);
	if (thread)
		tid = thread->ended ? 0 : (pid_t)atomic_load(&thread->tid);
	threads_unlock(&signals);
	return tid;
}

int pthread_kill(pthread_t id, int number)
{
	struct thread_block *thread;
	sigset_t signals;
	int error = number < 0 || number >= NSIG ? EINVAL : 0;

	threads_lock(&signals);
	thread = threads_find_locked(id);
	if (!thread)
		error = ESRCH;
	else if (!error)
		error = thread_signal_locked(thread, number);
	threads_unlock(&signals);
	return error;
}

int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
	return (int)-own_signal_mask(how, set, old);
}

/* These calls are no cancellation points: a thread must not end with the descriptor open. */
static int open_name(pid_t tid, int flags)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", (int)tid);
	return (int)sys(open, path, flags | O_CLOEXEC);
}

int pthread_setname_np(pthread_t id, const char *name)
{
	size_t length = strlen(name);
	pid_t tid = find_tid(id);
	int error = 0;
	int fd;

	if (length >= NAME_SIZE)
		return ERANGE;
	if (tid <= 0)
		return ESRCH;
	if (id == pthread_self())
		return prctl(PR_SET_NAME, name) < 0 ? errno : 0;
	fd = open_name(tid, O_WRONLY);
	if (fd < 0)
		return errno;
	if (sys(write, fd, name, length) < 0)
		error = errno;
	sys(close, fd);
	return error;
}

int pthread_getname_np(pthread_t id, char *name, size_t size)
{
	pid_t tid = find_tid(id);
	ssize_t n;
	int fd;

	if (size < NAME_SIZE)
		return ERANGE;
	if (tid <= 0)
		return ESRCH;
	fd = open_name(tid, O_RDONLY);
	if (fd < 0)
		return errno;
	n = sys(read, fd, name, size - 1);
	sys(close, fd);
	if (n < 0)
		return EIO;
	name[n] = '\0';
	name[strcspn(name, "\n")] = '\0';
	return 0;
}

int pthread_setaffinity_np(pthread_t id, size_t size, const cpu_set_t *set)
{
	pid_t tid = find_tid(id);

	return tid <= 0 ? ESRCH : (int)-sys_raw(sched_setaffinity, tid, size, set);
}

int pthread_getaffinity_np(pthread_t id, size_t size, cpu_set_t *set)
{
	pid_t tid = find_tid(id);

	if (tid <= 0)
		return ESRCH;
	return sched_getaffinity(tid, size, set) < 0 ? errno : 0;
}
