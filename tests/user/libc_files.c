/* SPDX-License-Identifier: MIT */
/* Directories, pattern matching, times as text, terminals that are none. */
#include "check.h"

#include <dirent.h>
#include <fnmatch.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <termios.h>

static char directory[40];

static void make_directory(int files)
{
	strcpy(directory, "/tmp/libc_files.XXXXXX");
	CHECK(mkdtemp(directory) != NULL);
	CHECK_EQ(chdir(directory), 0);
	for (int i = 0; i < files; i++) {
		char name[20];

		snprintf(name, sizeof(name), "file%d", i);
		CHECK_EQ(close(open(name, O_CREAT | O_WRONLY, 0600)), 0);
	}
}

static void remove_directory(int files)
{
	for (int i = 0; i < files; i++) {
		char name[20];

		snprintf(name, sizeof(name), "file%d", i);
		unlink(name);
	}
	CHECK_EQ(chdir("/"), 0);
	CHECK_EQ(rmdir(directory), 0);
}

/* More entries than one buffer holds; each is seen once. */
static void reading(void)
{
	static char seen[300];
	struct dirent *entry;
	int dots = 0;
	DIR *dir;

	make_directory(300);
	dir = opendir(".");
	for (int round = 0; round < 2; round++) {
		memset(seen, 0, sizeof(seen));
		dots = 0;
		errno = 0;
		while ((entry = readdir(dir))) {
			if (entry->d_name[0] == '.')
				dots++;
			else
				seen[atoi(entry->d_name + 4)]++;
			CHECK(entry->d_type == (entry->d_name[0] == '.' ? DT_DIR : DT_REG));
		}
		CHECK_EQ(errno, 0);
		CHECK_EQ(dots, 2);
		for (int i = 0; i < 300; i++)
			CHECK_EQ(seen[i], 1);
		rewinddir(dir);
	}
	CHECK_EQ(fcntl(dirfd(dir), F_GETFD), FD_CLOEXEC);
	CHECK_EQ(closedir(dir), 0);
	CHECK(!opendir("file0"));
	CHECK_EQ(errno, ENOTDIR);
	CHECK(!opendir("missing"));
	CHECK_EQ(errno, ENOENT);
	remove_directory(300);
}

static int is_even_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && atoi(entry->d_name + 4) % 2 == 0;
}

static int every_file_with_errno(const struct dirent *entry)
{
	errno = ENOENT;
	return entry->d_name[0] != '.';
}

static void scanning(void)
{
	struct dirent **list;
	int count;

	make_directory(6);
	count = scandir(".", &list, is_even_file, alphasort);
	CHECK_EQ(count, 3);
	CHECK_STR(list[0]->d_name, "file0");
	CHECK_STR(list[2]->d_name, "file4");
	while (count > 0)
		free(list[--count]);
	free(list);
	CHECK_EQ(scandir(".", &list, every_file_with_errno, NULL), 6);
	CHECK_EQ(scandir("missing", &list, NULL, NULL), -1);
	remove_directory(6);
}

static void patterns(void)
{
	CHECK_EQ(fnmatch("*.c", "main.c", 0), 0);
	CHECK_EQ(fnmatch("*.c", "main.h", 0), FNM_NOMATCH);
	CHECK_EQ(fnmatch("*", "", 0), 0);
	CHECK_EQ(fnmatch("a*b*c", "aXbYbZc", 0), 0);
	CHECK_EQ(fnmatch("[a-cx]?", "xq", 0), 0);
	CHECK_EQ(fnmatch("[!a]", "a", 0), FNM_NOMATCH);
	CHECK_EQ(fnmatch("\\*", "*", 0), 0);
	CHECK_EQ(fnmatch("\\*", "x", 0), FNM_NOMATCH);
	CHECK_EQ(fnmatch("*", ".hidden", FNM_PERIOD), FNM_NOMATCH);
	CHECK_EQ(fnmatch("*", "a/b", FNM_PATHNAME), FNM_NOMATCH);
	CHECK_EQ(fnmatch("*/b", "a/b", FNM_PATHNAME), 0);
}

static void dates(void)
{
	time_t time = 1700000000;
	struct tm tm;
	char text[64];

	CHECK(gmtime_r(&time, &tm) == &tm);
	CHECK_EQ(strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %a %j", &tm), 27);
	CHECK_STR(text, "2023-11-14 22:13:20 Tue 318");
	CHECK_EQ(strftime(text, 5, "%Y-%m", &tm), 0);
	tm.tm_mday += 30;
	CHECK_EQ(timegm(&tm), time + 30 * 86400);
	CHECK_EQ(tm.tm_mon, 11);
	CHECK_EQ(strlen(ctime(&time)), 25);
	CHECK(difftime(time, time - 5) == 5.0);
}

static void no_terminal(void)
{
	struct termios settings;
	int fds[2];

	CHECK_EQ(pipe(fds), 0);
	CHECK_EQ(isatty(fds[0]), 0);
	CHECK_EQ(errno, ENOTTY);
	CHECK_EQ(isatty(-1), 0);
	CHECK_EQ(errno, EBADF);
	CHECK_ERRNO(tcgetattr(fds[0], &settings), ENOTTY);
	CHECK_ERRNO(tcgetpgrp(fds[0]), ENOTTY);
	CHECK(!ttyname(fds[0]));
	memset(&settings, 0xff, sizeof(settings));
	cfmakeraw(&settings);
	CHECK_EQ(settings.c_lflag & (ECHO | ICANON | ISIG), 0);
	CHECK_EQ(settings.c_cc[VMIN], 1);
	CHECK_EQ(cfsetospeed(&settings, B9600), 0);
	CHECK_EQ(cfgetospeed(&settings), B9600);
}

static const struct check_case cases[] = {
	CASE(reading), CASE(scanning), CASE(patterns), CASE(dates), CASE(no_terminal),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
