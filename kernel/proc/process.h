/* SPDX-License-Identifier: MIT */
/*
 * A process: counted references to an address space, a descriptor table, a file-system context and
 * signal handlers; a place among parents, groups and sessions; and the threads that run in all
 * that.
 *
 * Life: process_create() NEW → running → (last thread leaves, or kill) process_exit gives memory
 * and files back → ZOMBIE until the parent waits → gone. The struct goes with its last reference:
 * the tree holds one until the process is reaped, each of its threads one until that thread's
 * struct goes.
 *
 * Locks: tree_lock (one for all: parents, children, groups, sessions, thread lists, states; short
 * and never while sleeping) → process->signal_lock. Both are taken with interrupts off, because ^C
 * and alarms send signals from interrupt handlers. docs/architecture.md draws the life.
 */
#ifndef PROC_PROCESS_H
#define PROC_PROCESS_H

#include "fs/file.h"
#include "lib/abi/resource.h"
#include "sched/thread.h"
#include "sched/timeout.h"
#include "vm/aspace.h"

struct signal_handlers;
struct process_group;

enum process_state { PROCESS_ALIVE, PROCESS_EXITING, PROCESS_ZOMBIE, PROCESS_REAPED };

struct process {
	/* const after creation */
	int pid;
	struct refcount references;

	/* [self: replaced by exec while it is the only thread; else const; others use
	 * process_aspace()] */
	struct aspace
		*aspace; /* [resource_lock to read from outside] NULL: kernel process, or gone */
	struct fdtable *files;   /* [resource_lock likewise] */
	struct fs_context *fs;   /* [resource_lock likewise] */
	struct file *executable; /* [resource_lock] for /proc/PID/exe; NULL: none */
	struct spinlock resource_lock;
	char name[THREAD_NAME_MAX]; /* written by exec and prctl; may be read torn */

	/* [tree_lock] */
	enum process_state state;
	struct process *parent; /* NULL: pid 0 and pid 1's */
	_Atomic int parent_pid; /* its number, for getppid(), which takes no lock for it */
	struct list children;   /* by sibling_node, that are not zombies */
	struct list zombies;    /* by sibling_node, that wait to be reaped */
	struct list news;       /* by news_node, children that stopped or went on, unreported */
	struct list_node sibling_node, news_node;
	struct process_group *group;
	struct list_node group_node;
	/* [tree_lock and signal_lock to change, either to read] */
	struct list threads; /* by thread->process_node */
	/* that have not left; [atomic] read without a lock by who is alone, and so stays it, and
	 * where an older figure does as well */
	_Atomic unsigned thread_count;
	/* [tree_lock] */
	struct tree_node pid_node; /* in the table of processes */
	int last_code;             /* what the last thread left with, as a wait status */
	bool has_execed;           /* setpgid of a child: -EACCES afterwards */
	int exit_status;           /* as wait4 gives it; valid as zombie */
	int exit_signal;           /* sent to the parent at the end; SIGCHLD, 0: none (clone) */
	/* stop and continue, for wait4(WUNTRACED, WCONTINUED) and waitid */
	bool stopped; /* all threads have halted, and the parent was told */
	int stop_signal;
	/* its children's ends are awaited here */
	struct wait_queue child_events;
	/* a vfork parent waits here until we exec or end: [vfork_waiters.lock] */
	struct wait_queue vfork_waiters;
	bool vfork_pending;
	struct wait_queue alone; /* exec waits here for the other threads to leave */

	/* [signal_lock] proc/signal.c */
	struct spinlock signal_lock;
	struct signal_handlers *handlers;
	kernel_sigset_t pending;  /* for the process as a whole */
	struct list signal_queue; /* struct pending_signal */
	/* a fatal signal or exit_group was seen: all threads end, and it stays so; [atomic] read
	 * without the lock where it is as good not to know yet */
	_Atomic bool dying;
	int death_status;        /* of the first who decided it */
	struct thread *survivor; /* the thread in exec for which all others end; NULL: none */
	bool held;       /* by a stop signal, until SIGCONT: threads halt at signal_stop_point() */
	unsigned halted; /* threads that have */
	struct wait_queue signal_waiters; /* rt_sigtimedwait, and threads that are held */

	/* timers: [signal_lock] */
	struct timeout alarm; /* ITIMER_REAL */
	uint64_t alarm_interval;
	bool alarm_fired; /* since it was armed */

	/* [self, tree_lock to read after its end] accounts of threads that have left, and of
	 * awaited children */
	uint64_t user_ns, system_ns, children_user_ns, children_system_ns;
	_Atomic uint64_t minor_faults, children_minor_faults; /* there is no disk for major ones */
	uint64_t start_time;
	struct rlimit limits[RLIM_NLIMITS]; /* [tree_lock]; rlim_cur is read without it, too */
};

extern struct process kernel_process; /* pid 0 */
extern struct process *init_process;  /* pid 1, NULL until it is made */
extern struct spinlock tree_lock;

void process_init(void);
static inline struct process *current_process(void)
{
	return current->process;
}
/* A process that is nobody's yet: no resources, no threads, not in any table. NULL: no memory. */
struct process *process_create(const char *name);
/* Makes it known, as child of `parent` and in its group and session, with `leader` as first thread;
 * its pid is the leader's tid. -ERESTARTNOINTR: a signal has to be dealt with first; nothing was
 * done. */
int must_check process_publish(struct process *process, struct process *parent,
			       struct thread *leader);
/* Adds a further thread to a live process. -EAGAIN: the process, or the caller, is to end. */
int must_check process_add_thread(struct process *process, struct thread *thread);
/* Drops aspace, files, fs context, executable and handlers. May sleep. */
void process_drop_resources(struct process *process);
/* Takes a reaped process out of the tables and drops the tree's reference. tree_lock not held. */
void process_forget(struct process *process);
void process_get(struct process *process);
void process_put(struct process *process);
/* By number: a process that is not yet reaped, referenced; NULL. */
struct process *process_find(int pid);
struct thread *thread_find(int tid); /* a user thread that has not ended, referenced; NULL */
/* The lowest number, from `from` on, of a thread of the process; -1: none. */
int process_next_thread(struct process *process, int from);
/* Walks all processes in order of pid: the first with pid >= `from`, referenced; NULL: none. */
struct process *process_next(int from);
size_t process_count(void);
uint64_t process_total(void); /* ever made, since boot */
/* Needs no lock: a limit that is being changed is either the old one or the new. */
uint64_t process_limit(struct process *process, unsigned resource);
/* Resources of another (or the current) process, referenced; NULL when it has none any more. */
struct aspace *process_aspace(struct process *process);
struct fs_context *process_fs(struct process *process);
struct file *process_executable(struct process *process);
struct dentry *process_dentry(struct process *process, int fd);
/* Its first open descriptor >= `from`, or -1. */
int process_next_descriptor(struct process *process, int from);
void process_set_name(struct process *process, const char *name);
/* Registered with vm: waits for a process that is dying already, else kills the largest. May sleep.
 * False: nothing can be done, or the caller's own process is the one that dies. */
bool process_kill_largest(void);
/* [tree_lock] The child stopped (`stopped`) or went on: keeps the news for wait4 and tells the
 * parent. */
void process_tell_stop(struct process *child, bool stopped, int signal);
/* CPU time so far, of all threads. */
void process_times(struct process *process, uint64_t *user_ns, uint64_t *system_ns);

/* Starts /bin/init (or init=) as pid 1. Panics with a clear message when it cannot. */
void process_start_init(void);

/* ---- fork, exec, exit ---- */
struct clone_request {
	uint64_t flags;    /* CLONE_*, the low byte is the exit signal */
	user_addr_t stack; /* 0: the parent's */
	user_addr_t parent_tid, child_tid;
	uint64_t tls;
};
/* The new process's pid (or thread's tid) or -errno. */
long must_check process_clone(const struct clone_request *request);

struct exec_strings; /* argv and envp, copied in */
/* Replaces the current process's program. Returns only -errno, with the caller's program untouched,
 * or 0 with the user frame at the new entry point. `arguments` and `environment` are user arrays of
 * string addresses. (proc/exec.c) */
int must_check process_exec(struct dentry *base, const char *path, user_addr_t arguments,
			    user_addr_t environment);
/* exec from kernel strings, for pid 1. */
int must_check process_exec_kernel(const char *path, const char *const *arguments,
				   const char *const *environment);

/* Ends the calling thread; the process too when it is the last. */
_Noreturn void process_exit_thread(int code);
/* Ends the whole process with wait status `status` (exit code << 8, or a signal's number). */
_Noreturn void process_exit_group(int status);
/* For whoever finds the process dying on its way to user mode (WORK_KILL). */
_Noreturn void process_exit_dying(void);
/* Marks the process dying with `status` and makes all its threads leave, unless all have left: then
 * its status is fixed. The process's signal_lock held. */
void process_kill_locked(struct process *process, int status);
/* Called by exec and exit: the vfork parent may go on. */
void process_vfork_done(struct process *process);

/* For exec: ends all other threads of the current process and waits for them. -EAGAIN if it is
 * dying itself, or another thread came first with that. */
int must_check process_kill_other_threads(void);
/* For exec, afterwards and while the old program's memory is still there: what others may wait for
 * there is told as at the thread's end, and the thread becomes the process's first. */
void process_leave_program(void);

struct wait_request {
	int id_type; /* P_ALL, P_PID, P_PGID */
	int id;
	unsigned options; /* WNOHANG WEXITED WSTOPPED WCONTINUED WNOWAIT */
};
struct wait_result {
	int pid; /* 0: WNOHANG and nothing yet */
	int status;
	struct rusage usage;
};
int must_check process_wait(const struct wait_request *request, struct wait_result *result);
/* Fills `usage` for RUSAGE_SELF, RUSAGE_CHILDREN or RUSAGE_THREAD of the current. */
int must_check process_usage(int who, struct rusage *usage);

#endif
