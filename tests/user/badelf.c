/* SPDX-License-Identifier: MIT */
/*
 * Executables that are wrong in one definite way each. Where Linux's execve returns an errno, so
 * must Tarae's, and the caller goes on. Where Linux has already given up the old program it kills
 * the process; Tarae checks first and commits late, so there the same file may also be an errno
 * (which of ENOEXEC, EINVAL, ENOMEM is not asked), never a success. Random damage is mutants.c.
 */
#include "tinyelf.h"

#define EXITS(n)   ((n) << 8)
#define DIES(sig)  (sig)
#define FAILS(err) (-(err))

struct elf_case {
	const char *name;
	/* spoils the image; returns the size to write */
	int (*spoil)(struct tiny *t);
	/* what Linux does: EXITS, DIES or FAILS */
	int expected;
	/* Tarae may see it before the point of no return */
	int early;
};

static int good(struct tiny *t)
{
	return sizeof(*t);
}

static int empty_file(struct tiny *t)
{
	return 0;
}

static int one_byte(struct tiny *t)
{
	return 1;
}

static int half_header(struct tiny *t)
{
	return 32;
}

static int header_only(struct tiny *t)
{
	return sizeof(t->ehdr);
}

static int half_phdrs(struct tiny *t)
{
	return sizeof(t->ehdr) + sizeof(t->phdr[0]) + 20;
}

static int no_code(struct tiny *t)
{
	return TINY_CODE;
}

static int no_data(struct tiny *t)
{
	return TINY_DATA;
}

static int bad_magic(struct tiny *t)
{
	t->ehdr.e_ident[0] = 0x7e;
	return sizeof(*t);
}

static int wrong_machine(struct tiny *t)
{
	t->ehdr.e_machine = 183; /* EM_AARCH64 */
	return sizeof(*t);
}

static int relocatable(struct tiny *t)
{
	t->ehdr.e_type = ET_REL;
	return sizeof(*t);
}

static int core_file(struct tiny *t)
{
	t->ehdr.e_type = ET_CORE;
	return sizeof(*t);
}

static int no_phdrs(struct tiny *t)
{
	t->ehdr.e_phnum = 0;
	return sizeof(*t);
}

static int many_phdrs(struct tiny *t)
{
	t->ehdr.e_phnum = 0xffff;
	return sizeof(*t);
}

static int phentsize_small(struct tiny *t)
{
	t->ehdr.e_phentsize = 32;
	return sizeof(*t);
}

static int phentsize_big(struct tiny *t)
{
	t->ehdr.e_phentsize = 0x1000;
	return sizeof(*t);
}

static int phoff_past_end(struct tiny *t)
{
	t->ehdr.e_phoff = 0x100000;
	return sizeof(*t);
}

static int phoff_huge(struct tiny *t)
{
	t->ehdr.e_phoff = ~0UL - 32;
	return sizeof(*t);
}

static int phoff_negative(struct tiny *t)
{
	t->ehdr.e_phoff = 1UL << 63;
	return sizeof(*t);
}

static int phoff_odd(struct tiny *t)
{
	memmove(t->code + 1, t->code, sizeof(tiny_code));
	memmove((char *)t->phdr + 1, t->phdr, sizeof(t->phdr));
	t->ehdr.e_phoff++;
	t->ehdr.e_entry++;
	return sizeof(*t);
}

static int nothing_to_load(struct tiny *t)
{
	t->phdr[0].p_type = t->phdr[1].p_type = PT_NULL;
	return sizeof(*t);
}

static int filesz_over_memsz(struct tiny *t)
{
	t->phdr[0].p_memsz = 0x100;
	return sizeof(*t);
}

static int memsz_huge(struct tiny *t)
{
	t->phdr[1].p_memsz = 1UL << 47;
	return sizeof(*t);
}

static int memsz_wraps(struct tiny *t)
{
	t->phdr[1].p_memsz = ~0UL - 0x100;
	return sizeof(*t);
}

static int filesz_huge(struct tiny *t)
{
	t->phdr[1].p_filesz = t->phdr[1].p_memsz = 1UL << 62;
	return sizeof(*t);
}

static int bss_to_end_of_user(struct tiny *t)
{
	t->phdr[1].p_memsz = 0x7ffffffff000UL - t->phdr[1].p_vaddr;
	return sizeof(*t);
}

static int offset_past_end(struct tiny *t)
{
	t->phdr[0].p_offset = 0x100000;
	return sizeof(*t);
}

static int offset_huge(struct tiny *t)
{
	t->phdr[0].p_offset = ~0UL & ~0xfffUL;
	return sizeof(*t);
}

static int offset_misaligned(struct tiny *t)
{
	t->phdr[1].p_offset = TINY_DATA - 8;
	return sizeof(*t);
}

static int vaddr_kernel(struct tiny *t)
{
	t->phdr[1].p_vaddr = 0xffffffff80000000UL + TINY_DATA;
	return sizeof(*t);
}

static int vaddr_high_half(struct tiny *t)
{
	t->phdr[0].p_vaddr = 0xffff800000000000UL;
	return sizeof(*t);
}

static int vaddr_noncanonical(struct tiny *t)
{
	t->phdr[1].p_vaddr = 0x800000000000UL + TINY_DATA;
	return sizeof(*t);
}

static int vaddr_wraps(struct tiny *t)
{
	t->phdr[1].p_vaddr = ~0UL & ~0xfffUL;
	t->phdr[1].p_vaddr += TINY_DATA;
	return sizeof(*t);
}

static int vaddr_straddles_end(struct tiny *t)
{
	t->phdr[1].p_vaddr = 0x7fffffffe000UL + TINY_DATA;
	return sizeof(*t);
}

static int vaddr_zero(struct tiny *t)
{
	t->phdr[0].p_vaddr = 0;
	return sizeof(*t);
}

static int segments_zero_size(struct tiny *t)
{
	t->phdr[1].p_filesz = t->phdr[1].p_memsz = 0;
	return sizeof(*t);
}

static int text_zero_size(struct tiny *t)
{
	t->phdr[0].p_filesz = t->phdr[0].p_memsz = 0;
	return sizeof(*t);
}

static int segments_overlap(struct tiny *t)
{
	t->phdr[1].p_vaddr = TINY_BASE + TINY_DATA;
	return sizeof(*t);
}

static int segments_same(struct tiny *t)
{
	t->phdr[1] = t->phdr[0];
	return sizeof(*t);
}

static int entry_zero(struct tiny *t)
{
	t->ehdr.e_entry = 0;
	return sizeof(*t);
}

static int entry_outside(struct tiny *t)
{
	t->ehdr.e_entry = 0x700000;
	return sizeof(*t);
}

static int entry_in_data(struct tiny *t)
{
	t->ehdr.e_entry = t->phdr[1].p_vaddr;
	return sizeof(*t);
}

static int entry_kernel(struct tiny *t)
{
	t->ehdr.e_entry = 0xffffffff80100000UL;
	return sizeof(*t);
}

static int entry_noncanonical(struct tiny *t)
{
	t->ehdr.e_entry = 0x800000000000UL;
	return sizeof(*t);
}

static int text_not_executable(struct tiny *t)
{
	t->phdr[0].p_flags = PF_R;
	return sizeof(*t);
}

static int data_read_only(struct tiny *t)
{
	t->phdr[1].p_flags = PF_R;
	return sizeof(*t);
}

static int align_odd(struct tiny *t)
{
	t->phdr[0].p_align = t->phdr[1].p_align = 3;
	return sizeof(*t);
}

static int align_huge(struct tiny *t)
{
	t->phdr[0].p_align = t->phdr[1].p_align = 1UL << 63;
	return sizeof(*t);
}

static int interpreter_missing(struct tiny *t)
{
	t->phdr[2].p_type = PT_INTERP;
	t->phdr[2].p_offset = TINY_DATA - 16;
	t->phdr[2].p_filesz = 13;
	memcpy(t->code + sizeof(t->code) - 16, "/no/such/file", 13);
	t->code[sizeof(t->code) - 4] = 0;
	return sizeof(*t);
}

static int interpreter_unended(struct tiny *t)
{
	interpreter_missing(t);
	t->phdr[2].p_filesz = 4;
	return sizeof(*t);
}

static int interpreter_huge(struct tiny *t)
{
	interpreter_missing(t);
	t->phdr[2].p_filesz = 1UL << 40;
	return sizeof(*t);
}

static const struct elf_case elf_cases[] = {
	{"good", good, EXITS(TINY_STATUS), 0},
	{"empty_file", empty_file, FAILS(ENOEXEC), 0},
	{"one_byte", one_byte, FAILS(ENOEXEC), 0},
	{"half_header", half_header, FAILS(ENOEXEC), 0},
	{"header_only", header_only, FAILS(ENOEXEC), 0},
	{"half_phdrs", half_phdrs, FAILS(ENOEXEC), 0},
	{"no_code", no_code, DIES(SIGSEGV), 1},
	{"no_data", no_data, EXITS(1), 1},
	{"bad_magic", bad_magic, FAILS(ENOEXEC), 0},
	{"wrong_machine", wrong_machine, FAILS(ENOEXEC), 0},
	{"relocatable", relocatable, FAILS(ENOEXEC), 0},
	{"core_file", core_file, FAILS(ENOEXEC), 0},
	{"no_phdrs", no_phdrs, FAILS(ENOEXEC), 0},
	{"many_phdrs", many_phdrs, FAILS(ENOEXEC), 0},
	{"phentsize_small", phentsize_small, FAILS(ENOEXEC), 0},
	{"phentsize_big", phentsize_big, FAILS(ENOEXEC), 0},
	{"phoff_past_end", phoff_past_end, FAILS(ENOEXEC), 0},
	{"phoff_huge", phoff_huge, FAILS(ENOEXEC), 0},
	{"phoff_negative", phoff_negative, FAILS(ENOEXEC), 0},
	{"phoff_odd", phoff_odd, EXITS(TINY_STATUS), 0},
	{"nothing_to_load", nothing_to_load, DIES(SIGSEGV), 1},
	{"filesz_over_memsz", filesz_over_memsz, DIES(SIGSEGV), 1},
	{"memsz_huge", memsz_huge, DIES(SIGSEGV), 1},
	{"memsz_wraps", memsz_wraps, DIES(SIGSEGV), 1},
	{"filesz_huge", filesz_huge, DIES(SIGSEGV), 1},
	{"bss_to_end_of_user", bss_to_end_of_user, DIES(SIGSEGV), 1},
	{"offset_past_end", offset_past_end, DIES(SIGBUS), 1},
	{"offset_huge", offset_huge, DIES(SIGSEGV), 1},
	{"offset_misaligned", offset_misaligned, DIES(SIGSEGV), 1},
	{"vaddr_kernel", vaddr_kernel, DIES(SIGSEGV), 1},
	{"vaddr_high_half", vaddr_high_half, DIES(SIGSEGV), 1},
	{"vaddr_noncanonical", vaddr_noncanonical, DIES(SIGSEGV), 1},
	{"vaddr_wraps", vaddr_wraps, DIES(SIGSEGV), 1},
	{"vaddr_straddles_end", vaddr_straddles_end, DIES(SIGSEGV), 1},
	{"vaddr_zero", vaddr_zero, DIES(SIGSEGV), 1},
	{"segments_zero_size", segments_zero_size, DIES(SIGSEGV), 1},
	{"text_zero_size", text_zero_size, DIES(SIGSEGV), 1},
	{"segments_overlap", segments_overlap, DIES(SIGSEGV), 1},
	{"segments_same", segments_same, DIES(SIGSEGV), 1},
	{"entry_zero", entry_zero, DIES(SIGSEGV), 1},
	{"entry_outside", entry_outside, DIES(SIGSEGV), 1},
	{"entry_in_data", entry_in_data, DIES(SIGSEGV), 1},
	{"entry_kernel", entry_kernel, DIES(SIGSEGV), 1},
	{"entry_noncanonical", entry_noncanonical, DIES(SIGSEGV), 1},
	{"text_not_executable", text_not_executable, DIES(SIGSEGV), 0},
	{"data_read_only", data_read_only, EXITS(TINY_STATUS), 0},
	{"align_odd", align_odd, EXITS(TINY_STATUS), 1},
	{"align_huge", align_huge, EXITS(TINY_STATUS), 1},
	{"interpreter_missing", interpreter_missing, FAILS(ENOENT), 1},
	{"interpreter_unended", interpreter_unended, FAILS(ENOEXEC), 0},
	{"interpreter_huge", interpreter_huge, FAILS(ENOEXEC), 0},
};

static void elf_case_run(const struct elf_case *c)
{
	struct tiny t;
	char text[64];
	int status, error;

	tiny_make(&t);
	unlink("badelf.file");
	if (tiny_write("badelf.file", &t, c->spoil(&t)) != 0)
		check_fail(__FILE__, __LINE__, "%s: cannot write", c->name);
	status = tiny_run("badelf.file", 60000, &error);
	if (error && c->expected == FAILS(error))
		return;
	if (!error && c->expected >= 0 && status == c->expected)
		return;
	if (on_tarae() && c->early &&
	    (error == ENOEXEC || error == EINVAL || error == ENOMEM || error == EFAULT))
		return;
	if (error)
		snprintf(text, sizeof(text), "errno %d", error);
	else
		check_describe(status, text, sizeof(text));
	check_fail(__FILE__, __LINE__, "%s: expected %d (errno if negative), got %s", c->name,
		   c->expected, text);
}

/* What keeps a file from being read at all. */
static void other_files(void)
{
	struct tiny t;
	int error;

	tiny_make(&t);
	CHECK(tiny_write("badelf.file", &t, sizeof(t)) == 0);
	tiny_run("badelf.none", 60000, &error);
	CHECK_EQ(error, ENOENT);
	tiny_run("badelf.file/x", 60000, &error);
	CHECK_EQ(error, ENOTDIR);
	tiny_run(".", 60000, &error);
	CHECK_EQ(error, EACCES);
	tiny_run("/dev/null", 60000, &error);
	CHECK_EQ(error, EACCES);
	chmod("badelf.file", 0644);
	tiny_run("badelf.file", 60000, &error);
	CHECK_EQ(error, EACCES);
	unlink("badelf.file");
}

int main(int argc, char **argv)
{
	for (size_t i = 0; i < COUNT(elf_cases); i++)
		if (argc < 2 || strstr(elf_cases[i].name, argv[1]))
			elf_case_run(&elf_cases[i]);
	other_files();
	check_print("%d bad executables, %d failed", (int)COUNT(elf_cases), check_failures);
	return check_failures ? 1 : 0;
}
