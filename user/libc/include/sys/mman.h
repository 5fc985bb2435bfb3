/* SPDX-License-Identifier: MIT */
/* Mapping memory. */
#ifndef LIBC_SYS_MMAN_H
#define LIBC_SYS_MMAN_H

#include "lib/abi/mman.h"

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset);
int munmap(void *address, size_t length);
int mprotect(void *address, size_t length, int protection);
void *mremap(void *address, size_t old_length, size_t new_length, int flags, ...);
int msync(void *address, size_t length, int flags);
int madvise(void *address, size_t length, int advice);
int shm_open(const char *name, int flags, mode_t mode);
int shm_unlink(const char *name);

#endif
