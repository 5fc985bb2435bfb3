/* SPDX-License-Identifier: MIT */
/*
 * What arch calls upward. All of it is defined in one place, kernel/upcall.c, at the top of the
 * house. Contexts: unless said otherwise the kernel stack of the current thread, interrupts off on
 * entry.
 */
#ifndef ARCH_UPCALL_H
#define ARCH_UPCALL_H

#include "arch/trap.h"
#include "arch/types.h"

/* The first C code above arch, on the boot CPU: boot_info is filled, interrupts are off.
 * (kernel/main.c) */
_Noreturn void kernel_main(void);

/* A `syscall` instruction. Interrupts on. Number in orig_rax, arguments in rdi rsi rdx r10 r8 r9;
 * returns the result, for RAX. */
long upcall_syscall(struct trap_frame *frame);

/* A page fault, with interrupts as they were where it happened. `address` is CR2. Returns when the
 * access can be tried again (or, for the kernel, after moving frame->rip to its fix-up); a user's
 * unservable fault has become a pending signal by then; a kernel's panics. Either way of the
 * interrupt flag on return. */
void upcall_page_fault(struct trap_frame *frame, vaddr_t address);

/* Any other exception but NMI, double fault and machine check, frame->vector says which and
 * orig_rax is the error code. Interrupts as they were where it happened; either way on return.
 * Also what the CPU makes of a user frame that iret refuses: general protection, from user mode. */
void upcall_exception(struct trap_frame *frame);

/* This CPU's one-shot timer went off; perhaps before the armed deadline when that was far: arm
 * again. */
void upcall_timer(struct trap_frame *frame);

/* An interrupt of the I/O APIC, by its global interrupt number (ISA numbers: 4 is COM1). */
void upcall_device_irq(unsigned irq);

/* Another CPU asked this one to reschedule. */
void upcall_ipi_reschedule(void);

/* A non-maskable interrupt from outside (the monitor's; those of smp_stop_others() stay in arch),
 * on every CPU at once, on its own IST stack, interrupts off: must not take a lock. panic_trap()
 * lets one CPU through and parks the others. */
void upcall_nmi(struct trap_frame *frame);

/* The last thing before a return to user mode with thread->work set: interrupts off on entry and on
 * return. Delivers signals, ends the thread if its process dies, reschedules; loops until there is
 * nothing to do. The whole frame goes back after it. */
void upcall_return_to_user(struct trap_frame *frame);

/* Checked builds: panics when the kernel is about to return to user mode with a lock held.
 * Interrupts off. */
void upcall_check_return(void);

/* At the end of an interrupt or exception taken in the kernel: reschedules if that is due and
 * allowed (preemption on, interrupts were on). Interrupts off on entry and on return. */
void upcall_return_to_kernel(struct trap_frame *frame);

/* The first code of a new thread, called by thread_entry in switch.asm on the new stack; interrupts
 * off, the run queue's lock held. Finishes the switch and runs the thread's function. Returns only
 * for a thread that goes on to user mode through the frame at the top of its stack. */
void upcall_thread_start(void);

/* The body of panic_at() (base/assert.h): the registers are in this CPU's `kept`. */
_Noreturn void upcall_panic(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The first C code of a further CPU, on its idle thread's stack, interrupts off. Never returns. */
_Noreturn void upcall_cpu_start(void);

#endif
