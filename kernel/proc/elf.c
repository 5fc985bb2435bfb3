/* SPDX-License-Identifier: MIT */
/*
 * Checks and arithmetic on ELF headers. Every number comes from a file that anyone may have
 * written: no sum of two of them is believed before it is known not to wrap.
 */
#include "proc/elf.h"

#include "lib/abi/errno.h"
#include "lib/string.h"
#include "lib/util.h"

#define ELF_PAGE        4096UL
#define INTERPRETER_MAX 4096UL

static uint64_t page_down(uint64_t value)
{
	return ALIGN_DOWN(value, ELF_PAGE);
}

static uint64_t page_up(uint64_t value)
{
	return ALIGN_UP(value, ELF_PAGE);
}

static bool sum_fits(uint64_t a, uint64_t b, uint64_t limit)
{
	return a <= limit && b <= limit - a;
}

int elf_check_header(const Elf64_Ehdr *header, size_t *table_size)
{
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) || header->e_ident[EI_CLASS] != ELFCLASS64)
		return -ENOEXEC;
	if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
		return -ENOEXEC;
	if (header->e_machine != EM_X86_64 || header->e_phentsize != sizeof(Elf64_Phdr))
		return -ENOEXEC;
	*table_size = header->e_phnum * sizeof(Elf64_Phdr);
	if (*table_size == 0 || *table_size > ELF_TABLE_MAX ||
	    !sum_fits(header->e_phoff, *table_size, INT64_MAX))
		return -ENOEXEC;
	return 0;
}

static int check_load(const Elf64_Phdr *program, const struct elf_space *space, uint64_t bias)
{
	if (program->p_filesz > program->p_memsz)
		return -ENOEXEC;
	if (!sum_fits(program->p_offset, program->p_filesz, INT64_MAX))
		return -ENOEXEC;
	if (!sum_fits(program->p_vaddr, program->p_memsz, space->high - bias) ||
	    program->p_vaddr + bias < space->low)
		return -ENOEXEC;
	/* A page of memory is a page of the file. */
	if (program->p_filesz && (program->p_vaddr - program->p_offset) % ELF_PAGE)
		return -ENOEXEC;
	return 0;
}

static int check_interpreter(const Elf64_Phdr *program, struct elf_image *image)
{
	if (program->p_filesz < 2 || program->p_filesz > INTERPRETER_MAX ||
	    !sum_fits(program->p_offset, program->p_filesz, INT64_MAX))
		return -ENOEXEC;
	image->interpreter_offset = program->p_offset;
	image->interpreter_size = program->p_filesz;
	return 0;
}

static void add_load(const Elf64_Ehdr *header, const Elf64_Phdr *program, struct elf_image *image)
{
	uint64_t address = program->p_vaddr + image->bias;
	uint64_t start = page_down(address), end = page_up(address + program->p_memsz);

	image->start = image->end ? MIN(image->start, start) : start;
	image->end = MAX(image->end, end);
	if (program->p_flags & PF_X) {
		image->code_start = image->code_end ? MIN(image->code_start, address) : address;
		image->code_end = MAX(image->code_end, address + program->p_filesz);
	}
	if (header->e_phoff >= program->p_offset &&
	    header->e_phoff - program->p_offset < program->p_filesz)
		image->program_headers = header->e_phoff - program->p_offset + address;
}

/* How far a position-independent program is moved: as little as keeps the alignment that its
 * segments ask for. */
static uint64_t choose_bias(const Elf64_Ehdr *header, const Elf64_Phdr *table, uint64_t base)
{
	uint64_t alignment = ELF_PAGE;

	for (unsigned i = 0; i < header->e_phnum; i++) {
		uint64_t asked = table[i].p_align;
		bool power_of_two = asked && !(asked & (asked - 1));

		if (table[i].p_type == PT_LOAD && power_of_two && asked <= base)
			alignment = MAX(alignment, asked);
	}
	return ALIGN_DOWN(base, alignment);
}

int elf_check_image(const Elf64_Ehdr *header, const Elf64_Phdr *table,
		    const struct elf_space *space, struct elf_image *image)
{
	int rc = 0;

	memset(image, 0, sizeof(*image));
	if (header->e_type == ET_DYN)
		image->bias = choose_bias(header, table, space->base);
	for (unsigned i = 0; i < header->e_phnum && !rc; i++) {
		const Elf64_Phdr *program = &table[i];

		if (program->p_type == PT_LOAD && program->p_memsz) {
			rc = check_load(program, space, image->bias);
			if (!rc)
				add_load(header, program, image);
		} else if (program->p_type == PT_INTERP && !image->interpreter_size) {
			rc = check_interpreter(program, image);
		} else if (program->p_type == PT_GNU_STACK) {
			image->executable_stack = program->p_flags & PF_X;
		}
	}
	image->entry = header->e_entry + image->bias;
	if (!rc && (!image->end || image->entry < space->low || image->entry >= space->high))
		rc = -ENOEXEC;
	return rc;
}

bool elf_segment(const Elf64_Phdr *program, const struct elf_image *image,
		 struct elf_segment *segment)
{
	uint64_t address = program->p_vaddr + image->bias;
	uint64_t file_end = address + program->p_filesz;

	if (program->p_type != PT_LOAD || !program->p_memsz)
		return false;
	memset(segment, 0, sizeof(*segment));
	segment->start = page_down(address);
	segment->end = page_up(address + program->p_memsz);
	segment->file_end = program->p_filesz ? page_up(file_end) : segment->start;
	segment->file_page = page_down(program->p_offset) / ELF_PAGE;
	segment->flags = program->p_flags;
	if (program->p_filesz && program->p_memsz > program->p_filesz) {
		segment->zero_start = file_end;
		segment->zero_bytes = segment->file_end - file_end;
	}
	return true;
}
