/* SPDX-License-Identifier: MIT */
/*
 * Unpacking the initrd into the root file system: cpio archives in a row, later entries in the
 * place of earlier ones. Directories that an archive does not name are made. Content is copied: it
 * is not aligned in the archive.
 */
#include "base/assert.h"
#include "base/boot_info.h"
#include "base/printk.h"
#include "fs/cpio.h"
#include "fs/vfs.h"
#include "lib/abi/errno.h"
#include "lib/abi/limits.h"
#include "lib/string.h"
#include "lib/util.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "vm/memobj.h"

/* A file that the archive says has further names. */
struct hard_link {
	struct list_node node;
	uint32_t inode;
	unsigned archive;
	char path[];
};

struct unpacking {
	struct cpio_reader reader;
	struct list hard_links;
	const char *begin;
};

/* The name as a path below the root: no leading "./" or "/". NULL: the root itself, or one that
 * is not taken. */
static const char *entry_path(const char *name)
{
	while (*name == '/' || (name[0] == '.' && (name[1] == '/' || !name[1])))
		name++;
	if (!*name || strcmp(name, "..") == 0 || strncmp(name, "../", 3) == 0 ||
	    strstr(name, "/../"))
		return NULL;
	return name;
}

static void make_parents(const char *path)
{
	char prefix[PATH_MAX];

	strlcpy(prefix, path, sizeof(prefix));
	for (char *slash = strchr(prefix, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)!vfs_make(NULL, prefix, S_IFDIR | 0755, 0); /* mostly there already */
		*slash = '/';
	}
}

/* Makes room for an entry of this type. A directory stays for a directory. */
static int clear_place(const char *path, mode_t mode)
{
	struct dentry *there;
	int rc = path_lookup(NULL, path, 0, &there);

	if (rc)
		return rc == -ENOENT ? 0 : rc;
	bool directory = S_ISDIR(there->inode->mode);
	rc = directory && S_ISDIR(mode) ? vfs_chmod(there->inode, mode) : 0;
	dentry_put(there);
	if (directory && S_ISDIR(mode))
		return rc ? rc : -EEXIST;
	return vfs_unlink(NULL, path, directory);
}

static int write_content(const char *path, const struct cpio_entry *entry)
{
	struct dentry *dentry;
	struct uio from;
	int rc = path_lookup(NULL, path, 0, &dentry);

	if (rc)
		return rc;
	struct inode *inode = dentry->inode;
	uio_init_kernel(&from, (void *)entry->content, entry->size);
	if (inode->data && entry->size > 0) {
		mutex_lock(&inode->lock);
		ssize_t done = memobj_write(inode->data, 0, &from);
		mutex_unlock(&inode->lock);
		rc = done == (ssize_t)entry->size ? 0 : -ENOMEM;
	}
	const struct timespec mtime = {entry->mtime, 0}, times[2] = {mtime, mtime};
	if (rc == 0)
		rc = vfs_set_times(inode, times);
	dentry_put(dentry);
	return rc;
}

/* ---- Hard links: the first entry makes the file, the others link to it; any of them may carry
 * the content. ---- */

static struct hard_link *find_link(struct unpacking *u, const struct cpio_entry *entry)
{
	list_for_each(node, &u->hard_links) {
		struct hard_link *link = container_of(node, struct hard_link, node);

		if (link->inode == entry->inode && link->archive == entry->archive)
			return link;
	}
	return NULL;
}

static int remember_link(struct unpacking *u, const struct cpio_entry *entry, const char *path)
{
	size_t size = strlen(path) + 1;
	struct hard_link *link = kmalloc(sizeof(*link) + size);

	if (!link)
		return -ENOMEM;
	link->inode = entry->inode;
	link->archive = entry->archive;
	memcpy(link->path, path, size);
	list_node_init(&link->node);
	list_push_back(&u->hard_links, &link->node);
	return 0;
}

static void forget_links(struct unpacking *u)
{
	struct list_node *node;

	while ((node = list_pop_front(&u->hard_links)))
		kfree(container_of(node, struct hard_link, node));
}

/* ---- Entries ---- */

static int make_symlink(const char *path, const struct cpio_entry *entry)
{
	char target[PATH_MAX];

	if (entry->size == 0 || entry->size >= sizeof(target))
		return -ENAMETOOLONG;
	memcpy(target, entry->content, entry->size);
	target[entry->size] = '\0';
	return vfs_symlink(NULL, path, target);
}

static int make_file(struct unpacking *u, const char *path, const struct cpio_entry *entry)
{
	bool shared = entry->links > 1 && S_ISREG(entry->mode);
	struct hard_link *first = shared ? find_link(u, entry) : NULL;
	int rc;

	if (first) {
		rc = vfs_link(NULL, first->path, NULL, path, 0);
		return rc || entry->size == 0 ? rc : write_content(path, entry);
	}
	rc = vfs_make(NULL, path, entry->mode, device_number(entry->rdev_major, entry->rdev_minor));
	if (rc == 0 && shared)
		rc = remember_link(u, entry, path);
	return rc ? rc : write_content(path, entry);
}

static int unpack_entry(struct unpacking *u, const struct cpio_entry *entry)
{
	const char *path = entry_path(entry->name);

	if (!path)
		return S_ISDIR(entry->mode) ? 0 : -EINVAL;
	make_parents(path);
	int rc = clear_place(path, entry->mode);
	if (rc)
		return rc == -EEXIST ? 0 : rc;
	if (S_ISLNK(entry->mode))
		return make_symlink(path, entry);
	return make_file(u, path, entry);
}

static void unpack(struct unpacking *u)
{
	struct cpio_entry entry;
	int rc;

	while ((rc = cpio_next(&u->reader, &entry)) > 0) {
		rc = unpack_entry(u, &entry);
		if (rc == -ENOMEM || rc == -ENOSPC)
			panic("initrd: too little memory to unpack it (at %s)", entry.name);
		if (rc)
			printk("initrd: %s: not unpacked, error %d\n", entry.name, -rc);
	}
	if (rc < 0)
		panic("initrd: at byte %zu: %s", (size_t)(u->reader.at - u->begin),
		      u->reader.problem);
}

void initrd_unpack(void)
{
	paddr_t start = boot_info.initrd_start, end = boot_info.initrd_end;
	struct unpacking u;

	if (start >= end)
		panic("no initrd: the loader has given no module (GRUB: module2, QEMU: -initrd)");
	u.begin = phys_to_virt(start);
	cpio_begin(&u.reader, u.begin, end - start);
	list_init(&u.hard_links);
	unpack(&u);
	forget_links(&u);
	frame_release_range(ALIGN_UP(start, PAGE_SIZE), ALIGN_UP(end, PAGE_SIZE));
}
