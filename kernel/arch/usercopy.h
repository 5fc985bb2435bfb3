/* SPDX-License-Identifier: MIT */
/*
 * The only instructions of the kernel that touch user memory (usercopy.asm), inside stac/clac and
 * covered by the exception table. mm/uaccess.h is what others call: it checks the range first.
 */
#ifndef ARCH_USERCOPY_H
#define ARCH_USERCOPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trap_frame;

/* Return the number of bytes NOT copied: 0 is success. */
size_t arch_copy_from_user(void *to, uint64_t from, size_t bytes);
size_t arch_copy_to_user(uint64_t to, const void *from, size_t bytes);
size_t arch_clear_user(uint64_t to, size_t bytes);
/* Length of the string without its NUL, at most `limit` (then no NUL was seen); negative: fault.
 * What is behind the NUL, up to `limit`, is undefined. */
long arch_copy_string_from_user(char *to, uint64_t from, size_t limit);
/* Atomically: if *address == *expected, stores desired; *expected gets what was there. False:
 * fault. */
bool arch_cmpxchg_user32(uint64_t address, uint32_t *expected, uint32_t desired);
/* The word at `address`; false: fault. What it calls keeps all registers but RAX, which is the
 * result: 10 instructions of a futex's wait. */
static inline bool arch_load_user32(uint64_t address, uint32_t *value)
{
	bool loaded;

	__asm__ volatile("call load_user_word"
			 : "=a"(*value), "=@ccnc"(loaded)
			 : "D"(address)
			 : "memory");
	return loaded;
}

/* The faulting instruction is one of those. */
bool usercopy_covers(const struct trap_frame *frame);
/* If the faulting instruction is one of those, moves frame->rip to its fix-up. */
bool usercopy_fixup(struct trap_frame *frame);

#endif
