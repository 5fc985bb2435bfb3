/* SPDX-License-Identifier: MIT */
/*
 * The calls that tell about the system and the process: names, limits, identities, random bytes,
 * memory and CPU figures, scheduling parameters. Everyone is user 0 on Tarae.
 */
#include "check.h"

#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

static void names(void)
{
	struct utsname u;

	CHECK_OK(uname(&u));
	CHECK(u.sysname[0] && u.nodename[0] && u.release[0] && u.version[0]);
	CHECK_STR(u.machine, "x86_64");
}

static void identities(void)
{
	unsigned a = 1, b = 1, c = 1;

	CHECK_EQ(getuid() | geteuid() | getgid() | getegid(), 0);
	CHECK_EQ(raw_syscall(SYS_getresuid, (long)&a, (long)&b, (long)&c, 0, 0, 0), 0);
	CHECK_EQ(a | b | c, 0);
	CHECK_OK(setuid(0));
	CHECK_OK(setgid(0));
	CHECK_EQ(raw_syscall(SYS_setresuid, -1, -1, -1, 0, 0, 0), 0);
	CHECK_EQ(raw_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0), getpid());
	CHECK_EQ(getppid() > 0, 1);
	CHECK(getgroups(0, NULL) >= 0);
}

static void limits(void)
{
	struct rlimit old, now, set;

	CHECK_OK(getrlimit(RLIMIT_STACK, &old));
	CHECK(old.rlim_cur >= 1 << 20);
	CHECK_EQ(raw_syscall(SYS_prlimit64, 0, RLIMIT_STACK, 0, (long)&now, 0, 0), 0);
	CHECK_EQ(now.rlim_cur, old.rlim_cur);
	CHECK_OK(getrlimit(RLIMIT_NOFILE, &old));
	set = (struct rlimit){100, old.rlim_max};
	CHECK_EQ(raw_syscall(SYS_prlimit64, getpid(), RLIMIT_NOFILE, (long)&set, (long)&now, 0, 0),
		 0);
	CHECK_EQ(now.rlim_cur, old.rlim_cur);
	if (fork() == 0) {
		getrlimit(RLIMIT_NOFILE, &now);
		_exit(now.rlim_cur == 100 ? 0 : 1);
	}
	{
		int status;

		wait(&status);
		CHECK_EXITED(status, 0);
	}
	CHECK_OK(getrlimit(RLIMIT_MSGQUEUE, &old));
	set = (struct rlimit){old.rlim_cur / 2, old.rlim_max};
	CHECK_OK(setrlimit(RLIMIT_MSGQUEUE, &set));
	CHECK_OK(getrlimit(RLIMIT_MSGQUEUE, &now));
	CHECK_EQ(now.rlim_cur, old.rlim_cur / 2);
	CHECK_EQ(raw_syscall(SYS_prlimit64, 0, 99, 0, (long)&now, 0, 0), -EINVAL);
	CHECK_EQ(raw_syscall(SYS_prlimit64, 999999999, RLIMIT_NOFILE, 0, (long)&now, 0, 0), -ESRCH);
}

static void random_bytes(void)
{
	unsigned char a[256], b[256];
	int ones = 0;

	memset(a, 0, sizeof(a));
	CHECK_EQ(getrandom(a, sizeof(a), 0), sizeof(a));
	CHECK_EQ(getrandom(b, sizeof(b), GRND_NONBLOCK), sizeof(b));
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	for (size_t bit = 0; bit < 8 * sizeof(a); bit++)
		ones += (a[bit / 8] >> bit % 8) & 1;
	CHECK_RANGE(ones, 850, 1200);
	CHECK_EQ(getrandom(a, 0, 0), 0);
	CHECK_ERRNO(getrandom(a, 16, 0x100), EINVAL);
}

static void figures(void)
{
	struct sysinfo info;
	unsigned cpu = 999, node = 999;

	memset(&info, 0xff, sizeof(info));
	CHECK_OK(sysinfo(&info));
	CHECK(info.mem_unit >= 1 && info.totalram > info.freeram && info.freeram > 0);
	CHECK(info.procs >= 1);
	CHECK(info.uptime >= 0 && info.uptime < 1L << 32);
	CHECK_EQ(raw_syscall(SYS_getcpu, (long)&cpu, (long)&node, 0, 0, 0, 0), 0);
	CHECK(cpu < 64 && node == 0);
	CHECK_EQ(sysconf(_SC_PAGESIZE), CHECK_PAGE);
	CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
}

static void scheduling(void)
{
	struct timespec t;
	unsigned long mask[16] = {0};
	int param = 77;
	long n;

	CHECK_OK(sched_yield());
	CHECK_EQ(raw_syscall(SYS_sched_getscheduler, 0, 0, 0, 0, 0, 0), 0);
	CHECK_EQ(raw_syscall(SYS_sched_getparam, 0, (long)&param, 0, 0, 0, 0), 0);
	CHECK_EQ(param, 0);
	CHECK_EQ(raw_syscall(SYS_sched_get_priority_max, 0, 0, 0, 0, 0, 0), 0);
	CHECK_EQ(raw_syscall(SYS_sched_get_priority_max, 99, 0, 0, 0, 0, 0), -EINVAL);
	CHECK_EQ(raw_syscall(SYS_sched_rr_get_interval, 0, (long)&t, 0, 0, 0, 0), 0);
	CHECK_EQ(t.tv_sec, 0);
	CHECK_EQ(t.tv_nsec, 10000000); /* the default quantum */
	n = raw_syscall(SYS_sched_getaffinity, 0, sizeof(mask), (long)mask, 0, 0, 0);
	CHECK(n > 0 && n % 8 == 0);
	CHECK(mask[0] & 1);
	CHECK_EQ(raw_syscall(SYS_sched_getaffinity, 999999999, sizeof(mask), (long)mask, 0, 0, 0),
		 -ESRCH);
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), 0);
	CHECK_ERRNO(getpriority(77, 0), EINVAL);
	CHECK_ERRNO(getpriority(PRIO_PROCESS, 999999999), ESRCH);
}

static void process_controls(void)
{
	char name[17] = {0};

	CHECK_OK(prctl(PR_SET_NAME, "renamed"));
	CHECK_OK(prctl(PR_GET_NAME, name));
	CHECK_STR(name, "renamed");
	CHECK_ERRNO(prctl(9999, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_SET_NAME, 8), EFAULT);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
	alarms++;
}

static void alarm_clock(void)
{
	sigset_t alarm_only, before;

	signal(SIGALRM, on_alarm);
	/* Blocked until we wait for it: it may come before we do. */
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	CHECK_OK(sigprocmask(SIG_BLOCK, &alarm_only, &before));
	CHECK_EQ(alarm(100000), 0);
	CHECK_RANGE(alarm(1), 99000, 100000);
	CHECK_ERRNO(sigsuspend(&before), EINTR);
	CHECK_EQ(alarms, 1);
	CHECK_EQ(alarm(0), 0);
}

static void power(void)
{
	/* The magic numbers are asked for first: nothing here can reach the switch itself. */
	CHECK_EQ(raw_syscall(SYS_reboot, 1, 2, 0x4321fedc, 0, 0, 0), -EINVAL);
	CHECK_EQ(raw_syscall(SYS_reboot, (long)0xfee1dead, 3, 0x4321fedc, 0, 0, 0), -EINVAL);
	CHECK_EQ(raw_syscall(SYS_reboot, (long)0xfee1dead, 672274793, 0x5555, 0, 0, 0), -EINVAL);
	if (on_tarae()) /* on Linux, too, but what if not? */
		CHECK_EQ(raw_syscall(SYS_reboot, (long)0xfee1dead, 672274793, 0xa1b2c3d4, 8, 0, 0),
			 -EFAULT);
}

static const struct check_case cases[] = {
	CASE(names),   CASE(identities), CASE(limits),           CASE(random_bytes),
	CASE(figures), CASE(scheduling), CASE(process_controls), CASE(alarm_clock),
	CASE(power),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
