/* SPDX-License-Identifier: MIT */
/*
 * The order in which locks are taken: only upward in this list. What may be held together with
 * another of the same rank says so (spin_lock_nested, mutex_lock_nested) and has an order of its
 * own. Sleeping locks come first: nothing sleeps while it holds a spinlock.
 */
#ifndef BASE_LOCK_RANK_H
#define BASE_LOCK_RANK_H

enum lock_rank {
	RANK_NONE = 0, /* a sleeping lock in no order: only deadlocks are looked for */
	/* Sleeping locks. */
	RANK_TEST_OUTER,
	RANK_FILE,      /* fs: a file's position */
	RANK_SOCKET,    /* ipc: a socket's state; making its name comes inside */
	RANK_RENAME,    /* fs: renames of directories, one at a time in the whole system */
	RANK_INODE,     /* fs: a directory or file's content; several: fs/vfs.h */
	RANK_IPC_NAMES, /* ipc: names of sockets and queues that are not paths */
	RANK_CHANNEL,   /* ipc: a pipe or one direction of a connection; a message queue */
	RANK_TTY,       /* dev: a terminal's reader and writer side */
	RANK_ASPACE,    /* vm: the regions of an address space; user memory: below only */
	RANK_MEMOBJ_SLEEP,
	RANK_ALARM, /* proc: setting an alarm */
	RANK_TEST_INNER,
	/* Spinlocks that no interrupt handler takes. They come before those that one does: a
	 * handler may come while any of these is held. */
	RANK_PROCESS,  /* proc: what one process has: address space, descriptors, … */
	RANK_FDTABLE,  /* fs: a descriptor table */
	RANK_FS,       /* fs: dentry tree, working directories */
	RANK_FUTEX,    /* proc: a futex bucket */
	RANK_VM,       /* vm: page table entries of one address space */
	RANK_MEMOBJ,   /* vm: the pages of an object */
	RANK_TLB,      /* arch: a shootdown in preparation */
	RANK_DEADLOCK, /* sync: the wait-for graph */
	/* Spinlocks that handlers take, too: always with interrupts off. */
	RANK_PROCESS_TREE, /* proc: parents, children, groups, sessions, thread lists: ^C */
	RANK_PID,          /* proc: the table of numbers */
	RANK_SIGNAL,       /* proc: signal handlers and pending signals */
	RANK_TTY_SPIN,     /* dev: a terminal's input and settings */
	RANK_WAITQ,        /* sync: a wait queue */
	RANK_TIMEOUT,      /* sched: a CPU's timeouts */
	RANK_RUNQ,         /* sched: a run queue; two: by CPU number */
	RANK_TID,
	RANK_KSTACK,
	RANK_SLAB,
	RANK_FRAME,
	RANK_PAGETABLE, /* arch: the kernel half */
	RANK_TRACE,
	RANK_RANDOM,
	RANK_TEST_FAILURE, /* base: a test's first failure; any code may fail */
	RANK_CONSOLE,      /* any code may print … */
	RANK_SERIAL, /* dev: … but the sink of messages itself: a UART and what waits for it */
};

#endif
