/* SPDX-License-Identifier: MIT */
/* System calls on the machine and on what a process may use: names, figures, limits, users, the
 * end. */
#include "arch/power.h"
#include "base/random.h"
#include "lib/abi/reboot.h"
#include "lib/abi/sysinfo.h"
#include "lib/abi/utsname.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "sched/sched.h"
#include "syscall/arguments.h"
#include "syscall/syscall.h"

/* ---- The machine ---- */

/* C libraries refuse to run on a release older than they know: it says which Linux's calls these
 * are. */
SYSCALL1(sys_uname, user_addr_t, to)
{
	static const struct utsname name = {
		.sysname = "Tarae",
		.nodename = "tarae",
		.release = "6.1.0-tarae",
		.version = "#1 SMP PREEMPT",
		.machine = "x86_64",
		.domainname = "(none)",
	};

	return copy_to_user(to, &name, sizeof(name));
}

SYSCALL1(sys_sysinfo, user_addr_t, to)
{
	struct frame_counts frames;
	struct sysinfo info = {
		.uptime = (long)(clock_now() / NS_PER_SEC),
		.procs = (unsigned short)thread_count(),
		.mem_unit = 1,
	};

	frame_counts(&frames);
	info.totalram = frames.total * PAGE_SIZE;
	info.freeram = frames.free * PAGE_SIZE;
	for (unsigned i = 0; i < 3; i++)
		info.loads[i] = sched_load_average(i) << (SI_LOAD_SHIFT - 11);
	return copy_to_user(to, &info, sizeof(info));
}

#define GRND_NONBLOCK 1
#define GRND_RANDOM   2
#define GRND_INSECURE 4

SYSCALL3(sys_getrandom, user_addr_t, to, size_t, bytes, unsigned, flags)
{
	unsigned char chunk[256];
	size_t done = 0;

	if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE) ||
	    (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	bytes = MIN(bytes, TRANSFER_MAX);
	while (done < bytes) {
		size_t part = MIN(bytes - done, sizeof(chunk));

		random_bytes(chunk, part);
		if (copy_to_user(user_addr_add(to, done), chunk, part))
			return done ? (long)done : -EFAULT;
		done += part;
		if (signal_pending())
			break;
	}
	return (long)done;
}

static bool is_reboot_magic(unsigned magic)
{
	return magic == LINUX_REBOOT_MAGIC2 || magic == LINUX_REBOOT_MAGIC2A ||
	       magic == LINUX_REBOOT_MAGIC2B || magic == LINUX_REBOOT_MAGIC2C;
}

/* `how`: what the next start should be told, with RESTART2. There is nobody to tell it to. */
SYSCALL4(sys_reboot, unsigned, magic1, unsigned, magic2, unsigned, command, user_addr_t, how)
{
	char text[256];

	if (magic1 != LINUX_REBOOT_MAGIC1 || !is_reboot_magic(magic2))
		return -EINVAL;
	switch (command) {
	case LINUX_REBOOT_CMD_POWER_OFF:
		machine_end(END_POWER_OFF);
	case LINUX_REBOOT_CMD_HALT:
		machine_end(END_HALT);
	case LINUX_REBOOT_CMD_RESTART2:
		if (copy_string_from_user(text, how, sizeof(text)) == -EFAULT)
			return -EFAULT;
		/* fall through */
	case LINUX_REBOOT_CMD_RESTART:
		machine_reset();
	case LINUX_REBOOT_CMD_CAD_OFF: /* there is no such key */
		return 0;
	default:
		return -EINVAL;
	}
}

/* ---- What was used ---- */

SYSCALL2(sys_getrusage, int, who, user_addr_t, to)
{
	struct rusage usage;
	int rc = process_usage(who, &usage);

	return rc ? rc : copy_to_user(to, &usage, sizeof(usage));
}

#define NS_PER_TICK (NS_PER_SEC / 100)

static clock_t ticks_of(const struct timeval *time)
{
	return time->tv_sec * 100 + time->tv_usec / 10000;
}

SYSCALL1(sys_times, user_addr_t, to)
{
	struct rusage self, children;

	if (to.raw) {
		int rc = process_usage(RUSAGE_SELF, &self);
		if (!rc)
			rc = process_usage(RUSAGE_CHILDREN, &children);
		if (rc)
			return rc;
		struct tms times = {ticks_of(&self.ru_utime), ticks_of(&self.ru_stime),
				    ticks_of(&children.ru_utime), ticks_of(&children.ru_stime)};
		if (copy_to_user(to, &times, sizeof(times)))
			return -EFAULT;
	}
	return (long)(clock_now() / NS_PER_TICK);
}

/* ---- What may be used ---- */

/* Limits that are kept. Lowering another one would promise what does not happen; but of a core
 * file, which is never written, any limit is kept. */
static bool is_enforced(unsigned resource)
{
	return resource == RLIMIT_STACK || resource == RLIMIT_NOFILE || resource == RLIMIT_AS ||
	       resource == RLIMIT_SIGPENDING || resource == RLIMIT_CORE ||
	       resource == RLIMIT_MSGQUEUE;
}

static int check_limit(unsigned resource, const struct rlimit *old, const struct rlimit *new)
{
	if (new->rlim_cur > new->rlim_max)
		return -EINVAL;
	if (resource == RLIMIT_NOFILE && new->rlim_max > FD_LIMIT_MAX)
		return -EPERM;
	if (!is_enforced(resource) && new->rlim_cur < old->rlim_cur)
		return -EINVAL;
	return 0;
}

/* The stack's limit is looked at by page faults, in the address space. */
static void limit_stack(struct process *process, size_t limit)
{
	struct aspace *aspace = process_aspace(process);

	if (!aspace)
		return;
	atomic_store_explicit(&aspace->stack_limit, limit, memory_order_relaxed);
	aspace_put(aspace);
}

/* Exchanges a limit of `process`; `new` NULL: only tells. */
static int exchange_limit(struct process *process, unsigned resource, const struct rlimit *new,
			  struct rlimit *old)
{
	uint64_t flags = spin_lock_irq_save(&tree_lock);
	int rc = 0;

	*old = process->limits[resource];
	if (new)
		rc = check_limit(resource, old, new);
	if (new && !rc) {
		struct rlimit *limit = &process->limits[resource];

		__atomic_store_n(&limit->rlim_cur, new->rlim_cur, __ATOMIC_RELAXED);
		limit->rlim_max = new->rlim_max;
	}
	spin_unlock_irq_restore(&tree_lock, flags);
	if (new && !rc && resource == RLIMIT_STACK)
		limit_stack(process, new->rlim_cur);
	return rc;
}

SYSCALL4(sys_prlimit64, int, pid, unsigned, resource, user_addr_t, from, user_addr_t, to)
{
	struct rlimit new, old;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	if (from.raw && copy_from_user(&new, from, sizeof(new)))
		return -EFAULT;
	struct process *process = process_find(pid ? pid : current_process()->pid);
	if (!process)
		return -ESRCH;
	int rc = exchange_limit(process, resource, from.raw ? &new : NULL, &old);
	process_put(process);
	if (rc || !to.raw)
		return rc;
	return copy_to_user(to, &old, sizeof(old));
}

SYSCALL2(sys_getrlimit, unsigned, resource, user_addr_t, to)
{
	struct rlimit old;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	(void)exchange_limit(current_process(), resource, NULL, &old);
	return copy_to_user(to, &old, sizeof(old));
}

SYSCALL2(sys_setrlimit, unsigned, resource, user_addr_t, from)
{
	struct rlimit new, old;

	if (copy_from_user(&new, from, sizeof(new)))
		return -EFAULT;
	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	return exchange_limit(current_process(), resource, &new, &old);
}

/* ---- Users: there is one, root, and nobody can become another ---- */

SYSCALL0(sys_getuid)
{
	return 0;
}

SYSCALL0(sys_getgid)
{
	return 0;
}

SYSCALL0(sys_geteuid)
{
	return 0;
}

SYSCALL0(sys_getegid)
{
	return 0;
}

/* Every one of `count` numbers is root's, or with -1 left as it is. */
static long stay_root(unsigned a, unsigned b, unsigned c)
{
	bool stays = (a == 0 || a == -1U) && (b == 0 || b == -1U) && (c == 0 || c == -1U);

	return stays ? 0 : -EINVAL;
}

SYSCALL1(sys_setuid, uid_t, user)
{
	return user == 0 ? 0 : -EINVAL;
}

SYSCALL1(sys_setgid, gid_t, group)
{
	return group == 0 ? 0 : -EINVAL;
}

SYSCALL2(sys_setreuid, uid_t, real, uid_t, effective)
{
	return stay_root(real, effective, 0);
}

SYSCALL2(sys_setregid, gid_t, real, gid_t, effective)
{
	return stay_root(real, effective, 0);
}

SYSCALL3(sys_setresuid, uid_t, real, uid_t, effective, uid_t, saved)
{
	return stay_root(real, effective, saved);
}

SYSCALL3(sys_setresgid, gid_t, real, gid_t, effective, gid_t, saved)
{
	return stay_root(real, effective, saved);
}

static long three_zeros(user_addr_t a, user_addr_t b, user_addr_t c)
{
	user_addr_t all[] = {a, b, c};
	uid_t zero = 0;

	for (int i = 0; i < 3; i++) {
		if (copy_to_user(all[i], &zero, sizeof(zero)))
			return -EFAULT;
	}
	return 0;
}

SYSCALL3(sys_getresuid, user_addr_t, real, user_addr_t, effective, user_addr_t, saved)
{
	return three_zeros(real, effective, saved);
}

SYSCALL3(sys_getresgid, user_addr_t, real, user_addr_t, effective, user_addr_t, saved)
{
	return three_zeros(real, effective, saved);
}

/* Root is in no further group. */
SYSCALL2(sys_getgroups, int, count, user_addr_t, to)
{
	return count < 0 ? -EINVAL : 0;
}

#define GROUPS_MAX 65536

/* Only root's own group can be in the list. */
SYSCALL2(sys_setgroups, unsigned, count, user_addr_t, from)
{
	gid_t group;

	if (count > GROUPS_MAX)
		return -EINVAL;
	for (unsigned i = 0; i < count; i++) {
		if (copy_from_user(&group, user_addr_add(from, i * sizeof(group)), sizeof(group)))
			return -EFAULT;
		if (group != 0)
			return -EINVAL;
	}
	return 0;
}
