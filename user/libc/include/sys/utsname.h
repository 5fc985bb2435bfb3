/* SPDX-License-Identifier: MIT */
/* What system this is. */
#ifndef LIBC_SYS_UTSNAME_H
#define LIBC_SYS_UTSNAME_H

#include "lib/abi/utsname.h"

int uname(struct utsname *names);

#endif
