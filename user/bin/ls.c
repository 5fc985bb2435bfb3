/* SPDX-License-Identifier: MIT */
/*
 * ls: lists files and what is in directories.
 *
 * Names are gathered into a list, sorted, and shown in one of three ways: in columns (to a
 * terminal), one a line, or with all that is known about them (-l).
 */
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "common.h"
#include "modes.h"
#include "utf8.h"

static const char usage_text[] = "ls [-1aAdFhilrRSt] [FILE...]";

struct file {
	char *name; /* as it is shown */
	char *path; /* as it is found */
	struct stat st;
	bool known; /* st is filled in */
};

struct list {
	struct file *files;
	size_t count, capacity;
};

static struct {
	bool all, almost_all, directory, classify, human, inode, detailed, reverse, recursive;
	bool by_size, by_time, single;
} options;

static int status = EXIT_SUCCESS;
static int columns = 80;

/* ---- lists ---- */

static bool needs_stat(void)
{
	return options.detailed || options.classify || options.inode || options.recursive ||
	       options.by_size || options.by_time;
}

static void add_file(struct list *list, const char *name, char *path, bool stat_it)
{
	struct file *file;

	if (list->count == list->capacity) {
		list->capacity = list->capacity ? 2 * list->capacity : 64;
		list->files =
			check_memory(realloc(list->files, list->capacity * sizeof(*list->files)));
	}
	file = &list->files[list->count];
	*file = (struct file){.path = path};
	if (stat_it && lstat(path, &file->st)) {
		warn("%s", path);
		status = EXIT_FAILURE;
		free(path);
		return;
	}
	file->known = stat_it;
	file->name = check_memory(strdup(name));
	list->count++;
}

static void free_list(struct list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->files[i].name);
		free(list->files[i].path);
	}
	free(list->files);
}

static int compare(const void *left, const void *right)
{
	const struct file *a = left, *b = right;
	int order = 0;

	if (options.by_size)
		order = (a->st.st_size < b->st.st_size) - (a->st.st_size > b->st.st_size);
	if (options.by_time) {
		order = (a->st.st_mtim.tv_sec < b->st.st_mtim.tv_sec) -
			(a->st.st_mtim.tv_sec > b->st.st_mtim.tv_sec);
		if (!order)
			order = (a->st.st_mtim.tv_nsec < b->st.st_mtim.tv_nsec) -
				(a->st.st_mtim.tv_nsec > b->st.st_mtim.tv_nsec);
	}
	if (!order)
		order = strcmp(a->name, b->name);
	return options.reverse ? -order : order;
}

/* ---- showing ---- */

static const char *type_mark(const struct file *file)
{
	if (!options.classify || !file->known)
		return "";
	switch (mode_type(file->st.st_mode)) {
	case 'd':
		return "/";
	case 'l':
		return options.detailed ? "" : "@";
	case 'p':
		return "|";
	case 's':
		return "=";
	case '-':
		return file->st.st_mode & 0111 ? "*" : "";
	default:
		return "";
	}
}

static int shown_width(const struct file *file)
{
	char inode[24] = "";

	if (options.inode)
		snprintf(inode, sizeof(inode), "%llu ", (unsigned long long)file->st.st_ino);
	return utf8_width(file->name) + (int)strlen(type_mark(file)) + (int)strlen(inode);
}

static void show_name(const struct file *file)
{
	if (options.inode)
		printf("%llu ", (unsigned long long)file->st.st_ino);
	printf("%s%s", file->name, type_mark(file));
}

static void show_columns(const struct list *list)
{
	int widest = 1, per_row, rows;

	for (size_t i = 0; i < list->count; i++)
		if (shown_width(&list->files[i]) > widest)
			widest = shown_width(&list->files[i]);
	per_row = columns / (widest + 2) ? columns / (widest + 2) : 1;
	rows = ((int)list->count + per_row - 1) / per_row;
	for (int row = 0; row < rows; row++) {
		for (int i = row; i < (int)list->count; i += rows) {
			int padding = widest + 2 - shown_width(&list->files[i]);

			show_name(&list->files[i]);
			if (i + rows < (int)list->count)
				printf("%*s", padding, "");
		}
		putchar('\n');
	}
}

/* 1023, 1.5K, 20M: at most five characters. */
static void format_size(char *text, size_t size, unsigned long long bytes)
{
	static const char units[] = "KMGTPE";
	unsigned long long unit = 1;
	int index = -1;

	if (options.human)
		for (; bytes / unit >= 1024; index++)
			unit *= 1024;
	if (index < 0)
		snprintf(text, size, "%llu", bytes);
	else if (bytes / unit < 10)
		snprintf(text, size, "%llu.%llu%c", bytes / unit, bytes % unit * 10 / unit,
			 units[index]);
	else
		snprintf(text, size, "%llu%c", bytes / unit, units[index]);
}

static void size_text(const struct file *file, char *text, size_t size)
{
	if (S_ISCHR(file->st.st_mode) || S_ISBLK(file->st.st_mode))
		snprintf(text, size, "%u, %u", major(file->st.st_rdev), minor(file->st.st_rdev));
	else
		format_size(text, size, (unsigned long long)file->st.st_size);
}

/* The year, for files that are not of the last half year or so. */
static void time_text(const struct file *file, char *text, size_t size)
{
	time_t now = time(NULL), when = file->st.st_mtim.tv_sec;
	bool recent = when <= now && now - when < 180L * 24 * 3600;
	struct tm tm;

	localtime_r(&when, &tm);
	strftime(text, size, recent ? "%b %e %H:%M" : "%b %e  %Y", &tm);
}

static const char *owner_text(unsigned int id, char *text, size_t size)
{
	if (!id)
		return "root";
	snprintf(text, size, "%u", id);
	return text;
}

static void show_details(const struct file *file, int link_width, int size_width)
{
	char mode[11], size[32], when[32], user[16], group[16], target[4096];

	mode_string(file->st.st_mode, mode);
	size_text(file, size, sizeof(size));
	time_text(file, when, sizeof(when));
	if (options.inode)
		printf("%7llu ", (unsigned long long)file->st.st_ino);
	printf("%s %*lu %-5s %-5s %*s %s %s%s", mode, link_width, (unsigned long)file->st.st_nlink,
	       owner_text(file->st.st_uid, user, sizeof(user)),
	       owner_text(file->st.st_gid, group, sizeof(group)), size_width, size, when,
	       file->name, type_mark(file));
	if (S_ISLNK(file->st.st_mode)) {
		ssize_t length = readlink(file->path, target, sizeof(target));

		if (length >= 0)
			printf(" -> %.*s", (int)length, target);
	}
	putchar('\n');
}

static void show_detailed(const struct list *list)
{
	int link_width = 1, size_width = 1;
	char text[32];

	for (size_t i = 0; i < list->count; i++) {
		int width = snprintf(text, sizeof(text), "%lu",
				     (unsigned long)list->files[i].st.st_nlink);

		link_width = width > link_width ? width : link_width;
		size_text(&list->files[i], text, sizeof(text));
		width = (int)strlen(text);
		size_width = width > size_width ? width : size_width;
	}
	for (size_t i = 0; i < list->count; i++)
		show_details(&list->files[i], link_width, size_width);
}

static void show_list(struct list *list)
{
	if (list->count)
		qsort(list->files, list->count, sizeof(*list->files), compare);
	if (options.detailed) {
		show_detailed(list);
	} else if (!options.single) {
		show_columns(list);
	} else {
		for (size_t i = 0; i < list->count; i++) {
			show_name(&list->files[i]);
			putchar('\n');
		}
	}
}

/* ---- directories ---- */

static bool is_shown(const char *name)
{
	if (name[0] != '.' || options.all)
		return true;
	return options.almost_all && strcmp(name, ".") && strcmp(name, "..");
}

static void show_total(const struct list *list)
{
	unsigned long long blocks = 0;

	for (size_t i = 0; i < list->count; i++)
		blocks += (unsigned long long)list->files[i].st.st_blocks;
	printf("total %llu\n", blocks / 2);
}

static void list_directory(const char *path, bool titled);

static void list_subdirectories(const struct list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct file *file = &list->files[i];

		if (!S_ISDIR(file->st.st_mode) || !strcmp(file->name, ".") ||
		    !strcmp(file->name, ".."))
			continue;
		putchar('\n');
		list_directory(file->path, true);
	}
}

static void list_directory(const char *path, bool titled)
{
	struct list list = {0};
	struct dirent *entry;
	DIR *dir = opendir(path);

	if (!dir) {
		warn("%s", path);
		status = EXIT_FAILURE;
		return;
	}
	while ((entry = next_entry(dir)))
		if (is_shown(entry->d_name))
			add_file(&list, entry->d_name, join_path(path, entry->d_name),
				 needs_stat());
	if (errno) {
		warn("%s", path);
		status = EXIT_FAILURE;
	}
	closedir(dir);
	if (titled)
		printf("%s:\n", path);
	if (options.detailed)
		show_total(&list);
	show_list(&list);
	if (options.recursive)
		list_subdirectories(&list);
	free_list(&list);
}

/* ---- arguments ---- */

static bool set_option(int letter)
{
	const struct {
		char letter;
		bool *option;
	} letters[] = {
		{'1', &options.single},    {'a', &options.all},      {'A', &options.almost_all},
		{'d', &options.directory}, {'F', &options.classify}, {'h', &options.human},
		{'i', &options.inode},     {'l', &options.detailed}, {'r', &options.reverse},
		{'R', &options.recursive}, {'S', &options.by_size},  {'t', &options.by_time},
	};

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (letters[i].letter != letter)
			continue;
		*letters[i].option = true;
		return true;
	}
	return false;
}

/* Files are shown together and first, directories each with its name if there are several. */
static void list_arguments(int count, char **paths)
{
	struct list files = {0}, directories = {0};

	for (int i = 0; i < count; i++) {
		struct stat st;
		bool directory = !options.directory && !stat(paths[i], &st) && S_ISDIR(st.st_mode);

		/* ls -l shows a link itself, unless a slash follows it. */
		if (directory && options.detailed && !lstat(paths[i], &st) && S_ISLNK(st.st_mode))
			directory = false;
		add_file(directory ? &directories : &files, paths[i],
			 check_memory(strdup(paths[i])), true);
	}
	show_list(&files);
	if (directories.count)
		qsort(directories.files, directories.count, sizeof(struct file), compare);
	for (size_t i = 0; i < directories.count; i++) {
		if (i || files.count)
			putchar('\n');
		list_directory(directories.files[i].path, count > 1 || options.recursive);
	}
	free_list(&files);
	free_list(&directories);
}

int main(int argc, char **argv)
{
	static char *here[] = {".", NULL};
	struct winsize size;
	int option;

	while ((option = getopt(argc, argv, "1aAdFhilrRSt")) != -1)
		if (!set_option(option))
			usage(usage_text);
	if (!isatty(STDOUT_FILENO))
		options.single = true;
	else if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		columns = size.ws_col;
	if (optind < argc)
		list_arguments(argc - optind, argv + optind);
	else
		list_arguments(1, here);
	return finish(status);
}
