/* SPDX-License-Identifier: MIT */
/*
 * Reading an ELF executable: checks and arithmetic on headers, no memory and no files, so that it
 * can be fuzzed on the host. Source: System V ABI, chapters 4 and 5. Where Linux lets a header pass
 * that makes no sense and then kills the process, we refuse the file.
 */
#ifndef PROC_ELF_H
#define PROC_ELF_H

#include "lib/abi/elf.h"

#include <stdbool.h>
#include <stddef.h>

#define ELF_TABLE_MAX 4096 /* bytes of program headers, as on Linux */

/* Where a program goes, for the user addresses [low, high) that are allowed. */
struct elf_space {
	uint64_t low, high;
	uint64_t base; /* where a position-independent one is put */
};

/* The whole program. Addresses are final: those of a position-independent program were moved by
 * `bias`. */
struct elf_image {
	uint64_t bias;
	uint64_t entry;
	uint64_t program_headers; /* their address in memory, for AT_PHDR; 0: not loaded */
	uint64_t start, end;      /* of all segments, in pages */
	uint64_t code_start, code_end;
	uint64_t interpreter_offset, interpreter_size; /* in the file; 0, 0: none is asked for */
	bool executable_stack;
};

/* One segment in memory: [start, file_end) are pages of the file, [file_end, end) are zero; of the
 * last page of the file the bytes [zero_start, zero_start + zero_bytes) are to be cleared. */
struct elf_segment {
	uint64_t start, file_end, end;
	uint64_t file_page; /* number in the file of the page at `start` */
	uint64_t zero_start, zero_bytes;
	unsigned flags; /* PF_* */
};

/* 0, or -ENOEXEC: not an ELF executable for this machine, or its program headers cannot be read.
 * *table_size: theirs. */
int elf_check_header(const Elf64_Ehdr *header, size_t *table_size);
/* Checks all program headers of a checked header. 0 or -ENOEXEC. */
int elf_check_image(const Elf64_Ehdr *header, const Elf64_Phdr *table,
		    const struct elf_space *space, struct elf_image *image);
/* The segment of a program header of a checked image. False: it loads nothing. */
bool elf_segment(const Elf64_Phdr *program, const struct elf_image *image,
		 struct elf_segment *segment);

#endif
