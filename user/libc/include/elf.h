/* SPDX-License-Identifier: MIT */
/* The ELF64 format. */
#ifndef LIBC_ELF_H
#define LIBC_ELF_H

#include "lib/abi/elf.h"

#endif
