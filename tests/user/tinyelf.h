/* SPDX-License-Identifier: MIT */
/*
 * A good executable of half a kilobyte, made in memory, for the tests that spoil one: a text
 * segment, a data segment with a BSS tail, and a stack header. It exits with 42 when its data
 * arrived and its BSS is zero, with 1 otherwise.
 */
#ifndef TESTS_USER_TINYELF_H
#define TESTS_USER_TINYELF_H

#include "check.h"

#include <elf.h>

#define TINY_BASE   0x400000UL
#define TINY_CODE   0xe8  /* file offset of the code: behind the headers */
#define TINY_DATA   0x200 /* file offset of the data */
#define TINY_SIZE   0x210
#define TINY_STATUS 42
#define TINY_PHDRS  3

struct tiny {
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr[TINY_PHDRS];
	unsigned char code[TINY_DATA - TINY_CODE];
	unsigned char data[TINY_SIZE - TINY_DATA];
};

static const unsigned char tiny_code[] = {
	0x8b, 0x04,        0x25, 0x00, 0x12, 0x40, 0x00, /* mov eax, [0x401200]: the data */
	0x3d, 0x34,        0x12, 0x00, 0x00,             /* cmp eax, 0x1234 */
	0x75, 0x17,                                      /* jne bad */
	0x8b, 0x04,        0x25, 0x00, 0x20, 0x40, 0x00, /* mov eax, [0x402000]: the BSS */
	0x85, 0xc0,                                      /* test eax, eax */
	0x75, 0x0c,                                      /* jne bad */
	0xbf, TINY_STATUS, 0x00, 0x00, 0x00,             /* mov edi, 42 */
	0xb8, 0x3c,        0x00, 0x00, 0x00,             /* mov eax, 60: exit */
	0x0f, 0x05,                                      /* syscall */
	0xbf, 0x01,        0x00, 0x00, 0x00,             /* bad: mov edi, 1 */
	0xb8, 0x3c,        0x00, 0x00, 0x00,             /* mov eax, 60 */
	0x0f, 0x05,                                      /* syscall */
	0x0f, 0x0b,                                      /* ud2 */
};

static inline void tiny_make(struct tiny *t)
{
	memset(t, 0, sizeof(*t));
	memcpy(t->ehdr.e_ident, "\177ELF\2\1\1", 7);
	t->ehdr.e_type = ET_EXEC;
	t->ehdr.e_machine = EM_X86_64;
	t->ehdr.e_version = 1;
	t->ehdr.e_entry = TINY_BASE + TINY_CODE;
	t->ehdr.e_phoff = sizeof(Elf64_Ehdr);
	t->ehdr.e_ehsize = sizeof(Elf64_Ehdr);
	t->ehdr.e_phentsize = sizeof(Elf64_Phdr);
	t->ehdr.e_phnum = TINY_PHDRS;
	t->phdr[0] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_vaddr = TINY_BASE,
		.p_paddr = TINY_BASE,
		.p_filesz = TINY_DATA,
		.p_memsz = TINY_DATA,
		.p_align = CHECK_PAGE,
	};
	t->phdr[1] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W,
		.p_offset = TINY_DATA,
		.p_vaddr = TINY_BASE + CHECK_PAGE + TINY_DATA,
		.p_paddr = TINY_BASE + CHECK_PAGE + TINY_DATA,
		.p_filesz = TINY_SIZE - TINY_DATA,
		.p_memsz = 2 * CHECK_PAGE,
		.p_align = CHECK_PAGE,
	};
	t->phdr[2] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W, .p_align = 16};
	memcpy(t->code, tiny_code, sizeof(tiny_code));
	t->data[0] = 0x34;
	t->data[1] = 0x12;
}

/* Writes a file anew; returns 0 or -1. */
static inline int tiny_write(const char *path, const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, bytes, size);
	close(fd);
	return n == (ssize_t)size ? 0 : -1;
}

/*
 * Runs a file in a vforked child, for at most so many milliseconds on a host of whatever speed.
 * Returns its wait status or CHECK_TIMEOUT; *error is the errno of
 * the exec that failed (the status then says exit 120), or 0.
 */
#define TINY_EXEC_FAILED 120
static inline int tiny_run(const char *path, int limit_ms, int *error)
{
	static volatile int failed;
	char *argv[] = {(char *)path, NULL}, *envp[] = {NULL};
	pid_t pid;

	failed = 0;
	pid = vfork();
	if (pid == 0) {
		execve(path, argv, envp);
		failed = errno;
		_exit(TINY_EXEC_FAILED);
	}
	*error = pid < 0 ? errno : failed;
	return pid < 0 ? CHECK_TIMEOUT : check_wait_exactly(pid, limit_ms);
}

#endif
