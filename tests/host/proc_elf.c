/* SPDX-License-Identifier: MIT */
/*
 * ELF headers: a good program laid out as expected, every kind of nonsense refused, and random
 * damage, after which an image that is still accepted must keep what exec relies on. The sanitizers
 * see what wraps or reads beyond the table.
 */
#include "kernel/proc/elf.c"
#include "tests/host/random.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define LOW   0x10000UL
#define HIGH  0x7ffffffff000UL
#define BASE  0x555555554000UL
#define COUNT 4

static const struct elf_space space = {.low = LOW, .high = HIGH, .base = BASE};

struct program {
	Elf64_Ehdr header;
	Elf64_Phdr table[COUNT];
};

static struct program good(void)
{
	struct program p = {
		.header = {.e_ident = "\177ELF\2\1\1",
			   .e_type = ET_EXEC,
			   .e_machine = EM_X86_64,
			   .e_version = EV_CURRENT,
			   .e_entry = 0x401000,
			   .e_phoff = sizeof(Elf64_Ehdr),
			   .e_phentsize = sizeof(Elf64_Phdr),
			   .e_phnum = COUNT},
		.table = {{.p_type = PT_LOAD,
			   .p_flags = PF_R,
			   .p_vaddr = 0x400000,
			   .p_filesz = 0x200,
			   .p_memsz = 0x200,
			   .p_align = 4096},
			  {.p_type = PT_LOAD,
			   .p_flags = PF_R | PF_X,
			   .p_offset = 0x1000,
			   .p_vaddr = 0x401000,
			   .p_filesz = 0x1234,
			   .p_memsz = 0x1234,
			   .p_align = 4096},
			  {.p_type = PT_LOAD,
			   .p_flags = PF_R | PF_W,
			   .p_offset = 0x3010,
			   .p_vaddr = 0x404010,
			   .p_filesz = 0x100,
			   .p_memsz = 0x2000,
			   .p_align = 4096},
			  {.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W}},
	};

	return p;
}

static int check(const struct program *p, struct elf_image *image)
{
	size_t size;
	int rc = elf_check_header(&p->header, &size);

	if (rc)
		return rc;
	assert(size == p->header.e_phnum * sizeof(Elf64_Phdr) && size <= ELF_TABLE_MAX);
	/* Exactly as large as it says: reading beyond it is seen. */
	Elf64_Phdr *table = calloc(p->header.e_phnum, sizeof(*table));
	size_t known = p->header.e_phnum < COUNT ? p->header.e_phnum : COUNT;
	memcpy(table, p->table, known * sizeof(*table));
	rc = elf_check_image(&p->header, table, &space, image);
	free(table);
	return rc;
}

static void test_good(void)
{
	struct program p = good();
	struct elf_segment segment;
	struct elf_image image;

	assert(check(&p, &image) == 0);
	assert(image.bias == 0 && image.entry == 0x401000 && image.program_headers == 0x400040);
	assert(image.start == 0x400000 && image.end == 0x407000);
	assert(image.code_start == 0x401000 && image.code_end == 0x402234);
	assert(!image.interpreter_size && !image.executable_stack);
	assert(elf_segment(&p.table[2], &image, &segment));
	assert(segment.start == 0x404000 && segment.file_end == 0x405000 &&
	       segment.end == 0x407000);
	assert(segment.file_page == 3 && segment.zero_start == 0x404110 &&
	       segment.zero_bytes == 0xef0);
	assert(!elf_segment(&p.table[3], &image, &segment));

	p.header.e_type = ET_DYN;
	p.table[1].p_align = 0x200000;
	p.table[3].p_flags |= PF_X;
	assert(check(&p, &image) == 0);
	assert(image.bias == (BASE & ~0x1fffffUL) && image.entry == image.bias + 0x401000);
	assert(image.executable_stack);
}

/* One field at a time becomes nonsense. */
#define REFUSED(change)                                    \
	do {                                               \
		struct program p = good();                 \
		struct elf_image image;                    \
		change;                                    \
		if (check(&p, &image) != -ENOEXEC) {       \
			printf("accepted: %s\n", #change); \
			exit(1);                           \
		}                                          \
	} while (0)

static void test_refused(void)
{
	REFUSED(p.header.e_ident[1] = 'X');
	REFUSED(p.header.e_ident[EI_CLASS] = 1);
	REFUSED(p.header.e_type = ET_REL);
	REFUSED(p.header.e_machine = EM_386);
	REFUSED(p.header.e_phentsize = 32);
	REFUSED(p.header.e_phnum = 0);
	REFUSED(p.header.e_phnum = 74); /* a page of them and one more */
	REFUSED(p.header.e_phnum = 0xffff);
	REFUSED(p.header.e_phoff = ~0UL - 8);
	REFUSED(p.header.e_entry = 0);
	REFUSED(p.header.e_entry = HIGH);
	REFUSED(p.header.e_entry = ~0UL);
	REFUSED(p.table[1].p_memsz = 0x100);
	REFUSED(p.table[2].p_memsz = ~0UL);
	REFUSED(p.table[2].p_memsz = HIGH);
	REFUSED(p.table[2].p_vaddr = HIGH + 0x10);
	REFUSED(p.table[2].p_vaddr = ~0UL - 0xfef);
	REFUSED(p.table[2].p_vaddr = 0xffffffff80000010UL);
	REFUSED(p.table[0].p_vaddr = 0);
	REFUSED(p.table[0].p_vaddr = LOW - 0x1000);
	REFUSED(p.table[2].p_offset = 0x3018);
	REFUSED(p.table[2].p_offset = ~0UL & ~0xfefUL);
	REFUSED(p.table[0].p_type = p.table[1].p_type = p.table[2].p_type = PT_NULL);
	REFUSED(p.table[3] = ((Elf64_Phdr){.p_type = PT_INTERP, .p_filesz = 1}));
	REFUSED(p.table[3] = ((Elf64_Phdr){.p_type = PT_INTERP, .p_filesz = 5000}));
	REFUSED(p.header.e_type = ET_DYN; p.table[2].p_vaddr = HIGH - BASE + 0x10);
}

/* What exec relies on without looking. */
static void check_image(const struct program *p, const struct elf_image *image)
{
	assert(image->start >= LOW && image->end <= HIGH && image->start < image->end);
	assert(image->entry >= LOW && image->entry < HIGH);
	assert(image->interpreter_size <= INTERPRETER_MAX);
	for (unsigned i = 0; i < p->header.e_phnum && i < COUNT; i++) {
		struct elf_segment s;

		if (!elf_segment(&p->table[i], image, &s))
			continue;
		assert(s.start % ELF_PAGE == 0 && s.end % ELF_PAGE == 0 &&
		       s.file_end % ELF_PAGE == 0);
		assert(s.start >= image->start && s.end <= image->end);
		assert(s.start <= s.file_end && s.file_end <= s.end && s.start < s.end);
		assert(s.zero_bytes < ELF_PAGE);
		assert(!s.zero_bytes ||
		       (s.zero_start >= s.start && s.zero_start + s.zero_bytes <= s.file_end));
		assert(s.file_page <= INT64_MAX / ELF_PAGE);
	}
}

static const uint64_t nasty[] = {
	0,    1,        7,         0xfff,          0x1000,    0x1001, LOW,          HIGH - 1,
	HIGH, HIGH + 1, 1UL << 47, INT64_MAX - 10, 1UL << 63, ~0UL,   ~0UL - 0xfff, 0x400000,
};

static void damage(struct program *p)
{
	unsigned char *bytes = (unsigned char *)p;

	for (unsigned n = random_below(4) + 1; n > 0; n--) {
		size_t at = random_below(sizeof(*p));
		uint64_t value = nasty[random_below(ARRAY_SIZE(nasty))];

		if (random_below(2)) {
			bytes[at] ^= 1 << random_below(8);
		} else {
			at = at / 8 * 8;
			memcpy(bytes + at, &value, sizeof(value));
		}
	}
}

static void test_damaged(void)
{
	unsigned accepted = 0;

	for (unsigned i = 0; i < 200000; i++) {
		struct program p = good();
		struct elf_image image;

		if (i & 1)
			p.header.e_type = ET_DYN;
		damage(&p);
		if (check(&p, &image) == 0) {
			check_image(&p, &image);
			accepted++;
		}
	}
	assert(accepted > 1000); /* most damage does not matter */
}

int main(void)
{
	random_start();
	test_good();
	test_refused();
	test_damaged();
	return 0;
}
