/* SPDX-License-Identifier: MIT */
/* Pipes and FIFOs: 64 KiB of bytes between writers and readers, PIPE_BUF at a time unbroken. */
#ifndef IPC_PIPE_H
#define IPC_PIPE_H

#include "fs/file.h"

/* A pipe's two ends. -ENOMEM. */
int must_check pipe_create(int flags, struct file *ends[2]);
/* Registers opening of FIFOs with the vfs. */
void pipe_init(void);

#endif
