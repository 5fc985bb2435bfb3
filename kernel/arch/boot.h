/* SPDX-License-Identifier: MIT */
/* The first steps, before there is anything else: between boot/entry.asm, cpu.c and the loaders'
 * readers. */
#ifndef ARCH_BOOT_H
#define ARCH_BOOT_H

#include "arch/types.h"

#define MULTIBOOT2_MAGIC 0x36d76289

/* What the loader left in EAX and EBX; boot/entry.asm keeps them here. */
extern uint32_t boot_magic, boot_information;
/* The TSC when the kernel began. */
extern uint64_t boot_first_tick;

/* Output on COM1 and COM2 without interrupts, until dev/serial.c takes over. */
void early_serial_init(void);

/* Fill in boot_info from the loader's information, wherever in the first 4 GiB it lies. False: it
 * is not of that kind. The information's memory may be reused afterwards. */
bool multiboot2_read(paddr_t information);
bool pvh_read(paddr_t information);

#endif
