/* SPDX-License-Identifier: MIT */
/* What fs/ shares of inode.c; everything else is in fs/vfs.h. */
#ifndef FS_INODE_H
#define FS_INODE_H

#include "fs/vfs.h"

#define FILE_SIZE_MAX INT64_MAX /* off_t is signed */

void inode_init(void);
/* Content or entries changed: mtime and ctime. The inode's lock is held. */
void inode_touch_locked(struct inode *inode);

/* A file open for writing is not run, a file that runs is not opened for writing: -ETXTBSY. None
 * sleeps. */
int must_check inode_take_write(struct inode *inode);
void inode_drop_write(struct inode *inode);
int must_check inode_deny_write(struct inode *inode);
void inode_allow_write(struct inode *inode);

#endif
