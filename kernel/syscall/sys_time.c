/* SPDX-License-Identifier: MIT */
/* System calls on time: clocks, sleeping, the alarm. */
#include "lib/abi/nr.h"
#include "proc/alarm.h"
#include "sched/sched.h"
#include "syscall/arguments.h"
#include "syscall/syscall.h"

static uint64_t realtime(void)
{
	return clock_realtime_base() + clock_now();
}

/* ---- Reading ---- */

static uint64_t process_cpu_time(void)
{
	uint64_t user_ns, system_ns;

	process_times(current_process(), &user_ns, &system_ns);
	return user_ns + system_ns;
}

/* Nanoseconds of a clock; false: there is no such clock. */
static bool read_clock(int clock, uint64_t *ns)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		*ns = realtime();
		return true;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*ns = clock_now();
		return true;
	case CLOCK_PROCESS_CPUTIME_ID:
		*ns = process_cpu_time();
		return true;
	case CLOCK_THREAD_CPUTIME_ID:
		*ns = thread_run_time(current);
		return true;
	default:
		return false;
	}
}

static int timespec_to_user(user_addr_t to, uint64_t ns)
{
	struct timespec time = timespec_from_ns(ns);

	return copy_to_user(to, &time, sizeof(time));
}

SYSCALL2(sys_clock_gettime, int, clock, user_addr_t, to)
{
	uint64_t ns;

	return read_clock(clock, &ns) ? timespec_to_user(to, ns) : -EINVAL;
}

SYSCALL2(sys_clock_getres, int, clock, user_addr_t, to)
{
	uint64_t ns;

	if (!read_clock(clock, &ns))
		return -EINVAL;
	return to.raw ? timespec_to_user(to, 1) : 0;
}

/* The clock on the wall was read at boot and is not ours to set. */
SYSCALL2(sys_clock_settime, int, clock, user_addr_t, from)
{
	return clock == CLOCK_REALTIME ? -EPERM : -EINVAL;
}

SYSCALL2(sys_gettimeofday, user_addr_t, to, user_addr_t, zone_to)
{
	struct timeval time = timeval_from_ns(realtime());
	struct timezone zone = {0, 0};

	if (to.raw && copy_to_user(to, &time, sizeof(time)))
		return -EFAULT;
	return zone_to.raw ? copy_to_user(zone_to, &zone, sizeof(zone)) : 0;
}

SYSCALL1(sys_time, user_addr_t, to)
{
	time_t seconds = (time_t)(realtime() / NS_PER_SEC);

	if (to.raw && copy_to_user(to, &seconds, sizeof(seconds)))
		return -EFAULT;
	return seconds;
}

/* ---- Sleeping ---- */

/* A sleep for a time: broken off it tells what is left, and goes on until the same deadline. */
static long sleep_for(struct trap_frame *frame, const struct timespec *time, user_addr_t left)
{
	uint64_t deadline = signal_deadline(deadline_after(timespec_to_ns(time)));
	int rc = sleep_until(deadline, WAIT_INTERRUPTIBLE, "nanosleep");

	if (rc != -EINTR)
		return rc;
	uint64_t now = clock_now();
	if (left.raw && timespec_to_user(left, deadline > now ? deadline - now : 0))
		return -EFAULT;
	return signal_restart_until(frame, deadline);
}

SYSCALL2(sys_nanosleep, user_addr_t, from, user_addr_t, left)
{
	struct timespec time;
	int rc = timespec_from_user(&time, from);

	return rc ? rc : sleep_for(frame, &time, left);
}

SYSCALL4(sys_clock_nanosleep, int, clock, int, flags, user_addr_t, from, user_addr_t, left)
{
	struct timespec time;

	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
		return -EINVAL;
	int rc = timespec_from_user(&time, from);
	if (rc)
		return rc;
	if (!(flags & TIMER_ABSTIME))
		return sleep_for(frame, &time, left);
	uint64_t deadline = clock == CLOCK_REALTIME ? deadline_of_realtime(&time)
						    : timespec_to_ns(&time);
	rc = sleep_until(deadline, WAIT_INTERRUPTIBLE, "clock_nanosleep");
	return rc == -EINTR ? -ERESTARTNOHAND : rc;
}

/* Goes on with a call that signal_restart_until() left. User code gets here only by the way back of
 * a broken-off call, or by asking for it without reason. */
SYSCALL0(sys_restart_syscall)
{
	static syscall_function *const resumable[] = {
		[SYS_nanosleep] = sys_nanosleep,
		[SYS_clock_nanosleep] = sys_clock_nanosleep,
		[SYS_poll] = sys_poll,
		[SYS_futex] = sys_futex,
	};
	unsigned number = current->restart.number;

	if (!current->restart.deadline)
		return -EINTR;
	current->restart.resuming = true;
	frame->orig_rax = number;
	long result = resumable[number](frame);
	current->restart.resuming = false; /* it may have failed before it came to the deadline */
	return result;
}

SYSCALL0(sys_sched_yield)
{
	sched_yield();
	return 0;
}

/* ---- The alarm ---- */

static bool timeval_ok(const struct timeval *time)
{
	return time->tv_sec >= 0 && time->tv_usec >= 0 && time->tv_usec < 1000000;
}

/* At most 292 years, as on Linux: so much may be added to any time without wrapping round. */
static uint64_t timeval_to_ns(const struct timeval *time)
{
	struct timespec spec = {time->tv_sec, time->tv_usec * 1000};

	return MIN(timespec_to_ns(&spec), (uint64_t)INT64_MAX);
}

static int alarm_to_user(user_addr_t to, const struct alarm_state *state)
{
	struct itimerval timer = {.it_interval = timeval_from_ns(state->interval),
				  .it_value = timeval_from_ns(state->left)};

	return copy_to_user(to, &timer, sizeof(timer));
}

/* ITIMER_VIRTUAL and ITIMER_PROF are not there. */
SYSCALL2(sys_getitimer, int, which, user_addr_t, to)
{
	struct alarm_state state;

	if (which != ITIMER_REAL)
		return -EINVAL;
	alarm_get(&state);
	return alarm_to_user(to, &state);
}

SYSCALL3(sys_setitimer, int, which, user_addr_t, from, user_addr_t, old_to)
{
	struct itimerval timer = {0};
	struct alarm_state state, old;

	if (from.raw && copy_from_user(&timer, from, sizeof(timer)))
		return -EFAULT;
	if (which != ITIMER_REAL || !timeval_ok(&timer.it_interval) || !timeval_ok(&timer.it_value))
		return -EINVAL;
	state.left = timeval_to_ns(&timer.it_value);
	state.interval = timeval_to_ns(&timer.it_interval);
	alarm_set(&state, &old);
	return old_to.raw ? alarm_to_user(old_to, &old) : 0;
}

SYSCALL1(sys_alarm, unsigned, seconds)
{
	struct alarm_state state = {.left = seconds * NS_PER_SEC};
	struct alarm_state old;

	alarm_set(&state, &old);
	/* Rounded, but an alarm that is set never looks as if it was not. */
	uint64_t left = (old.left + NS_PER_SEC / 2) / NS_PER_SEC;
	return old.left && !left ? 1 : (long)left;
}
