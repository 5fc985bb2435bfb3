/* SPDX-License-Identifier: MIT */
/* Signals. */
#ifndef LIBC_SIGNAL_H
#define LIBC_SIGNAL_H

#include "lib/abi/signal.h"
#include "lib/abi/time.h"
#include "lib/abi/types.h"

#include "bits/pthread_types.h"

typedef int sig_atomic_t;
typedef void (*sighandler_t)(int);
typedef kernel_sigset_t sigset_t;

#define SIG_DFL ((sighandler_t)0)
#define SIG_IGN ((sighandler_t)1)
#define SIG_ERR ((sighandler_t)-1)

/* The thread library keeps the three below to itself. */
#define SIGRTMIN (KERNEL_SIGRTMIN + 3)
#define SIGRTMAX KERNEL_SIGRTMAX

struct sigaction {
	union {
		sighandler_t sa_handler;
		void (*sa_sigaction)(int, siginfo_t *, void *);
	};
	sigset_t sa_mask;
	int sa_flags;
	void (*sa_restorer)(void);
};

int sigaction(int number, const struct sigaction *restrict action, struct sigaction *restrict old);
sighandler_t signal(int number, sighandler_t handler);
int raise(int number);
int kill(pid_t pid, int number);
int killpg(pid_t group, int number);
int pthread_kill(pthread_t thread, int number);
int tgkill(pid_t process, pid_t thread, int number);
int sigqueue(pid_t pid, int number, const union sigval value);

int sigemptyset(sigset_t *set);
int sigfillset(sigset_t *set);
int sigaddset(sigset_t *set, int number);
int sigdelset(sigset_t *set, int number);
int sigismember(const sigset_t *set, int number);

int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old);
int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old);
int sigpending(sigset_t *set);
int sigsuspend(const sigset_t *mask);
int sigwait(const sigset_t *restrict set, int *restrict number);
int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info);
int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info,
		 const struct timespec *restrict timeout);
int sigaltstack(const stack_t *restrict stack, stack_t *restrict old);

void psignal(int number, const char *message);

#endif
