/* SPDX-License-Identifier: MIT */
/* stat: all that the kernel tells about a file. */
#include "modes.h"

#include <sys/sysmacros.h>
#include <time.h>

#include "common.h"

static const char *type_name(mode_t mode)
{
	switch (mode_type(mode)) {
	case 'd':
		return "directory";
	case 'l':
		return "symbolic link";
	case 'c':
		return "character device";
	case 'b':
		return "block device";
	case 'p':
		return "fifo";
	case 's':
		return "socket";
	default:
		return "regular file";
	}
}

static void show_time(const char *what, const struct timespec *when)
{
	struct tm tm;
	char text[64];

	gmtime_r(&when->tv_sec, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	printf("%8s: %s.%09ld\n", what, text, when->tv_nsec);
}

static int show(const char *path, bool follow)
{
	char mode[11], target[4096];
	struct stat st;
	ssize_t length;

	if (follow ? stat(path, &st) : lstat(path, &st)) {
		warn("%s", path);
		return EXIT_FAILURE;
	}
	mode_string(st.st_mode, mode);
	printf("    File: %s", path);
	if (S_ISLNK(st.st_mode) && (length = readlink(path, target, sizeof(target))) >= 0)
		printf(" -> %.*s", (int)length, target);
	printf("\n    Size: %-12lld Blocks: %-8lld IO block: %-6ld %s\n", (long long)st.st_size,
	       (long long)st.st_blocks, (long)st.st_blksize, type_name(st.st_mode));
	printf("  Device: %u,%-10u Inode: %-9llu Links: %lu", major(st.st_dev), minor(st.st_dev),
	       (unsigned long long)st.st_ino, (unsigned long)st.st_nlink);
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		printf("     Device type: %u,%u", major(st.st_rdev), minor(st.st_rdev));
	printf("\n  Access: %04o/%s  Uid: %u  Gid: %u\n", (unsigned)(st.st_mode & 07777), mode,
	       (unsigned)st.st_uid, (unsigned)st.st_gid);
	show_time("Access", &st.st_atim);
	show_time("Modify", &st.st_mtim);
	show_time("Change", &st.st_ctim);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;
	bool follow = false;
	int option;

	while ((option = getopt(argc, argv, "L")) != -1) {
		if (option != 'L')
			usage("stat [-L] FILE...");
		follow = true;
	}
	if (optind == argc)
		usage("stat [-L] FILE...");
	for (int i = optind; i < argc; i++)
		status |= show(argv[i], follow);
	return finish(status);
}
