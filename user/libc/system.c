/* SPDX-License-Identifier: MIT */
/* Calls about the whole system. */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "syscall.h"

#define PAGE_SIZE        4096
#define TICKS_PER_SECOND 100

int uname(struct utsname *names)
{
	return (int)sys(uname, names);
}

int gethostname(char *name, size_t size)
{
	struct utsname names;

	if (uname(&names) < 0)
		return -1;
	if (strlcpy(name, names.nodename, size) >= size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

int sysinfo(struct sysinfo *info)
{
	return (int)sys(sysinfo, info);
}

int reboot(int command)
{
	return (int)sys(reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, command, NULL);
}

ssize_t getrandom(void *buffer, size_t size, unsigned int flags)
{
	return sys(getrandom, buffer, size, flags);
}

int getentropy(void *buffer, size_t size)
{
	char *next = buffer;

	if (size > 256) {
		errno = EIO;
		return -1;
	}
	while (size > 0) {
		ssize_t n = getrandom(next, size, 0);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			next += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

int getpagesize(void)
{
	return PAGE_SIZE;
}

int get_nprocs(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) < 0 ? 1 : CPU_COUNT(&set);
}

int get_nprocs_conf(void)
{
	return get_nprocs();
}

static long limit_of(int resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return -1;
	return (long)limit.rlim_cur;
}

/* In pages: of all memory, or of what is free. */
static long memory_pages(int all)
{
	struct sysinfo info;

	if (sysinfo(&info) < 0)
		return -1;
	return (long)((all ? info.totalram : info.freeram) * info.mem_unit / PAGE_SIZE);
}

long sysconf(int name)
{
	switch (name) {
	case _SC_ARG_MAX:
		return ARG_MAX;
	case _SC_CHILD_MAX:
		return limit_of(RLIMIT_NPROC);
	case _SC_CLK_TCK:
		return TICKS_PER_SECOND;
	case _SC_NGROUPS_MAX:
		return NGROUPS_MAX;
	case _SC_OPEN_MAX:
		return limit_of(RLIMIT_NOFILE);
	case _SC_PAGESIZE:
		return PAGE_SIZE;
	case _SC_NPROCESSORS_CONF:
	case _SC_NPROCESSORS_ONLN:
		return get_nprocs();
	case _SC_PHYS_PAGES:
		return memory_pages(1);
	case _SC_AVPHYS_PAGES:
		return memory_pages(0);
	default:
		errno = EINVAL;
		return -1;
	}
}

long pathconf(const char *path, int name)
{
	(void)path;
	switch (name) {
	case _PC_NAME_MAX:
		return NAME_MAX;
	case _PC_PATH_MAX:
		return PATH_MAX;
	case _PC_PIPE_BUF:
		return PIPE_BUF;
	default:
		errno = EINVAL;
		return -1;
	}
}
