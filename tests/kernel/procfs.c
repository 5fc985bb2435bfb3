/* SPDX-License-Identifier: MIT */
/* /proc seen from a kernel thread: the files of the machine, the kernel's own process, paths that
 * are not there. */
#include "base/ktest.h"
#include "fs/file.h"
#include "ipc/pipe.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "lib/vsnprintf.h"
#include "mm/slab.h"
#include "proc/process.h"
#include "sync/kthread.h"

#define TEXT_MAX (64UL << 10)

/* Reads a whole file; its length or -errno. The text ends with NUL. */
static long read_whole(const char *path, char *text)
{
	struct file *file;
	long rc = vfs_open(NULL, path, O_RDONLY, 0, &file);

	if (rc)
		return rc;
	rc = file_read_kernel(file, text, TEXT_MAX - 1, 0);
	file_put(file);
	if (rc >= 0)
		text[rc] = '\0';
	return rc;
}

static bool contains(char *buffer, const char *path, const char *text)
{
	return read_whole(path, buffer) > 0 && strstr(buffer, text);
}

KTEST(procfs_machine)
{
	char *text = kmalloc(TEXT_MAX);

	KTEST_CHECK(text);
	if (!text)
		return;
	KTEST_CHECK(contains(text, "/proc/meminfo", "MemTotal:"));
	KTEST_CHECK(contains(text, "/proc/stat", "cpu0 "));
	KTEST_CHECK(contains(text, "/proc/stat", "\nprocesses "));
	KTEST_CHECK(contains(text, "/proc/cpuinfo", "processor\t: 0\n"));
	KTEST_CHECK(contains(text, "/proc/version", "Tarae version"));
	KTEST_CHECK(contains(text, "/proc/mounts", "proc /proc proc"));
	KTEST_CHECK(contains(text, "/proc/kmsg", "Tarae"));
	KTEST_CHECK(contains(text, "/proc/cmdline", "ktest"));
	KTEST_CHECK(!contains(text, "/proc/cmdline", "nonce="));
	KTEST_CHECK(contains(text, "/proc/counts", "frames_free "));
	kfree(text);
}

/* The kernel's process is not listed, but it can be looked at: it has no memory and no files. */
KTEST(procfs_kernel_process)
{
	char *text = kmalloc(TEXT_MAX);
	struct dentry *entry;

	KTEST_CHECK(text);
	if (!text)
		return;
	KTEST_CHECK(contains(text, "/proc/0/comm", "kernel\n"));
	KTEST_CHECK(contains(text, "/proc/0/stat", "0 (kernel) S 0 0 0 0 -1 "));
	KTEST_CHECK(contains(text, "/proc/0/status", "Name:\tkernel\n"));
	KTEST_CHECK(contains(text, "/proc/self/comm", "kernel\n"));
	KTEST_EQUAL(read_whole("/proc/0/maps", text), 0);
	KTEST_EQUAL(read_whole("/proc/0/cmdline", text), 0);
	KTEST_EQUAL(path_lookup(NULL, "/proc/0/exe", LOOKUP_FOLLOW, &entry), -ENOENT);
	KTEST_EQUAL(path_lookup(NULL, "/proc/0/fd/0", 0, &entry), -ENOENT);
	kfree(text);
}

KTEST(procfs_not_there)
{
	static const char *const paths[] = {
		"/proc/nothing", "/proc/99999", "/proc/00",         "/proc/-1",
		"/proc/1x",      "/proc/0/no",  "/proc/0/task/123", "/proc/4294967296",
	};
	struct dentry *entry;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		KTEST_EQUAL(path_lookup(NULL, paths[i], 0, &entry), -ENOENT);
	KTEST_EQUAL(vfs_make(NULL, "/proc/made", S_IFREG | 0644, 0), -ENOENT);
	KTEST_EQUAL(vfs_unlink(NULL, "/proc/stat", false), -EPERM);
}

struct counting_sink {
	struct dirent_sink sink;
	unsigned taken, room;
};

static int count_entry(struct dirent_sink *sink, const char *name, uint64_t inode, unsigned type,
		       uint64_t next)
{
	struct counting_sink *count = container_of(sink, struct counting_sink, sink);

	(void)name, (void)inode, (void)type, (void)next;
	if (count->room == 0)
		return 1;
	count->room--;
	count->taken++;
	return 0;
}

/* How many entries a directory has when it is read `at_once` at a time. */
static unsigned count_entries(const char *path, unsigned at_once)
{
	struct counting_sink count = {.sink.add = count_entry};
	struct file *file;
	unsigned before;

	if (vfs_open(NULL, path, O_RDONLY | O_DIRECTORY, 0, &file))
		return 0;
	do {
		before = count.taken;
		count.room = at_once;
		(void)!file_read_directory(file, &count.sink);
	} while (count.taken != before);
	file_put(file);
	return count.taken;
}

KTEST(procfs_directories)
{
	unsigned all = count_entries("/proc", 1000);

	KTEST_CHECK(all > 12);
	KTEST_EQUAL(count_entries("/proc", 1), all);
	KTEST_EQUAL(count_entries("/proc", 7), all);
	KTEST_CHECK(count_entries("/proc/0", 1000) > 10);
	KTEST_EQUAL(count_entries("/proc/0/fd", 1000), 2);
}

/* ---- Who closes a process's files ---- */

#define LOOKS 4000

static struct thread *table_owner;
static _Atomic unsigned looks, closed, closed_by_others;

/* Of the descriptor in the tables: an owner's last reference closes it, in that owner. */
static void note_close(struct file *file)
{
	(void)file;
	closed++;
	closed_by_others += current != table_owner;
}

/* As `ls /proc/PID/fd` and open("/proc/PID/fd/0") do. */
static void look_at_descriptors(void *unused)
{
	struct dentry *entry;

	(void)unused;
	while (looks++ < LOOKS) {
		count_entries("/proc/0/fd", 1000);
		if (path_lookup(NULL, "/proc/0/fd/0", LOOKUP_FOLLOW, &entry) == 0)
			dentry_put(entry);
	}
}

/* Gives the kernel's process a table and takes it away, as the end of a process does. */
static void pass_table(struct file *file)
{
	struct fdtable *table = fdtable_create();

	KTEST_CHECK(table);
	if (!table)
		return;
	file_get(file);
	KTEST_EQUAL(fdtable_add(table, file, 0, false, FD_LIMIT_DEFAULT), 0);
	for (int i = 0; i < 2; i++) {
		spin_lock(&kernel_process.resource_lock);
		kernel_process.files = i == 0 ? table : NULL;
		spin_unlock(&kernel_process.resource_lock);
	}
	fdtable_put(table);
}

/* A reader of /proc is never the one that closes a process's descriptors: it holds locks, and what
 * is to be done for the process that closes would be done for the reader's. */
KTEST(procfs_reader_closes_nothing)
{
	struct file *ends[2];

	KTEST_EQUAL(pipe_create(0, ends), 0);
	struct file_ops ops = *ends[0]->ops;
	ops.flush = note_close;
	ends[0]->ops = &ops;
	table_owner = current;
	looks = closed = closed_by_others = 0;
	struct kthread *reader = kthread_run("reader", look_at_descriptors, NULL);
	unsigned tables = 0;
	for (; looks <= LOOKS; tables++)
		pass_table(ends[0]);
	kthread_join(reader);
	KTEST_EQUAL(closed, tables);
	KTEST_EQUAL(closed_by_others, 0);
	file_put(ends[0]);
	file_put(ends[1]);
}
