/* SPDX-License-Identifier: MIT */
/*
 * Signals. A signal is pending for a thread (tkill, faults) or its process (kill, SIGCHLD, ^C); it is delivered on the
 * way to user mode, by upcall_return_to_user(), as a frame on the user stack, or by its default action.
 *
 * Locks: process->signal_lock guards handlers, pending sets and queues of the process and its threads.
 */
#ifndef PROC_SIGNAL_H
#define PROC_SIGNAL_H

#include "proc/process.h"

struct signal_handlers {
	struct refcount references;
	struct kernel_sigaction actions[NSIG]; /* [signal_lock of each process that shares it: with CLONE_SIGHAND only threads do] */
};
struct signal_handlers *signal_handlers_create(void);
struct signal_handlers *signal_handlers_clone(struct process *from);
void signal_handlers_put(struct signal_handlers *handlers);
/* exec: handlers become default, ignored stay ignored; alternate stack gone. */
void signal_exec(struct process *process);

void signal_init(void);
void signal_thread_init(struct thread *thread, const struct thread *parent); /* mask inherited, nothing pending */
void signal_thread_release(struct thread *thread);  /* frees its queue */
void signal_process_release(struct process *process);

/* Sends. 0, -EAGAIN (queue full: real-time signals only). The caller keeps the target alive. Any thread context; also from
 * interrupts (^C, alarm): the lock is taken with interrupts off. */
int signal_send_process(struct process *process, const siginfo_t *info);
int signal_send_thread(struct thread *thread, const siginfo_t *info);
/* A fault of the current thread: cannot be blocked or ignored away (then it kills). */
void signal_force(int signal, int code, uint64_t address);
/* All processes of a group. 0 or -ESRCH. */
int signal_send_group(int group, const siginfo_t *info);
void siginfo_init(siginfo_t *info, int signal, int code); /* sender: the current process */
/* kill(2)'s rules over pid > 0, 0, -1, < -1. */
int must_check signal_kill(int pid, const siginfo_t *info);

/* Delivers what is pending to the current thread: default actions, frames. Interrupts on. True: work was done. */
void signal_deliver(struct trap_frame *frame);
/* After a system call returned -ERESTART*: rewinds RIP, or leaves -EINTR. Kernel-internal result codes: */
#define ERESTARTSYS 512       /* restart when the handler has SA_RESTART, or no handler runs */
#define ERESTARTNOHAND 514    /* restart only when no handler runs */
#define ERESTART_RESTARTBLOCK 516 /* nanosleep, poll, futex with a relative time: goes on with the remainder when no handler runs */

long signal_return(struct trap_frame *frame); /* rt_sigreturn */

/* A stop signal is pending / the process is stopped: waits for SIGCONT or death. Called on the way to user mode. */
void signal_stop_point(void);
bool signal_pending(void);      /* something deliverable is pending for current */
bool signal_is_ignored_or_blocked(int signal); /* for current */
/* Sets the mask of the current thread, and looks at what that unblocks. */
void signal_set_mask(kernel_sigset_t mask);
/* For rt_sigsuspend, ppoll, pselect: `mask` until the system call's end, the old one restored after the handler. */
void signal_set_temporary_mask(kernel_sigset_t mask);

int must_check signal_action(int signal, const struct kernel_sigaction *new_action,
                             struct kernel_sigaction *old_action);
int must_check signal_alternate_stack(const stack_t *new_stack, stack_t *old_stack, uint64_t user_rsp);
kernel_sigset_t signal_pending_set(void);
int must_check signal_timed_wait(kernel_sigset_t set, siginfo_t *info, uint64_t deadline);
/* To the parent, about a child: SIGCHLD with CLD_EXITED, … tree_lock held. */
void signal_notify_parent(struct process *child, int code, int status);

#endif
