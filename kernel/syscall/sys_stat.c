/* SPDX-License-Identifier: MIT */
/* System calls on what is known about a file: stat and its relatives, rights, owners, times,
 * size. */
#include "lib/abi/sysmacros.h"
#include "syscall/arguments.h"
#include "syscall/syscall.h"

/* ---- Looking ---- */

static int stat_path(int directory, user_addr_t path, unsigned flags, struct stat *result)
{
	struct dentry *entry;
	int rc = user_path_lookup(directory, path, flags, &entry);

	if (rc)
		return rc;
	vfs_stat(entry->inode, result);
	dentry_put(entry);
	return 0;
}

static long stat_to_user(int directory, user_addr_t path, unsigned flags, user_addr_t to)
{
	struct stat result;
	int rc = stat_path(directory, path, flags, &result);

	return rc ? rc : copy_to_user(to, &result, sizeof(result));
}

SYSCALL2(sys_stat, user_addr_t, path, user_addr_t, result)
{
	return stat_to_user(AT_FDCWD, path, 0, result);
}

SYSCALL2(sys_lstat, user_addr_t, path, user_addr_t, result)
{
	return stat_to_user(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, result);
}

SYSCALL4(sys_newfstatat, int, directory, user_addr_t, path, user_addr_t, result, int, flags)
{
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
		return -EINVAL;
	return stat_to_user(directory, path, (unsigned)flags, result);
}

SYSCALL2(sys_fstat, int, fd, user_addr_t, to)
{
	struct stat result;
	struct file *file = file_or_path_of(fd);

	if (!file)
		return -EBADF;
	vfs_stat(file->inode, &result);
	file_put(file);
	return copy_to_user(to, &result, sizeof(result));
}

static struct statx_timestamp statx_time(const struct timespec *time)
{
	return (struct statx_timestamp){.tv_sec = time->tv_sec, .tv_nsec = (uint32_t)time->tv_nsec};
}

#define STATX_RESERVED 0x80000000U

SYSCALL5(sys_statx, int, directory, user_addr_t, path, unsigned, flags, unsigned, mask, user_addr_t,
	 to)
{
	struct stat st;

	if (mask & STATX_RESERVED || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE ||
	    flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
		return -EINVAL;
	int rc = stat_path(directory, path, flags, &st);
	if (rc)
		return rc;
	struct statx result = {
		.stx_mask = STATX_BASIC_STATS,
		.stx_blksize = (uint32_t)st.st_blksize,
		.stx_nlink = (uint32_t)st.st_nlink,
		.stx_uid = st.st_uid,
		.stx_gid = st.st_gid,
		.stx_mode = (uint16_t)st.st_mode,
		.stx_ino = st.st_ino,
		.stx_size = (uint64_t)st.st_size,
		.stx_blocks = (uint64_t)st.st_blocks,
		.stx_atime = statx_time(&st.st_atim),
		.stx_mtime = statx_time(&st.st_mtim),
		.stx_ctime = statx_time(&st.st_ctim),
		.stx_rdev_major = major(st.st_rdev),
		.stx_rdev_minor = minor(st.st_rdev),
		.stx_dev_major = major(st.st_dev),
		.stx_dev_minor = minor(st.st_dev),
	};
	return copy_to_user(to, &result, sizeof(result));
}

SYSCALL2(sys_statfs, user_addr_t, path, user_addr_t, to)
{
	struct statfs result;
	struct dentry *entry;
	int rc = user_path_lookup(AT_FDCWD, path, 0, &entry);

	if (rc)
		return rc;
	vfs_statfs(entry->inode, &result);
	dentry_put(entry);
	return copy_to_user(to, &result, sizeof(result));
}

SYSCALL2(sys_fstatfs, int, fd, user_addr_t, to)
{
	struct statfs result;
	struct file *file = file_or_path_of(fd);

	if (!file)
		return -EBADF;
	vfs_statfs(file->inode, &result);
	file_put(file);
	return copy_to_user(to, &result, sizeof(result));
}

/* ---- Changing ---- */

/* What is done to the inode that a path or descriptor names. */
typedef int inode_function(struct inode *inode, const void *argument);

static long with_path(int directory, user_addr_t path, unsigned flags, inode_function *function,
		      const void *argument)
{
	struct dentry *entry;
	int rc = user_path_lookup(directory, path, flags, &entry);

	if (rc)
		return rc;
	rc = function(entry->inode, argument);
	dentry_put(entry);
	return rc;
}

static long with_descriptor(int fd, inode_function *function, const void *argument)
{
	struct file *file = file_of(fd);

	if (!file)
		return -EBADF;
	int rc = function(file->inode, argument);
	file_put(file);
	return rc;
}

static int do_access(struct inode *inode, const void *mode)
{
	return vfs_access(inode, *(const int *)mode);
}

static long check_access(int directory, user_addr_t path, int mode, int flags)
{
	if (mode & ~(R_OK | W_OK | X_OK) ||
	    flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return with_path(directory, path, (unsigned)flags, do_access, &mode);
}

SYSCALL2(sys_access, user_addr_t, path, int, mode)
{
	return check_access(AT_FDCWD, path, mode, 0);
}

SYSCALL3(sys_faccessat, int, directory, user_addr_t, path, int, mode)
{
	return check_access(directory, path, mode, 0);
}

SYSCALL4(sys_faccessat2, int, directory, user_addr_t, path, int, mode, int, flags)
{
	return check_access(directory, path, mode, flags);
}

static int do_chmod(struct inode *inode, const void *mode)
{
	return vfs_chmod(inode, *(const mode_t *)mode & 07777);
}

SYSCALL2(sys_chmod, user_addr_t, path, mode_t, mode)
{
	return with_path(AT_FDCWD, path, 0, do_chmod, &mode);
}

SYSCALL3(sys_fchmodat, int, directory, user_addr_t, path, mode_t, mode)
{
	return with_path(directory, path, 0, do_chmod, &mode);
}

SYSCALL2(sys_fchmod, int, fd, mode_t, mode)
{
	return with_descriptor(fd, do_chmod, &mode);
}

/* Files belong to root, the only user: nobody else can be given one. */
struct owner {
	uid_t user;
	gid_t group;
};

static int do_chown(struct inode *inode, const void *argument)
{
	const struct owner *owner = argument;
	bool keeps_user = owner->user == 0 || owner->user == (uid_t)-1;
	bool keeps_group = owner->group == 0 || owner->group == (gid_t)-1;

	return keeps_user && keeps_group ? 0 : -EINVAL;
}

SYSCALL3(sys_chown, user_addr_t, path, uid_t, user, gid_t, group)
{
	return with_path(AT_FDCWD, path, 0, do_chown, &(struct owner){user, group});
}

SYSCALL3(sys_lchown, user_addr_t, path, uid_t, user, gid_t, group)
{
	return with_path(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, do_chown,
			 &(struct owner){user, group});
}

SYSCALL5(sys_fchownat, int, directory, user_addr_t, path, uid_t, user, gid_t, group, int, flags)
{
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return with_path(directory, path, (unsigned)flags, do_chown, &(struct owner){user, group});
}

SYSCALL3(sys_fchown, int, fd, uid_t, user, gid_t, group)
{
	return with_descriptor(fd, do_chown, &(struct owner){user, group});
}

/* ---- Times ---- */

static int do_times(struct inode *inode, const void *times)
{
	return vfs_set_times(inode, times);
}

/* A NULL path means the descriptor itself. */
static long set_times(int directory, user_addr_t path, const struct timespec times[2], int flags)
{
	if (!path.raw && directory != AT_FDCWD)
		return flags ? -EINVAL : with_descriptor(directory, do_times, times);
	return with_path(directory, path, (unsigned)flags, do_times, times);
}

static const struct timespec both_now[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};

static bool is_time_or_mark(const struct timespec *time)
{
	return time->tv_nsec == UTIME_NOW || time->tv_nsec == UTIME_OMIT ||
	       (time->tv_nsec >= 0 && time->tv_nsec < (long)NS_PER_SEC);
}

SYSCALL4(sys_utimensat, int, directory, user_addr_t, path, user_addr_t, from, int, flags)
{
	struct timespec times[2];

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (!from.raw)
		return set_times(directory, path, both_now, flags);
	if (copy_from_user(times, from, sizeof(times)))
		return -EFAULT;
	if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
		return 0;
	if (!is_time_or_mark(&times[0]) || !is_time_or_mark(&times[1]))
		return -EINVAL;
	return set_times(directory, path, times, flags);
}

static long set_times_from_timevals(int directory, user_addr_t path, user_addr_t from)
{
	struct timeval in[2];
	struct timespec times[2];

	if (!from.raw)
		return set_times(directory, path, both_now, 0);
	if (copy_from_user(in, from, sizeof(in)))
		return -EFAULT;
	for (int i = 0; i < 2; i++) {
		if (in[i].tv_usec < 0 || in[i].tv_usec >= 1000000)
			return -EINVAL;
		times[i] = (struct timespec){in[i].tv_sec, in[i].tv_usec * 1000};
	}
	return set_times(directory, path, times, 0);
}

SYSCALL2(sys_utimes, user_addr_t, path, user_addr_t, times)
{
	return set_times_from_timevals(AT_FDCWD, path, times);
}

SYSCALL3(sys_futimesat, int, directory, user_addr_t, path, user_addr_t, times)
{
	return set_times_from_timevals(directory, path, times);
}

SYSCALL2(sys_utime, user_addr_t, path, user_addr_t, from)
{
	struct utimbuf in;

	if (!from.raw)
		return set_times(AT_FDCWD, path, both_now, 0);
	if (copy_from_user(&in, from, sizeof(in)))
		return -EFAULT;
	return set_times(AT_FDCWD, path,
			 (struct timespec[]){{.tv_sec = in.actime}, {.tv_sec = in.modtime}}, 0);
}

/* ---- Size ---- */

static int do_truncate(struct inode *inode, const void *size)
{
	if (S_ISDIR(inode->mode))
		return -EISDIR;
	return S_ISREG(inode->mode) ? vfs_truncate(inode, *(const uint64_t *)size) : -EINVAL;
}

SYSCALL2(sys_truncate, user_addr_t, path, long, size)
{
	if (size < 0)
		return -EINVAL;
	return with_path(AT_FDCWD, path, 0, do_truncate, &size);
}

SYSCALL2(sys_ftruncate, int, fd, long, size)
{
	struct file *file = file_of(fd);
	long rc = -EINVAL;

	if (!file)
		return -EBADF;
	if (size >= 0 && S_ISREG(file->inode->mode) && file_writable(file))
		rc = vfs_truncate(file->inode, (uint64_t)size);
	file_put(file);
	return rc;
}
