/* SPDX-License-Identifier: MIT */
/* Who handles which device interrupt. Handlers run with interrupts off and must not sleep. */
#ifndef DEV_INTERRUPTS_H
#define DEV_INTERRUPTS_H

/* Claims ISA interrupt `irq` for `handler` and unmasks it. Boot. */
void interrupt_register(unsigned irq, void (*handler)(void));
void interrupt_dispatch(unsigned irq);

#endif
