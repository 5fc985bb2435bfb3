/* SPDX-License-Identifier: MIT */
/* Calls about processes: making, awaiting, naming and scheduling them. */
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <unistd.h>

#include "point.h"

int execve(const char *path, char *const argv[], char *const envp[])
{
	return (int)sys(execve, path, argv, envp);
}

pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	return (pid_t)sys_point(wait4, pid, status, options, usage);
}

pid_t wait3(int *status, int options, struct rusage *usage)
{
	return wait4(-1, status, options, usage);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	return wait4(pid, status, options, NULL);
}

pid_t wait(int *status)
{
	return wait4(-1, status, 0, NULL);
}

int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	return (int)sys_point(waitid, type, id, info, options, NULL);
}

pid_t getpid(void)
{
	return (pid_t)sys(getpid);
}

pid_t getppid(void)
{
	return (pid_t)sys(getppid);
}

pid_t gettid(void)
{
	return (pid_t)sys(gettid);
}

pid_t getpgrp(void)
{
	return (pid_t)sys(getpgrp);
}

pid_t getpgid(pid_t pid)
{
	return (pid_t)sys(getpgid, pid);
}

int setpgid(pid_t pid, pid_t group)
{
	return (int)sys(setpgid, pid, group);
}

pid_t getsid(pid_t pid)
{
	return (pid_t)sys(getsid, pid);
}

pid_t setsid(void)
{
	return (pid_t)sys(setsid);
}

uid_t getuid(void)
{
	return (uid_t)sys(getuid);
}

uid_t geteuid(void)
{
	return (uid_t)sys(geteuid);
}

gid_t getgid(void)
{
	return (gid_t)sys(getgid);
}

gid_t getegid(void)
{
	return (gid_t)sys(getegid);
}

int setuid(uid_t user)
{
	return (int)sys(setuid, user);
}

int seteuid(uid_t user)
{
	return setresuid((uid_t)-1, user, (uid_t)-1);
}

int setgid(gid_t group)
{
	return (int)sys(setgid, group);
}

int setegid(gid_t group)
{
	return setresgid((gid_t)-1, group, (gid_t)-1);
}

int setreuid(uid_t real, uid_t effective)
{
	return (int)sys(setreuid, real, effective);
}

int setregid(gid_t real, gid_t effective)
{
	return (int)sys(setregid, real, effective);
}

int setresuid(uid_t real, uid_t effective, uid_t saved)
{
	return (int)sys(setresuid, real, effective, saved);
}

int setresgid(gid_t real, gid_t effective, gid_t saved)
{
	return (int)sys(setresgid, real, effective, saved);
}

int getresuid(uid_t *real, uid_t *effective, uid_t *saved)
{
	return (int)sys(getresuid, real, effective, saved);
}

int getresgid(gid_t *real, gid_t *effective, gid_t *saved)
{
	return (int)sys(getresgid, real, effective, saved);
}

int getgroups(int count, gid_t groups[])
{
	return (int)sys(getgroups, count, groups);
}

int prctl(int option, ...)
{
	va_list arguments;
	long a, b, c, d;

	va_start(arguments, option);
	a = va_arg(arguments, long);
	b = va_arg(arguments, long);
	c = va_arg(arguments, long);
	d = va_arg(arguments, long);
	va_end(arguments);
	return (int)sys(prctl, option, a, b, c, d);
}

int arch_prctl(int option, unsigned long address)
{
	return (int)sys(arch_prctl, option, address);
}

int getrlimit(int resource, struct rlimit *limit)
{
	return prlimit(0, resource, NULL, limit);
}

int setrlimit(int resource, const struct rlimit *limit)
{
	return prlimit(0, resource, limit, NULL);
}

int prlimit(pid_t pid, int resource, const struct rlimit *limit, struct rlimit *old)
{
	return (int)sys(prlimit64, pid, resource, limit, old);
}

int getrusage(int who, struct rusage *usage)
{
	return (int)sys(getrusage, who, usage);
}

clock_t times(struct tms *used)
{
	return sys(times, used);
}

/* The kernel answers 20 - nice, so that no good answer is negative. */
int getpriority(int which, id_t who)
{
	long result = sys(getpriority, which, who);

	return result < 0 ? -1 : (int)(20 - result);
}

int setpriority(int which, id_t who, int priority)
{
	return (int)sys(setpriority, which, who, priority);
}

int nice(int increment)
{
	errno = 0;
	if (setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + increment) < 0)
		return -1;
	return getpriority(PRIO_PROCESS, 0);
}

int sched_yield(void)
{
	return (int)sys(sched_yield);
}

/* The kernel answers how many bytes it filled; the rest of the set is empty. */
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
	long filled = sys(sched_getaffinity, pid, size, set);

	if (filled < 0)
		return -1;
	for (size_t i = (size_t)filled; i < size; i++)
		((char *)set)[i] = 0;
	return 0;
}

int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set)
{
	return (int)sys(sched_setaffinity, pid, size, set);
}

int __sched_cpucount(size_t size, const cpu_set_t *set)
{
	int count = 0;

	for (size_t cpu = 0; cpu < size * 8; cpu++)
		count += CPU_ISSET(cpu, set);
	return count;
}

int sched_getcpu(void)
{
	unsigned int cpu;

	return sys(getcpu, &cpu, NULL, NULL) < 0 ? -1 : (int)cpu;
}

int sched_rr_get_interval(pid_t pid, struct timespec *quantum)
{
	return (int)sys(sched_rr_get_interval, pid, quantum);
}

int sched_getscheduler(pid_t pid)
{
	return (int)sys(sched_getscheduler, pid);
}

int sched_setscheduler(pid_t pid, int policy, const struct sched_param *param)
{
	return (int)sys(sched_setscheduler, pid, policy, param);
}

int sched_getparam(pid_t pid, struct sched_param *param)
{
	return (int)sys(sched_getparam, pid, param);
}

int sched_setparam(pid_t pid, const struct sched_param *param)
{
	return (int)sys(sched_setparam, pid, param);
}

int sched_get_priority_max(int policy)
{
	return (int)sys(sched_get_priority_max, policy);
}

int sched_get_priority_min(int policy)
{
	return (int)sys(sched_get_priority_min, policy);
}
