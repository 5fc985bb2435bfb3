/* SPDX-License-Identifier: MIT */
/*
 * The three kinds of address and the page size. A physical address is never dereferenced, a user
 * address never without a copy through mm/uaccess.h: the wrapper makes the compiler say so.
 */
#ifndef ARCH_TYPES_H
#define ARCH_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096UL
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#define MAX_CPUS 64

typedef uint64_t paddr_t;
typedef uintptr_t vaddr_t;

typedef struct {
	uint64_t raw;
} user_addr_t;

static inline user_addr_t user_addr(uint64_t raw)
{
	return (user_addr_t){raw};
}

static inline user_addr_t user_addr_add(user_addr_t address, uint64_t bytes)
{
	return (user_addr_t){address.raw + bytes};
}

/* A set of CPUs, one bit each; what several CPUs change is _Atomic(cpumask_t). */
typedef uint64_t cpumask_t;

#define must_check __attribute__((warn_unused_result))

#endif
