/* SPDX-License-Identifier: MIT */
/*
 * Reading cpio archives in the "newc" format, several in a row, from memory. Text only, no tree:
 * tested and fuzzed on the host. The format: a header of 110 hexadecimal characters, the name,
 * padding to 4 bytes, the content, padding to 4 bytes; an entry named TRAILER!!! ends an archive,
 * zeros may follow it.
 */
#ifndef FS_CPIO_H
#define FS_CPIO_H

#include "lib/abi/types.h"

#include <stdbool.h>

struct cpio_entry {
	const char *name; /* terminated, as the archive has it */
	uint32_t inode;   /* equal ones with links > 1 are one file */
	uint32_t mode, links, mtime;
	uint32_t rdev_major, rdev_minor;
	const char *content; /* in the archive */
	size_t size;
	unsigned archive; /* 0 for the first in a row: inode numbers are of one archive only */
};

struct cpio_reader {
	const char *start, *at, *end; /* `start`: of this archive, from which alignment counts */
	unsigned archive;
	bool archive_ended;  /* its trailer was seen */
	const char *problem; /* after -EINVAL: what is wrong with what begins at `at` */
};

void cpio_begin(struct cpio_reader *reader, const void *archive, size_t size);
/* 1: *entry is the next one. 0: the end. -EINVAL: no archive, or a broken one. */
int cpio_next(struct cpio_reader *reader, struct cpio_entry *entry);

#endif
