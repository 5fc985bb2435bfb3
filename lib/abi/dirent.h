/* SPDX-License-Identifier: MIT */
/* The records that getdents64(2) writes. */
#ifndef LIB_ABI_DIRENT_H
#define LIB_ABI_DIRENT_H

#include "lib/abi/types.h"

struct linux_dirent64 {
	ino_t d_ino;
	off_t d_off;             /* where the next record is: a cookie for lseek() */
	unsigned short d_reclen; /* of this whole record, a multiple of 8 */
	unsigned char d_type;
	char d_name[]; /* ends with NUL */
};

#define DT_UNKNOWN 0
#define DT_FIFO    1
#define DT_CHR     2
#define DT_DIR     4
#define DT_BLK     6
#define DT_REG     8
#define DT_LNK     10
#define DT_SOCK    12

#define IFTODT(mode) (((mode)&0170000) >> 12)
#define DTTOIF(type) ((type) << 12)

_Static_assert(offsetof(struct linux_dirent64, d_name) == 19, "struct linux_dirent64");

#endif
