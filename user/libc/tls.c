/* SPDX-License-Identifier: MIT */
/*
 * Thread-local storage. See thread.h for the picture.
 *
 * The initial image is the program's PT_TLS segment, which the program headers describe; the
 * kernel tells their address in the auxiliary vector.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/abi/elf.h"
#include "lib/abi/prctl.h"
#include "lib/util.h"
#include "syscall.h"
#include "thread.h"

/* Written once by tls_init(), before there is a second thread. */
static struct {
	const void *image;
	size_t image_size; /* the rest, up to size, is zero */
	size_t size;       /* from the image's beginning to FS, as the linker counted */
	size_t alignment;  /* of FS */
} tls = {.alignment = _Alignof(max_align_t)};

struct thread_block *libc_first_thread;
bool libc_threaded;

static void find_image(void)
{
	const Elf64_Phdr *header = (const Elf64_Phdr *)getauxval(AT_PHDR);
	size_t count = getauxval(AT_PHNUM);
	uintptr_t base = 0; /* where a position-independent program was loaded */

	for (size_t i = 0; i < count; i++) {
		if (header[i].p_type == PT_PHDR)
			base = (uintptr_t)header - header[i].p_vaddr;
	}
	for (size_t i = 0; i < count; i++) {
		if (header[i].p_type != PT_TLS)
			continue;
		tls.image = (const void *)(base + header[i].p_vaddr);
		tls.image_size = header[i].p_filesz;
		tls.alignment = MAX(tls.alignment, header[i].p_align);
		tls.size = ALIGN_UP(header[i].p_memsz, header[i].p_align);
	}
}

size_t tls_block_size(void)
{
	return ALIGN_UP(tls.size, tls.alignment) + sizeof(struct thread_block);
}

size_t tls_block_alignment(void)
{
	return tls.alignment;
}

struct thread_block *tls_create_block(void *memory)
{
	char *end = (char *)memory + ALIGN_UP(tls.size, tls.alignment);
	struct thread_block *block = (struct thread_block *)end;

	memset(memory, 0, tls_block_size());
	memcpy(end - tls.size, tls.image, tls.image_size);
	block->self = block;
	return block;
}

void tls_init(void)
{
	struct thread_block *block;
	size_t size;
	long memory;

	find_image();
	size = tls_block_size() + tls.alignment;
	memory = sys_raw(mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);
	if (memory < 0)
		_exit(127);
	block = tls_create_block((void *)ALIGN_UP(memory, (long)tls.alignment));
	if (sys_raw(arch_prctl, ARCH_SET_FS, block) < 0)
		_exit(127);
	block->id = 1;
	block->tid = (unsigned int)sys_raw(set_tid_address, &block->tid);
	libc_first_thread = block;
}

int *__errno_location(void)
{
	return &thread_self()->error;
}

long libc_syscall_result(long raw)
{
	if ((unsigned long)raw >= -(unsigned long)MAX_ERRNO) {
		errno = (int)-raw;
		return -1;
	}
	return raw;
}
