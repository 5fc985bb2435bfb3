/* SPDX-License-Identifier: MIT */
/*
 * Pipes and FIFOs: 64 KiB of bytes between writers and readers, up to PIPE_BUF of them unbroken. A
 * pipe is a FIFO whose inode has no name.
 */
#ifndef IPC_PIPE_H
#define IPC_PIPE_H

#include "fs/file.h"

/* A pipe's two ends, reading first. `flags`: O_NONBLOCK, others are ignored. -ENOMEM. */
int must_check pipe_create(int flags, struct file *ends[2]);
/* Registers opening of FIFOs with the vfs. Boot. */
void pipe_init(void);

#endif
