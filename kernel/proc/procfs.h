/* SPDX-License-Identifier: MIT */
/* /proc: see docs/proc.md for the list. Content is made when a file is read for the first time
 * after open, so a read in pieces is consistent. */
#ifndef PROC_PROCFS_H
#define PROC_PROCFS_H

void procfs_init(void); /* attaches to /proc; after initrd_unpack() */

#endif
