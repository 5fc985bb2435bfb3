/* SPDX-License-Identifier: MIT */
/* What fs/ shares of names.c; everything else is in fs/vfs.h. */
#ifndef FS_NAMES_H
#define FS_NAMES_H

#include "fs/vfs.h"

/* Makes an entry that is known not to be there; the directory's lock is held. -ENOENT: the
 * directory has been removed, or is none in which names are made. */
int must_check names_create_locked(struct dentry *directory, const char *name, mode_t mode,
				   dev_t rdev, const char *target, struct dentry **entry);
/* `entry` may be taken away from `directory`: not where another file system hangs. -EBUSY,
 * -EPERM. */
int must_check names_check_removable(const struct dentry *directory, const struct dentry *entry);

void rename_init(void); /* rename.c */

#endif
