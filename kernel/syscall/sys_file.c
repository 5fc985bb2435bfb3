/* SPDX-License-Identifier: MIT */
/* System calls on descriptors: open, close, duplicate, seek, control, pipes. */
#include "ipc/pipe.h"
#include "lib/abi/ioctl.h"
#include "syscall/arguments.h"
#include "syscall/syscall.h"

/* ---- Opening and closing ---- */

#define OPEN_FLAGS                                                                            \
	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC | \
	 O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH)

static long open_at(int directory, user_addr_t text, int flags, mode_t mode)
{
	struct user_path path;
	struct file *file;

	/* All data is in memory: O_SYNC and O_NOATIME hold by themselves. Unknown bits are ignored,
	 * as Linux does; the known ones that would change what the call does are refused. */
	if (flags & (O_DIRECT | O_ASYNC | (O_TMPFILE & ~O_DIRECTORY)))
		return -EINVAL;
	int rc = user_path_get(&path, directory, text, 0);
	if (rc)
		return rc;
	if (!fdtable_has_room(current_process()->files, descriptor_limit())) {
		user_path_put(&path);
		return -EMFILE;
	}
	rc = vfs_open(path.base, path.text, flags & OPEN_FLAGS, mode_for_new(mode), &file);
	user_path_put(&path);
	if (rc)
		return restartable(rc);
	return add_descriptor(file, 0, flags & O_CLOEXEC);
}

SYSCALL3(sys_open, user_addr_t, path, int, flags, mode_t, mode)
{
	return open_at(AT_FDCWD, path, flags, mode);
}

SYSCALL4(sys_openat, int, directory, user_addr_t, path, int, flags, mode_t, mode)
{
	return open_at(directory, path, flags, mode);
}

SYSCALL2(sys_creat, user_addr_t, path, mode_t, mode)
{
	return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

SYSCALL1(sys_close, int, fd)
{
	return fdtable_close(current_process()->files, fd);
}

static long make_pipe(user_addr_t result, int flags)
{
	struct file *ends[2];

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	int rc = pipe_create(flags & O_NONBLOCK, ends);
	return rc ? rc : add_descriptor_pair(ends, flags & O_CLOEXEC, result);
}

SYSCALL1(sys_pipe, user_addr_t, result)
{
	return make_pipe(result, 0);
}

SYSCALL2(sys_pipe2, user_addr_t, result, int, flags)
{
	return make_pipe(result, flags);
}

/* ---- Duplicating ---- */

SYSCALL1(sys_dup, int, fd)
{
	struct file *file = file_or_path_of(fd);

	return file ? add_descriptor(file, 0, false) : -EBADF;
}

static long duplicate_to(int fd, int to, bool close_on_exec)
{
	struct file *file = file_or_path_of(fd);

	if (!file)
		return -EBADF;
	int rc = fdtable_replace(current_process()->files, to, file, close_on_exec,
				 descriptor_limit());
	if (rc < 0) {
		file_put(file);
		return rc;
	}
	return to;
}

SYSCALL2(sys_dup2, int, fd, int, to)
{
	if (fd == to) {
		int rc = fdtable_flags(current_process()->files, fd);
		return rc < 0 ? rc : fd;
	}
	return duplicate_to(fd, to, false);
}

SYSCALL3(sys_dup3, int, fd, int, to, int, flags)
{
	if ((flags & ~O_CLOEXEC) || fd == to)
		return -EINVAL;
	return duplicate_to(fd, to, flags & O_CLOEXEC);
}

/* ---- Control ---- */

#define SETTABLE_FLAGS (O_APPEND | O_NONBLOCK)

/* Commands on the open file; its reference goes with the duplicating ones. */
static long control_file(struct file *file, int command, long argument)
{
	long rc = -EINVAL;

	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if (argument < 0 || (uint64_t)argument >= descriptor_limit())
			break;
		return add_descriptor(file, (int)argument, command == F_DUPFD_CLOEXEC);
	case F_GETFL:
		rc = atomic_load(&file->flags) & ~O_CLOEXEC;
		break;
	case F_SETFL:
		if (file->flags & O_PATH)
			rc = -EBADF;
		if (file->flags & O_PATH || argument & (O_ASYNC | O_DIRECT))
			break;
		file_change_flags(file, (int)argument & SETTABLE_FLAGS,
				  ~(int)argument & SETTABLE_FLAGS);
		rc = 0;
		break;
	default:
		break;
	}
	file_put(file);
	return rc;
}

SYSCALL3(sys_fcntl, int, fd, int, command, long, argument)
{
	struct fdtable *files = current_process()->files;

	if (command == F_GETFD)
		return fdtable_flags(files, fd);
	if (command == F_SETFD)
		return fdtable_set_flags(files, fd, argument & FD_CLOEXEC);
	struct file *file = file_or_path_of(fd);
	return file ? control_file(file, command, argument) : -EBADF;
}

static long control_device(struct file *file, int fd, unsigned command, user_addr_t argument)
{
	int on;

	switch (command) {
	case FIOCLEX:
	case FIONCLEX:
		return fdtable_set_flags(current_process()->files, fd, command == FIOCLEX);
	case FIONBIO:
		if (copy_from_user(&on, argument, sizeof(on)))
			return -EFAULT;
		file_change_flags(file, on ? O_NONBLOCK : 0, on ? 0 : O_NONBLOCK);
		return 0;
	default:
		return file_ioctl(file, command, argument);
	}
}

SYSCALL3(sys_ioctl, int, fd, unsigned, command, user_addr_t, argument)
{
	struct file *file = file_of(fd);

	if (!file)
		return -EBADF;
	long rc = control_device(file, fd, command, argument);
	file_put(file);
	return restartable(rc);
}

SYSCALL3(sys_lseek, int, fd, long, offset, int, whence)
{
	struct file *file = file_of(fd);

	if (!file)
		return -EBADF;
	long rc = file_seek(file, offset, whence);
	file_put(file);
	return rc;
}

/* ---- Calls that have nothing to do, as all files are in memory ---- */

static long check_descriptor(int fd)
{
	struct file *file = file_of(fd);

	if (!file)
		return -EBADF;
	file_put(file);
	return 0;
}

SYSCALL1(sys_fsync, int, fd)
{
	struct file *file = file_of(fd);

	if (!file)
		return -EBADF;
	mode_t mode = file->inode->mode;
	file_put(file);
	return S_ISREG(mode) || S_ISDIR(mode) ? 0 : -EINVAL;
}

SYSCALL1(sys_fdatasync, int, fd)
{
	return sys_fsync(frame);
}

SYSCALL0(sys_sync)
{
	return 0;
}

SYSCALL4(sys_fadvise64, int, fd, long, offset, long, bytes, int, advice)
{
	if (check_descriptor(fd) < 0)
		return -EBADF;
	return bytes < 0 || advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE ? -EINVAL : 0;
}

/* Advisory locks: only giving one up is honest, since none can be taken. */
SYSCALL2(sys_flock, int, fd, int, operation)
{
	if (check_descriptor(fd) < 0)
		return -EBADF;
	return (operation & ~LOCK_NB) == LOCK_UN ? 0 : -EINVAL;
}
