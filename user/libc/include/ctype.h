/* SPDX-License-Identifier: MIT */
/* Character classes of the C locale. */
#ifndef LIBC_CTYPE_H
#define LIBC_CTYPE_H

#include "lib/ctype.h"

#endif
