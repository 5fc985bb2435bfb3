/* SPDX-License-Identifier: MIT */
/*
 * Copying from and to user memory. May sleep (the page may have to be made), so never under a
 * spinlock or with interrupts off, nor with the address space's lock held (asserted). The range is
 * checked against the user half first; an unmapped page is -EFAULT, possibly after part of the
 * bytes were copied.
 */
#ifndef MM_UACCESS_H
#define MM_UACCESS_H

#include "arch/layout.h"

int must_check copy_from_user(void *to, user_addr_t from, size_t bytes);
int must_check copy_to_user(user_addr_t to, const void *from, size_t bytes);
int must_check clear_user(user_addr_t to, size_t bytes);
/* Length without the NUL, or -EFAULT, or -ENAMETOOLONG when there is no NUL within `size` bytes.
 * What is behind the NUL, up to `size`, is undefined. */
long must_check copy_string_from_user(char *to, user_addr_t from, size_t size);
/* -EFAULT, or 0 with *expected what was there (equal to what it held before: `desired` was
 * stored). */
int must_check cmpxchg_user32(user_addr_t address, uint32_t *expected, uint32_t desired);

/* The whole range lies in the user half (says nothing of what is mapped). */
static inline bool user_range_ok(user_addr_t start, size_t bytes)
{
	return start.raw <= USER_TOP && bytes <= USER_TOP - start.raw;
}

#endif
