/* SPDX-License-Identifier: MIT */
/* prctl(2) and arch_prctl(2) of Linux x86-64. */
#ifndef LIB_ABI_PRCTL_H
#define LIB_ABI_PRCTL_H

#define PR_SET_PDEATHSIG       1
#define PR_GET_PDEATHSIG       2
#define PR_GET_DUMPABLE        3
#define PR_SET_DUMPABLE        4
#define PR_SET_NAME            15
#define PR_GET_NAME            16
#define PR_SET_CHILD_SUBREAPER 36
#define PR_GET_CHILD_SUBREAPER 37

#define ARCH_SET_GS 0x1001
#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003
#define ARCH_GET_GS 0x1004

/* A thread's name, its NUL included (PR_SET_NAME, /proc/PID/comm). */
#define TASK_COMM_LENGTH 16

#endif
