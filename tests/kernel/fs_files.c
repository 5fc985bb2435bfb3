/* SPDX-License-Identifier: MIT */
/* Open files and descriptor tables. */
#include "tests/kernel/fs_help.h"

#include "sched/sched.h"
#include "sync/kthread.h"
#include "vm/memobj.h"

KTEST(fs_open_flags)
{
	HELP_FILE("/tmp/f");
	HELP_DIRECTORY("/tmp/d");
	KTEST_EQUAL(help_open_error("/tmp/no", O_RDONLY), -ENOENT);
	KTEST_EQUAL(help_open_error("/tmp/f/x", O_RDONLY), -ENOTDIR);
	KTEST_EQUAL(help_open_error("/tmp/f/", O_RDONLY), -ENOTDIR);
	KTEST_EQUAL(help_open_error("/tmp/f", O_RDONLY | O_DIRECTORY), -ENOTDIR);
	KTEST_EQUAL(help_open_error("/tmp/f", O_RDWR | O_CREAT | O_EXCL), -EEXIST);
	KTEST_EQUAL(help_open_error("/tmp/d", O_WRONLY), -EISDIR);
	KTEST_EQUAL(help_open_error("/tmp/d", O_RDONLY | O_CREAT), -EISDIR);
	KTEST_EQUAL(help_open_error("/tmp/d", O_RDONLY | O_TRUNC), -EISDIR);
	KTEST_EQUAL(help_open_error("/tmp/new/", O_WRONLY | O_CREAT), -EISDIR);
	KTEST_EQUAL(help_open_error("/tmp/..", O_WRONLY | O_CREAT), -EISDIR);
	KTEST_EQUAL(help_open_error("/tmp/d", O_RDONLY | O_DIRECTORY), 0);
	KTEST_EQUAL(help_open_error("/proc/no", O_WRONLY | O_CREAT), -ENOENT);
	HELP_UNLINK("/tmp/f");
	HELP_RMDIR("/tmp/d");
}

KTEST(fs_read_write_seek)
{
	struct file *file, *append;
	char text[16];

	KTEST_EQUAL(vfs_open(NULL, "/tmp/f", O_RDWR | O_CREAT, 0640, &file), 0);
	KTEST_EQUAL(help_write(file, "0123456789", 10), 10);
	KTEST_EQUAL(help_read(file, text, 5), 0);
	KTEST_EQUAL(file_seek(file, 2, SEEK_SET), 2);
	KTEST_EQUAL(help_read(file, text, 3), 3);
	KTEST_EQUAL(memcmp(text, "234", 3), 0);
	KTEST_EQUAL(file_seek(file, -1, SEEK_END), 9);
	KTEST_EQUAL(file_seek(file, -20, SEEK_CUR), -EINVAL);
	KTEST_EQUAL(file_seek(file, INT64_MAX, SEEK_CUR), -EINVAL);
	KTEST_EQUAL(file_seek(file, 3, SEEK_HOLE), 10);
	KTEST_EQUAL(file_seek(file, 10, SEEK_DATA), -ENXIO);
	KTEST_EQUAL(file_seek(file, 0, 99), -EINVAL);
	/* A hole, far out. */
	KTEST_EQUAL(file_seek(file, 1 << 20, SEEK_SET), 1 << 20);
	KTEST_EQUAL(help_write(file, "x", 1), 1);
	KTEST_EQUAL(file_read_kernel(file, text, 2, (1 << 20) - 1), 2);
	KTEST_CHECK(text[0] == '\0' && text[1] == 'x');
	KTEST_EQUAL(help_stat("/tmp/f").st_size, (1 << 20) + 1);
	KTEST_EQUAL(help_stat("/tmp/f").st_blocks, 16);
	KTEST_EQUAL(help_stat("/tmp/f").st_mode, S_IFREG | 0640);
	/* What is cut off and comes back is zero. */
	KTEST_EQUAL(vfs_truncate(file->inode, 4), 0);
	KTEST_EQUAL(vfs_truncate(file->inode, 8), 0);
	KTEST_EQUAL(file_read_kernel(file, text, 16, 0), 8);
	KTEST_EQUAL(memcmp(text, "0123\0\0\0\0", 8), 0);

	KTEST_EQUAL(vfs_open(NULL, "/tmp/f", O_WRONLY | O_APPEND, 0, &append), 0);
	KTEST_EQUAL(help_write(append, "ab", 2), 2);
	KTEST_EQUAL(help_read(append, text, 1), -EBADF);
	KTEST_EQUAL(help_stat("/tmp/f").st_size, 10);
	file_put(append);
	HELP_UNLINK("/tmp/f");
	KTEST_EQUAL(file_read_kernel(file, text, 16, 8), 2); /* still there for who has it open */
	file_put(file);
}

/* What runs is not written, what is written does not run. */
KTEST(fs_text_busy)
{
	struct file *runner, *writer;

	HELP_FILE("/tmp/f");
	KTEST_EQUAL(vfs_open(NULL, "/tmp/f", O_RDONLY, 0, &runner), 0);
	KTEST_EQUAL(vfs_open(NULL, "/tmp/f", O_RDWR, 0, &writer), 0);
	KTEST_EQUAL(file_deny_write(runner), -ETXTBSY);
	file_put(writer);
	KTEST_EQUAL(file_deny_write(runner), 0);
	KTEST_EQUAL(help_open_error("/tmp/f", O_WRONLY), -ETXTBSY);
	KTEST_EQUAL(help_open_error("/tmp/f", O_RDONLY | O_TRUNC), -ETXTBSY);
	KTEST_EQUAL(vfs_truncate(runner->inode, 0), -ETXTBSY);
	file_put(runner);
	KTEST_EQUAL(help_put("/tmp/f", "again"), 0);
	HELP_UNLINK("/tmp/f");
}

KTEST(fs_path_only)
{
	struct file *file;
	char c;

	KTEST_EQUAL(vfs_symlink(NULL, "/tmp/l", "nowhere"), 0);
	KTEST_EQUAL(vfs_open(NULL, "/tmp/l", O_PATH | O_NOFOLLOW, 0, &file), 0);
	KTEST_CHECK(S_ISLNK(file->inode->mode));
	KTEST_EQUAL(help_read(file, &c, 1), -EBADF);
	file_put(file);
	HELP_UNLINK("/tmp/l");
}

KTEST(fs_devices)
{
	char text[8] = "xxxxxxx";
	struct file *file;

	KTEST_EQUAL(vfs_open(NULL, "/dev/null", O_RDWR, 0, &file), 0);
	KTEST_EQUAL(help_write(file, text, 8), 8);
	KTEST_EQUAL(help_read(file, text, 8), 0);
	file_put(file);
	KTEST_EQUAL(vfs_open(NULL, "/dev/full", O_RDWR, 0, &file), 0);
	KTEST_EQUAL(help_write(file, text, 8), -ENOSPC);
	KTEST_EQUAL(help_read(file, text, 8), 8);
	KTEST_EQUAL(memcmp(text, "\0\0\0\0\0\0\0\0", 8), 0);
	file_put(file);
	KTEST_EQUAL(vfs_open(NULL, "/dev/urandom", O_RDONLY, 0, &file), 0);
	KTEST_EQUAL(help_read(file, text, 8), 8);
	KTEST_CHECK(memcmp(text, "\0\0\0\0\0\0\0\0", 8) != 0);
	file_put(file);
	KTEST_EQUAL(help_open_error("/dev/report", O_WRONLY), -EPERM);
	KTEST_EQUAL(help_open_error("/dev/tty", O_RDWR), -ENXIO);
	KTEST_EQUAL(help_open_error("/dev/ttyS0", O_RDWR | O_NOCTTY), 0);
	KTEST_EQUAL(vfs_make(NULL, "/tmp/strange", S_IFCHR | 0600, device_number(99, 9)), 0);
	KTEST_EQUAL(help_open_error("/tmp/strange", O_RDWR), -ENXIO);
	HELP_UNLINK("/tmp/strange");
	KTEST_EQUAL(help_stat("/dev/shm").st_mode, S_IFDIR | 01777);
}

/* ---- Descriptor tables ---- */

static struct file *open_null(void)
{
	struct file *file = NULL;

	KTEST_EQUAL(vfs_open(NULL, "/dev/null", O_RDWR, 0, &file), 0);
	return file;
}

static int add(struct fdtable *table, int lowest, uint64_t limit)
{
	struct file *file = open_null();
	int fd = fdtable_add(table, file, lowest, false, limit);

	if (fd < 0)
		file_put(file);
	return fd;
}

KTEST(fdtable_lowest_first)
{
	struct fdtable *table = fdtable_create();

	for (int i = 0; i < 200; i++)
		KTEST_EQUAL(add(table, 0, 1024), i);
	KTEST_EQUAL(fdtable_close(table, 130), 0);
	KTEST_EQUAL(fdtable_close(table, 7), 0);
	KTEST_EQUAL(fdtable_close(table, 7), -EBADF);
	KTEST_EQUAL(fdtable_close(table, -1), -EBADF);
	KTEST_EQUAL(fdtable_close(table, 1 << 30), -EBADF);
	KTEST_EQUAL(fdtable_next(table, 7), 8);
	KTEST_EQUAL(add(table, 10, 1024), 130);
	KTEST_EQUAL(add(table, 0, 1024), 7);
	KTEST_EQUAL(add(table, 0, 1024), 200);
	KTEST_EQUAL(add(table, 500, 1024), 500);
	KTEST_EQUAL(add(table, 0, 201), -EMFILE);
	KTEST_EQUAL(add(table, 0, 202), 201);
	KTEST_EQUAL(fdtable_next(table, 202), 500);
	KTEST_EQUAL(fdtable_next(table, 501), -1);
	fdtable_put(table);
}

KTEST(fdtable_fork_and_exec)
{
	struct fdtable *table = fdtable_create(), *copy;
	struct file *file = open_null(), *found;
	size_t before = file_count();

	for (int i = 0; i < 300; i++)
		KTEST_EQUAL(add(table, 0, 1024), i);
	KTEST_EQUAL(fdtable_set_flags(table, 100, true), 0);
	KTEST_EQUAL(fdtable_set_flags(table, 300, true), -EBADF);
	KTEST_EQUAL(fdtable_replace(table, 5, file, true, 1024), 5);
	KTEST_EQUAL(fdtable_replace(table, 1024, file, true, 1024), -EBADF);
	copy = fdtable_clone(table);
	found = fdtable_file(copy, 5);
	KTEST_CHECK(found == file);
	file_put(found);
	KTEST_EQUAL(fdtable_flags(copy, 5), FD_CLOEXEC);
	KTEST_EQUAL(fdtable_flags(copy, 6), 0);
	fdtable_close_on_exec(copy);
	KTEST_EQUAL(fdtable_flags(copy, 5), -EBADF);
	KTEST_EQUAL(fdtable_flags(copy, 100), -EBADF);
	KTEST_EQUAL(fdtable_flags(copy, 101), 0);
	KTEST_EQUAL(fdtable_flags(table, 100), FD_CLOEXEC);
	fdtable_put(table);
	fdtable_put(copy);
	KTEST_EQUAL(file_count(), before - 1);
}

KTEST(fdtable_pair)
{
	struct fdtable *table = fdtable_create();
	struct file *files[2] = {open_null(), open_null()};
	int fds[2];

	for (int i = 0; i < 63; i++)
		KTEST_EQUAL(add(table, 0, 1024), i);
	KTEST_EQUAL(fdtable_close(table, 3), 0);
	KTEST_EQUAL(fdtable_add_pair(table, files, fds, false, 63), -EMFILE);
	KTEST_EQUAL(fdtable_flags(table, 3), -EBADF);
	KTEST_EQUAL(fdtable_add_pair(table, files, fds, true, 64), 0);
	KTEST_CHECK(fds[0] == 3 && fds[1] == 63);
	KTEST_EQUAL(fdtable_flags(table, 63), FD_CLOEXEC);
	fdtable_put(table);
}

#define FD_THREADS 4

static void open_and_close(void *argument)
{
	struct fdtable *table = argument;

	for (int i = 0; i < 200; i++) {
		int fds[20];

		for (size_t j = 0; j < ARRAY_SIZE(fds); j++)
			fds[j] = add(table, 0, FD_LIMIT_MAX);
		for (size_t j = 0; j < ARRAY_SIZE(fds); j++) {
			KTEST_CHECK(fds[j] >= 0 && fds[j] < (int)ARRAY_SIZE(fds) * FD_THREADS);
			KTEST_EQUAL(fdtable_close(table, fds[j]), 0);
		}
	}
}

/* No number is given twice, and none beyond what can be open at once. */
KTEST(fdtable_shared)
{
	struct fdtable *table = fdtable_create();
	struct kthread *threads[FD_THREADS];

	for (int i = 0; i < FD_THREADS; i++)
		threads[i] = kthread_run("descriptors", open_and_close, table);
	for (int i = 0; i < FD_THREADS; i++)
		if (threads[i])
			kthread_join(threads[i]);
	KTEST_EQUAL(fdtable_next(table, 0), -1);
	fdtable_put(table);
}
