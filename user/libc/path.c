/* SPDX-License-Identifier: MIT */
/* Calls that name files by path. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

#include "point.h"

/* The third argument of open() is there only with these flags. */
static int takes_mode(int flags)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	if (takes_mode(flags)) {
		va_list arguments;

		va_start(arguments, flags);
		mode = va_arg(arguments, mode_t);
		va_end(arguments);
	}
	return (int)sys_point(open, path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;

	if (takes_mode(flags)) {
		va_list arguments;

		va_start(arguments, flags);
		mode = va_arg(arguments, mode_t);
		va_end(arguments);
	}
	return (int)sys_point(openat, dir, path, flags, mode);
}

int creat(const char *path, mode_t mode)
{
	return (int)sys_point(creat, path, mode);
}

int access(const char *path, int mode)
{
	return (int)sys(access, path, mode);
}

int faccessat(int dir, const char *path, int mode, int flags)
{
	if (flags)
		return (int)sys(faccessat2, dir, path, mode, flags);
	return (int)sys(faccessat, dir, path, mode);
}

int stat(const char *restrict path, struct stat *restrict st)
{
	return (int)sys(stat, path, st);
}

int lstat(const char *restrict path, struct stat *restrict st)
{
	return (int)sys(lstat, path, st);
}

int fstatat(int dir, const char *restrict path, struct stat *restrict st, int flags)
{
	return (int)sys(newfstatat, dir, path, st, flags);
}

int statx(int dir, const char *restrict path, int flags, unsigned int mask,
	  struct statx *restrict st)
{
	return (int)sys(statx, dir, path, flags, mask, st);
}

int statfs(const char *path, struct statfs *figures)
{
	return (int)sys(statfs, path, figures);
}

mode_t umask(mode_t mask)
{
	return (mode_t)sys(umask, mask);
}

int chmod(const char *path, mode_t mode)
{
	return (int)sys(chmod, path, mode);
}

int fchmodat(int dir, const char *path, mode_t mode, int flags)
{
	if (flags) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return (int)sys(fchmodat, dir, path, mode);
}

int chown(const char *path, uid_t user, gid_t group)
{
	return (int)sys(chown, path, user, group);
}

int lchown(const char *path, uid_t user, gid_t group)
{
	return (int)sys(lchown, path, user, group);
}

int fchownat(int dir, const char *path, uid_t user, gid_t group, int flags)
{
	return (int)sys(fchownat, dir, path, user, group, flags);
}

int truncate(const char *path, off_t size)
{
	return (int)sys(truncate, path, size);
}

int mkdir(const char *path, mode_t mode)
{
	return (int)sys(mkdir, path, mode);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	return (int)sys(mkdirat, dir, path, mode);
}

int mknod(const char *path, mode_t mode, dev_t device)
{
	return (int)sys(mknod, path, mode, device);
}

int mknodat(int dir, const char *path, mode_t mode, dev_t device)
{
	return (int)sys(mknodat, dir, path, mode, device);
}

int mkfifo(const char *path, mode_t mode)
{
	return mknod(path, S_IFIFO | (mode & ~(mode_t)S_IFMT), 0);
}

int link(const char *from, const char *to)
{
	return (int)sys(link, from, to);
}

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
	return (int)sys(linkat, from_dir, from, to_dir, to, flags);
}

int symlink(const char *target, const char *path)
{
	return (int)sys(symlink, target, path);
}

int symlinkat(const char *target, int dir, const char *path)
{
	return (int)sys(symlinkat, target, dir, path);
}

ssize_t readlink(const char *restrict path, char *restrict buffer, size_t size)
{
	return sys(readlink, path, buffer, size);
}

ssize_t readlinkat(int dir, const char *restrict path, char *restrict buffer, size_t size)
{
	return sys(readlinkat, dir, path, buffer, size);
}

int unlink(const char *path)
{
	return (int)sys(unlink, path);
}

int unlinkat(int dir, const char *path, int flags)
{
	return (int)sys(unlinkat, dir, path, flags);
}

int rmdir(const char *path)
{
	return (int)sys(rmdir, path);
}

int remove(const char *path)
{
	if (unlink(path) == 0)
		return 0;
	return errno == EISDIR ? rmdir(path) : -1;
}

int rename(const char *from, const char *to)
{
	return (int)sys(rename, from, to);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return (int)sys(renameat, from_dir, from, to_dir, to);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags)
{
	return (int)sys(renameat2, from_dir, from, to_dir, to, flags);
}

int utimensat(int dir, const char *path, const struct timespec times[2], int flags)
{
	return (int)sys(utimensat, dir, path, times, flags);
}

int utimes(const char *path, const struct timeval times[2])
{
	return (int)sys(utimes, path, times);
}

int utime(const char *path, const struct utimbuf *times)
{
	return (int)sys(utime, path, times);
}

int chdir(const char *path)
{
	return (int)sys(chdir, path);
}

void sync(void)
{
	sys(sync);
}

char *getcwd(char *buffer, size_t size)
{
	char path[PATH_MAX];

	if (buffer)
		return sys(getcwd, buffer, size) < 0 ? NULL : buffer;
	if (sys(getcwd, path, sizeof(path)) < 0)
		return NULL;
	return strdup(path);
}

/* Shared memory objects are files of the memory file system mounted at /dev/shm. */
static int shm_path(char *path, size_t size, const char *name)
{
	name += strspn(name, "/");
	if (*name == '\0' || strchr(name, '/') || strlen(name) > NAME_MAX) {
		errno = strlen(name) > NAME_MAX ? ENAMETOOLONG : EINVAL;
		return -1;
	}
	snprintf(path, size, "/dev/shm/%s", name);
	return 0;
}

int shm_open(const char *name, int flags, mode_t mode)
{
	char path[NAME_MAX + 16];

	if (shm_path(path, sizeof(path), name) < 0)
		return -1;
	return open(path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, mode);
}

int shm_unlink(const char *name)
{
	char path[NAME_MAX + 16];

	if (shm_path(path, sizeof(path), name) < 0)
		return -1;
	return unlink(path);
}
