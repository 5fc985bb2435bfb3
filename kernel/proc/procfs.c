/* SPDX-License-Identifier: MIT */
/*
 * The tree of /proc. Inodes and dentries are made when a path is walked and go when nobody uses
 * them; an inode keeps no more than numbers, so a process that has ended leaves nothing behind but
 * paths that answer -ENOENT or -ESRCH.
 *
 * A file's text is made when it is read for the first time after open, and kept until it is closed:
 * reading in pieces shows one moment.
 */
#include "proc/procfs.h"

#include "base/assert.h"
#include "lib/abi/dirent.h"
#include "lib/abi/errno.h"
#include "lib/abi/limits.h"
#include "lib/ctype.h"
#include "lib/limits.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "proc/procfs_entry.h"

/* What an inode stands for: inode->special. */
struct proc_node {
	const struct proc_entry *entry;
	int pid, tid, fd; /* -1: none */
};

/* ---- Text ---- */

static char *page_of(struct list_node *node)
{
	return frame_vaddr(container_of(node, struct frame, node));
}

void proc_text_init(struct proc_text *text)
{
	*text = (struct proc_text){.size = 0};
	list_init(&text->pages);
}

void proc_text_destroy(struct proc_text *text)
{
	struct list_node *node;

	while ((node = list_pop_front(&text->pages)))
		frame_put(container_of(node, struct frame, node));
}

void proc_write(struct proc_text *text, const char *bytes, size_t size)
{
	while (size > 0 && !text->error) {
		size_t used = text->size % PAGE_SIZE, count = MIN(size, PAGE_SIZE - used);

		if (used == 0) {
			struct frame *frame = frame_alloc(0, 0);

			if (!frame) {
				text->error = -ENOMEM;
				return;
			}
			list_push_back(&text->pages, &frame->node);
		}
		memcpy(page_of(list_last(&text->pages)) + used, bytes, count);
		text->size += count;
		bytes += count;
		size -= count;
	}
}

ssize_t proc_text_copy(const struct proc_text *text, size_t position, struct uio *to)
{
	size_t start = 0; /* of the page */
	ssize_t total = 0;

	list_for_each(node, &text->pages) {
		size_t end = MIN(start + PAGE_SIZE, text->size);
		if (position < end) {
			ssize_t copied = uio_copy_out(to, page_of(node) + (position - start),
						      end - position);
			if (copied < 0)
				return total > 0 ? total : copied;
			total += copied;
			position += (size_t)copied;
			if (position < end) /* that was all that is wanted, or a fault */
				break;
		}
		start = end;
	}
	return total;
}

static void write_sink(struct format_sink *sink, const char *bytes, size_t size)
{
	proc_write(container_of(sink, struct proc_text, sink), bytes, size);
}

void proc_print(struct proc_text *text, const char *format, ...)
{
	va_list arguments;

	text->sink = (struct format_sink){.write = write_sink};
	va_start(arguments, format);
	(void)format_to(&text->sink, format, arguments);
	va_end(arguments);
}

/* ---- Subjects ---- */

static void put_subject(const struct proc_subject *subject)
{
	if (subject->thread)
		thread_put(subject->thread);
	if (subject->process && subject->process != &kernel_process)
		process_put(subject->process);
}

/* -ESRCH: the process or thread has gone. */
static int get_subject(const struct proc_node *node, struct proc_subject *subject)
{
	*subject = (struct proc_subject){.process = NULL};
	if (node->pid < 0)
		return 0;
	/* The kernel's process is not in the table, and never goes. */
	subject->process = node->pid ? process_find(node->pid) : &kernel_process;
	if (!subject->process)
		return -ESRCH;
	if (node->tid < 0)
		return 0;
	subject->thread = node->pid ? thread_find(node->tid) : kernel_thread_find(node->tid);
	if (subject->thread && subject->thread->process == subject->process)
		return 0;
	put_subject(subject);
	return -ESRCH;
}

/* ---- Inodes ---- */

static const struct inode_ops directory_inode_ops, link_inode_ops, text_link_inode_ops,
	file_inode_ops;
static const struct file_ops directory_file_ops, text_file_ops, stored_file_ops;

static struct proc_node *node_of(const struct inode *inode)
{
	return inode->special;
}

static struct inode *make_inode(const struct proc_node *model)
{
	const struct proc_entry *entry = model->entry;
	const struct inode_ops *ops = &file_inode_ops;
	const struct file_ops *file_ops = entry->store ? &stored_file_ops : &text_file_ops;
	struct proc_node *node = kmalloc(sizeof(*node));

	if (!node)
		return NULL;
	*node = *model;
	if (S_ISDIR(entry->mode))
		ops = &directory_inode_ops;
	else if (S_ISLNK(entry->mode))
		ops = entry->read_link ? &text_link_inode_ops : &link_inode_ops;
	struct inode *inode = inode_create(DEVICE_PROC, entry->mode, ops,
					   S_ISDIR(entry->mode) ? &directory_file_ops : file_ops);
	if (!inode) {
		kfree(node);
		return NULL;
	}
	inode->special = node;
	return inode;
}

static void release_node(struct inode *inode)
{
	kfree(inode->special);
}

/* ---- Directories ---- */

/* A decimal number as /proc writes it, or -1. */
static int parse_number(const char *name)
{
	int number = 0;

	if (!isdigit(*name) || (*name == '0' && name[1]))
		return -1;
	for (; isdigit(*name); name++) {
		if (number > (INT_MAX - 9) / 10)
			return -1;
		number = number * 10 + (*name - '0');
	}
	return *name ? -1 : number;
}

static void set_number(struct proc_node *node, enum proc_number kind, int number)
{
	if (kind == NUMBER_PROCESS)
		node->pid = number;
	else if (kind == NUMBER_THREAD)
		node->tid = number;
	else
		node->fd = number;
}

/* There is such an entry: the number is in use, or is the kernel's. */
static bool number_exists(const struct proc_directory *directory, const struct proc_node *parent,
			  int number)
{
	struct proc_subject subject;

	if (number < 0 || !directory->numbered)
		return false;
	if (directory->number == NUMBER_PROCESS && number == 0)
		return true;
	if (get_subject(parent, &subject))
		return false;
	bool exists = directory->next_number(&subject, number) == number;
	put_subject(&subject);
	return exists;
}

static bool find_entry(const struct proc_node *parent, const char *name, struct proc_node *node)
{
	const struct proc_directory *directory = parent->entry->directory;

	*node = *parent;
	for (size_t i = 0; i < directory->count; i++) {
		if (strcmp(directory->entries[i].name, name))
			continue;
		node->entry = &directory->entries[i];
		return true;
	}
	int number = parse_number(name);
	if (!number_exists(directory, parent, number))
		return false;
	node->entry = directory->numbered;
	set_number(node, directory->number, number);
	return true;
}

static int lookup(struct dentry *directory, const char *name, struct dentry **entry)
{
	struct proc_node node;

	if (!find_entry(node_of(directory->inode), name, &node))
		return -ENOENT;
	struct inode *inode = make_inode(&node);
	if (!inode)
		return -ENOMEM;
	*entry = dentry_create(directory, name, inode);
	if (!*entry)
		inode_put(inode);
	return *entry ? 0 : -ENOMEM;
}

/* Positions: 0 and 1 are "." and "..", then the fixed entries, then from NUMBERED on the
 * numbers. */
#define FIXED    2
#define NUMBERED 1000

static int read_fixed(struct file *file, struct dirent_sink *sink,
		      const struct proc_directory *directory)
{
	while (file->position < FIXED + directory->count) {
		uint64_t at = file->position;
		const struct proc_entry *entry = &directory->entries[at - FIXED];
		const char *name = at == 0 ? "." : at == 1 ? ".." : entry->name;
		unsigned type = at < FIXED ? DT_DIR : IFTODT(entry->mode);
		int rc = sink->add(sink, name, file->inode->number + at, type, at + 1);

		if (rc)
			return rc;
		file->position = at + 1;
	}
	return 0;
}

static int read_numbered(struct file *file, struct dirent_sink *sink,
			 const struct proc_directory *directory, const struct proc_subject *subject)
{
	unsigned type = IFTODT(directory->numbered->mode);
	char name[12];

	file->position = MAX(file->position, (uint64_t)NUMBERED);
	for (;;) {
		int number = directory->next_number(subject, (int)(file->position - NUMBERED));
		if (number < 0)
			return 0;
		uint64_t next = NUMBERED + (uint64_t)number + 1;
		snprintf(name, sizeof(name), "%d", number);
		int rc = sink->add(sink, name, file->inode->number + next, type, next);
		if (rc)
			return rc;
		file->position = next;
	}
}

static int read_directory(struct file *file, struct dirent_sink *sink)
{
	const struct proc_node *node = node_of(file->inode);
	const struct proc_directory *directory = node->entry->directory;
	struct proc_subject subject;
	int rc = get_subject(node, &subject);

	if (rc)
		return -ENOENT;
	if (file->position < NUMBERED)
		rc = read_fixed(file, sink, directory);
	if (!rc && directory->numbered && file->position <= (uint64_t)NUMBERED + INT_MAX)
		rc = read_numbered(file, sink, directory, &subject);
	put_subject(&subject);
	return rc;
}

static long seek_directory(struct file *file, long offset, int whence)
{
	return file_seek_within(file, offset, whence, 0);
}

/* ---- Links ---- */

static int follow_link(struct inode *inode, struct dentry **target)
{
	const struct proc_node *node = node_of(inode);
	struct proc_subject subject;
	int rc = get_subject(node, &subject);

	if (rc)
		return rc;
	if (node->fd >= 0) {
		*target = process_dentry(subject.process, node->fd);
		rc = *target ? 0 : -ENOENT;
	} else {
		rc = node->entry->follow(&subject, target);
	}
	put_subject(&subject);
	return rc;
}

static int read_link_text(struct inode *inode, char *buffer, size_t size)
{
	return node_of(inode)->entry->read_link(buffer, size);
}

static int read_link(struct inode *inode, char *buffer, size_t size)
{
	struct dentry *target;
	int rc = follow_link(inode, &target);

	if (rc)
		return rc;
	char *path = kmalloc(PATH_MAX);
	long length = path ? dentry_path(target, path, PATH_MAX) : -ENOMEM;
	if (length > (long)size)
		length = (long)size;
	if (length > 0)
		memcpy(buffer, path, (size_t)length);
	kfree(path);
	dentry_put(target);
	return (int)length;
}

/* ---- Files ---- */

static int make_text(const struct proc_node *node, struct proc_text **result)
{
	struct proc_subject subject;
	int rc = get_subject(node, &subject);

	if (rc)
		return rc;
	struct proc_text *text = kmalloc(sizeof(*text));
	if (text) {
		proc_text_init(text);
		rc = node->entry->show(text, &subject);
		if (!rc)
			rc = text->error;
	} else {
		rc = -ENOMEM;
	}
	put_subject(&subject);
	if (rc && text) {
		proc_text_destroy(text);
		kfree(text);
		return rc;
	}
	*result = text;
	return rc;
}

/* The position's lock is held: only one makes the text. (pread does without: it reads from the
 * start or finds a text.) */
static ssize_t read_text(struct file *file, struct uio *to, uint64_t *position)
{
	struct inode *inode = file->inode;
	int rc = 0;

	mutex_lock(&inode->lock);
	struct proc_text *text = file->private;
	if (!text) {
		rc = make_text(node_of(inode), &text);
		file->private = rc ? NULL : text;
	}
	mutex_unlock(&inode->lock);
	if (rc)
		return rc;
	ssize_t done = proc_text_copy(text, *position, to);
	if (done > 0)
		*position += (uint64_t)done;
	return done;
}

/* Each write is a whole new content, as on Linux. */
static ssize_t write_text(struct file *file, struct uio *from, uint64_t *position)
{
	const struct proc_node *node = node_of(file->inode);
	struct proc_subject subject;
	char bytes[PROC_STORE_MAX];
	size_t all = from->left;
	ssize_t size = uio_copy_in(from, bytes, MIN(all, sizeof(bytes)));
	int rc = size < 0 ? (int)size : get_subject(node, &subject);

	(void)position;
	if (rc)
		return rc;
	rc = node->entry->store(bytes, (size_t)size, &subject);
	put_subject(&subject);
	return rc ? rc : (ssize_t)all;
}

static long seek_text(struct file *file, long offset, int whence)
{
	const struct proc_text *text = file->private;

	return file_seek_within(file, offset, whence, text ? text->size : 0);
}

static void release_text(struct file *file)
{
	struct proc_text *text = file->private;

	if (!text)
		return;
	proc_text_destroy(text);
	kfree(text);
}

/* Two links, and one for each directory in it. */
static void stat_directory(struct inode *inode, struct stat *result)
{
	const struct proc_node *node = node_of(inode);
	const struct proc_directory *directory = node->entry->directory;
	struct proc_subject subject;

	if (!directory->count_numbers || get_subject(node, &subject))
		return;
	result->st_nlink = 2 + directory->count_numbers(&subject);
	put_subject(&subject);
}

static const struct inode_ops directory_inode_ops = {
	.lookup = lookup, .release = release_node, .stat = stat_directory};
static const struct inode_ops link_inode_ops = {
	.read_link = read_link, .follow_link = follow_link, .release = release_node};
static const struct inode_ops text_link_inode_ops = {.read_link = read_link_text,
						     .release = release_node};
static const struct inode_ops file_inode_ops = {.release = release_node};
static const struct file_ops directory_file_ops = {.seek = seek_directory,
						   .read_directory = read_directory};
static const struct file_ops text_file_ops = {
	.read = read_text, .seek = seek_text, .release = release_text};
static const struct file_ops stored_file_ops = {
	.read = read_text, .write = write_text, .seek = seek_text, .release = release_text};

/* ---- The root ---- */

static int next_process(const struct proc_subject *subject, int from)
{
	struct process *process = process_next(MAX(from, 1));
	int pid = -1;

	if (process) {
		pid = process->pid;
		process_put(process);
	}
	return pid;
}

static const struct proc_entry process_entry = {
	.mode = S_IFDIR | 0555,
	.directory = &proc_process_directory,
};

void procfs_init(void)
{
	static struct proc_directory root_directory = {
		.entries = proc_system_entries,
		.numbered = &process_entry,
		.next_number = next_process,
		.number = NUMBER_PROCESS,
	};
	static const struct proc_entry root = {.mode = S_IFDIR | 0555,
					       .directory = &root_directory};

	root_directory.count = proc_system_count;
	struct inode *inode = make_inode(&(struct proc_node){&root, -1, -1, -1});
	int rc = inode ? vfs_attach("/proc", inode) : -ENOMEM;
	if (rc)
		panic("cannot attach /proc: error %d", -rc);
}
