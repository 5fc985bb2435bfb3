/* SPDX-License-Identifier: MIT */
/* Copying and removing whole trees, for cp, mv and rm. Each reports its own errors. */
#ifndef USER_BIN_FILEOPS_H
#define USER_BIN_FILEOPS_H

#include <sys/stat.h>

#include "common.h"

static inline bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Calls for each name in a directory, but . and .. ; 0, or -1 with a message. */
static inline int for_each_entry(const char *directory, void *context,
				 void (*each)(void *context, const char *name))
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	int result = 0;

	if (!dir) {
		warn("%s", directory);
		return -1;
	}
	while ((entry = next_entry(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			each(context, entry->d_name);
	if (errno) {
		warn("%s", directory);
		result = -1;
	}
	closedir(dir);
	return result;
}

/* ---- removing ---- */

struct removal {
	const char *directory;
	int result;
};

static inline int tree_remove(const char *path);

static inline void remove_entry(void *context, const char *name)
{
	struct removal *removal = context;
	char *path = join_path(removal->directory, name);

	removal->result |= tree_remove(path);
	free(path);
}

/* Removes a file, or a directory and all in it; 0 or -1. Links are not followed. */
static inline int tree_remove(const char *path)
{
	struct removal removal = {.directory = path};
	struct stat st;

	if (lstat(path, &st)) {
		warn("%s", path);
		return -1;
	}
	if (S_ISDIR(st.st_mode)) {
		if (for_each_entry(path, &removal, remove_entry) || removal.result)
			return -1;
		if (!rmdir(path))
			return 0;
	} else if (!unlink(path)) {
		return 0;
	}
	warn("%s", path);
	return -1;
}

/* ---- copying ---- */

struct copy {
	bool recursive;
	bool force;    /* a file that cannot be written to is replaced */
	bool preserve; /* times, owner and all bits of the mode */
	/* The first directory made: it is not copied into itself. */
	bool has_root;
	dev_t root_device;
	ino_t root_inode;
};

struct copy_directory {
	struct copy *copy;
	const char *from, *to;
	int result;
};

static inline int tree_copy(struct copy *copy, const char *from, const char *to, bool follow);

static inline int copy_data(int in, int out, const char *from, const char *to)
{
	static char buffer[BUFFER_SIZE];
	ssize_t got;

	while ((got = read_some(in, buffer, sizeof(buffer))) > 0) {
		if (write_all(out, buffer, (size_t)got)) {
			warn("%s", to);
			return -1;
		}
	}
	if (got < 0)
		warn("%s", from);
	return got < 0 ? -1 : 0;
}

static inline int copy_file(struct copy *copy, const char *from, const char *to, mode_t mode)
{
	int in = open(from, O_RDONLY), out, result;

	if (in < 0) {
		warn("%s", from);
		return -1;
	}
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC, mode & 0777);
	if (out < 0 && copy->force && !unlink(to))
		out = open(to, O_WRONLY | O_CREAT | O_EXCL, mode & 0777);
	if (out < 0) {
		warn("%s", to);
		close(in);
		return -1;
	}
	result = copy_data(in, out, from, to);
	close(in);
	if (close(out) && !result) {
		warn("%s", to);
		result = -1;
	}
	return result;
}

static inline int copy_link(const char *from, const char *to)
{
	char target[4096];
	ssize_t length = readlink(from, target, sizeof(target) - 1);

	if (length < 0) {
		warn("%s", from);
		return -1;
	}
	target[length] = '\0';
	if (symlink(target, to) && (errno != EEXIST || unlink(to) || symlink(target, to))) {
		warn("%s", to);
		return -1;
	}
	return 0;
}

static inline void copy_entry(void *context, const char *name)
{
	struct copy_directory *directory = context;
	char *from = join_path(directory->from, name);
	char *to = join_path(directory->to, name);

	directory->result |= tree_copy(directory->copy, from, to, false);
	free(from);
	free(to);
}

static inline int copy_directory(struct copy *copy, const char *from, const char *to, mode_t mode)
{
	struct copy_directory directory = {.copy = copy, .from = from, .to = to};
	struct stat st;

	if (mkdir(to, (mode & 0777) | 0700) && errno != EEXIST) {
		warn("%s", to);
		return -1;
	}
	if (stat(to, &st) || !S_ISDIR(st.st_mode)) {
		warnx("%s: not a directory", to);
		return -1;
	}
	if (!copy->has_root) {
		copy->has_root = true;
		copy->root_device = st.st_dev;
		copy->root_inode = st.st_ino;
	}
	return for_each_entry(from, &directory, copy_entry) || directory.result ? -1 : 0;
}

static inline int copy_special(const char *to, const struct stat *st)
{
	if (!mknod(to, st->st_mode, st->st_rdev))
		return 0;
	warn("%s", to);
	return -1;
}

static inline void copy_attributes(const char *to, const struct stat *st)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};
	mode_t mode = st->st_mode & 07777;

	/* First, for it may take bits away. Set-ID bits are not for another owner. */
	if (lchown(to, st->st_uid, st->st_gid))
		mode &= ~(mode_t)(S_ISUID | S_ISGID);
	if (!S_ISLNK(st->st_mode) && chmod(to, mode))
		warn("%s", to);
	utimensat(AT_FDCWD, to, times, AT_SYMLINK_NOFOLLOW);
}

static inline int refuse_copy(const struct copy *copy, const char *from, const char *to,
			      const struct stat *st)
{
	bool link = S_ISLNK(st->st_mode);
	struct stat target, behind;

	if (S_ISDIR(st->st_mode)) {
		if (!copy->recursive)
			warnx("%s: is a directory (-r copies it)", from);
		return copy->recursive ? 0 : -1;
	}
	/* What is written to is the file behind a link; but a link takes the place of a name. */
	if (link ? lstat(to, &target) : stat(to, &target))
		return 0;
	if (same_file(&target, st) ||
	    (link && !stat(from, &behind) && same_file(&target, &behind))) {
		warnx("%s and %s are the same file", from, to);
		return -1;
	}
	return 0;
}

/* Copies a file, or with copy->recursive a directory and all in it; 0 or -1. */
static inline int tree_copy(struct copy *copy, const char *from, const char *to, bool follow)
{
	struct stat st;
	int result;

	if (follow ? stat(from, &st) : lstat(from, &st)) {
		warn("%s", from);
		return -1;
	}
	if (copy->has_root && st.st_dev == copy->root_device && st.st_ino == copy->root_inode)
		return 0;
	if (refuse_copy(copy, from, to, &st))
		return -1;
	if (S_ISDIR(st.st_mode))
		result = copy_directory(copy, from, to, st.st_mode);
	else if (S_ISLNK(st.st_mode))
		result = copy_link(from, to);
	else if (S_ISREG(st.st_mode) || !copy->recursive)
		result = copy_file(copy, from, to, st.st_mode);
	else
		result = copy_special(to, &st);
	if (!result && copy->preserve)
		copy_attributes(to, &st);
	return result;
}

/* ---- several sources, one target ---- */

/*
 * For cp A B, cp A... DIRECTORY and the like: calls with each source and the path it goes to.
 * Returns the exit status.
 */
static inline int for_each_source(int count, char **paths, const char *usage_text, void *context,
				  int (*each)(void *context, const char *from, const char *to))
{
	const char *target;
	struct stat st;
	bool directory;
	int result = 0;

	if (count < 2)
		usage(usage_text);
	target = paths[count - 1];
	directory = !stat(target, &st) && S_ISDIR(st.st_mode);
	if (count > 2 && !directory)
		errx(EXIT_FAILURE, "%s: not a directory", target);
	for (int i = 0; i < count - 1; i++) {
		size_t length = strlen(paths[i]);
		char *to;

		while (length > 1 && paths[i][length - 1] == '/')
			paths[i][--length] = '\0';
		/* What is called .. goes into the target, not beside it. */
		to = directory && strcmp(base_name(paths[i]), "..")
			     ? join_path(target, base_name(paths[i]))
			     : strdup(target);
		result |= each(context, paths[i], check_memory(to));
		free(to);
	}
	return result ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
