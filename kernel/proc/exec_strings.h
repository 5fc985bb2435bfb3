/* SPDX-License-Identifier: MIT */
/*
 * The argument and environment strings of an exec, on their way from the old program's memory to
 * the new one's stack. They may be megabytes: they are kept in single pages.
 */
#ifndef PROC_EXEC_STRINGS_H
#define PROC_EXEC_STRINGS_H

#include "lib/abi/limits.h"
#include "mm/uaccess.h"
#include "vm/aspace.h"

#define EXEC_STRING_MAX ARG_MAX /* bytes of one string, its NUL included */

struct exec_chunk {
	struct exec_chunk *next;
	size_t used;
	char bytes[PAGE_SIZE - 2 * sizeof(size_t)];
};

struct exec_chunks {
	struct exec_chunk *first, *last;
};

struct exec_strings {
	struct exec_chunks text;    /* all strings, back to back, each with its NUL */
	struct exec_chunks lengths; /* a uint32_t each, with the NUL */
	size_t bytes, count;
	size_t limit; /* of bytes, pointers to the strings counted in */
};

void exec_strings_init(struct exec_strings *strings, size_t limit);
void exec_strings_free(struct exec_strings *strings);

/* Each adds at the end: 0, -ENOMEM, -E2BIG, -EFAULT. */
int must_check exec_strings_add(struct exec_strings *strings, const char *text);
/* All strings of a user array of addresses that ends with NULL (itself NULL: none), but for the
 * first `skip`. */
int must_check exec_strings_add_user(struct exec_strings *strings, user_addr_t array, size_t skip);

/* Copies the strings to `to` in the new address space. */
int must_check exec_strings_write(const struct exec_strings *strings, struct aspace *aspace,
				  vaddr_t to);

/* Walks the lengths in order. */
struct exec_cursor {
	const struct exec_chunk *chunk;
	size_t at;
};
struct exec_cursor exec_strings_begin(const struct exec_strings *strings);
uint32_t exec_strings_next(struct exec_cursor *cursor);

#endif
