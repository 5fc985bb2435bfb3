/* SPDX-License-Identifier: MIT */
/*
 * Names and inodes. The tree of dentries is the directory structure itself (all file systems live in
 * RAM): a tmpfs dentry stays as long as the name exists, a procfs dentry as long as someone uses it. An
 * inode is a file without its name: type, owner's numbers, times, content.
 *
 * Who calls: system calls, exec, initrd. Return 0 or -errno and hand out referenced objects.
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
struct uio;
struct dentry;

struct inode {
	struct refcount references;
	const struct inode_ops *ops;      /* const; directories, symbolic links */
	const struct file_ops *file_ops;  /* const; what opening it gives */
	uint64_t number;                  /* const */
	dev_t device;                     /* const: which file system */
	dev_t rdev;                       /* const: device special files */
	struct mutex lock;                /* content and what follows */
	/* [lock] */
	mode_t mode; /* the type bits are const */
	unsigned links;
	struct timespec atime, mtime, ctime;
	struct memobj *data; /* const pointer; regular files */
	char *target;        /* const; symbolic links */
	void *special;       /* of the type: the pipe of a FIFO, procfs's entry, … */
};

struct dentry {
	struct refcount references;
	struct inode *inode; /* const */
	/* [parent's inode->lock and the dentry tree's lock; read under either] */
	struct dentry *parent; /* the root's is itself; referenced */
	char *name;
	bool removed;
	struct tree_node node;  /* in the parent's children, by name */
	struct tree children;   /* [inode->lock] directories of tmpfs */
};

struct inode_ops {
	/* All with the directory's lock held. -ENOENT, … `lookup` gives a referenced dentry. */
	int (*lookup)(struct dentry *directory, const char *name, struct dentry **entry);
	int (*create)(struct dentry *directory, const char *name, mode_t mode, dev_t rdev,
	              const char *target, struct dentry **entry);
	int (*link)(struct dentry *directory, const char *name, struct inode *inode);
	int (*unlink)(struct dentry *directory, struct dentry *entry, bool is_directory);
	int (*rename)(struct dentry *from, struct dentry *entry, struct dentry *to, const char *name,
	              struct dentry *replaced);
	/* The text of a symbolic link that is made on the spot (/proc/self). NULL: inode->target. */
	int (*read_link)(struct inode *inode, char *buffer, size_t size);
	/* Where such a link leads, when that is no path (/proc/PID/fd/N, exe, cwd). NULL: follow the text. */
	int (*follow_link)(struct inode *inode, struct dentry **target);
	/* The last reference is gone. */
	void (*release)(struct inode *inode);
	/* Refreshes what stat shows. May be NULL. */
	void (*stat)(struct inode *inode, struct stat *result);
};

/* Where a process stands in the tree. Shared by CLONE_FS. */
struct fs_context {
	struct refcount references;
	struct spinlock lock;
	struct dentry *cwd; /* [lock] referenced */
	mode_t umask;       /* [lock] */
};
struct fs_context *fs_context_create(void); /* cwd = root, umask 022; NULL: no memory */
struct fs_context *fs_context_clone(struct fs_context *from);
void fs_context_get(struct fs_context *context);
void fs_context_put(struct fs_context *context);
struct dentry *fs_context_cwd(struct fs_context *context); /* referenced */

enum lookup_flags {
	LOOKUP_FOLLOW = 1 << 0,    /* a symbolic link as last component is followed */
	LOOKUP_DIRECTORY = 1 << 1, /* the result must be a directory: -ENOTDIR */
};

/* Resolves `path` from `base` (a directory; NULL: an absolute path is required). -ENOENT, -ENOTDIR, -ELOOP, -ENAMETOOLONG. */
int must_check path_lookup(struct dentry *base, const char *path, unsigned flags,
                           struct dentry **result);
/* Absolute path of a dentry; " (deleted)" is added to a removed one. Length, or -ENAMETOOLONG. */
long must_check dentry_path(struct dentry *dentry, char *buffer, size_t size);

int must_check vfs_open(struct dentry *base, const char *path, int flags, mode_t mode,
                        struct file **file);
int must_check vfs_make(struct dentry *base, const char *path, mode_t mode, dev_t rdev); /* mkdir, mknod by type bits */
int must_check vfs_symlink(struct dentry *base, const char *path, const char *target);
int must_check vfs_link(struct dentry *old_base, const char *old, struct dentry *new_base,
                        const char *new, unsigned lookup_flags);
int must_check vfs_unlink(struct dentry *base, const char *path, bool is_directory);
int must_check vfs_rename(struct dentry *old_base, const char *old, struct dentry *new_base,
                          const char *new, unsigned flags); /* RENAME_NOREPLACE, RENAME_EXCHANGE */
void vfs_stat(struct inode *inode, struct stat *result);
int must_check vfs_chmod(struct inode *inode, mode_t mode);
int must_check vfs_set_times(struct inode *inode, const struct timespec times[2]); /* UTIME_NOW, UTIME_OMIT */
int must_check vfs_truncate(struct inode *inode, uint64_t size);
void vfs_statfs(struct inode *inode, struct statfs *result);
int must_check vfs_access(struct inode *inode, int mode); /* everyone is root: X_OK needs some x bit */

void dentry_get(struct dentry *dentry);
void dentry_put(struct dentry *dentry);
void inode_get(struct inode *inode);
void inode_put(struct inode *inode);
struct dentry *vfs_root(void); /* not referenced: it never goes */

void vfs_init(void);   /* the root, with /dev /proc /tmp as the initrd finds or makes them */
/* Unpacks the initrd (cpio newc, several archives in a row) and frees its frames; panics with a clear message when it is
 * no archive. */
void initrd_unpack(void);

/* Special inodes' open, registered by ipc and dev: what opening a FIFO or a device node gives. */
typedef int special_open(struct inode *inode, struct file *file);
void vfs_set_fifo_open(special_open *open);
void vfs_set_device_open(special_open *open);
/* procfs hangs its root under /proc. */
int must_check vfs_attach(const char *path, struct inode *root_inode);

#endif
