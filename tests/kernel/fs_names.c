/* SPDX-License-Identifier: MIT */
/* Names: making, removing, linking and renaming them, with the errors that Linux gives. */
#include "tests/kernel/fs_help.h"

#include "base/random.h"
#include "lib/util.h"
#include "sched/sched.h"
#include "sync/kthread.h"

KTEST(fs_make_and_remove)
{
	HELP_DIRECTORY("/tmp/d");
	KTEST_EQUAL(vfs_make(NULL, "/tmp/d", S_IFDIR | 0755, 0), -EEXIST);
	KTEST_EQUAL(vfs_make(NULL, "/tmp/d/", S_IFDIR | 0755, 0), -EEXIST);
	KTEST_EQUAL(vfs_make(NULL, "/", S_IFDIR | 0755, 0), -EEXIST);
	KTEST_EQUAL(vfs_make(NULL, "/tmp/d/..", S_IFDIR | 0755, 0), -EEXIST);
	KTEST_EQUAL(vfs_make(NULL, "", S_IFDIR | 0755, 0), -ENOENT);
	KTEST_EQUAL(vfs_make(NULL, "/tmp/no/d", S_IFDIR | 0755, 0), -ENOENT);
	KTEST_EQUAL(vfs_make(NULL, "/tmp/f/", S_IFREG | 0755, 0), -ENOENT);
	HELP_DIRECTORY("/tmp/d/e/");
	HELP_FILE("/tmp/d/f");
	KTEST_EQUAL(vfs_make(NULL, "/tmp/d/f/x", S_IFDIR | 0755, 0), -ENOTDIR);
	KTEST_EQUAL(help_stat("/tmp/d").st_nlink, 3);
	KTEST_EQUAL(help_stat("/tmp/d").st_size, 80);

	KTEST_EQUAL(vfs_unlink(NULL, "/tmp/d/f", true), -ENOTDIR);
	KTEST_EQUAL(vfs_unlink(NULL, "/tmp/d/f/", false), -ENOTDIR);
	KTEST_EQUAL(vfs_unlink(NULL, "/tmp/d/e", false), -EISDIR);
	KTEST_EQUAL(vfs_unlink(NULL, "/tmp/d", true), -ENOTEMPTY);
	KTEST_EQUAL(vfs_unlink(NULL, "/tmp/d/.", true), -EINVAL);
	KTEST_EQUAL(vfs_unlink(NULL, "/tmp/d/e/..", true), -ENOTEMPTY);
	KTEST_EQUAL(vfs_unlink(NULL, "/", true), -EBUSY);
	KTEST_EQUAL(vfs_unlink(NULL, "/", false), -EISDIR);
	KTEST_EQUAL(vfs_unlink(NULL, "/tmp/d/x", false), -ENOENT);
	HELP_UNLINK("/tmp/d/f");
	HELP_RMDIR("/tmp/d/e/");
	KTEST_EQUAL(help_stat("/tmp/d").st_nlink, 2);
	HELP_RMDIR("/tmp/d");
}

KTEST(fs_long_names)
{
	char path[PATH_MAX] = "/tmp/";

	memset(path + 5, 'n', NAME_MAX);
	KTEST_EQUAL(help_put(path, "x"), 0);
	KTEST_CHECK(help_holds(path, "x"));
	HELP_UNLINK(path);
	path[5 + NAME_MAX] = 'n';
	KTEST_EQUAL(help_put(path, ""), -ENAMETOOLONG);
}

/* Whoever stays in a removed directory finds nothing there and makes nothing. */
KTEST(fs_removed_directory)
{
	struct dentry *d, *e;
	char path[64];

	HELP_DIRECTORY("/tmp/d");
	HELP_DIRECTORY("/tmp/d/e");
	KTEST_EQUAL(path_lookup(NULL, "/tmp/d", 0, &d), 0);
	KTEST_EQUAL(path_lookup(d, "e", LOOKUP_DIRECTORY, &e), 0);
	KTEST_EQUAL(dentry_path(e, path, sizeof(path)), 8);
	KTEST_EQUAL(strcmp(path, "/tmp/d/e"), 0);
	KTEST_EQUAL(dentry_path(e, path, 9), 8);
	KTEST_EQUAL(dentry_path(e, path, 8), -ENAMETOOLONG);
	HELP_RMDIR("/tmp/d/e");
	HELP_RMDIR("/tmp/d");
	KTEST_EQUAL(vfs_make(e, "x", S_IFDIR | 0755, 0), -ENOENT);
	KTEST_EQUAL(vfs_make(e, "../x", S_IFDIR | 0755, 0), -ENOENT);
	KTEST_CHECK(dentry_path(e, path, sizeof(path)) > 0);
	KTEST_EQUAL(strcmp(path, "/tmp/d/e (deleted)"), 0);
	dentry_put(d);
	struct dentry *tmp;
	KTEST_EQUAL(path_lookup(e, "../..", 0, &tmp), 0);
	KTEST_EQUAL(dentry_path(tmp, path, sizeof(path)), 4);
	dentry_put(tmp);
	dentry_put(e);
}

KTEST(fs_symbolic_links)
{
	char path[32], target[32];

	HELP_DIRECTORY("/tmp/d");
	HELP_FILE("/tmp/d/f");
	KTEST_EQUAL(vfs_symlink(NULL, "/tmp/l", "d"), 0);
	KTEST_EQUAL(vfs_symlink(NULL, "/tmp/l", "d"), -EEXIST);
	KTEST_EQUAL(vfs_symlink(NULL, "/tmp/x", ""), -ENOENT);
	KTEST_EQUAL(vfs_symlink(NULL, "/tmp/d/up", "../d/./f"), 0);
	KTEST_CHECK(help_holds("/tmp/l/f", "/tmp/d/f"));
	KTEST_CHECK(help_holds("/tmp/l/up", "/tmp/d/f"));
	KTEST_CHECK(S_ISLNK(help_stat("/tmp/l").st_mode));
	KTEST_CHECK(S_ISDIR(help_stat("/tmp/l/").st_mode));
	KTEST_EQUAL(help_open_error("/tmp/l", O_RDONLY | O_NOFOLLOW), -ELOOP);
	KTEST_EQUAL(help_open_error("/tmp/d/up/", O_RDONLY), -ENOTDIR);
	KTEST_EQUAL(vfs_unlink(NULL, "/tmp/l/", true), -ENOTDIR);

	/* Opening makes what a link leads to. */
	KTEST_EQUAL(vfs_symlink(NULL, "/tmp/dangling", "d/new"), 0);
	KTEST_EQUAL(help_open_error("/tmp/dangling", O_RDONLY), -ENOENT);
	KTEST_EQUAL(help_open_error("/tmp/dangling", O_WRONLY | O_CREAT | O_EXCL), -EEXIST);
	KTEST_EQUAL(help_put("/tmp/dangling", "new"), 0);
	KTEST_CHECK(help_holds("/tmp/d/new", "new"));
	HELP_UNLINK("/tmp/d/new");
	HELP_UNLINK("/tmp/dangling");
	HELP_UNLINK("/tmp/d/up");
	HELP_UNLINK("/tmp/l");
	HELP_UNLINK("/tmp/d/f");
	HELP_RMDIR("/tmp/d");

	/* A chain of forty is followed, one more is not; a loop ends. */
	HELP_FILE("/tmp/0");
	for (int i = 1; i <= 41; i++) {
		snprintf(path, sizeof(path), "/tmp/%d", i);
		snprintf(target, sizeof(target), "%d", i - 1);
		KTEST_EQUAL(vfs_symlink(NULL, path, target), 0);
	}
	KTEST_EQUAL(help_open_error("/tmp/40", O_RDONLY), 0);
	KTEST_EQUAL(help_open_error("/tmp/41", O_RDONLY), -ELOOP);
	for (int i = 0; i <= 41; i++) {
		snprintf(path, sizeof(path), "/tmp/%d", i);
		HELP_UNLINK(path);
	}
	KTEST_EQUAL(vfs_symlink(NULL, "/tmp/loop", "loop/x"), 0);
	KTEST_EQUAL(help_open_error("/tmp/loop", O_RDONLY), -ELOOP);
	HELP_UNLINK("/tmp/loop");
}

KTEST(fs_hard_links)
{
	HELP_DIRECTORY("/tmp/d");
	HELP_FILE("/tmp/a");
	KTEST_EQUAL(vfs_link(NULL, "/tmp/a", NULL, "/tmp/d/b", 0), 0);
	KTEST_EQUAL(vfs_link(NULL, "/tmp/a", NULL, "/tmp/d/b", 0), -EEXIST);
	KTEST_EQUAL(vfs_link(NULL, "/tmp/d", NULL, "/tmp/e", 0), -EPERM);
	KTEST_EQUAL(vfs_link(NULL, "/tmp/x", NULL, "/tmp/e", 0), -ENOENT);
	KTEST_EQUAL(vfs_link(NULL, "/tmp/a", NULL, "/tmp/e/", 0), -ENOENT);
	KTEST_EQUAL(help_stat("/tmp/a").st_nlink, 2);
	KTEST_EQUAL(help_stat("/tmp/a").st_ino, help_stat("/tmp/d/b").st_ino);
	KTEST_EQUAL(vfs_rename(NULL, "/tmp/a", NULL, "/tmp/d/b", 0), 0); /* one file: nothing */
	HELP_UNLINK("/tmp/a");
	KTEST_EQUAL(help_stat("/tmp/d/b").st_nlink, 1);
	KTEST_CHECK(help_holds("/tmp/d/b", "/tmp/a"));
	HELP_UNLINK("/tmp/d/b");
	HELP_RMDIR("/tmp/d");
}

/* ---- rename ---- */

static void make_rename_tree(void)
{
	HELP_DIRECTORY("/tmp/r");
	HELP_DIRECTORY("/tmp/r/a");
	HELP_DIRECTORY("/tmp/r/a/sub");
	HELP_DIRECTORY("/tmp/r/empty");
	HELP_FILE("/tmp/r/a/f");
	HELP_FILE("/tmp/r/g");
}

KTEST(fs_rename_errors)
{
	static const struct {
		const char *from, *to;
		unsigned flags;
		int error;
	} cases[] = {
		{"/tmp/r/x", "/tmp/r/y", 0, -ENOENT},
		{"/tmp/r/a", "/tmp/r/a/sub/x", 0, -EINVAL},
		{"/tmp/r/a", "/tmp/r/a/x", 0, -EINVAL},
		{"/tmp/r/a/sub", "/tmp/r/a", 0, -ENOTEMPTY},
		{"/tmp/r/empty", "/tmp/r/a", 0, -ENOTEMPTY},
		{"/tmp/r/empty", "/tmp/r/g", 0, -ENOTDIR},
		{"/tmp/r/g", "/tmp/r/empty", 0, -EISDIR},
		{"/tmp/r/g", "/tmp/r/new/", 0, -ENOTDIR},
		{"/tmp/r/g/", "/tmp/r/new", 0, -ENOTDIR},
		{"/tmp/r/a/.", "/tmp/r/new", 0, -EBUSY},
		{"/tmp/r/a", "/tmp/r/new/..", 0, -ENOENT},
		{"/tmp/r/a", "/", 0, -EBUSY},
		{"/proc", "/tmp/r/new", 0, -EBUSY},
		{"/tmp/r/g", "/tmp/r/a/f", RENAME_NOREPLACE, -EEXIST},
		{"/tmp/r/g", "/tmp/r/new", RENAME_EXCHANGE, -ENOENT},
		{"/tmp/r/a", "/tmp/r/a/sub", RENAME_EXCHANGE, -EINVAL},
		{"/tmp/r/a/sub", "/tmp/r/a", RENAME_EXCHANGE, -EINVAL},
		{"/tmp/r/g", "/tmp/r/new", RENAME_EXCHANGE | RENAME_NOREPLACE, -EINVAL},
		{"/tmp/r/g", "/tmp/r/new", 1u << 30, -EINVAL},
	};

	make_rename_tree();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int rc = vfs_rename(NULL, cases[i].from, NULL, cases[i].to, cases[i].flags);

		if (rc != cases[i].error)
			ktest_fail(__FILE__, __LINE__, "rename %s %s: expected %d, got %d",
				   cases[i].from, cases[i].to, cases[i].error, rc);
	}
	HELP_UNLINK("/tmp/r/a/f");
	HELP_UNLINK("/tmp/r/g");
	HELP_RMDIR("/tmp/r/empty");
	HELP_RMDIR("/tmp/r/a/sub");
	HELP_RMDIR("/tmp/r/a");
	HELP_RMDIR("/tmp/r");
}

KTEST(fs_rename)
{
	make_rename_tree();
	KTEST_EQUAL(vfs_rename(NULL, "/tmp/r/a/f", NULL, "/tmp/r/g", 0), 0);
	KTEST_CHECK(help_holds("/tmp/r/g", "/tmp/r/a/f"));
	KTEST_EQUAL(help_stat("/tmp/r/a/f").st_mode, 0);
	KTEST_EQUAL(vfs_rename(NULL, "/tmp/r/a/sub", NULL, "/tmp/r/empty/", 0), 0);
	KTEST_EQUAL(help_stat("/tmp/r/a").st_nlink, 2);
	KTEST_EQUAL(help_stat("/tmp/r").st_nlink, 4);
	KTEST_EQUAL(vfs_rename(NULL, "/tmp/r/empty", NULL, "/tmp/r/a/moved", 0), 0);
	KTEST_EQUAL(help_stat("/tmp/r").st_nlink, 3);
	KTEST_EQUAL(help_stat("/tmp/r/a").st_nlink, 3);

	/* A file and a directory change places. */
	KTEST_EQUAL(vfs_rename(NULL, "/tmp/r/g", NULL, "/tmp/r/a/moved", RENAME_EXCHANGE), 0);
	KTEST_CHECK(help_holds("/tmp/r/a/moved", "/tmp/r/a/f"));
	KTEST_CHECK(S_ISDIR(help_stat("/tmp/r/g").st_mode));
	KTEST_EQUAL(help_stat("/tmp/r").st_nlink, 4);
	KTEST_EQUAL(help_stat("/tmp/r/a").st_nlink, 2);
	struct dentry *g;
	char path[32];
	KTEST_EQUAL(path_lookup(NULL, "/tmp/r/g", 0, &g), 0);
	KTEST_EQUAL(dentry_path(g, path, sizeof(path)), 8);
	KTEST_EQUAL(strcmp(path, "/tmp/r/g"), 0);
	dentry_put(g);

	HELP_RMDIR("/tmp/r/g");
	HELP_UNLINK("/tmp/r/a/moved");
	HELP_RMDIR("/tmp/r/a");
	HELP_RMDIR("/tmp/r");
}

/* ---- Reading directories while they change ---- */

struct collector {
	struct dirent_sink sink;
	size_t room; /* entries that still fit */
	unsigned seen[200];
	unsigned others;
};

static int collect(struct dirent_sink *sink, const char *name, uint64_t inode, unsigned type,
		   uint64_t next)
{
	struct collector *collector = container_of(sink, struct collector, sink);
	unsigned number = 0;

	if (collector->room == 0)
		return 1;
	collector->room--;
	if (*name != 'e') {
		collector->others++;
		return 0;
	}
	while (*++name)
		number = number * 10 + (*name - '0');
	collector->seen[number]++;
	return 0;
}

static void entry_name(char *path, size_t size, unsigned number)
{
	snprintf(path, size, "/tmp/d/e%u", number);
}

KTEST(fs_read_directory_under_removal)
{
	struct collector collector = {.sink = {.add = collect}};
	struct file *directory;
	char path[32];

	HELP_DIRECTORY("/tmp/d");
	for (unsigned i = 0; i < 200; i++) {
		entry_name(path, sizeof(path), i);
		KTEST_EQUAL(help_put(path, ""), 0);
	}
	KTEST_EQUAL(vfs_open(NULL, "/tmp/d", O_RDONLY | O_DIRECTORY, 0, &directory), 0);
	/* Ten at a time; between them every third is removed, before and behind the reader. */
	for (unsigned i = 0; i < 200; i += 3) {
		collector.room = 10;
		KTEST_EQUAL(file_read_directory(directory, &collector.sink), 0);
		entry_name(path, sizeof(path), i);
		HELP_UNLINK(path);
	}
	for (unsigned i = 0; i < 200; i++)
		KTEST_CHECK(i % 3 == 0 ? collector.seen[i] <= 1 : collector.seen[i] == 1);
	KTEST_EQUAL(collector.others, 2);

	collector.room = 10;
	KTEST_EQUAL(file_seek(directory, 0, SEEK_SET), 0);
	KTEST_EQUAL(file_read_directory(directory, &collector.sink), 0);
	KTEST_EQUAL(collector.others, 4);
	for (unsigned i = 0; i < 200; i++) {
		entry_name(path, sizeof(path), i);
		if (i % 3)
			HELP_UNLINK(path);
	}
	HELP_RMDIR("/tmp/d");
	KTEST_EQUAL(file_read_directory(directory, &collector.sink), -ENOENT);
	file_put(directory);
}

/* ---- Everyone at once ---- */

#define STRESS_THREADS 4
#define STRESS_ROUNDS  1500
#define STRESS_DEPTH   3
#define STRESS_NAMES   4

static const char *random_path(char *path)
{
	size_t length = strlcpy(path, "/tmp/s", 16);

	for (unsigned depth = 1 + random_u64() % STRESS_DEPTH; depth > 0; depth--) {
		path[length++] = '/';
		path[length++] = 'a' + random_u64() % STRESS_NAMES;
	}
	path[length] = '\0';
	return path;
}

static void stress(void *unused)
{
	char from[32], to[32];
	struct file *file;
	int rc = 0;

	for (int i = 0; i < STRESS_ROUNDS; i++) {
		random_path(from);
		random_path(to);
		switch (random_u64() % 7) {
		case 0:
		case 1:
			rc = vfs_make(NULL, from, S_IFDIR | 0755, 0);
			break;
		case 2:
			rc = vfs_open(NULL, from, O_RDWR | O_CREAT, 0644, &file);
			if (rc == 0)
				file_put(file);
			break;
		case 3:
			rc = vfs_unlink(NULL, from, random_u64() % 2);
			break;
		case 4:
			rc = vfs_rename(NULL, from, NULL, to, RENAME_EXCHANGE);
			break;
		case 5:
			rc = vfs_link(NULL, from, NULL, to, 0);
			break;
		default:
			rc = vfs_rename(NULL, from, NULL, to, 0);
		}
		KTEST_CHECK(rc == 0 || rc == -ENOENT || rc == -EEXIST || rc == -ENOTDIR ||
			    rc == -EISDIR || rc == -ENOTEMPTY || rc == -EINVAL || rc == -EPERM);
	}
}

/* Removes `path` and all that the stress may have made below it: renames can have made it deep. */
static void remove_all(char path[PATH_MAX])
{
	size_t length = strlen(path);
	int rc = vfs_unlink(NULL, path, true);

	if (rc == -ENOTDIR)
		HELP_UNLINK(path);
	if (rc != -ENOTEMPTY)
		return;
	for (unsigned i = 0; i < STRESS_NAMES; i++) {
		snprintf(path + length, PATH_MAX - length, "/%c", 'a' + i);
		remove_all(path);
		path[length] = '\0';
	}
	HELP_RMDIR(path);
}

KTEST(fs_names_stress)
{
	struct kthread *threads[STRESS_THREADS];

	HELP_DIRECTORY("/tmp/s");
	for (int i = 0; i < STRESS_THREADS; i++) {
		threads[i] = kthread_run("stress", stress, NULL);
		KTEST_CHECK(threads[i] != NULL);
	}
	for (int i = 0; i < STRESS_THREADS; i++)
		if (threads[i])
			kthread_join(threads[i]);
	char path[PATH_MAX] = "/tmp/s";
	remove_all(path);
	KTEST_EQUAL(help_stat("/tmp/s").st_mode, 0);
}
