/* SPDX-License-Identifier: MIT */
/* A file's mode as ls shows it: drwxr-xr-x. */
#ifndef USER_BIN_MODES_H
#define USER_BIN_MODES_H

#include <sys/stat.h>

static inline char mode_type(mode_t mode)
{
	if (S_ISDIR(mode))
		return 'd';
	if (S_ISLNK(mode))
		return 'l';
	if (S_ISCHR(mode))
		return 'c';
	if (S_ISBLK(mode))
		return 'b';
	if (S_ISFIFO(mode))
		return 'p';
	return S_ISSOCK(mode) ? 's' : '-';
}

static inline void mode_string(mode_t mode, char text[11])
{
	static const char letters[] = "rwxrwxrwx";

	text[0] = mode_type(mode);
	for (int i = 0; i < 9; i++)
		text[1 + i] = mode & (0400u >> i) ? letters[i] : '-';
	if (mode & S_ISUID)
		text[3] = mode & 0100 ? 's' : 'S';
	if (mode & S_ISGID)
		text[6] = mode & 0010 ? 's' : 'S';
	if (mode & S_ISVTX)
		text[9] = mode & 0001 ? 't' : 'T';
	text[10] = '\0';
}

#endif
