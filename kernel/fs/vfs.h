/* SPDX-License-Identifier: MIT */
/*
 * Names and inodes. The tree of dentries is the directory structure itself (all file systems live
 * in RAM): a tmpfs dentry stays as long as the name exists, a procfs dentry as long as someone uses
 * it. An inode is a file without its name: type, mode, times, content.
 *
 * Who calls: system calls, exec, initrd. Functions return 0 or -errno and hand out referenced
 * objects; all may sleep unless they say otherwise.
 *
 * Locks, in the order of taking:
 *   rename_lock        one for all: while two parents are locked, so while places change
 *   inode->lock        a directory's entries; a file's size, mode, links, times. Several at once: a
 *                      directory before what is below it; two parents, neither below the other,
 *                      by address
 *   names_lock (spin)  parent, name and removal of every dentry, for those who walk upwards
 * A dentry's name and place change under the parent's inode->lock and names_lock both, so either is
 * enough to read them. No release of a reference takes an inode's lock: munmap drops files with the
 * address space locked.
 */
#ifndef FS_VFS_H
#define FS_VFS_H

#include "base/refcount.h"
#include "lib/abi/fcntl.h"
#include "lib/abi/stat.h"
#include "lib/tree.h"
#include "sync/mutex.h"

struct file;
struct memobj;
struct dentry;

/* st_dev of the file systems. */
enum device_numbers { DEVICE_TMPFS = 1, DEVICE_PROC, DEVICE_PIPE, DEVICE_SOCKET, DEVICE_MQUEUE };

/* A device special file's number, as stat shows it. */
static inline dev_t device_number(unsigned major, unsigned minor)
{
	return (dev_t)major << 8 | minor;
}

struct inode {
	struct refcount references;
	/* const after creation */
	const struct inode_ops *ops;     /* NULL: not a directory, nothing to release */
	const struct file_ops *file_ops; /* what opening it gives; NULL: FIFOs, devices, sockets */
	uint64_t number;
	dev_t device;        /* which file system */
	dev_t rdev;          /* device special files */
	struct memobj *data; /* regular files */
	char *target;        /* symbolic links, from kmalloc(); NULL: made by ops */
	_Atomic int writers; /* times open for writing; below 0: times run, not to be written */
	struct mutex lock;
	/* [lock] */
	_Atomic mode_t mode; /* the type bits are const and may be read without */
	unsigned links;
	struct timespec atime, mtime,
		ctime; /* atime: of creation or as set; reading leaves it ("noatime") */
	void *special; /* of the type: a tmpfs directory's entries, a FIFO's pipe, the socket bound
			  here, … */
};

struct dentry {
	struct refcount references;
	struct inode *inode; /* const; referenced */
	/* [parent's inode->lock and names_lock] */
	struct dentry
		*parent; /* referenced; the root's is itself; NULL: a nameless pipe or socket */
	char *name;      /* padded: fs/component.h */
	bool removed;
	/* [parent's inode->lock] tmpfs.c: the entry in its directory */
	struct tree_node name_node, order_node;
	uint64_t order;
};

/* What a file system does for its directories and links. Called with the directory's lock held
 * (stat: the inode's), but for read_link, follow_link and release. A missing one is -EPERM
 * (create: -ENOENT, the names are not ours to make). */
struct inode_ops {
	/* -ENOENT, … or a referenced dentry. */
	int (*lookup)(struct dentry *directory, const char *name, struct dentry **entry);
	int (*create)(struct dentry *directory, const char *name, mode_t mode, dev_t rdev,
		      const char *target, struct dentry **entry);
	int (*link)(struct dentry *directory, const char *name, struct inode *inode);
	int (*unlink)(struct dentry *directory, struct dentry *entry, bool is_directory);
	/* Moves `entry` to `to`/`name`, in place of `replaced` (NULL: nothing). Both directories
	 * are locked. */
	int (*rename)(struct dentry *from, struct dentry *entry, struct dentry *to,
		      const char *name, struct dentry *replaced);
	/* Two entries change places. */
	void (*exchange)(struct dentry *first, struct dentry *second);
	/* The text of a symbolic link that is made on the spot (/proc/self). NULL:
	 * inode->target. Length or -errno. */
	int (*read_link)(struct inode *inode, char *buffer, size_t size);
	/* Where such a link leads, when that is no path (/proc/PID/fd/N, exe, cwd). NULL: follow
	 * the text. */
	int (*follow_link)(struct inode *inode, struct dentry **target);
	/* The last reference is gone. Must not take inode locks. */
	void (*release)(struct inode *inode);
	/* Changes what stat shows. */
	void (*stat)(struct inode *inode, struct stat *result);
};

/* ---- Making them: for file systems ---- */

/* An inode with one reference, one link, the present time in its times and a number of its own.
 * NULL: no memory. */
struct inode *inode_create(dev_t device, mode_t mode, const struct inode_ops *ops,
			   const struct file_ops *file_ops);
/* A dentry with one reference; it takes over the caller's reference of the inode, and one of its
 * own of the parent. `name` is copied (NULL with parent NULL: a file without a name). NULL: no
 * memory, nothing was taken over. */
struct dentry *dentry_create(struct dentry *parent, const char *name, struct inode *inode);

static inline void dentry_get(struct dentry *dentry)
{
	ref_get(&dentry->references);
}
void dentry_free(struct dentry *dentry); /* for dentry_put() */
/* The last may free much, but takes no sleeping lock. */
static inline void dentry_put(struct dentry *dentry)
{
	if (ref_put(&dentry->references))
		dentry_free(dentry);
}
void inode_get(struct inode *inode);
void inode_put(struct inode *inode);
struct dentry *dentry_parent(struct dentry *dentry); /* referenced */
struct timespec vfs_time(void);                      /* now, as files are stamped */

/* ---- Where a process stands in the tree. Shared by CLONE_FS. ---- */

struct fs_context {
	struct refcount references;
	struct spinlock lock;
	struct dentry *cwd; /* [lock] referenced */
	_Atomic mode_t umask;
};
struct fs_context *fs_context_create(void); /* cwd = root, umask 022; NULL: no memory */
struct fs_context *fs_context_clone(struct fs_context *from);
void fs_context_get(struct fs_context *context);
void fs_context_put(struct fs_context *context);
struct dentry *fs_context_cwd(struct fs_context *context);               /* referenced */
void fs_context_set_cwd(struct fs_context *context, struct dentry *cwd); /* takes a reference */
mode_t fs_context_umask(struct fs_context *context);
mode_t fs_context_set_umask(struct fs_context *context, mode_t umask); /* the old one */

/* ---- Looking up ---- */

enum lookup_flags {
	LOOKUP_FOLLOW = 1 << 0,    /* a symbolic link as last component is followed */
	LOOKUP_DIRECTORY = 1 << 1, /* the result must be a directory: -ENOTDIR */
};

/* Resolves `path` from `base` (NULL: the root). -ENOENT, -ENOTDIR, -ELOOP, -ENAMETOOLONG,
 * -ENOMEM. */
int must_check path_lookup(struct dentry *base, const char *path, unsigned flags,
			   struct dentry **result);
/* Absolute path of a dentry; " (deleted)" is added to a removed one; "pipe:[N]" for one without
 * a name. Length, or -ENAMETOOLONG. Does not sleep. */
long must_check dentry_path(struct dentry *dentry, char *buffer, size_t size);
/* The text of a symbolic link, cut to `size`, not terminated: its length. -EINVAL: no link. */
long must_check vfs_read_link(struct inode *inode, char *buffer, size_t size);

/* ---- Operations on paths; modes are after the umask. `base` as in path_lookup(). ---- */

int must_check vfs_open(struct dentry *base, const char *path, int flags, mode_t mode,
			struct file **file);
int must_check vfs_make(struct dentry *base, const char *path, mode_t mode,
			dev_t rdev); /* mkdir, mknod by type bits */
/* The name of a socket; its dentry, referenced. */
int must_check vfs_make_socket(struct dentry *base, const char *path, mode_t mode,
			       struct dentry **made);
int must_check vfs_symlink(struct dentry *base, const char *path, const char *target);
int must_check vfs_link(struct dentry *old_base, const char *old, struct dentry *new_base,
			const char *new, unsigned lookup_flags);
int must_check vfs_unlink(struct dentry *base, const char *path, bool is_directory);
int must_check vfs_rename(struct dentry *old_base, const char *old, struct dentry *new_base,
			  const char *new, unsigned flags); /* RENAME_NOREPLACE, RENAME_EXCHANGE */

/* ---- Operations on inodes ---- */

void vfs_stat(struct inode *inode, struct stat *result);
int must_check vfs_chmod(struct inode *inode, mode_t mode);
/* UTIME_NOW, UTIME_OMIT; NULL: both now. */
int must_check vfs_set_times(struct inode *inode, const struct timespec times[2]);
int must_check vfs_truncate(struct inode *inode, uint64_t size);
void vfs_statfs(struct inode *inode, struct statfs *result);
/* Everyone is root: X_OK needs some x bit (or a directory). -EACCES. Does not sleep. */
int must_check vfs_access(struct inode *inode, int mode);

/* ---- Set-up ---- */

struct dentry *vfs_root(void); /* not referenced: it never goes */
void vfs_init(void);           /* the root, with /dev /proc /tmp */
/* Unpacks the initrd (cpio newc, several archives in a row) and frees its frames; panics with a
 * clear message when it is no archive. */
void initrd_unpack(void);

/* What opening a FIFO or a device node gives, registered by ipc and dev: sets file->ops and
 * file->private. */
typedef int special_open(struct inode *inode, struct file *file);
void vfs_set_fifo_open(special_open *open);
void vfs_set_device_open(special_open *open);
/* Hangs a file system's root (a directory's inode, reference taken over) over the empty
 * directory `path`; its dentry then never goes. Boot. */
int must_check vfs_attach(const char *path, struct inode *root_inode);

#endif
