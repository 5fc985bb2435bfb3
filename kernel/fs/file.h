/* SPDX-License-Identifier: MIT */
/*
 * Open files and descriptor tables. A struct file is one open(2): position, flags, what it is open
 * on. Descriptors in tables of any number of processes refer to it, each by a counted reference.
 *
 * Every file has a dentry and an inode: pipes and sockets ones without a name.
 */
#ifndef FS_FILE_H
#define FS_FILE_H

#include "fs/vfs.h"
#include "lib/abi/poll.h"
#include "mm/uio.h"
#include "vm/aspace.h"

struct poll_table;
struct dirent_sink;

struct file_ops {
	/* NULL: -EINVAL. `position` is advanced by what was done; NULL where there is no `seek`.
	 * Those that block honour O_NONBLOCK (-EAGAIN) and signals (-EINTR). Bytes done, or -errno
	 * when none was. */
	ssize_t (*read)(struct file *file, struct uio *to, uint64_t *position);
	ssize_t (*write)(struct file *file, struct uio *from, uint64_t *position);
	/* NULL: no position (-ESPIPE for lseek, pread and pwrite). The position lock is held. */
	long (*seek)(struct file *file, long offset, int whence);
	/* POLLIN … that hold now; arms the table's waiters on the file's queues first (poll_arm).
	 * NULL: always ready. */
	unsigned (*poll)(struct file *file, struct poll_table *table);
	/* NULL: -ENOTTY. */
	long (*ioctl)(struct file *file, unsigned command, user_addr_t argument);
	/* The object to map, referenced. NULL: -ENODEV. */
	int (*mmap)(struct file *file, struct memobj **object);
	/* Feeds entries from file->position (0: the first) on until the sink is full, and sets
	 * file->position to the `next` of the last one taken. The position lock is held. */
	int (*read_directory)(struct file *file, struct dirent_sink *sink);
	/* A descriptor of the file is closed, perhaps not the last one, by the current process.
	 * NULL: nothing to do. */
	void (*flush)(struct file *file);
	/* The last reference is gone. NULL: nothing to do. Where the file can be mapped: takes no
	 * sleeping lock. */
	void (*release)(struct file *file);
};

struct file {
	struct refcount references;
	struct region_backing backing; /* when mapped: counted with `references` */
	/* const after open */
	const struct file_ops *ops;
	struct dentry *dentry; /* referenced */
	struct inode *inode;   /* the dentry's */
	void *private;         /* of ops */
	bool counts_as_writer; /* in inode->writers */
	bool denies_write;     /* set by exec; see file_deny_write() */
	/* [atomic] the access mode is const; O_APPEND, O_NONBLOCK by fcntl */
	_Atomic int flags;
	struct mutex position_lock;
	uint64_t position; /* [position_lock] */
};

/* Opens what `dentry` names (its reference is not taken over): flags as open(2)'s, without
 * creation. May sleep. */
int must_check file_open(struct dentry *dentry, int flags, struct file **file);
/* A file on `dentry` (whose reference is taken over) with one reference and these ops; NULL: no
 * memory. For the ends of pipes and sockets. */
struct file *file_create(const struct file_ops *ops, int flags, struct dentry *dentry,
			 void *private);
static inline void file_get(struct file *file)
{
	ref_get(&file->references);
}
void file_close(struct file *file); /* for file_put() */
/* The last closes the file. May sleep, unless the file can be mapped. */
static inline void file_put(struct file *file)
{
	if (ref_put(&file->references))
		file_close(file);
}

static inline bool file_readable(const struct file *file)
{
	return !(file->flags & (O_WRONLY | O_PATH));
}

static inline bool file_writable(const struct file *file)
{
	int flags = file->flags; /* once: it is atomic */

	return (flags & (O_WRONLY | O_RDWR)) && !(flags & O_PATH);
}

static inline void file_change_flags(struct file *file, int set, int clear)
{
	int flags = atomic_load(&file->flags);

	while (!atomic_compare_exchange_weak(&file->flags, &flags, (flags & ~clear) | set))
		;
}

/* The position rules of read(2) and friends; `position` NULL: the file's own. May sleep. */
ssize_t must_check file_read(struct file *file, struct uio *to, const uint64_t *position);
ssize_t must_check file_write(struct file *file, struct uio *from, const uint64_t *position);
/* As pread(2), into kernel memory; for exec. */
ssize_t must_check file_read_kernel(struct file *file, void *to, size_t bytes, uint64_t position);
long must_check file_seek(struct file *file, long offset, int whence);
/* For seek operations: moves the position of a file of `size` bytes and returns it. -EINVAL,
 * -ENXIO. */
long must_check file_seek_within(struct file *file, long offset, int whence, uint64_t size);
/* -ENOTTY: not for this file. */
long must_check file_ioctl(struct file *file, unsigned command, user_addr_t argument);
/* What holds now of POLLIN …, after arming the table (NULL: only the state). */
unsigned file_poll(struct file *file, struct poll_table *table);
/* The object to map, referenced. -EACCES: not opened for what is asked; -ENODEV. */
int must_check file_mmap(struct file *file, bool shared, bool write, struct memobj **object);
/* For exec: nobody opens the file for writing as long as this struct file lives. -ETXTBSY:
 * somebody has it open so. */
int must_check file_deny_write(struct file *file);

struct dirent_sink {
	/* 0, or -errno / 1 when full: the entry was not taken. `next` is the position after it. */
	int (*add)(struct dirent_sink *sink, const char *name, uint64_t inode, unsigned type,
		   uint64_t next);
};
/* Feeds the sink from the file's position on and moves it. -ENOTDIR, -ENOENT: it was removed. */
int must_check file_read_directory(struct file *file, struct dirent_sink *sink);

/* ---- Descriptor tables ---- */

#define FD_LIMIT_DEFAULT 1024
#define FD_LIMIT_MAX     65536

struct fdtable;
struct fdtable *fdtable_create(void);                /* NULL: no memory */
struct fdtable *fdtable_clone(struct fdtable *from); /* fork: same files, same flags; NULL */
/* Another process has a reference. */
bool fdtable_is_shared(struct fdtable *table);
/* A descriptor below `limit` is free at present: open(2) asks before it makes a file. */
bool fdtable_has_room(struct fdtable *table, uint64_t limit);
void fdtable_get(struct fdtable *table);
void fdtable_put(struct fdtable *table); /* the last closes all; may sleep */
/* Likewise, without file_ops.flush: for a copy that a fork or exec did not use. The current process
 * has the same files in its own table and has closed none. */
void fdtable_discard(struct fdtable *table);

/* The lowest free descriptor >= `lowest` and below `limit` for `file` (takes over the reference on
 * success). -EMFILE, -ENOMEM. */
int must_check fdtable_add(struct fdtable *table, struct file *file, int lowest, bool close_on_exec,
			   uint64_t limit);
/* Two at once, or none (pipe2, socketpair). */
int must_check fdtable_add_pair(struct fdtable *table, struct file *files[2], int fds[2],
				bool close_on_exec, uint64_t limit);
/* dup2, dup3: puts `file` (reference taken over on success) at `fd`, closing what was there.
 * Returns fd. -EBADF: not below the limit; -ENOMEM. */
int must_check fdtable_replace(struct fdtable *table, int fd, struct file *file, bool close_on_exec,
			       uint64_t limit);
struct file *fdtable_file(struct fdtable *table, int fd); /* referenced; NULL: -EBADF */
/* What it is open on, referenced; NULL: not open. For who holds locks: the file's last reference,
 * which may close a socket or a pipe, cannot become his. */
struct dentry *fdtable_dentry(struct fdtable *table, int fd);
int must_check fdtable_close(struct fdtable *table, int fd);
/* Closes fd if it names `file`, of which the caller has a reference of its own: to undo an addition
 * that other threads may have seen. */
void fdtable_take_back(struct fdtable *table, int fd, struct file *file);
int must_check fdtable_flags(struct fdtable *table, int fd); /* FD_CLOEXEC or 0; -EBADF */
int must_check fdtable_set_flags(struct fdtable *table, int fd, bool close_on_exec);
void fdtable_close_on_exec(struct fdtable *table);
/* The first open descriptor >= fd, or -1 (for /proc/PID/fd). */
int fdtable_next(struct fdtable *table, int fd);
size_t file_count(void); /* open files in the system */

#endif
