/* SPDX-License-Identifier: MIT */
/* Arguments that several system calls copy in: paths, times, descriptors. All may sleep. */
#ifndef SYSCALL_ARGUMENTS_H
#define SYSCALL_ARGUMENTS_H

#include "arch/clock.h"
#include "fs/file.h"
#include "lib/abi/errno.h"
#include "lib/abi/time.h"
#include "mm/uaccess.h"
#include "proc/process.h"
#include "proc/signal.h"

/* The most that one read or write transfers, as on Linux: a page less than 2 GiB. */
#define TRANSFER_MAX 0x7ffff000UL

/* A blocking operation's result as the system call's: broken off by a signal, it is restarted
 * unless a handler without SA_RESTART runs. */
static inline long restartable(long result)
{
	return result == -EINTR ? -ERESTARTSYS : result;
}

/* The open file of a descriptor of the current process, referenced; NULL: -EBADF. */
static inline struct file *file_or_path_of(int fd)
{
	return fdtable_file(current_process()->files, fd);
}

/* Likewise; a file that was opened with O_PATH, a place and nothing more, is none. */
static inline struct file *file_of(int fd)
{
	struct file *file = file_or_path_of(fd);

	if (file && (file->flags & O_PATH)) {
		file_put(file);
		return NULL;
	}
	return file;
}

uint64_t descriptor_limit(void); /* of the current process */
/* The lowest descriptor for `file`, whose reference goes with it. -EMFILE, -ENOMEM. */
int must_check add_descriptor(struct file *file, int lowest, bool close_on_exec);
/* Two, whose numbers go to `result`; the references go with them. Also -EFAULT. */
int must_check add_descriptor_pair(struct file *pair[2], bool close_on_exec, user_addr_t result);

/* The buffers of readv(2), sendmsg(2) …: what user_vector_get() has copied in and checked. */
struct user_vector {
	struct uio_segment *segments;
	size_t count;
	struct uio_segment on_stack[8]; /* where most are; more come from kmalloc() */
};
/* `count` up to IOV_MAX. -EFAULT, -EINVAL, -ENOMEM. */
int must_check user_vector_get(struct user_vector *vector, user_addr_t from, size_t count);
void user_vector_put(struct user_vector *vector);

/* SIGPIPE: who writes where nobody reads any more is told by a signal, too. */
void signal_broken_pipe(void);

/* One path argument: the text, and the directory from which it starts. */
struct user_path {
	struct dentry *base; /* referenced; NULL: the path is absolute */
	char *text;
	char small[192]; /* where most texts fit; longer ones are in a page of their own */
};
/* Copies the path in and finds its start. -EFAULT, -ENAMETOOLONG, -ENOENT when it is empty (not
 * with AT_EMPTY_PATH in `at_flags`), -EBADF, -ENOTDIR. */
int must_check user_path_get(struct user_path *path, int directory, user_addr_t text,
			     unsigned at_flags);
void user_path_put(struct user_path *path);
/* The dentry that a path and AT_* flags name, referenced: -ENOENT, … With AT_EMPTY_PATH an empty
 * text gives the descriptor's own. */
int must_check user_path_lookup(int directory, user_addr_t text, unsigned at_flags,
				struct dentry **entry);

/* Permission bits for a new file: what the umask leaves. */
mode_t mode_for_new(mode_t mode);

/* A time span or point: -EFAULT, -EINVAL (negative, or nanoseconds out of range). */
int must_check timespec_from_user(struct timespec *time, user_addr_t from);
/* In nanoseconds; TIME_NEVER when it does not fit. */
uint64_t timespec_to_ns(const struct timespec *time);
/* The deadline (ns since boot) that a point of the wall clock is; TIME_NEVER when it does not fit.
 */
uint64_t deadline_of_realtime(const struct timespec *time);
struct timespec timespec_from_ns(uint64_t ns);
struct timeval timeval_from_ns(uint64_t ns);

/* The signal set of `bytes` bytes (must be 8: -EINVAL). */
int must_check sigset_from_user(kernel_sigset_t *set, user_addr_t from, size_t bytes);

#endif
