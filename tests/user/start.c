/* SPDX-License-Identifier: MIT */
/*
 * What a program finds at its first instruction: registers, flags, the stack with arguments,
 * environment and auxiliary vector. The program is made in memory (tinyelf.h) without any library,
 * sends its registers and what lies above them on its stack through standard output, word by word,
 * and exits; once at its fixed address and once as a position-independent executable.
 */
#include "tinyelf.h"

#include <sys/auxv.h>

/* What the code below sends, lowest address first. */
struct start {
	uint64_t flags, cs, ss, fs, gs, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx,
		rcx, rbx, rax;
	/* where RSP pointed at first */
	uint64_t argc;
	uint64_t above[199];
};

static const unsigned char code[] = {
	0x50, 0x53, 0x51, 0x52, 0x56, 0x57, 0x55,       /* push rax, rbx, rcx, rdx, rsi, rdi, rbp */
	0x41, 0x50, 0x41, 0x51, 0x41, 0x52, 0x41, 0x53, /* push r8, r9, r10, r11 */
	0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57, /* push r12, r13, r14, r15 */
	0x8c, 0xe8, 0x50,                               /* mov eax, gs; push rax */
	0x8c, 0xe0, 0x50,                               /* mov eax, fs; push rax */
	0x8c, 0xd0, 0x50,                               /* mov eax, ss; push rax */
	0x8c, 0xc8, 0x50,                               /* mov eax, cs; push rax */
	0x9c,                                           /* pushfq */
	0x48, 0x89, 0xe6,                               /* mov rsi, rsp */
	0xbb, 220,  0x00, 0x00, 0x00,                   /* mov ebx, 220: words of struct start */
	0xbf, 0x01, 0x00, 0x00, 0x00,                   /* next: mov edi, 1 */
	0xba, 0x08, 0x00, 0x00, 0x00,                   /* mov edx, 8 */
	0xb8, 0x01, 0x00, 0x00, 0x00,                   /* mov eax, 1: write */
	0x0f, 0x05,                                     /* syscall; fails where the stack ends */
	0x83, 0xf8, 0x08,                               /* cmp eax, 8 */
	0x75, 0x08,                                     /* jne done */
	0x48, 0x83, 0xc6, 0x08,                         /* add rsi, 8 */
	0xff, 0xcb,                                     /* dec ebx */
	0x75, 0xe2,                                     /* jnz next */
	0xbf, 0x07, 0x00, 0x00, 0x00,                   /* done: mov edi, 7 */
	0xb8, 0x3c, 0x00, 0x00, 0x00,                   /* mov eax, 60: exit */
	0x0f, 0x05,                                     /* syscall */
};

/* Runs the image with two arguments and one variable; returns how much it sent. */
static int run_image(const struct tiny *t, struct start *start)
{
	char *argv[] = {(char *)"zero", (char *)"one", (char *)"two", NULL};
	char *envp[] = {(char *)"NAME=value", NULL};
	int fds[2], n = 0, got;
	pid_t pid;

	CHECK_EQ(tiny_write("./start.file", t, sizeof(*t)), 0);
	CHECK_OK(pipe(fds));
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], 1);
		close(fds[0]);
		close(fds[1]);
		execve("./start.file", argv, envp);
		_exit(120);
	}
	close(fds[1]);
	memset(start, 0, sizeof(*start));
	while (n < (int)sizeof(*start) &&
	       (got = read(fds[0], (char *)start + n, sizeof(*start) - n)) > 0)
		n += got;
	close(fds[0]);
	CHECK_EXITED(check_wait(pid, 5000), 7);
	unlink("./start.file");
	return n;
}

static void make_image(struct tiny *t)
{
	tiny_make(t);
	memcpy(t->code, code, sizeof(code));
}

static void registers(void)
{
	struct start s;
	struct tiny t;

	make_image(&t);
	CHECK(run_image(&t, &s) > 168);
	CHECK_EQ(s.flags, 0x202);
	CHECK_EQ(s.cs, 0x33);
	CHECK_EQ(s.ss, 0x2b);
	CHECK_EQ(s.fs, 0);
	CHECK_EQ(s.gs, 0);
	CHECK_EQ(s.rax | s.rbx | s.rcx | s.rdx | s.rsi | s.rdi | s.rbp, 0);
	CHECK_EQ(s.r8 | s.r9 | s.r10 | s.r11 | s.r12 | s.r13 | s.r14 | s.r15, 0);
}

/* The auxiliary vector's value for a type; counts how often it is there. */
static uint64_t aux_value(const uint64_t *aux, const uint64_t *end, uint64_t type, int *count)
{
	uint64_t value = 0;

	*count = 0;
	for (; aux + 1 < end && aux[0] != AT_NULL; aux += 2)
		if (aux[0] == type) {
			value = aux[1];
			++*count;
		}
	return value;
}

static void check_aux(const uint64_t *aux, const uint64_t *end, uint64_t type, uint64_t expected)
{
	int count;
	uint64_t value = aux_value(aux, end, type, &count);

	if (count != 1 || value != expected)
		check_fail(__FILE__, __LINE__, "AT %llu: expected once 0x%llx, got 0x%llx %d times",
			   (unsigned long long)type, (unsigned long long)expected,
			   (unsigned long long)value, count);
}

/* The stack of the sender, from argc upwards, is in s->argc and s->above. */
static const uint64_t *check_stack(const struct start *s)
{
	const uint64_t *argv = s->above, *envp = argv + 4;

	CHECK_EQ(s->argc, 3);
	CHECK(argv[0] && argv[1] == argv[0] + 5 && argv[2] == argv[1] + 4);
	CHECK_EQ(argv[3], 0);
	CHECK(envp[0] == argv[2] + 4);
	CHECK_EQ(envp[1], 0);
	return envp + 2;
}

static void stack(void)
{
	const uint64_t *aux, *end;
	struct start s;
	struct tiny t;
	int count;

	make_image(&t);
	CHECK(run_image(&t, &s) > 500);
	end = s.above + COUNT(s.above);
	aux = check_stack(&s);
	check_aux(aux, end, AT_PHDR, TINY_BASE + sizeof(Elf64_Ehdr));
	check_aux(aux, end, AT_PHENT, sizeof(Elf64_Phdr));
	check_aux(aux, end, AT_PHNUM, TINY_PHDRS);
	check_aux(aux, end, AT_PAGESZ, CHECK_PAGE);
	check_aux(aux, end, AT_ENTRY, TINY_BASE + TINY_CODE);
	check_aux(aux, end, AT_UID, 0);
	check_aux(aux, end, AT_EUID, 0);
	check_aux(aux, end, AT_GID, 0);
	check_aux(aux, end, AT_EGID, 0);
	check_aux(aux, end, AT_SECURE, 0);
	check_aux(aux, end, AT_CLKTCK, 100);
	CHECK(aux_value(aux, end, AT_RANDOM, &count) != 0 && count == 1);
	CHECK(aux_value(aux, end, AT_EXECFN, &count) != 0 && count == 1);
}

/* The same code, linked at 0: the kernel finds a place for it, page aligned, and tells where. */
static void position_independent(void)
{
	const uint64_t *aux, *end;
	struct start s;
	struct tiny t;
	uint64_t entry;
	int count;

	make_image(&t);
	t.ehdr.e_type = ET_DYN;
	t.ehdr.e_entry -= TINY_BASE;
	t.phdr[0].p_vaddr -= TINY_BASE;
	t.phdr[1].p_vaddr -= TINY_BASE;
	CHECK(run_image(&t, &s) > 500);
	end = s.above + COUNT(s.above);
	aux = check_stack(&s);
	entry = aux_value(aux, end, AT_ENTRY, &count);
	CHECK(entry >= 0x10000 && entry < 0x7ffffffff000);
	CHECK_EQ(entry % CHECK_PAGE, TINY_CODE);
	check_aux(aux, end, AT_PHDR, entry - TINY_CODE + sizeof(Elf64_Ehdr));
	CHECK_EQ(s.flags, 0x202);
	CHECK_EQ(s.rax | s.rbx | s.rcx | s.rdx | s.rsi | s.rdi | s.rbp, 0);
}

/* RSP is a multiple of 16 whatever the arguments' sizes and count: the image says so itself. */
static void alignment(void)
{
	/* test spl, 15; mov edi, 0; setne dil; mov eax, 60; syscall */
	static const unsigned char check_code[] = {0x40, 0xf6, 0xc4, 0x0f, 0xbf, 0,    0,
						   0,    0,    0x40, 0x0f, 0x95, 0xc7, 0xb8,
						   0x3c, 0x00, 0,    0,    0x0f, 0x05};
	char *argv[10], *envp[10];
	struct tiny t;

	tiny_make(&t);
	memcpy(t.code, check_code, sizeof(check_code));
	CHECK_EQ(tiny_write("./start.file", &t, sizeof(t)), 0);
	for (int i = 0; i < 24; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			for (int j = 0; j < 9; j++)
				argv[j] = envp[j] = (char *)&"abcdefghijkl"[i % 12];
			argv[1 + i % 8] = NULL;
			envp[i / 3] = NULL;
			execve("./start.file", argv, envp);
			_exit(120);
		}
		CHECK_EXITED(check_wait(pid, 5000), 0);
	}
	unlink("./start.file");
}

/* An executable's BSS is zero up to the end of its last page, and its data arrived. */
static void data_and_bss(void)
{
	struct tiny t;
	int error;

	tiny_make(&t);
	CHECK_EQ(tiny_write("./start.file", &t, sizeof(t)), 0);
	CHECK_EXITED(tiny_run("./start.file", 60000, &error), TINY_STATUS);
	CHECK_EQ(error, 0);
	unlink("./start.file");
}

static const struct check_case cases[] = {
	CASE(registers), CASE(stack),        CASE(position_independent),
	CASE(alignment), CASE(data_and_bss),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
