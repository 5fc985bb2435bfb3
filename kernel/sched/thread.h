/* SPDX-License-Identifier: MIT */
/*
 * A thread: registers, a kernel stack and a state. What it runs in (memory, files, signals'
 * handlers) belongs to its process. Kernel threads belong to the kernel process and never leave the
 * kernel.
 *
 *      thread_create()        thread_start()         schedule()
 *   (nothing) ────────► NEW ────────► RUNNABLE ◄──────────► RUNNING ──────► DEAD ──► reaped
 *                                        ▲   preempt, yield    │  thread_exit()
 *                                        │                     │ wait_block()
 *                                        └────── BLOCKED ◄─────┘
 *                                     wait_wake(), deadline, interrupt
 *
 * Life: created with one reference that its run (from start to reap) holds; who keeps a pointer
 * otherwise takes one. The thread that runs next on its CPU gives the stack back and drops the
 * run's reference (thread_bury()); the struct goes with the last.
 */
#ifndef SCHED_THREAD_H
#define SCHED_THREAD_H

#include "arch/context.h"
#include "arch/cpu.h"
#include "base/refcount.h"
#include "lib/abi/signal.h"
#include "lib/list.h"
#include "lib/tree.h"
#include "mm/memory_key.h"
#include "sched/sleep.h"

struct process;
struct page_table;

#define THREAD_NAME_MAX 16 /* with the NUL, as prctl(PR_SET_NAME) has it */

enum thread_state { THREAD_NEW, THREAD_RUNNABLE, THREAD_RUNNING, THREAD_BLOCKED, THREAD_DEAD };

#define LOCK_HOLDS_MAX 8

/* One of the mutexes and rwlocks that a thread holds (sync/lock_check.h). */
struct lock_hold {
	struct lock_check *lock; /* NULL: not in use */
	vaddr_t taken_at;
	struct thread *thread;
	struct list_node node; /* [lock of the lock's wait queue] if it is shared: lock->readers */
};

struct thread {
	/* [atomic] enum thread_work; first, because entry.asm tests it at offset 0 */
	_Atomic uint32_t work;

	/* const after creation */
	int tid; /* but for an exec by a thread that is not the first: it gets the process's */
	int pid; /* its process's number, for traces; 0: the kernel's */
	bool is_user;
	struct process *process;
	vaddr_t stack_top;
	void (*entry)(void *argument);
	void *argument;
	struct refcount references;

	/* [lock of the run queue of `cpu`] */
	_Atomic enum thread_state state; /* written under the lock, read anywhere */
	struct list_node run_node;
	_Atomic unsigned cpu; /* home: the CPU it runs on or ran on last; changes only under the
				 lock of the old home */
	cpumask_t affinity;
	struct wait *waiting;         /* what it is BLOCKED on; else NULL */
	uint64_t run_start;           /* when it came onto the CPU, or left it, or its time was
				       * last sampled */
	_Atomic uint64_t run_time;    /* ns on a CPU, without the present run */
	_Atomic uint64_t system_time; /* of these in the kernel, sampled */
	_Atomic uint64_t switches_voluntary, switches_forced;

	/* [self, or anyone while it is not RUNNING] */
	struct arch_context context;
	struct page_table *page_table; /* NULL: kernel thread, keeps what is loaded */
	void *fpu;                     /* NULL: kernel thread */
	uint64_t fs_base;

	/* written and read without a lock: may be torn, and is always terminated, for nobody
	 * writes to its last byte */
	char name[THREAD_NAME_MAX];
	/* [self] */
	user_addr_t clear_child_tid;
	struct memory_key_hint key_hint; /* of the last shared futex */
	user_addr_t robust_list;         /* set_robust_list(2); 0: none */
	user_addr_t user_stack;          /* [const once it runs, but for exec] its end, as given to
				    clone(2); 0: the program's own */
	/* [self writes; others read it with __atomic_load_n()] system calls that it has made. Not
	 * _Atomic: that would be three instructions of each call instead of one. */
	uint64_t system_calls;
	uint64_t start_time;
	bool exiting; /* will end without sleeping for long any more: thread_settle() waits for it
		       */

	/* [process's signal lock] (proc/signal.c) */
	struct {
		kernel_sigset_t
			blocked; /* written by self only: self may read it without the lock */
		kernel_sigset_t pending;
		struct list queue;     /* struct pending_signal */
		kernel_sigset_t saved; /* mask to put back after rt_sigsuspend, ppoll, pselect */
		bool restore_saved;
		bool halted;       /* at signal_stop_point() */
		stack_t alternate; /* [self] */
	} signal;
	/* [self] a system call that was broken off and goes on through restart_syscall
	 * (proc/signal.h) */
	struct {
		uint64_t deadline; /* 0: there is none */
		unsigned number;   /* of the call */
		bool resuming;     /* restart_syscall is running it */
	} restart;

	/* The user's lock that it waits for (proc/futex_deadlock.c); 0: none. */
	_Atomic uint64_t lock_word; /* [self]; read by threads of the same process */
	_Atomic uint64_t lock_told; /* the last one that was named as part of a deadlock */

	/* [process tree lock and signal lock to change, either to read] */
	struct list_node process_node;
	/* [lock of the table of threads] (proc/process.c) */
	struct tree_node tid_node;

	/* [all-threads lock] (thread.c) */
	struct list_node all_node;
#if CONFIG_CHECKS
	/* [self], or anyone who finds it waiting for a lock */
	struct lock_hold holds[LOCK_HOLDS_MAX];
	uint32_t holds_used;          /* bit i: holds[i] */
	struct lock_request *request; /* [graph_lock] what it waits for (sync/deadlock.c) */
#endif
};

/* The wait of `thread` need not go on: woken, expired, or interrupted. Under the lock of the
 * thread's run queue it is final. */
static inline bool wait_is_over(const struct wait *wait, const struct thread *thread)
{
	return atomic_load(&wait->end) != WAIT_GOES_ON ||
	       (atomic_load(&thread->work) & wait->ended_by);
}

struct thread_params {
	const char *name;
	struct process *process;
	void (*entry)(void *argument); /* user threads: NULL, they start at their user frame */
	void *argument;
	bool user; /* has user registers: FPU area, frame at the stack's top */
};

void thread_init(void);

/* A NEW thread with one reference; NULL: no memory or no number left. Thread context. The caller
 * fills what it must and calls thread_start(), or thread_destroy_new(). */
struct thread *thread_create(const struct thread_params *params);
/* The idle thread of CPU `id`, in no queue, number 0; NULL: no memory. */
struct thread *thread_create_idle(unsigned id, struct process *process);
void thread_destroy_new(struct thread *thread);
/* Makes it RUNNABLE, on the best CPU. The run takes over the creator's reference: who needs the
 * pointer afterwards takes one before. */
void thread_start(struct thread *thread);

void thread_get(struct thread *thread);
void thread_put(struct thread *thread);

/* Ends the current thread. Preemption on, no locks held. Its process's part is done before. */
_Noreturn void thread_exit(void);

/* Adds work and makes sure that it is seen soon: an IPI when the thread runs in user mode
 * elsewhere, and the end of a sleep that this work may end. */
void thread_add_work(struct thread *thread, enum thread_work work);

/* From here on thread_settle() waits for the current thread: before its end is told to anyone. */
void thread_begin_exit(void);

size_t thread_count(void);
/* For schedule(): frees what a DEAD thread ran on, once it is off the CPU for good. Interrupts may
 * be off. */
void thread_bury(struct thread *thread);
/* Waits until all threads that have ended are buried (leak checks). */
void thread_settle(void);
/* Calls `visit` for every thread, under the all-threads lock; from a panic without. */
void thread_for_each(void (*visit)(struct thread *thread, void *argument), void *argument);
const char *thread_state_name(enum thread_state state);
/* What a thread does at this moment, for /proc. */
struct thread_activity {
	enum thread_state state;
	const char *reason; /* what it is BLOCKED on; else NULL */
	bool interruptible; /* a signal ends that */
	uint64_t since;     /* when it began to wait, ns since boot; else 0 */
};
void thread_activity(struct thread *thread, struct thread_activity *activity);
/* Prints state and backtrace of every thread. Panic or NMI context, or any. */
void thread_dump_all(void);

uint64_t thread_run_time(struct thread *thread); /* ns, the present run included */

/* sched's numbers for threads, shared with processes, groups and sessions (sched/tid.c). */
int tid_alloc(void);    /* with one use; -EAGAIN: none left */
void tid_hold(int tid); /* another use of it */
void tid_free(int tid); /* one use less; the last makes the number free */
#define TID_MAX 32768

/* Registered by proc: called when the last reference of a user thread goes, after its stack. */
void thread_set_release_hook(void (*release)(struct thread *thread));

#endif
