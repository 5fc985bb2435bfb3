/* SPDX-License-Identifier: MIT */
/* Calls about the address space. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lock.h"
#include "point.h"

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	return (void *)sys(mmap, address, length, protection, flags, fd, offset);
}

int munmap(void *address, size_t length)
{
	return (int)sys(munmap, address, length);
}

int mprotect(void *address, size_t length, int protection)
{
	return (int)sys(mprotect, address, length, protection);
}

void *mremap(void *address, size_t old_length, size_t new_length, int flags, ...)
{
	va_list arguments;
	void *new_address;

	va_start(arguments, flags);
	new_address = va_arg(arguments, void *);
	va_end(arguments);
	return (void *)sys(mremap, address, old_length, new_length, flags, new_address);
}

int msync(void *address, size_t length, int flags)
{
	return (int)sys_point(msync, address, length, flags);
}

int madvise(void *address, size_t length, int advice)
{
	return (int)sys(madvise, address, length, advice);
}

/* The heap's end, or NULL before the first sbrk(). */
struct lock libc_break_lock;
static char *current_break; /* [libc_break_lock] */

/* The kernel answers where the end is now: unchanged when it would not move it. */
int brk(void *end)
{
	int result = 0;

	lock_acquire(&libc_break_lock);
	current_break = (char *)sys_raw(brk, end);
	if (current_break != end) {
		errno = ENOMEM;
		result = -1;
	}
	lock_release(&libc_break_lock);
	return result;
}

void *sbrk(intptr_t increment)
{
	char *old, *wanted;
	void *result;

	lock_acquire(&libc_break_lock);
	if (!current_break)
		current_break = (char *)sys_raw(brk, NULL);
	old = current_break;
	wanted = (char *)((uintptr_t)old + (uintptr_t)increment);
	if (wanted != old)
		current_break = (char *)sys_raw(brk, wanted);
	result = current_break == wanted ? old : (void *)-1;
	lock_release(&libc_break_lock);
	if (result != old)
		errno = ENOMEM;
	return result;
}
