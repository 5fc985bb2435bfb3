/* SPDX-License-Identifier: MIT */
/* System calls that move bytes: read, write and their relatives, sendfile, directory entries. */
#include "arch/rare.h"
#include "lib/abi/dirent.h"
#include "lib/abi/limits.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "syscall/arguments.h"
#include "syscall/syscall.h"

typedef ssize_t transfer_function(struct file *file, struct uio *uio, const uint64_t *position);

static ssize_t write_or_signal(struct file *file, struct uio *from, const uint64_t *position)
{
	ssize_t rc = file_write(file, from, position);

	/* When part of it is in a pipe, too; a socket tells that at the next write. */
	if (rc == -EPIPE || (from->no_reader && S_ISFIFO(file->inode->mode)))
		signal_broken_pipe();
	return rc;
}

static long transfer_uio(int fd, transfer_function *transfer, struct uio *uio,
			 const uint64_t *position)
{
	struct file *file = file_or_path_of(fd); /* a path can be neither read nor written */

	if (!file)
		return -EBADF;
	long rc = transfer(file, uio, position);
	file_put(file);
	return restartable(rc);
}

static long transfer_buffer(int fd, transfer_function *transfer, user_addr_t buffer, size_t bytes,
			    const uint64_t *position)
{
	struct uio uio;
	int rc = 0;

	if (!user_range_ok(buffer, bytes))
		rc = -EFAULT;
	else if (position && bytes > INT64_MAX - *position)
		rc = -EINVAL;
	if (rc) {
		struct file *file = file_of(fd);
		if (!file)
			return -EBADF;
		file_put(file);
		return rc;
	}
	uio_init_buffer(&uio, buffer, MIN(bytes, TRANSFER_MAX));
	return transfer_uio(fd, transfer, &uio, position);
}

HOT syscall_function sys_read, sys_write;

SYSCALL3(sys_read, int, fd, user_addr_t, buffer, size_t, bytes)
{
	return transfer_buffer(fd, file_read, buffer, bytes, NULL);
}

SYSCALL3(sys_write, int, fd, user_addr_t, buffer, size_t, bytes)
{
	return transfer_buffer(fd, write_or_signal, buffer, bytes, NULL);
}

SYSCALL4(sys_pread64, int, fd, user_addr_t, buffer, size_t, bytes, long, offset)
{
	uint64_t position = (uint64_t)offset;

	if (offset < 0)
		return -EINVAL;
	return transfer_buffer(fd, file_read, buffer, bytes, &position);
}

SYSCALL4(sys_pwrite64, int, fd, user_addr_t, buffer, size_t, bytes, long, offset)
{
	uint64_t position = (uint64_t)offset;

	if (offset < 0)
		return -EINVAL;
	return transfer_buffer(fd, write_or_signal, buffer, bytes, &position);
}

/* ---- Several buffers at once ---- */

static long transfer_vector(int fd, transfer_function *transfer, user_addr_t from, int count)
{
	struct user_vector vector;
	struct uio uio;
	struct file *file = file_of(fd);

	if (!file)
		return -EBADF;
	file_put(file);
	if (count < 0 || count > IOV_MAX)
		return -EINVAL;
	long rc = user_vector_get(&vector, from, (size_t)count);
	if (rc)
		return rc;
	uio_init_user(&uio, vector.segments, vector.count);
	rc = transfer_uio(fd, transfer, &uio, NULL);
	user_vector_put(&vector);
	return rc;
}

SYSCALL3(sys_readv, int, fd, user_addr_t, vector, int, count)
{
	return transfer_vector(fd, file_read, vector, count);
}

SYSCALL3(sys_writev, int, fd, user_addr_t, vector, int, count)
{
	return transfer_vector(fd, write_or_signal, vector, count);
}

/* ---- sendfile ---- */

#define SENDFILE_CHUNK PAGE_SIZE

/* Copies through `buffer` from `*position` of `in`, which advances by what `out` took. */
static long copy_between(struct file *out, struct file *in, char *buffer, uint64_t *position,
			 size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		size_t want = MIN(bytes - done, SENDFILE_CHUNK);
		struct uio uio;
		ssize_t got = file_read_kernel(in, buffer, want, *position);

		if (got > 0) {
			uio_init_kernel(&uio, buffer, (size_t)got);
			got = write_or_signal(out, &uio, NULL);
		}
		if (got <= 0)
			return done ? (long)done : restartable(got);
		done += (size_t)got;
		*position += (uint64_t)got;
		if (signal_pending())
			break;
	}
	return (long)done;
}

static long send_file(struct file *out, struct file *in, user_addr_t offset, size_t bytes)
{
	uint64_t position;
	long rc;

	if (offset.raw) {
		rc = copy_from_user(&position, offset, sizeof(position));
		if (!rc && (long)position < 0)
			rc = -EINVAL;
	} else {
		rc = file_seek(in, 0, SEEK_CUR);
		position = (uint64_t)rc;
	}
	if (rc < 0)
		return rc == -ESPIPE ? -EINVAL : rc;
	if ((ssize_t)bytes < 0 || (out->flags & O_APPEND))
		return -EINVAL;

	char *buffer = kmalloc(SENDFILE_CHUNK);
	if (!buffer)
		return -ENOMEM;
	long sent = copy_between(out, in, buffer, &position, MIN(bytes, TRANSFER_MAX));
	kfree(buffer);
	if (sent <= 0)
		return sent;
	rc = offset.raw ? copy_to_user(offset, &position, sizeof(position))
			: file_seek(in, (long)position, SEEK_SET);
	return rc < 0 ? rc : sent;
}

SYSCALL4(sys_sendfile, int, out_fd, int, in_fd, user_addr_t, offset, size_t, bytes)
{
	struct file *in = file_of(in_fd);
	struct file *out = file_of(out_fd);
	long rc = -EBADF;

	if (in && out)
		rc = send_file(out, in, offset, bytes);
	if (out)
		file_put(out);
	if (in)
		file_put(in);
	return rc;
}

/* ---- Directory entries ---- */

struct user_dirents {
	struct dirent_sink sink;
	user_addr_t at;
	size_t left;
	int error; /* what the first entry that was not taken met */
};

static int add_dirent(struct dirent_sink *sink, const char *name, uint64_t inode, unsigned type,
		      uint64_t next)
{
	struct user_dirents *to = container_of(sink, struct user_dirents, sink);
	size_t name_bytes = strlen(name) + 1;
	size_t bytes = ALIGN_UP(offsetof(struct linux_dirent64, d_name) + name_bytes, 8UL);
	union {
		struct linux_dirent64 entry;
		char bytes[sizeof(struct linux_dirent64) + NAME_MAX + 8];
	} record;

	if (bytes > to->left) {
		to->error = -EINVAL;
		return 1;
	}
	memset(&record.bytes[bytes - 8], 0, 8); /* the padding: no kernel memory leaks */
	record.entry.d_ino = inode;
	record.entry.d_off = (off_t)next;
	record.entry.d_reclen = (unsigned short)bytes;
	record.entry.d_type = (unsigned char)type;
	memcpy(record.entry.d_name, name, name_bytes);
	to->error = copy_to_user(to->at, &record, bytes);
	if (to->error)
		return to->error;
	to->at = user_addr_add(to->at, bytes);
	to->left -= bytes;
	return 0;
}

SYSCALL3(sys_getdents64, int, fd, user_addr_t, buffer, unsigned, bytes)
{
	struct user_dirents to = {.sink.add = add_dirent, .at = buffer, .left = bytes};
	struct file *file = file_of(fd);

	if (!file)
		return -EBADF;
	long rc = file_read_directory(file, &to.sink);
	file_put(file);
	if (to.left < bytes)
		return (long)(bytes - to.left);
	return rc < 0 ? rc : to.error;
}
