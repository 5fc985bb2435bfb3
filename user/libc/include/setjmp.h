/* SPDX-License-Identifier: MIT */
/* Jumps out of functions: ../setjmp.asm. */
#ifndef LIBC_SETJMP_H
#define LIBC_SETJMP_H

#include "lib/abi/signal.h"

/* RBX, RBP, R12 to R15, RSP, RIP; then, for sigsetjmp(), whether a mask was saved, and which. */
typedef struct {
	unsigned long registers[8];
	unsigned long mask_saved;
	kernel_sigset_t mask;
} jmp_buf[1];
typedef jmp_buf sigjmp_buf;

int setjmp(jmp_buf environment) __attribute__((returns_twice));
void longjmp(jmp_buf environment, int value) __attribute__((noreturn));
int _setjmp(jmp_buf environment) __attribute__((returns_twice));
void _longjmp(jmp_buf environment, int value) __attribute__((noreturn));
int sigsetjmp(sigjmp_buf environment, int save_mask) __attribute__((returns_twice));
void siglongjmp(sigjmp_buf environment, int value) __attribute__((noreturn));

#endif
