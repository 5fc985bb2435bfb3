/* SPDX-License-Identifier: MIT */
/*
 * Signals. A signal is pending for a thread (tkill, faults) or its process (kill, SIGCHLD, ^C); it
 * is delivered on the way to user mode, by upcall_return_to_user(), as a frame on the user stack,
 * or by its default action.
 *
 *      signal.c          sending: pending sets and queues, which thread is to look
 *      signal_deliver.c  taking: handlers, default actions, stopping, restarted system calls
 *      signal_frame.c    the frame on the user stack, and rt_sigreturn that takes it down
 *      signal_call.c     what system calls ask for: actions, masks, kill, waiting for a signal
 *      signal_fault.c    exceptions of user code
 *
 * Locks: process->signal_lock guards handlers, pending sets and queues of the process and its
 * threads. It is taken with interrupts off, because ^C and alarms come from interrupts;
 * process_tell_stop() needs the tree lock before it.
 */
#ifndef PROC_SIGNAL_H
#define PROC_SIGNAL_H

#include "proc/process.h"

struct signal_handlers {
	/* [signal_lock of the one process that has it] by signal - 1: just half a page */
	struct kernel_sigaction actions[NSIG - 1];
};
/* All default; NULL: no memory. */
struct signal_handlers *signal_handlers_create(void);
struct signal_handlers *signal_handlers_clone(struct process *from);
/* exec: handlers become default, ignored stay ignored; the current thread's alternate stack is
 * forgotten. */
void signal_exec(struct process *process);

void signal_init(void);
/* The mask is the parent's (NULL: empty), nothing is pending. Before the thread is known to
 * anyone. */
void signal_thread_init(struct thread *thread, const struct thread *parent);
void signal_thread_release(struct thread *thread);    /* frees its queue */
void signal_process_release(struct process *process); /* queue and handlers */
/* A thread has left its process: who may take the process's signals now is told. True: it was the
 * last that had not halted, so the process has stopped now. tree_lock and signal_lock held. */
bool must_check signal_thread_left(struct process *process);

/* ---- Sending. The caller keeps the target alive. Any context but NMI, tree lock held or not. ----
 */

/* 0, -EAGAIN (queue full: real-time signals only). */
int signal_send_process(struct process *process, const siginfo_t *info);
/* The same with signal_lock held. */
int signal_send_process_locked(struct process *process, const siginfo_t *info);
int signal_send_thread(struct thread *thread, const siginfo_t *info);
/* All processes of a group. 0 or -ESRCH. */
int signal_send_group(int group, const siginfo_t *info);
/* Sender: the current process, or with SI_KERNEL nobody. */
void siginfo_init(siginfo_t *info, int signal, int code);
/* kill(2)'s rules over pid > 0, 0, -1, < -1; signal 0 only looks. -ESRCH. Thread context. */
int must_check signal_kill(int pid, const siginfo_t *info);
/* To the parent, about a child: SIGCHLD (at its end: its exit_signal) with CLD_EXITED, … tree_lock
 * held. */
void signal_notify_parent(struct process *child, int code, int status);

/* A fault of the current thread: cannot be blocked or ignored away (then it kills). SIGKILL: kills.
 * True: it kills, no handler runs. Thread context. */
bool signal_force(int signal, int code, uint64_t address);
/* SIGSEGV for an access to user memory, with a word of signal_tell_overflow() where it kills. */
void signal_segv(int code, uint64_t address);
/* Says on the console that the current thread's stack has overflowed, if an access to `address`
 * tells that. May sleep. */
void signal_tell_overflow(uint64_t address);
/* The signal that an exception of user code becomes. Thread context. */
void signal_for_exception(const struct trap_frame *frame);

/* ---- On the way to user mode. Thread context, no locks. ---- */

/* WORK_SIGNAL: delivers one signal to a handler, or carries out default actions, and settles the
 * result of a system call that was broken off. */
void signal_deliver(struct trap_frame *frame);
/* WORK_STOP: halts until the process goes on, or is killed. */
void signal_stop_point(void);
/* The most that the frame of a handler takes of a stack: AT_MINSIGSTKSZ. */
size_t signal_frame_bytes(void);
/* rt_sigreturn: takes the frame at the user's stack pointer down. What it restored into RAX. */
long signal_return(struct trap_frame *frame);

/* ---- System calls that signals break off ----
 * These results reach signal_deliver() and never the user: */
#define ERESTARTSYS           512 /* restart when the handler has SA_RESTART, or no handler runs */
#define ERESTARTNOINTR        513 /* restart always: nothing was done */
#define ERESTARTNOHAND        514 /* restart only when no handler runs */
#define ERESTART_RESTARTBLOCK 516 /* goes on with the remainder when no handler runs */

/* -ERESTART_RESTARTBLOCK, for a call that sleeps until `deadline` because it was asked to sleep
 * that long. */
long signal_restart_until(struct trap_frame *frame, uint64_t deadline);
/* The deadline of such a call: `fresh` the first time, what was kept when it goes on. */
uint64_t signal_deadline(uint64_t fresh);

/* ---- For the current thread ---- */

/* SIGKILL and SIGSTOP cannot be blocked. Looks at what the change unblocks. */
void signal_set_mask(kernel_sigset_t mask);
/* For rt_sigsuspend, ppoll, pselect: `mask` until the call's end. When that is -ERESTARTNOHAND, the
 * old one comes back after the handler; otherwise the call ends it itself. */
void signal_set_temporary_mask(kernel_sigset_t mask);
void signal_end_temporary_mask(void);

bool signal_pending(void); /* something deliverable */
/* The process has been sent something that the current thread can deal with, even if another was
 * told to, or is to stop or to end. True: signal_deliver() is called before the thread is in user
 * mode, so that a system call may return -ERESTART*. */
bool signal_comes_first(void);
bool signal_is_ignored_or_blocked(int signal);
kernel_sigset_t signal_pending_set(void); /* and blocked: sigpending(2) */
/* -EINVAL: no such signal, or SIGKILL and SIGSTOP. NULL: leave, do not tell. */
int must_check signal_action(int signal, const struct kernel_sigaction *new_action,
			     struct kernel_sigaction *old_action);
/* sigaltstack(2): -EPERM, -EINVAL, -ENOMEM. */
int must_check signal_alternate_stack(const stack_t *new_stack, stack_t *old_stack,
				      uint64_t user_rsp);
/* Takes a pending signal of `set`: its number; -EAGAIN at the deadline, -EINTR. */
int must_check signal_timed_wait(kernel_sigset_t set, siginfo_t *info, uint64_t deadline);

#endif
