/* SPDX-License-Identifier: MIT */
/*
 * What /proc is made of: static tables of entries, and functions that write the text of a file.
 * procfs.c hangs them into the tree; procfs_system.c has the files of the machine, procfs_process.c
 * and procfs_memory.c those of a process.
 */
#ifndef PROC_PROCFS_ENTRY_H
#define PROC_PROCFS_ENTRY_H

#include "lib/vsnprintf.h"
#include "mm/uio.h"
#include "proc/process.h"

/* Text that is being made. Running out of memory is remembered and makes the read fail. */
struct proc_text {
	struct format_sink sink;
	struct list pages; /* frames, by node; all but the last are full */
	size_t size;
	int error;
};
void proc_text_init(struct proc_text *text);
void proc_text_destroy(struct proc_text *text);
/* Copies what there is from `position` on, as uio_copy_out() does. */
ssize_t must_check proc_text_copy(const struct proc_text *text, size_t position, struct uio *to);
void proc_print(struct proc_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void proc_write(struct proc_text *text, const char *bytes, size_t size);

#define PROC_STORE_MAX 64

/* Whose file it is, referenced while the text is made. */
struct proc_subject {
	struct process *process; /* NULL: the machine's */
	struct thread *thread;   /* NULL: the process as a whole, or a thread that has left */
};

struct proc_entry {
	const char *name;
	mode_t mode; /* with the type */
	/* Regular files: writes the text. 0 or -errno. The lock of the file's inode is held. */
	int (*show)(struct proc_text *text, const struct proc_subject *subject);
	/* Those that can be written: takes what was written, at most PROC_STORE_MAX bytes. */
	int (*store)(const char *bytes, size_t size, const struct proc_subject *subject);
	/* Symbolic links: where it leads (referenced), and for those that are no more than text,
	 * the text. */
	int (*follow)(const struct proc_subject *subject, struct dentry **target);
	int (*read_link)(char *buffer, size_t size);
	/* Directories: of which kind. */
	const struct proc_directory *directory;
};

/* Besides fixed entries a directory may have numbered ones: processes, threads, descriptors. */
struct proc_directory {
	const struct proc_entry *entries;
	size_t count;
	/* What a numbered entry is; its name is the number. NULL: there are none. */
	const struct proc_entry *numbered;
	/* The first number >= `from` that there is, or -1. */
	int (*next_number)(const struct proc_subject *subject, int from);
	/* How many there are, for the link count of a directory of directories. NULL: not told. */
	unsigned (*count_numbers)(const struct proc_subject *subject);
	/* How the number narrows the subject of what is below. */
	enum proc_number { NUMBER_PROCESS, NUMBER_THREAD, NUMBER_DESCRIPTOR } number;
};

/* The root's fixed entries, and the entries of a process's and of a thread's directory. */
extern const struct proc_entry proc_system_entries[];
extern const size_t proc_system_count;
extern const struct proc_directory proc_process_directory, proc_thread_directory;

/* Threads of the kernel's process go by their number; the idle ones, which have none, by TID_MAX
 * and more (procfs_kernel.c). The thread is referenced; NULL: there is none. */
struct thread *kernel_thread_find(int number);
int kernel_thread_next(int from); /* the first number >= `from`, or -1 */
int kernel_thread_number(const struct thread *thread);
unsigned kernel_thread_count(void);

/* Shared by both kinds of directory. */
int proc_show_stat(struct proc_text *text, const struct proc_subject *subject);
int proc_show_status(struct proc_text *text, const struct proc_subject *subject);
int proc_show_comm(struct proc_text *text, const struct proc_subject *subject);
int proc_show_statm(struct proc_text *text, const struct proc_subject *subject);
int proc_show_maps(struct proc_text *text, const struct proc_subject *subject);
int proc_show_smaps(struct proc_text *text, const struct proc_subject *subject);
int proc_show_cmdline(struct proc_text *text, const struct proc_subject *subject);
int proc_show_environ(struct proc_text *text, const struct proc_subject *subject);

#endif
