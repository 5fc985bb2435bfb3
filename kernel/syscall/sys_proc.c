/* SPDX-License-Identifier: MIT */
/* System calls on processes and threads: making, ending, awaiting, numbers, groups, scheduling. */
#include "arch/clock.h"
#include "lib/abi/prctl.h"
#include "lib/abi/sched.h"
#include "lib/abi/wait.h"
#include "lib/limits.h"
#include "lib/string.h"
#include "proc/session.h"
#include "sched/sched.h"
#include "syscall/arguments.h"
#include "syscall/syscall.h"

/* ---- Making and ending ---- */

SYSCALL5(sys_clone, uint64_t, flags, user_addr_t, stack, user_addr_t, parent_tid, user_addr_t,
	 child_tid, uint64_t, tls)
{
	return process_clone(&(struct clone_request){flags, stack, parent_tid, child_tid, tls});
}

SYSCALL0(sys_fork)
{
	return process_clone(&(struct clone_request){.flags = SIGCHLD});
}

SYSCALL0(sys_vfork)
{
	return process_clone(&(struct clone_request){.flags = CLONE_VFORK | CLONE_VM | SIGCHLD});
}

SYSCALL3(sys_execve, user_addr_t, text, user_addr_t, arguments, user_addr_t, environment)
{
	struct user_path path;
	int rc = user_path_get(&path, AT_FDCWD, text, 0);

	if (rc)
		return rc;
	rc = process_exec(path.base, path.text, arguments, environment);
	user_path_put(&path);
	return rc;
}

SYSCALL1(sys_exit, int, code)
{
	process_exit_thread(code);
}

SYSCALL1(sys_exit_group, int, code)
{
	process_exit_group(WAIT_STATUS_EXITED(code));
}

/* ---- Awaiting ---- */

/* Which children wait4's pid means: one, a group (0: the caller's), or any. */
static void name_children(struct wait_request *request, int pid)
{
	if (pid > 0) {
		request->id_type = P_PID;
		request->id = pid;
	} else if (pid == -1) {
		request->id_type = P_ALL;
	} else {
		request->id_type = P_PGID;
		request->id = pid ? -pid : current_group();
	}
}

SYSCALL4(sys_wait4, int, pid, user_addr_t, status_to, int, options, user_addr_t, usage_to)
{
	struct wait_request request = {.options = (unsigned)options | WEXITED};
	struct wait_result result;

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED))
		return -EINVAL;
	if (pid == INT_MIN)
		return -ESRCH;
	name_children(&request, pid);
	int rc = process_wait(&request, &result);
	if (rc || !result.pid)
		return restartable(rc);
	if (status_to.raw && copy_to_user(status_to, &result.status, sizeof(result.status)))
		return -EFAULT;
	if (usage_to.raw && copy_to_user(usage_to, &result.usage, sizeof(result.usage)))
		return -EFAULT;
	return result.pid;
}

/* A wait status as siginfo tells it. */
static void describe_status(siginfo_t *info, const struct wait_result *result)
{
	int status = result->status;

	info->si_signo = SIGCHLD;
	info->si_pid = result->pid;
	if (WIFEXITED(status)) {
		info->si_code = CLD_EXITED;
		info->si_status = WEXITSTATUS(status);
	} else if (WIFCONTINUED(status)) {
		info->si_code = CLD_CONTINUED;
		info->si_status = SIGCONT;
	} else if (WIFSTOPPED(status)) {
		info->si_code = CLD_STOPPED;
		info->si_status = WSTOPSIG(status);
	} else {
		info->si_code = CLD_KILLED;
		info->si_status = WTERMSIG(status);
	}
}

static int check_waitid(struct wait_request *request, int id_type, int id)
{
	if (request->options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED) ||
	    !(request->options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	if (id_type != P_ALL && id_type != P_PID && id_type != P_PGID)
		return -EINVAL;
	if ((id_type == P_PID && id <= 0) || (id_type == P_PGID && id < 0))
		return -EINVAL;
	request->id_type = id_type;
	request->id = id_type == P_PGID && !id ? current_group() : id;
	return 0;
}

SYSCALL5(sys_waitid, int, id_type, int, id, user_addr_t, info_to, int, options, user_addr_t,
	 usage_to)
{
	struct wait_request request = {.options = (unsigned)options};
	struct wait_result result = {.pid = 0};
	siginfo_t info;
	int rc = check_waitid(&request, id_type, id);

	if (!rc)
		rc = process_wait(&request, &result);
	memset(&info, 0, sizeof(info));
	if (!rc && result.pid)
		describe_status(&info, &result);
	if (!rc && result.pid && usage_to.raw &&
	    copy_to_user(usage_to, &result.usage, sizeof(result.usage)))
		return -EFAULT;
	/* Written even when the wait failed, as Linux does. */
	if (rc != -EINTR && info_to.raw && copy_to_user(info_to, &info, sizeof(info)))
		return -EFAULT;
	return restartable(rc);
}

/* ---- Numbers ---- */

SYSCALL0(sys_getpid)
{
	return current_process()->pid;
}

SYSCALL0(sys_gettid)
{
	return current->tid;
}

SYSCALL0(sys_getppid)
{
	return atomic_load_explicit(&current_process()->parent_pid, memory_order_relaxed);
}

SYSCALL1(sys_set_tid_address, user_addr_t, address)
{
	current->clear_child_tid = address;
	return current->tid;
}

SYSCALL2(sys_setpgid, int, pid, int, group)
{
	return pid < 0 ? -ESRCH : process_setpgid(pid, group);
}

SYSCALL1(sys_getpgid, int, pid)
{
	return process_getpgid(pid);
}

SYSCALL0(sys_getpgrp)
{
	return process_getpgid(0);
}

SYSCALL0(sys_setsid)
{
	return process_setsid();
}

SYSCALL1(sys_getsid, int, pid)
{
	return process_getsid(pid);
}

/* ---- Of the current thread ---- */

static int set_thread_name(user_addr_t from)
{
	char name[THREAD_NAME_MAX];
	long length = copy_string_from_user(name, from, sizeof(name));

	if (length < 0 && length != -ENAMETOOLONG)
		return (int)length;
	name[sizeof(name) - 1] = '\0';
	strlcpy(current->name, name, sizeof(current->name));
	if (current->tid == current_process()->pid)
		process_set_name(current_process(), name);
	return 0;
}

SYSCALL2(sys_prctl, int, option, user_addr_t, argument)
{
	char name[THREAD_NAME_MAX] = {0};

	switch (option) {
	case PR_SET_NAME:
		return set_thread_name(argument);
	case PR_GET_NAME:
		strlcpy(name, current->name, sizeof(name));
		return copy_to_user(argument, name, sizeof(name));
	default:
		return -EINVAL;
	}
}

SYSCALL2(sys_arch_prctl, int, option, uint64_t, argument)
{
	switch (option) {
	case ARCH_SET_FS:
		if (argument >= USER_TOP)
			return -EPERM;
		sched_set_fs_base(argument);
		return 0;
	case ARCH_GET_FS:
		return copy_to_user(user_addr(argument), &current->fs_base,
				    sizeof(current->fs_base));
	default:
		return -EINVAL;
	}
}

SYSCALL2(sys_getcpu, user_addr_t, cpu_to, user_addr_t, node_to)
{
	unsigned cpu = atomic_load(&current->cpu), node = 0;

	if (cpu_to.raw && copy_to_user(cpu_to, &cpu, sizeof(cpu)))
		return -EFAULT;
	return node_to.raw ? copy_to_user(node_to, &node, sizeof(node)) : 0;
}

/* ---- Scheduling: everyone is SCHED_OTHER, round robin ---- */

/* The thread numbered `tid` (0: the caller), referenced. */
static struct thread *thread_numbered(int tid)
{
	if (tid)
		return thread_find(tid);
	thread_get(current);
	return current;
}

SYSCALL3(sys_sched_getaffinity, int, tid, unsigned, bytes, user_addr_t, to)
{
	unsigned bits = bytes * 8; /* wraps, as on Linux */

	if (bits < cpu_count() || bytes % sizeof(cpumask_t))
		return -EINVAL;
	struct thread *thread = thread_numbered(tid);
	if (!thread)
		return -ESRCH;
	cpumask_t started = cpu_count() == 64 ? ~0UL : (1UL << cpu_count()) - 1;
	cpumask_t mask = thread->affinity & started;
	thread_put(thread);
	return copy_to_user(to, &mask, sizeof(mask)) ? -EFAULT : (long)sizeof(mask);
}

SYSCALL3(sys_sched_setaffinity, int, tid, unsigned, bytes, user_addr_t, from)
{
	cpumask_t mask = 0;

	if (copy_from_user(&mask, from, MIN(bytes, (unsigned)sizeof(mask))))
		return -EFAULT;
	struct thread *thread = thread_numbered(tid);
	if (!thread)
		return -ESRCH;
	int rc = sched_set_affinity(thread, mask);
	thread_put(thread);
	return rc;
}

/* 0, or why a call on thread `tid` fails. */
static int check_thread(int tid)
{
	struct thread *thread = tid < 0 ? NULL : thread_numbered(tid);

	if (!thread)
		return tid < 0 ? -EINVAL : -ESRCH;
	thread_put(thread);
	return 0;
}

static long set_policy(int tid, int policy, user_addr_t from)
{
	struct sched_param param;

	if (!from.raw || tid < 0)
		return -EINVAL;
	if (copy_from_user(&param, from, sizeof(param)))
		return -EFAULT;
	if (policy != SCHED_OTHER || param.sched_priority != 0)
		return -EINVAL;
	return check_thread(tid);
}

SYSCALL3(sys_sched_setscheduler, int, tid, int, policy, user_addr_t, param)
{
	return set_policy(tid, policy, param);
}

SYSCALL2(sys_sched_setparam, int, tid, user_addr_t, param)
{
	return set_policy(tid, SCHED_OTHER, param);
}

SYSCALL1(sys_sched_getscheduler, int, tid)
{
	int rc = check_thread(tid);

	return rc ? rc : SCHED_OTHER;
}

SYSCALL2(sys_sched_getparam, int, tid, user_addr_t, to)
{
	struct sched_param param = {.sched_priority = 0};
	int rc = to.raw ? check_thread(tid) : -EINVAL;

	return rc ? rc : copy_to_user(to, &param, sizeof(param));
}

SYSCALL1(sys_sched_get_priority_max, int, policy)
{
	return policy == SCHED_OTHER ? 0 : -EINVAL;
}

SYSCALL1(sys_sched_get_priority_min, int, policy)
{
	return policy == SCHED_OTHER ? 0 : -EINVAL;
}

SYSCALL2(sys_sched_rr_get_interval, int, tid, user_addr_t, to)
{
	struct timespec quantum = timespec_from_ns(sched_quantum());
	int rc = check_thread(tid);

	return rc ? rc : copy_to_user(to, &quantum, sizeof(quantum));
}

#define NICE_ZERO 20 /* as getpriority(2) returns it, so that it is never negative */

static int check_nice_target(int which, int id)
{
	if (which == PRIO_PROCESS)
		return check_thread(id);
	if (which == PRIO_PGRP)
		return id && !group_in_session(id, current_session()) ? -ESRCH : 0;
	return which == PRIO_USER ? (id ? -ESRCH : 0) : -EINVAL;
}

SYSCALL2(sys_getpriority, int, which, int, id)
{
	int rc = check_nice_target(which, id);

	return rc ? rc : NICE_ZERO;
}

/* There is one priority: any other is refused. */
SYSCALL3(sys_setpriority, int, which, int, id, int, nice)
{
	int rc = check_nice_target(which, id);

	return rc || nice == 0 ? rc : -EINVAL;
}
