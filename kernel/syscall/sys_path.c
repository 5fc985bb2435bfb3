/* SPDX-License-Identifier: MIT */
/* System calls on names: making, removing, renaming, links, the working directory. */
#include "lib/abi/limits.h"
#include "mm/slab.h"
#include "syscall/arguments.h"
#include "syscall/syscall.h"

static long make_node(int directory, user_addr_t text, mode_t mode, dev_t device)
{
	struct user_path path;
	int rc = user_path_get(&path, directory, text, 0);

	if (rc)
		return rc;
	rc = vfs_make(path.base, path.text, (mode & S_IFMT) | mode_for_new(mode), device);
	user_path_put(&path);
	return rc;
}

SYSCALL2(sys_mkdir, user_addr_t, path, mode_t, mode)
{
	return make_node(AT_FDCWD, path, S_IFDIR | (mode & 07777), 0);
}

SYSCALL3(sys_mkdirat, int, directory, user_addr_t, path, mode_t, mode)
{
	return make_node(directory, path, S_IFDIR | (mode & 07777), 0);
}

static long make_special(int directory, user_addr_t path, mode_t mode, dev_t device)
{
	switch (mode & S_IFMT) {
	case 0:
		mode |= S_IFREG;
		break;
	case S_IFREG:
	case S_IFIFO:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFSOCK:
		break;
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
	return make_node(directory, path, mode, device);
}

SYSCALL3(sys_mknod, user_addr_t, path, mode_t, mode, dev_t, device)
{
	return make_special(AT_FDCWD, path, mode, device);
}

SYSCALL4(sys_mknodat, int, directory, user_addr_t, path, mode_t, mode, dev_t, device)
{
	return make_special(directory, path, mode, device);
}

static long remove_name(int directory, user_addr_t text, bool is_directory)
{
	struct user_path path;
	int rc = user_path_get(&path, directory, text, 0);

	if (rc)
		return rc;
	rc = vfs_unlink(path.base, path.text, is_directory);
	user_path_put(&path);
	return rc;
}

SYSCALL1(sys_unlink, user_addr_t, path)
{
	return remove_name(AT_FDCWD, path, false);
}

SYSCALL1(sys_rmdir, user_addr_t, path)
{
	return remove_name(AT_FDCWD, path, true);
}

SYSCALL3(sys_unlinkat, int, directory, user_addr_t, path, int, flags)
{
	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	return remove_name(directory, path, flags & AT_REMOVEDIR);
}

/* ---- Two names ---- */

/* What renaming and linking do with both paths once they are copied in. */
typedef int two_paths_function(struct user_path *from, struct user_path *to, unsigned flags);

static long with_two_paths(int from_directory, user_addr_t from_text, int to_directory,
			   user_addr_t to_text, two_paths_function *function, unsigned flags)
{
	struct user_path from, to;
	int rc = user_path_get(&from, from_directory, from_text, 0);

	if (rc)
		return rc;
	rc = user_path_get(&to, to_directory, to_text, 0);
	if (!rc) {
		rc = function(&from, &to, flags);
		user_path_put(&to);
	}
	user_path_put(&from);
	return rc;
}

static int do_rename(struct user_path *from, struct user_path *to, unsigned flags)
{
	return vfs_rename(from->base, from->text, to->base, to->text, flags);
}

SYSCALL2(sys_rename, user_addr_t, from, user_addr_t, to)
{
	return with_two_paths(AT_FDCWD, from, AT_FDCWD, to, do_rename, 0);
}

SYSCALL4(sys_renameat, int, from_directory, user_addr_t, from, int, to_directory, user_addr_t, to)
{
	return with_two_paths(from_directory, from, to_directory, to, do_rename, 0);
}

SYSCALL5(sys_renameat2, int, from_directory, user_addr_t, from, int, to_directory, user_addr_t, to,
	 unsigned, flags)
{
	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	return with_two_paths(from_directory, from, to_directory, to, do_rename, flags);
}

static int do_link(struct user_path *from, struct user_path *to, unsigned flags)
{
	return vfs_link(from->base, from->text, to->base, to->text, flags);
}

SYSCALL2(sys_link, user_addr_t, from, user_addr_t, to)
{
	return with_two_paths(AT_FDCWD, from, AT_FDCWD, to, do_link, 0);
}

SYSCALL5(sys_linkat, int, from_directory, user_addr_t, from, int, to_directory, user_addr_t, to,
	 int, flags)
{
	if (flags & ~AT_SYMLINK_FOLLOW)
		return -EINVAL;
	return with_two_paths(from_directory, from, to_directory, to, do_link,
			      flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0);
}

/* ---- Symbolic links ---- */

static long make_symlink(user_addr_t target, int directory, user_addr_t link)
{
	struct user_path path;
	char *text = kmalloc(PATH_MAX);

	if (!text)
		return -ENOMEM;
	long rc = copy_string_from_user(text, target, PATH_MAX);
	if (rc == 0)
		rc = -ENOENT;
	if (rc > 0)
		rc = user_path_get(&path, directory, link, 0);
	if (rc == 0) {
		rc = vfs_symlink(path.base, path.text, text);
		user_path_put(&path);
	}
	kfree(text);
	return rc;
}

SYSCALL2(sys_symlink, user_addr_t, target, user_addr_t, link)
{
	return make_symlink(target, AT_FDCWD, link);
}

SYSCALL3(sys_symlinkat, user_addr_t, target, int, directory, user_addr_t, link)
{
	return make_symlink(target, directory, link);
}

static long copy_link_text(struct inode *inode, user_addr_t buffer, size_t size)
{
	char *text = kmalloc(PATH_MAX);

	if (!text)
		return -ENOMEM;
	long length = vfs_read_link(inode, text, MIN(size, (size_t)PATH_MAX));
	if (length > 0 && copy_to_user(buffer, text, (size_t)length))
		length = -EFAULT;
	kfree(text);
	return length;
}

static long read_link(int directory, user_addr_t path, user_addr_t buffer, int size)
{
	struct dentry *entry;

	if (size <= 0)
		return -EINVAL;
	long rc = user_path_lookup(directory, path, AT_SYMLINK_NOFOLLOW, &entry);
	if (rc)
		return rc;
	rc = copy_link_text(entry->inode, buffer, (size_t)size);
	dentry_put(entry);
	return rc;
}

SYSCALL3(sys_readlink, user_addr_t, path, user_addr_t, buffer, int, size)
{
	return read_link(AT_FDCWD, path, buffer, size);
}

SYSCALL4(sys_readlinkat, int, directory, user_addr_t, path, user_addr_t, buffer, int, size)
{
	return read_link(directory, path, buffer, size);
}

/* ---- Where a process stands ---- */

SYSCALL2(sys_getcwd, user_addr_t, buffer, size_t, size)
{
	struct dentry *directory = fs_context_cwd(current_process()->fs);
	char *text = kmalloc(PATH_MAX);
	long length = -ENOMEM;

	if (text)
		length = directory->removed ? -ENOENT : dentry_path(directory, text, PATH_MAX);
	dentry_put(directory);
	if (length >= 0) {
		length++; /* with the NUL */
		if ((size_t)length > size)
			length = -ERANGE;
		else if (copy_to_user(buffer, text, (size_t)length))
			length = -EFAULT;
	}
	kfree(text);
	return length;
}

SYSCALL1(sys_chdir, user_addr_t, text)
{
	struct user_path path;
	struct dentry *entry;
	int rc = user_path_get(&path, AT_FDCWD, text, 0);

	if (rc)
		return rc;
	rc = path_lookup(path.base, path.text, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &entry);
	user_path_put(&path);
	if (rc)
		return rc;
	fs_context_set_cwd(current_process()->fs, entry);
	dentry_put(entry);
	return 0;
}

SYSCALL1(sys_fchdir, int, fd)
{
	struct file *file = file_or_path_of(fd);
	long rc = -ENOTDIR;

	if (!file)
		return -EBADF;
	if (S_ISDIR(file->inode->mode)) {
		fs_context_set_cwd(current_process()->fs, file->dentry);
		rc = 0;
	}
	file_put(file);
	return rc;
}

SYSCALL1(sys_umask, mode_t, mask)
{
	return fs_context_set_umask(current_process()->fs, mask & 0777);
}
