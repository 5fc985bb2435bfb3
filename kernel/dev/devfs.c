/* SPDX-License-Identifier: MIT */
#include "dev/devfs.h"

#include "base/assert.h"
#include "base/printk.h"
#include "base/random.h"
#include "lib/abi/errno.h"
#include "lib/util.h"
#include "lib/vsnprintf.h"
#include "proc/process.h"
#include "vm/memobj.h"

/* ---- Numbers and drivers ---- */

#define DEVICES_MAX 16

/* Grows in boot only. */
static struct device {
	dev_t number;
	const struct file_ops *ops;
	int (*open)(struct inode *inode, struct file *file);
} devices[DEVICES_MAX];
static size_t device_count;

static int device_open(struct inode *inode, struct file *file)
{
	for (size_t i = 0; i < device_count; i++) {
		const struct device *device = &devices[i];

		if (device->number != inode->rdev)
			continue;
		int rc = device->open ? device->open(inode, file) : 0;
		if (rc == 0)
			file->ops = device->ops;
		return rc;
	}
	return -ENXIO; /* mknod makes any number */
}

void devfs_add(const char *name, dev_t number, mode_t mode, const struct file_ops *ops,
	       int (*open)(struct inode *inode, struct file *file))
{
	char path[32];

	ASSERT(device_count < DEVICES_MAX);
	devices[device_count++] = (struct device){number, ops, open};
	snprintf(path, sizeof(path), "/dev/%s", name);
	(void)!vfs_unlink(NULL, path, false); /* the initrd's, if any */
	int rc = vfs_make(NULL, path, S_IFCHR | mode, number);
	if (rc)
		panic("cannot make %s: error %d", path, -rc);
}

/* ---- The devices that are no devices ---- */

#define PIECE (64 * 1024UL) /* between looks whether the reader has been killed */

static ssize_t null_read(struct file *file, struct uio *to, uint64_t *position)
{
	return 0;
}

static ssize_t null_write(struct file *file, struct uio *from, uint64_t *position)
{
	return from->left;
}

static ssize_t full_write(struct file *file, struct uio *from, uint64_t *position)
{
	return from->left > 0 ? -ENOSPC : 0;
}

static long null_seek(struct file *file, long offset, int whence)
{
	return file->position = 0;
}

static ssize_t fill_zero(struct uio *to)
{
	return uio_fill_zero(to, MIN(to->left, PIECE));
}

static ssize_t fill_random(struct uio *to)
{
	char bytes[256];
	size_t count = MIN(to->left, sizeof(bytes));

	random_bytes(bytes, count);
	return uio_copy_out(to, bytes, count);
}

/* Fills the whole transfer, piece by piece. */
static ssize_t fill(struct uio *to, ssize_t (*fill_piece)(struct uio *to))
{
	ssize_t total = 0;

	while (to->left > 0 && !wait_interrupted(WAIT_KILLABLE)) {
		ssize_t done = fill_piece(to);

		if (done < 0)
			return total > 0 ? total : done;
		total += done;
	}
	return total;
}

static ssize_t zero_read(struct file *file, struct uio *to, uint64_t *position)
{
	return fill(to, fill_zero);
}

static ssize_t random_read(struct file *file, struct uio *to, uint64_t *position)
{
	return fill(to, fill_random);
}

/* Every mapping has zeros of its own. */
static int zero_mmap(struct file *file, struct memobj **object)
{
	*object = memobj_create(USER_TOP);
	return *object ? 0 : -ENOMEM;
}

static const struct file_ops null_ops = {.read = null_read, .write = null_write, .seek = null_seek};
static const struct file_ops zero_ops = {
	.read = zero_read, .write = null_write, .seek = null_seek, .mmap = zero_mmap};
static const struct file_ops full_ops = {.read = zero_read, .write = full_write, .seek = null_seek};
static const struct file_ops random_ops = {
	.read = random_read, .write = null_write, .seek = null_seek};

/* ---- /dev/report: the first process's line to the host ---- */

#define REPORT_MAX 512

static int report_open(struct inode *inode, struct file *file)
{
	return current_process()->pid == 1 ? 0 : -EPERM;
}

/* One write, one line, stamped by report(). */
static ssize_t report_write(struct file *file, struct uio *from, uint64_t *position)
{
	char line[REPORT_MAX];
	ssize_t length = uio_copy_in(from, line, sizeof(line) - 1);

	if (length <= 0)
		return length;
	line[line[length - 1] == '\n' ? length - 1 : length] = '\0';
	report("%s", line);
	return length;
}

static const struct file_ops report_ops = {.write = report_write};

/* ---- Set-up ---- */

static void add_link(const char *path, const char *target)
{
	(void)!vfs_unlink(NULL, path, false);
	int rc = vfs_symlink(NULL, path, target);
	if (rc)
		panic("cannot make %s: error %d", path, -rc);
}

static void add_directory(const char *path, mode_t mode)
{
	int rc = vfs_make(NULL, path, S_IFDIR | mode, 0);

	if (rc && rc != -EEXIST)
		panic("cannot make %s: error %d", path, -rc);
}

void devfs_init(void)
{
	vfs_set_device_open(device_open);
	devfs_add("null", device_number(1, 3), 0666, &null_ops, NULL);
	devfs_add("zero", device_number(1, 5), 0666, &zero_ops, NULL);
	devfs_add("full", device_number(1, 7), 0666, &full_ops, NULL);
	devfs_add("random", device_number(1, 8), 0666, &random_ops, NULL);
	devfs_add("urandom", device_number(1, 9), 0666, &random_ops, NULL);
	devfs_add("report", device_number(10, 240), 0600, &report_ops, report_open);
	add_link("/dev/fd", "/proc/self/fd");
	add_link("/dev/stdin", "/proc/self/fd/0");
	add_link("/dev/stdout", "/proc/self/fd/1");
	add_link("/dev/stderr", "/proc/self/fd/2");
	add_directory("/dev/shm", 01777);
}
