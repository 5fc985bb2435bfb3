/* SPDX-License-Identifier: MIT */
/*
 * The file system that everything but /proc lives in. Regular files are memory objects, so that
 * mapping one is sharing its pages; directories are two trees of dentries, by name and by age.
 */
#ifndef FS_TMPFS_H
#define FS_TMPFS_H

#include "fs/file.h"

extern const struct file_ops tmpfs_file_ops;      /* tmpfs_file.c */
extern const struct file_ops tmpfs_directory_ops; /* tmpfs_directory.c */

/* An inode of any type, `target` for symbolic links only. NULL: no memory. */
struct inode *tmpfs_inode_create(mode_t mode, dev_t rdev, const char *target);

/*
 * A directory's entries, its inode's `special`. The tree by age gives getdents its positions: an
 * entry keeps its number as long as it is there, by whatever name, and who reads on finds the first
 * that is not younger, whatever was removed meanwhile.
 */
struct tmpfs_directory {
	/* [inode->lock] */
	struct tree by_name, by_order;
	uint64_t next_order; /* ORDER_FIRST … */
	size_t count;
};

#define ORDER_FIRST 2 /* positions 0 and 1 are "." and ".." */

static inline struct tmpfs_directory *tmpfs_directory(struct inode *inode)
{
	return inode->special;
}

#endif
