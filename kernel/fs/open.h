/* SPDX-License-Identifier: MIT */
/* What fs/ shares of open.c and file.c; everything else is in fs/vfs.h and fs/file.h. */
#ifndef FS_OPEN_H
#define FS_OPEN_H

void file_init(void); /* the slab */

#endif
