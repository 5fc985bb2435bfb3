/* SPDX-License-Identifier: MIT */
/* Wait statuses and wait4/waitid options of Linux. */
#ifndef LIB_ABI_WAIT_H
#define LIB_ABI_WAIT_H

#define WNOHANG    1
#define WUNTRACED  2
#define WSTOPPED   2
#define WEXITED    4
#define WCONTINUED 8
#define WNOWAIT    0x01000000

/* waitid(2): which children */
#define P_ALL  0
#define P_PID  1
#define P_PGID 2

/*
 * A wait status:  exited   code << 8
 *                 killed   signal, with 0x80 when core was dumped
 *                 stopped  signal << 8 | 0x7f
 *                 continued  0xffff
 */
#define WAIT_STATUS_EXITED(code)     (((code)&0xff) << 8)
#define WAIT_STATUS_SIGNALED(signal) ((signal)&0x7f)
#define WAIT_STATUS_STOPPED(signal)  (((signal)&0xff) << 8 | 0x7f)
#define WAIT_STATUS_CONTINUED        0xffff

#define WEXITSTATUS(status)  (((status)&0xff00) >> 8)
#define WTERMSIG(status)     ((status)&0x7f)
#define WSTOPSIG(status)     WEXITSTATUS(status)
#define WCOREDUMP(status)    ((status)&0x80)
#define WIFEXITED(status)    (WTERMSIG(status) == 0)
#define WIFSIGNALED(status)  (WTERMSIG(status) != 0 && WTERMSIG(status) != 0x7f)
#define WIFSTOPPED(status)   (((status)&0xff) == 0x7f)
#define WIFCONTINUED(status) ((status) == WAIT_STATUS_CONTINUED)

#endif
