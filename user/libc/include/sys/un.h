/* SPDX-License-Identifier: MIT */
/* Names of local sockets. */
#ifndef LIBC_SYS_UN_H
#define LIBC_SYS_UN_H

#include "lib/abi/socket.h"

#include <string.h>

/* The length of a name whose path has a NUL. */
#define SUN_LEN(name) (offsetof(struct sockaddr_un, sun_path) + strlen((name)->sun_path))

#endif
