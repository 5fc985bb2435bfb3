/* SPDX-License-Identifier: MIT */
/*
 * Copying from and to user memory: the range check, the check that the caller may sleep, then
 * arch's instructions, which come back with what they could not copy when a page cannot be had.
 */
#include "mm/uaccess.h"

#include "arch/usercopy.h"
#include "base/spinlock.h"
#include "lib/abi/errno.h"
#include "lib/util.h"

int copy_from_user(void *to, user_addr_t from, size_t bytes)
{
	assert_may_sleep("copy_from_user");
	if (!user_range_ok(from, bytes))
		return -EFAULT;
	return arch_copy_from_user(to, from.raw, bytes) ? -EFAULT : 0;
}

int copy_to_user(user_addr_t to, const void *from, size_t bytes)
{
	assert_may_sleep("copy_to_user");
	if (!user_range_ok(to, bytes))
		return -EFAULT;
	return arch_copy_to_user(to.raw, from, bytes) ? -EFAULT : 0;
}

int clear_user(user_addr_t to, size_t bytes)
{
	assert_may_sleep("clear_user");
	if (!user_range_ok(to, bytes))
		return -EFAULT;
	return arch_clear_user(to.raw, bytes) ? -EFAULT : 0;
}

long copy_string_from_user(char *to, user_addr_t from, size_t size)
{
	size_t limit;
	long length;

	assert_may_sleep("copy_string_from_user");
	if (size == 0)
		return -ENAMETOOLONG;
	if (from.raw >= USER_TOP)
		return -EFAULT;
	limit = MIN(size, USER_TOP - from.raw);
	length = arch_copy_string_from_user(to, from.raw, limit);
	if (length < 0)
		return -EFAULT;
	if ((size_t)length == limit) /* no NUL: too long, or it ran into the end of the user half */
		return limit < size ? -EFAULT : -ENAMETOOLONG;
	return length;
}

int cmpxchg_user32(user_addr_t address, uint32_t *expected, uint32_t desired)
{
	assert_may_sleep("cmpxchg_user32");
	if (!user_range_ok(address, sizeof(uint32_t)))
		return -EFAULT;
	return arch_cmpxchg_user32(address.raw, expected, desired) ? 0 : -EFAULT;
}
