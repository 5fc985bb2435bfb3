/* SPDX-License-Identifier: MIT */
/*
 * The nodes under /dev. A device node is an inode with a number; which driver that number means is
 * registered here. Those that need no driver are here, too: null zero full random urandom report,
 * and the links fd stdin stdout stderr.
 */
#ifndef DEV_DEVFS_H
#define DEV_DEVFS_H

#include "fs/file.h"

/* Makes /dev/NAME, a character device whose opening gives `ops` (after `open`, which may be
 * NULL, allows it; it may set file->private). In the place of what the initrd has there. Boot,
 * thread context; panics when it cannot. */
void devfs_add(const char *name, dev_t device, mode_t mode, const struct file_ops *ops,
	       int (*open)(struct inode *inode, struct file *file));
void devfs_init(void);

#endif
