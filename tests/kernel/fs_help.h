/* SPDX-License-Identifier: MIT */
/* Short forms for the tests of files: whole contents by path, in /tmp. */
#ifndef TESTS_KERNEL_FS_HELP_H
#define TESTS_KERNEL_FS_HELP_H

#include "base/ktest.h"
#include "fs/file.h"
#include "lib/abi/errno.h"
#include "lib/abi/limits.h"
#include "lib/string.h"
#include "lib/vsnprintf.h"

static inline ssize_t help_read(struct file *file, void *to, size_t bytes)
{
	struct uio uio;

	uio_init_kernel(&uio, to, bytes);
	return file_read(file, &uio, NULL);
}

static inline ssize_t help_write(struct file *file, const void *from, size_t bytes)
{
	struct uio uio;

	uio_init_kernel(&uio, (void *)from, bytes);
	return file_write(file, &uio, NULL);
}

/* 0, or -errno of the opening or writing. */
static inline int help_put(const char *path, const char *text)
{
	struct file *file;
	int rc = vfs_open(NULL, path, O_WRONLY | O_CREAT | O_TRUNC, 0644, &file);

	if (rc)
		return rc;
	ssize_t done = help_write(file, text, strlen(text));
	file_put(file);
	return done < 0 ? (int)done : 0;
}

/* The file holds exactly `text`. */
static inline bool help_holds(const char *path, const char *text)
{
	char buffer[64];
	struct file *file;

	if (vfs_open(NULL, path, O_RDONLY, 0, &file))
		return false;
	ssize_t done = help_read(file, buffer, sizeof(buffer));
	file_put(file);
	return done == (ssize_t)strlen(text) && memcmp(buffer, text, done) == 0;
}

/* What stat says of a path, links not followed; st_mode 0: it is not there. */
static inline struct stat help_stat(const char *path)
{
	struct stat result = {0};
	struct dentry *dentry;

	if (path_lookup(NULL, path, 0, &dentry) == 0) {
		vfs_stat(dentry->inode, &result);
		dentry_put(dentry);
	}
	return result;
}

/* Opening fails with this error (or does not: 0). */
static inline int help_open_error(const char *path, int flags)
{
	struct file *file;
	int rc = vfs_open(NULL, path, flags, 0644, &file);

	if (rc == 0)
		file_put(file);
	return rc;
}

#define HELP_DIRECTORY(path) KTEST_EQUAL(vfs_make(NULL, path, S_IFDIR | 0755, 0), 0)
#define HELP_FILE(path)      KTEST_EQUAL(help_put(path, path), 0)
#define HELP_UNLINK(path)    KTEST_EQUAL(vfs_unlink(NULL, path, false), 0)
#define HELP_RMDIR(path)     KTEST_EQUAL(vfs_unlink(NULL, path, true), 0)

#endif
