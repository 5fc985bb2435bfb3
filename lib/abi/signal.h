/* SPDX-License-Identifier: MIT */
/*
 * Signals of Linux x86-64: numbers, actions, siginfo, and the frame that the kernel builds on the
 * user stack before a handler runs and takes down in rt_sigreturn(2).
 *
 * Layouts: Linux arch/x86/include/uapi/asm/{signal,sigcontext,ucontext}.h and
 * include/uapi/asm-generic/siginfo.h. The kernel's signal set is 8 bytes wherever a system call
 * names it; libc's sigset_t is that same set.
 */
#ifndef LIB_ABI_SIGNAL_H
#define LIB_ABI_SIGNAL_H

#include "lib/abi/types.h"

#define SIGHUP    1
#define SIGINT    2
#define SIGQUIT   3
#define SIGILL    4
#define SIGTRAP   5
#define SIGABRT   6
#define SIGIOT    SIGABRT
#define SIGBUS    7
#define SIGFPE    8
#define SIGKILL   9
#define SIGUSR1   10
#define SIGSEGV   11
#define SIGUSR2   12
#define SIGPIPE   13
#define SIGALRM   14
#define SIGTERM   15
#define SIGSTKFLT 16
#define SIGCHLD   17
#define SIGCONT   18
#define SIGSTOP   19
#define SIGTSTP   20
#define SIGTTIN   21
#define SIGTTOU   22
#define SIGURG    23
#define SIGXCPU   24
#define SIGXFSZ   25
#define SIGVTALRM 26
#define SIGPROF   27
#define SIGWINCH  28
#define SIGIO     29
#define SIGPOLL   SIGIO
#define SIGPWR    30
#define SIGSYS    31

/* Real-time signals queue; all others are pending at most once. libc may keep some for itself. */
#define KERNEL_SIGRTMIN 32
#define KERNEL_SIGRTMAX 64

/* One more than the largest signal number. */
#define NSIG  65
#define _NSIG NSIG

/* Signal n is bit n-1. */
typedef uint64_t kernel_sigset_t;

#define SIGSET_BIT(signal) (UINT64_C(1) << ((signal)-1))

#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

#define SA_NOCLDSTOP   0x00000001
#define SA_NOCLDWAIT   0x00000002
#define SA_SIGINFO     0x00000004
#define SA_UNSUPPORTED 0x00000400
#define SA_RESTORER    0x04000000
#define SA_ONSTACK     0x08000000
#define SA_RESTART     0x10000000
#define SA_NODEFER     0x40000000
#define SA_RESETHAND   0x80000000U

/* What rt_sigaction(2) takes; handler and restorer are user addresses. */
struct kernel_sigaction {
	uintptr_t handler;
	unsigned long flags;
	uintptr_t restorer; /* where the handler returns to: calls rt_sigreturn */
	kernel_sigset_t mask;
};

/* Special values of kernel_sigaction.handler. */
#define KERNEL_SIG_DFL 0UL
#define KERNEL_SIG_IGN 1UL

union sigval {
	int sival_int;
	void *sival_ptr;
};

/* Which members mean something depends on si_signo and si_code. */
typedef struct siginfo {
	int si_signo;
	int si_errno;
	int si_code;
	int si_padding;
	union {
		struct {
			union {
				struct { /* kill, sigqueue, SIGCHLD */
					pid_t si_pid;
					uid_t si_uid;
				};
				struct { /* timers */
					int si_timerid;
					int si_overrun;
				};
				void *si_addr; /* SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP */
				long si_band;  /* SIGPOLL */
			};
			union {
				struct { /* SIGCHLD */
					int si_status;
					clock_t si_utime;
					clock_t si_stime;
				};
				union sigval si_value; /* sigqueue, timers */
				short si_addr_lsb;
				int si_fd;
			};
		};
		char si_reserved[112];
	};
} siginfo_t;

/* How somebody is to be told of something: mq_notify(2). */
#define SIGEV_SIGNAL 0
#define SIGEV_NONE   1
#define SIGEV_THREAD 2 /* libc's: the kernel knows no functions */

struct sigevent {
	union sigval sigev_value;
	int sigev_signo;
	int sigev_notify;
	union {
		char sigev_reserved[48];
		struct {
			void (*sigev_notify_function)(union sigval);
			void *sigev_notify_attributes;
		};
	};
};

_Static_assert(sizeof(struct sigevent) == 64, "struct sigevent");

#define si_int si_value.sival_int
#define si_ptr si_value.sival_ptr

/* si_code: who sent it. Positive values come from the kernel. */
#define SI_USER    0
#define SI_KERNEL  0x80
#define SI_QUEUE   (-1)
#define SI_TIMER   (-2)
#define SI_MESGQ   (-3)
#define SI_ASYNCIO (-4)
#define SI_TKILL   (-6)

#define ILL_ILLOPC 1
#define ILL_ILLOPN 2
#define ILL_ILLADR 3
#define ILL_ILLTRP 4
#define ILL_PRVOPC 5
#define ILL_PRVREG 6
#define ILL_COPROC 7
#define ILL_BADSTK 8

#define FPE_INTDIV 1
#define FPE_INTOVF 2
#define FPE_FLTDIV 3
#define FPE_FLTOVF 4
#define FPE_FLTUND 5
#define FPE_FLTRES 6
#define FPE_FLTINV 7
#define FPE_FLTSUB 8

#define SEGV_MAPERR 1 /* nothing is mapped there */
#define SEGV_ACCERR 2 /* the mapping does not allow that access */

#define BUS_ADRALN 1
#define BUS_ADRERR 2
#define BUS_OBJERR 3

#define TRAP_BRKPT 1
#define TRAP_TRACE 2

#define CLD_EXITED    1
#define CLD_KILLED    2
#define CLD_DUMPED    3
#define CLD_TRAPPED   4
#define CLD_STOPPED   5
#define CLD_CONTINUED 6

/* An alternate signal stack, sigaltstack(2). */
typedef struct {
	void *ss_sp;
	int ss_flags;
	size_t ss_size;
} stack_t;

#define SS_ONSTACK    1
#define SS_DISABLE    2
#define SS_AUTODISARM 0x80000000U
#define MINSIGSTKSZ   2048
#define SIGSTKSZ      8192

/*
 * x87 and SSE state in FXSAVE's layout (Intel SDM volume 1, 10.5.1). The last 48 bytes are free
 * for software: there the kernel says whether an XSAVE area with more state follows.
 */
struct fpstate_software {
	uint32_t magic1;        /* FP_XSTATE_MAGIC1, or there is no extended state */
	uint32_t extended_size; /* of the whole area, the closing magic2 included */
	uint64_t xfeatures;
	uint32_t xstate_size; /* of the XSAVE area: FXSAVE part, header, extended state */
	uint32_t reserved[7];
};

struct fpstate {
	uint16_t cwd;
	uint16_t swd;
	uint16_t ftw;
	uint16_t fop;
	uint64_t rip;
	uint64_t rdp;
	uint32_t mxcsr;
	uint32_t mxcr_mask;
	uint32_t st[8][4];
	uint32_t xmm[16][4];
	uint32_t reserved[12];
	struct fpstate_software sw_reserved;
};

#define FP_XSTATE_MAGIC1      0x46505853U
#define FP_XSTATE_MAGIC2      0x46505845U
#define FP_XSTATE_MAGIC2_SIZE 4

/* The 64 bytes after the FXSAVE part of an XSAVE area. */
struct xstate_header {
	uint64_t xfeatures;
	uint64_t xcomp_bv;
	uint64_t reserved[6];
};

/* Indices into mcontext_t.gregs. */
enum {
	REG_R8,
	REG_R9,
	REG_R10,
	REG_R11,
	REG_R12,
	REG_R13,
	REG_R14,
	REG_R15,
	REG_RDI,
	REG_RSI,
	REG_RBP,
	REG_RBX,
	REG_RDX,
	REG_RAX,
	REG_RCX,
	REG_RSP,
	REG_RIP,
	REG_EFL,
	REG_CSGSFS, /* from the lowest: CS, GS, FS, SS, 16 bits each */
	REG_ERR,
	REG_TRAPNO,
	REG_OLDMASK,
	REG_CR2,
	NGREG,
};

typedef long long greg_t;
typedef greg_t gregset_t[NGREG];
typedef struct fpstate *fpregset_t;

typedef struct {
	gregset_t gregs;
	fpregset_t
		fpregs; /* user address of the saved state, or NULL; 64-byte aligned with XSAVE */
	uint64_t reserved[8];
} mcontext_t;

typedef struct ucontext {
	unsigned long uc_flags;
	struct ucontext *uc_link;
	stack_t uc_stack;
	mcontext_t uc_mcontext;
	kernel_sigset_t uc_sigmask;
} ucontext_t;

/* ucontext_t.uc_flags */
#define UC_FP_XSTATE         0x1
#define UC_SIGCONTEXT_SS     0x2
#define UC_STRICT_RESTORE_SS 0x4

/*
 * The frame of a signal handler, from RSP at its first instruction (RSP + 8 is 16-byte aligned,
 * as after a call); RDI holds the signal, RSI the address of `info`, RDX that of `uc`. Below the
 * frame is the handler's, above it lies the floating-point state.
 */
struct rt_sigframe {
	uintptr_t pretcode; /* the handler's return address: the restorer */
	ucontext_t uc;
	siginfo_t info;
};

_Static_assert(sizeof(struct kernel_sigaction) == 32, "struct kernel_sigaction");
_Static_assert(sizeof(siginfo_t) == 128, "siginfo_t");
_Static_assert(offsetof(siginfo_t, si_pid) == 16, "siginfo_t");
_Static_assert(offsetof(siginfo_t, si_uid) == 20, "siginfo_t");
_Static_assert(offsetof(siginfo_t, si_addr) == 16, "siginfo_t");
_Static_assert(offsetof(siginfo_t, si_status) == 24, "siginfo_t");
_Static_assert(offsetof(siginfo_t, si_value) == 24, "siginfo_t");
_Static_assert(offsetof(siginfo_t, si_utime) == 32, "siginfo_t");
_Static_assert(sizeof(stack_t) == 24, "stack_t");
_Static_assert(sizeof(struct fpstate_software) == 48, "struct fpstate_software");
_Static_assert(sizeof(struct fpstate) == 512, "struct fpstate");
_Static_assert(offsetof(struct fpstate, mxcsr) == 24, "struct fpstate");
_Static_assert(offsetof(struct fpstate, sw_reserved) == 464, "struct fpstate");
_Static_assert(sizeof(struct xstate_header) == 64, "struct xstate_header");
_Static_assert(sizeof(mcontext_t) == 256, "mcontext_t");
_Static_assert(offsetof(mcontext_t, fpregs) == 184, "mcontext_t");
_Static_assert(sizeof(ucontext_t) == 304, "ucontext_t");
_Static_assert(offsetof(ucontext_t, uc_mcontext) == 40, "ucontext_t");
_Static_assert(offsetof(ucontext_t, uc_sigmask) == 296, "ucontext_t");
_Static_assert(offsetof(struct rt_sigframe, info) == 312, "struct rt_sigframe");

#endif
