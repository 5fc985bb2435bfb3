/* SPDX-License-Identifier: MIT */
/* System calls on the address space. */
#include "lib/abi/mman.h"
#include "mm/frame.h"
#include "syscall/arguments.h"
#include "syscall/syscall.h"

static struct aspace *own_aspace(void)
{
	return current_process()->aspace;
}

static unsigned rights_of(int protection)
{
	return (protection & PROT_READ ? REGION_READ : 0) |
	       (protection & PROT_WRITE ? REGION_WRITE : 0) |
	       (protection & PROT_EXEC ? REGION_EXEC : 0);
}

static bool page_aligned(uint64_t value)
{
	return IS_ALIGNED(value, PAGE_SIZE);
}

/* RLIMIT_AS leaves room for `bytes` more. */
static bool fits_limit(size_t bytes)
{
	uint64_t limit = process_limit(current_process(), RLIMIT_AS);
	uint64_t used =
		own_aspace()->mapped_pages * PAGE_SIZE; /* a race only makes the check coarse */

	return bytes <= limit && used <= limit - bytes;
}

/*
 * Pages are handed out when they are first written, so that more can be promised than there is. But
 * what all RAM together could not hold is refused at once, as Linux does: a caller that computed a
 * nonsensical size gets its ENOMEM, and not the end of the largest process later.
 */
static bool can_be_promised(size_t bytes)
{
	return bytes / PAGE_SIZE <= frame_total();
}

/* ---- mmap ---- */

/* What is honoured, and what says nothing that the kernel would do otherwise. */
#define MAP_FLAGS                                                                     \
	(MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_DENYWRITE | \
	 MAP_EXECUTABLE | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK)

static int check_map_flags(unsigned flags)
{
	unsigned type = flags & MAP_TYPE;

	if (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE)
		return -EINVAL;
	if (type == MAP_SHARED_VALIDATE && flags & ~(MAP_FLAGS & ~MAP_FIXED_NOREPLACE))
		return -EOPNOTSUPP;
	return flags & (MAP_GROWSDOWN | MAP_32BIT | MAP_HUGETLB | MAP_LOCKED | MAP_SYNC) ? -EINVAL
											 : 0;
}

static long map_file(struct map_request *request, int fd)
{
	struct file *file = file_of(fd);

	if (!file)
		return -EBADF;
	long rc = file_mmap(file, request->flags & REGION_SHARED, request->flags & REGION_WRITE,
			    &request->object);
	if (rc == 0) {
		request->backing = &file->backing;
		rc = aspace_map(own_aspace(), request);
		if (request->object) /* a private mapping of /dev/zero has none */
			memobj_put(request->object);
	}
	file_put(file);
	return rc;
}

static long map_shared_memory(struct map_request *request)
{
	request->object = memobj_create(request->length);
	if (!request->object)
		return -ENOMEM;
	request->page_offset = 0;
	long rc = aspace_map(own_aspace(), request);
	memobj_put(request->object);
	return rc;
}

static int check_map_range(const struct map_request *request, uint64_t offset)
{
	if (!request->length)
		return -EINVAL;
	if (request->length > USER_TOP)
		return -ENOMEM;
	if (offset + request->length < offset || (int64_t)(offset + request->length) < 0)
		return -EOVERFLOW;
	if (request->fixed && !page_aligned(request->address))
		return -EINVAL;
	if (request->fixed && !user_range_ok(user_addr(request->address), request->length))
		return -ENOMEM;
	return fits_limit(request->length) ? 0 : -ENOMEM;
}

SYSCALL6(sys_mmap, uint64_t, address, size_t, length, int, protection, unsigned, flags, int, fd,
	 uint64_t, offset)
{
	struct map_request request = {
		.address = address,
		.length = length > USER_TOP ? length : ALIGN_UP(length, PAGE_SIZE),
		.flags = rights_of(protection),
		.fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE),
		.no_replace = flags & MAP_FIXED_NOREPLACE,
		.page_offset = offset / PAGE_SIZE,
	};

	if (!page_aligned(offset) || protection & ~(PROT_READ | PROT_WRITE | PROT_EXEC))
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS) && fdtable_flags(current_process()->files, fd) < 0)
		return -EBADF;
	if ((flags & MAP_TYPE) != MAP_PRIVATE)
		request.flags |= REGION_SHARED;
	int rc = check_map_range(&request, flags & MAP_ANONYMOUS ? 0 : offset);
	if (!rc)
		rc = check_map_flags(flags);
	if (rc)
		return rc;
	if (request.flags & REGION_WRITE && !(request.flags & REGION_SHARED) &&
	    !(flags & MAP_NORESERVE) && !can_be_promised(request.length))
		return -ENOMEM;
	if (!(flags & MAP_ANONYMOUS))
		return map_file(&request, fd);
	return request.flags & REGION_SHARED ? map_shared_memory(&request)
					     : aspace_map(own_aspace(), &request);
}

/* ---- Changing what is mapped ---- */

SYSCALL2(sys_munmap, uint64_t, address, size_t, length)
{
	if (!page_aligned(address) || !length || !user_range_ok(user_addr(address), length))
		return -EINVAL;
	return aspace_unmap(own_aspace(), address, length);
}

/* Checks a range as mprotect and madvise do: -EINVAL for a start off a page, `wrapped` for an end
 * beyond the address space's; 1: empty, nothing to do. */
static int check_range(uint64_t address, size_t length, int wrapped)
{
	if (!page_aligned(address))
		return -EINVAL;
	if (!length)
		return 1;
	return ALIGN_UP(length, PAGE_SIZE) < length ||
			       address + ALIGN_UP(length, PAGE_SIZE) < address
		       ? wrapped
		       : 0;
}

SYSCALL3(sys_mprotect, uint64_t, address, size_t, length, int, protection)
{
	int rc = check_range(address, length, -ENOMEM);

	if (protection & ~(PROT_READ | PROT_WRITE | PROT_EXEC))
		return -EINVAL;
	if (rc)
		return rc < 0 ? rc : 0;
	if (!user_range_ok(user_addr(address), length))
		return -ENOMEM;
	return aspace_protect(own_aspace(), address, length, rights_of(protection));
}

SYSCALL3(sys_madvise, uint64_t, address, size_t, length, int, advice)
{
	int rc = check_range(address, length, -EINVAL);

	if (rc)
		return rc < 0 ? rc : 0;
	if (!user_range_ok(user_addr(address), length))
		return -ENOMEM;
	return aspace_advise(own_aspace(), address, length, advice);
}

/* Files live in memory, and a shared mapping is the file: there is only the range to look at. */
SYSCALL3(sys_msync, uint64_t, address, size_t, length, int, flags)
{
	struct region_info info;
	size_t rounded = ALIGN_UP(length, PAGE_SIZE);

	if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) ||
	    (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC) || !page_aligned(address))
		return -EINVAL;
	if (address + rounded < address)
		return -ENOMEM;
	for (vaddr_t at = address; at < address + rounded; at = info.end) {
		if (!aspace_region_info(own_aspace(), at, false, &info) || info.start > at)
			return -ENOMEM;
	}
	return 0;
}

/* mremap to less: what is unmapped behind may have holes, unlike what is moved or grown. */
static long shrink_mapping(uint64_t address, size_t old_length, size_t new_length)
{
	struct region_info info;

	if (!aspace_region_info(own_aspace(), address, false, &info) || info.start > address)
		return -EFAULT;
	int rc = 0;
	if (new_length < old_length)
		rc = aspace_unmap(own_aspace(), address + new_length, old_length - new_length);
	return rc ? rc : (long)address;
}

SYSCALL5(sys_mremap, uint64_t, old, size_t, old_length, size_t, new_length, unsigned, flags,
	 uint64_t, new_address)
{
	if (flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED) || !page_aligned(old) ||
	    (flags & MREMAP_FIXED && !(flags & MREMAP_MAYMOVE)))
		return -EINVAL;
	if (!old_length || !new_length || new_length > USER_TOP)
		return -EINVAL;
	if (old >= USER_TOP)
		return -EFAULT;
	if (!user_range_ok(user_addr(old), old_length))
		return -EINVAL;
	old_length = ALIGN_UP(old_length, PAGE_SIZE);
	new_length = ALIGN_UP(new_length, PAGE_SIZE);
	if (new_length <= old_length && !(flags & MREMAP_FIXED))
		return shrink_mapping(old, old_length, new_length);
	if (new_length > old_length && !fits_limit(new_length - old_length))
		return -ENOMEM;
	return aspace_remap(own_aspace(), old, old_length, new_length, flags, new_address);
}

SYSCALL1(sys_brk, uint64_t, end)
{
	struct aspace *aspace = own_aspace();
	uint64_t now =
		aspace->brk_end; /* only this process moves it; a race makes the check coarse */

	if (end > now && (!fits_limit(end - now) || !can_be_promised(end - now)))
		return (long)now;
	return (long)aspace_brk(aspace, end);
}
