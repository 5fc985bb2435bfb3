/* SPDX-License-Identifier: MIT */
/* Ending the machine. None returns. */
#ifndef ARCH_POWER_H
#define ARCH_POWER_H

/* What QEMU's isa-debug-exit gets: the host sees (code << 1) | 1. */
enum machine_end { END_POWER_OFF = 0x10, END_PANIC = 0x11, END_HALT = 0x12 };

_Noreturn void machine_end(enum machine_end how);
_Noreturn void machine_reset(void);

#endif
