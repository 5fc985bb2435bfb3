/* SPDX-License-Identifier: MIT */
/* Calls on file descriptors. */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "own_signal.h"
#include "point.h"

ssize_t read(int fd, void *buffer, size_t n)
{
	return sys_point(read, fd, buffer, n);
}

ssize_t write(int fd, const void *buffer, size_t n)
{
	return sys_point(write, fd, buffer, n);
}

ssize_t pread(int fd, void *buffer, size_t n, off_t offset)
{
	return sys_point(pread64, fd, buffer, n, offset);
}

ssize_t pwrite(int fd, const void *buffer, size_t n, off_t offset)
{
	return sys_point(pwrite64, fd, buffer, n, offset);
}

ssize_t readv(int fd, const struct iovec *vectors, int count)
{
	return sys_point(readv, fd, vectors, count);
}

ssize_t writev(int fd, const struct iovec *vectors, int count)
{
	return sys_point(writev, fd, vectors, count);
}

ssize_t sendfile(int to, int from, off_t *offset, size_t n)
{
	return sys(sendfile, to, from, offset, n);
}

ssize_t getdents64(int fd, void *buffer, size_t size)
{
	return sys(getdents64, fd, buffer, size);
}

int close(int fd)
{
	return (int)sys_point(close, fd);
}

off_t lseek(int fd, off_t offset, int whence)
{
	return sys(lseek, fd, offset, whence);
}

int dup(int fd)
{
	return (int)sys(dup, fd);
}

int dup2(int fd, int to)
{
	return (int)sys(dup2, fd, to);
}

int dup3(int fd, int to, int flags)
{
	return (int)sys(dup3, fd, to, flags);
}

int pipe(int fds[2])
{
	return (int)sys(pipe, fds);
}

int pipe2(int fds[2], int flags)
{
	return (int)sys(pipe2, fds, flags);
}

int fsync(int fd)
{
	return (int)sys_point(fsync, fd);
}

int fdatasync(int fd)
{
	return (int)sys_point(fdatasync, fd);
}

int ftruncate(int fd, off_t size)
{
	return (int)sys(ftruncate, fd, size);
}

int flock(int fd, int operation)
{
	return (int)sys(flock, fd, operation);
}

int posix_fadvise(int fd, off_t offset, off_t length, int advice)
{
	return (int)-sys_raw(fadvise64, fd, offset, length, advice);
}

int fcntl(int fd, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);
	if (command == F_SETLKW)
		return (int)sys_point(fcntl, fd, command, argument);
	return (int)sys(fcntl, fd, command, argument);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return (int)sys(ioctl, fd, request, argument);
}

int fstat(int fd, struct stat *st)
{
	return (int)sys(fstat, fd, st);
}

int fchmod(int fd, mode_t mode)
{
	return (int)sys(fchmod, fd, mode);
}

int fchown(int fd, uid_t user, gid_t group)
{
	return (int)sys(fchown, fd, user, group);
}

int futimens(int fd, const struct timespec times[2])
{
	return (int)sys(utimensat, fd, NULL, times, 0);
}

int fstatfs(int fd, struct statfs *figures)
{
	return (int)sys(fstatfs, fd, figures);
}

int fchdir(int fd)
{
	return (int)sys(fchdir, fd);
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	return (int)sys_point(poll, fds, count, timeout_ms);
}

/* The kernel writes the rest of the timeout back, which POSIX does not want: give it a copy. */
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
	  const kernel_sigset_t *mask)
{
	struct timespec rest = timeout ? *timeout : (struct timespec){0};
	sigset_t copy;

	return (int)sys_point(ppoll, fds, count, timeout ? &rest : NULL,
			      own_signal_left_out(mask, &copy), sizeof(copy));
}

int select(int count, fd_set *restrict readable, fd_set *restrict writable,
	   fd_set *restrict exceptional, struct timeval *restrict timeout)
{
	return (int)sys_point(select, count, readable, writable, exceptional, timeout);
}

int pselect(int count, fd_set *restrict readable, fd_set *restrict writable,
	    fd_set *restrict exceptional, const struct timespec *restrict timeout,
	    const kernel_sigset_t *restrict mask)
{
	struct timespec rest = timeout ? *timeout : (struct timespec){0};
	sigset_t copy;
	/* Six arguments were not enough: the last is the address of a pair. */
	struct {
		const sigset_t *mask;
		size_t size;
	} mask_and_size = {own_signal_left_out(mask, &copy), sizeof(copy)};

	return (int)sys_point(pselect6, count, readable, writable, exceptional,
			      timeout ? &rest : NULL, &mask_and_size);
}
