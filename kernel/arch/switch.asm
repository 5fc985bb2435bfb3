; SPDX-License-Identifier: MIT
;
; The context switch. A thread that is not running is its kernel stack: all that must survive lies
; there, and struct arch_context holds only where. What C may change across a call (the caller-saved
; registers) the compiler has saved already if it needs it; that leaves six registers.
;
;     stack of the thread that leaves          stack of the thread that comes
;
;     │ …                        │             │ …                        │
;     │ frames of schedule() …   │             │ frames of schedule() …   │
;     ├──────────────────────────┤             ├──────────────────────────┤
;     │ return address           │             │ return address           │ ◄─ 4. ret: and we are
;     │ rbp                      │             │ rbp                      │      in its schedule()
;     │ rbx                      │             │ rbx                      │
;     │ r12                      │             │ r12                      │ ▲
;     │ r13                      │ │           │ r13                      │ │ 3. pop
;     │ r14                      │ │ 1. push   │ r14                      │ │
;     │ r15                      │ ▼           │ r15                      │ │
;     └──────────────────────────┘             └──────────────────────────┘
;       ▲                                        ▲
;       save->rsp  ◄──────────────── rsp ◄────── load->rsp
;                              2. the whole secret
;
; A new thread has never been in schedule(). context_init() (context.c) writes a stack for it that
; looks as if: zeros for the six registers, and thread_entry as the return address.

extern upcall_thread_start
extern return_to_user

section .text

; void switch_context(struct arch_context *save, struct arch_context *load)
; Interrupts off, run queue lock held. The page table, FPU and `current` are the scheduler's
; business.
global switch_context
align 16
switch_context:
	push rbp
	push rbx
	push r12
	push r13
	push r14
	push r15
	mov [rdi], rsp
	mov rsp, [rsi]
	pop r15
	pop r14
	pop r13
	pop r12
	pop rbx
	pop rbp
	ret

; Where the first switch to a thread "returns" to. RSP is at its trap frame, rbp is 0 (ends
; backtraces). upcall_thread_start() returns only in a thread that goes on in user mode.
global thread_entry
align 16
thread_entry:
	call upcall_thread_start
global thread_entry_return
thread_entry_return:
	cli
	jmp return_to_user
