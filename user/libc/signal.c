/* SPDX-License-Identifier: MIT */
/*
 * Signals. Where a handler returns to is not its caller but the restorer (restorer.asm), which
 * asks the kernel to put back what was interrupted; sigaction() names it to the kernel.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "own_signal.h"
#include "point.h"

void libc_signal_restorer(void);

int libc_sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
	struct kernel_sigaction wanted, previous;

	if (action) {
		wanted = (struct kernel_sigaction){
			.handler = (uintptr_t)action->sa_handler,
			.flags = (unsigned int)action->sa_flags | SA_RESTORER,
			.restorer = (uintptr_t)libc_signal_restorer,
			.mask = action->sa_mask & ~SIGSET_BIT(SIGCANCEL),
		};
	}
	if (sys(rt_sigaction, number, action ? &wanted : NULL, old ? &previous : NULL,
		sizeof(kernel_sigset_t)) < 0)
		return -1;
	if (old) {
		old->sa_handler = (sighandler_t)previous.handler;
		old->sa_mask = previous.mask;
		old->sa_flags = (int)(previous.flags & ~(unsigned long)SA_RESTORER);
		old->sa_restorer = NULL;
	}
	return 0;
}

int sigaction(int number, const struct sigaction *restrict action, struct sigaction *restrict old)
{
	if (number == SIGCANCEL) {
		errno = EINVAL;
		return -1;
	}
	return libc_sigaction(number, action, old);
}

sighandler_t signal(int number, sighandler_t handler)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	struct sigaction old;

	return sigaction(number, &action, &old) < 0 ? SIG_ERR : old.sa_handler;
}

int kill(pid_t pid, int number)
{
	return (int)sys(kill, pid, number);
}

int killpg(pid_t group, int number)
{
	if (group < 0) {
		errno = EINVAL;
		return -1;
	}
	return kill(-group, number);
}

int tgkill(pid_t process, pid_t thread, int number)
{
	return (int)sys(tgkill, process, thread, number);
}

int raise(int number)
{
	return tgkill(getpid(), gettid(), number);
}

int sigqueue(pid_t pid, int number, const union sigval value)
{
	siginfo_t info = {
		.si_signo = number,
		.si_code = SI_QUEUE,
		.si_pid = getpid(),
		.si_uid = getuid(),
		.si_value = value,
	};

	return (int)sys(rt_sigqueueinfo, pid, number, &info);
}

int sigemptyset(sigset_t *set)
{
	*set = 0;
	return 0;
}

int sigfillset(sigset_t *set)
{
	*set = ~SIGSET_BIT(SIGCANCEL);
	return 0;
}

static int is_signal(int number)
{
	if (number >= 1 && number < NSIG)
		return 1;
	errno = EINVAL;
	return 0;
}

int sigaddset(sigset_t *set, int number)
{
	if (!is_signal(number == SIGCANCEL ? 0 : number))
		return -1;
	*set |= SIGSET_BIT(number);
	return 0;
}

int sigdelset(sigset_t *set, int number)
{
	if (!is_signal(number))
		return -1;
	*set &= ~SIGSET_BIT(number);
	return 0;
}

int sigismember(const sigset_t *set, int number)
{
	if (!is_signal(number))
		return -1;
	return (*set & SIGSET_BIT(number)) != 0;
}

int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
	return (int)libc_syscall_result(own_signal_mask(how, set, old));
}

int sigpending(sigset_t *set)
{
	return (int)sys(rt_sigpending, set, sizeof(sigset_t));
}

int sigsuspend(const sigset_t *mask)
{
	sigset_t copy;

	return (int)sys_point(rt_sigsuspend, own_signal_left_out(mask, &copy), sizeof(sigset_t));
}

int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info,
		 const struct timespec *restrict timeout)
{
	sigset_t copy;

	return (int)sys_point(rt_sigtimedwait, own_signal_left_out(set, &copy), info, timeout,
			      sizeof(sigset_t));
}

int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info)
{
	return sigtimedwait(set, info, NULL);
}

int sigwait(const sigset_t *restrict set, int *restrict number)
{
	int result;

	do
		result = sigwaitinfo(set, NULL);
	while (result < 0 && errno == EINTR);
	if (result < 0)
		return errno;
	*number = result;
	return 0;
}

int sigaltstack(const stack_t *restrict stack, stack_t *restrict old)
{
	return (int)sys(sigaltstack, stack, old);
}

int pause(void)
{
	return (int)sys_point(pause);
}

unsigned int alarm(unsigned int seconds)
{
	return (unsigned int)sys(alarm, seconds);
}

int getitimer(int which, struct itimerval *value)
{
	return (int)sys(getitimer, which, value);
}

int setitimer(int which, const struct itimerval *restrict value, struct itimerval *restrict old)
{
	return (int)sys(setitimer, which, value, old);
}

void psignal(int number, const char *message)
{
	if (message && *message)
		fprintf(stderr, "%s: %s\n", message, strsignal(number));
	else
		fprintf(stderr, "%s\n", strsignal(number));
}
