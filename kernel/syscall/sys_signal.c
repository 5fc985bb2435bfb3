/* SPDX-License-Identifier: MIT */
/* System calls on signals. */
#include "syscall/arguments.h"
#include "syscall/syscall.h"

#define MASK_BYTES sizeof(kernel_sigset_t) /* every call must name this size */

SYSCALL4(sys_rt_sigaction, int, signal, user_addr_t, new_user, user_addr_t, old_user, size_t, bytes)
{
	struct kernel_sigaction new_action, old_action;

	if (bytes != MASK_BYTES)
		return -EINVAL;
	if (new_user.raw && copy_from_user(&new_action, new_user, sizeof(new_action)))
		return -EFAULT;
	int rc = signal_action(signal, new_user.raw ? &new_action : NULL, &old_action);
	if (rc || !old_user.raw)
		return rc;
	return copy_to_user(old_user, &old_action, sizeof(old_action));
}

SYSCALL4(sys_rt_sigprocmask, int, how, user_addr_t, set_user, user_addr_t, old_user, size_t, bytes)
{
	kernel_sigset_t old = current->signal.blocked;
	kernel_sigset_t set;

	if (bytes != MASK_BYTES)
		return -EINVAL;
	if (set_user.raw) {
		if (copy_from_user(&set, set_user, sizeof(set)))
			return -EFAULT;
		if (how == SIG_BLOCK)
			set |= old;
		else if (how == SIG_UNBLOCK)
			set = old & ~set;
		else if (how != SIG_SETMASK)
			return -EINVAL;
		signal_set_mask(set);
	}
	return old_user.raw ? copy_to_user(old_user, &old, sizeof(old)) : 0;
}

SYSCALL0(sys_rt_sigreturn)
{
	return signal_return(frame);
}

SYSCALL2(sys_rt_sigpending, user_addr_t, to, size_t, bytes)
{
	kernel_sigset_t set = signal_pending_set();

	return bytes > MASK_BYTES ? -EINVAL : copy_to_user(to, &set, bytes);
}

SYSCALL2(sys_rt_sigsuspend, user_addr_t, mask_user, size_t, bytes)
{
	kernel_sigset_t mask;
	int rc = sigset_from_user(&mask, mask_user, bytes);

	if (rc)
		return rc;
	signal_set_temporary_mask(mask);
	(void)!sleep_until(TIME_NEVER, WAIT_INTERRUPTIBLE, "sigsuspend");
	return -ERESTARTNOHAND;
}

SYSCALL0(sys_pause)
{
	(void)!sleep_until(TIME_NEVER, WAIT_INTERRUPTIBLE, "pause");
	return -ERESTARTNOHAND;
}

SYSCALL4(sys_rt_sigtimedwait, user_addr_t, set_user, user_addr_t, info_user, user_addr_t,
	 timeout_user, size_t, bytes)
{
	uint64_t deadline = TIME_NEVER;
	struct timespec timeout;
	kernel_sigset_t set;
	siginfo_t info;
	int rc = sigset_from_user(&set, set_user, bytes);

	if (!rc && timeout_user.raw) {
		rc = timespec_from_user(&timeout, timeout_user);
		deadline = deadline_after(timespec_to_ns(&timeout));
	}
	if (rc)
		return rc;
	int signal = signal_timed_wait(set, &info, deadline);
	if (signal > 0 && info_user.raw && copy_to_user(info_user, &info, sizeof(info)))
		return -EFAULT;
	return signal;
}

SYSCALL2(sys_sigaltstack, user_addr_t, new_user, user_addr_t, old_user)
{
	stack_t new_stack, old_stack;

	if (new_user.raw && copy_from_user(&new_stack, new_user, sizeof(new_stack)))
		return -EFAULT;
	int rc = signal_alternate_stack(new_user.raw ? &new_stack : NULL, &old_stack, frame->rsp);
	if (rc || !old_user.raw)
		return rc;
	return copy_to_user(old_user, &old_stack, sizeof(old_stack));
}

/* ---- Sending ---- */

static bool is_signal_or_zero(int signal)
{
	return signal >= 0 && signal < NSIG;
}

SYSCALL2(sys_kill, int, pid, int, signal)
{
	siginfo_t info;

	if (!is_signal_or_zero(signal))
		return -EINVAL;
	if (pid == -pid && pid != 0) /* the one number without a positive */
		return -ESRCH;
	siginfo_init(&info, signal, SI_USER);
	return signal_kill(pid, &info);
}

/* To one thread; `pid` < 0: of any process. */
static long send_to_thread(int pid, int tid, int signal)
{
	struct thread *thread;
	siginfo_t info;
	long rc = 0;

	if (tid <= 0 || !is_signal_or_zero(signal))
		return -EINVAL;
	thread = thread_find(tid);
	if (!thread)
		return -ESRCH;
	siginfo_init(&info, signal, SI_TKILL);
	if (pid >= 0 && thread->process->pid != pid)
		rc = -ESRCH;
	else if (signal)
		rc = signal_send_thread(thread, &info);
	thread_put(thread);
	return rc;
}

SYSCALL2(sys_tkill, int, tid, int, signal)
{
	return send_to_thread(-1, tid, signal);
}

SYSCALL3(sys_tgkill, int, pid, int, tid, int, signal)
{
	return pid <= 0 ? -EINVAL : send_to_thread(pid, tid, signal);
}

SYSCALL3(sys_rt_sigqueueinfo, int, pid, int, signal, user_addr_t, info_user)
{
	siginfo_t info;

	if (copy_from_user(&info, info_user, sizeof(info)))
		return -EFAULT;
	/* Only to oneself may one pretend to be the kernel or kill(). */
	if ((info.si_code >= 0 || info.si_code == SI_TKILL) && pid != current_process()->pid)
		return -EPERM;
	if (!is_signal_or_zero(signal))
		return -EINVAL;
	if (pid <= 0)
		return -ESRCH;
	info.si_signo = signal;
	return signal_kill(pid, &info);
}
