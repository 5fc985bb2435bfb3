/* SPDX-License-Identifier: MIT */
/* Memory on the caller's stack. */
#ifndef LIBC_ALLOCA_H
#define LIBC_ALLOCA_H

#define alloca(size) __builtin_alloca(size)

#endif
