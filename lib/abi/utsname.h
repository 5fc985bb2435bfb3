/* SPDX-License-Identifier: MIT */
/* uname(2) of Linux. */
#ifndef LIB_ABI_UTSNAME_H
#define LIB_ABI_UTSNAME_H

#define UTSNAME_LENGTH 65

struct utsname {
	char sysname[UTSNAME_LENGTH];
	char nodename[UTSNAME_LENGTH];
	char release[UTSNAME_LENGTH];
	char version[UTSNAME_LENGTH];
	char machine[UTSNAME_LENGTH];
	char domainname[UTSNAME_LENGTH];
};

_Static_assert(sizeof(struct utsname) == 390, "struct utsname");

#endif
