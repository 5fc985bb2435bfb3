/* SPDX-License-Identifier: MIT */
/* Device numbers. */
#ifndef LIB_ABI_SYSMACROS_H
#define LIB_ABI_SYSMACROS_H

#include "lib/abi/types.h"

/*
 * A device number as the kernel keeps it in st_rdev and takes it in mknod: 12 bits of major and
 * 20 of minor, spread as Linux's new_encode_dev() does.
 */
#define makedev(major, minor) \
	((dev_t)(((minor)&0xffUL) | (((major)&0xfffUL) << 8) | (((minor) & ~0xffUL) << 12)))
#define major(dev) ((unsigned int)(((dev) >> 8) & 0xfff))
#define minor(dev) ((unsigned int)(((dev)&0xff) | (((dev) >> 12) & 0xfff00)))

#endif
