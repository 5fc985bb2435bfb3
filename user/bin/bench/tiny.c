/* SPDX-License-Identifier: MIT */
/*
 * The smallest program that can be started: one page, no C library. What fork, exec and wait cost
 * with it is what the kernel costs.
 */
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define BASE 0x400000UL

/* clang-format off */
static const unsigned char code[] = {
	0x48, 0x8b, 0x74, 0x24, 0x10,       /* mov rsi, [rsp + 16]: argv[1] */
	0x80, 0x3e, 0x00,                   /* cmp byte [rsi], 0 */
	0x74, 0x18,                         /* je done */
	0x48, 0xff, 0x44, 0x24, 0x10,       /* inc qword [rsp + 16] */
	0x48, 0x8b, 0x7c, 0x24, 0x08,       /* mov rdi, [rsp + 8]: argv[0] */
	0x48, 0x8d, 0x74, 0x24, 0x08,       /* lea rsi, [rsp + 8]: argv */
	0x31, 0xd2,                         /* xor edx, edx: no environment */
	0xb8, 0x3b, 0x00, 0x00, 0x00,       /* mov eax, 59: execve */
	0x0f, 0x05,                         /* syscall */
	0xb8, 0x3c, 0x00, 0x00, 0x00,       /* done: mov eax, 60: exit; 34: pause */
	0x31, 0xff,                         /* xor edi, edi */
	0x0f, 0x05,                         /* syscall */
};
/* clang-format on */
#define DONE_NUMBER 35 /* offset of the number of the last call */
#define NR_PAUSE    34

struct program {
	Elf64_Ehdr header;
	Elf64_Phdr segment[2];
	unsigned char code[sizeof(code)];
};

static void make(struct program *p, bool sleeper)
{
	memset(p, 0, sizeof(*p));
	memcpy(p->header.e_ident, "\177ELF\2\1\1", 7);
	p->header.e_type = ET_EXEC;
	p->header.e_machine = EM_X86_64;
	p->header.e_version = EV_CURRENT;
	p->header.e_entry = BASE + offsetof(struct program, code);
	p->header.e_phoff = offsetof(struct program, segment);
	p->header.e_ehsize = sizeof(Elf64_Ehdr);
	p->header.e_phentsize = sizeof(Elf64_Phdr);
	p->header.e_phnum = 2;
	p->segment[0] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_vaddr = BASE,
		.p_filesz = sizeof(*p),
		.p_memsz = sizeof(*p),
		.p_align = PAGE,
	};
	p->segment[1] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W, .p_align = 16};
	memcpy(p->code, code, sizeof(code));
	if (sleeper)
		p->code[DONE_NUMBER] = NR_PAUSE;
}

const char *tiny_program(bool sleeper)
{
	const char *path = sleeper ? "/tmp/bench.sleeper" : "/tmp/bench.tiny";
	struct program program;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	make(&program, sleeper);
	if (fd < 0 || write(fd, &program, sizeof(program)) != sizeof(program) || close(fd))
		die(path);
	return path;
}
