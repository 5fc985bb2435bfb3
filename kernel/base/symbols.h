/* SPDX-License-Identifier: MIT */
/* The kernel's own symbol table, linked in by tools/mksyms. */
#ifndef BASE_SYMBOLS_H
#define BASE_SYMBOLS_H

#include "arch/types.h"

/* Name of the function that holds `address`, with the offset in it; NULL: not kernel text. */
const char *symbol_lookup(vaddr_t address, size_t *offset);

#endif
