/* SPDX-License-Identifier: MIT */
/* POSIX message queues of Linux: mq_open(2) and its relatives. */
#ifndef LIB_ABI_MQUEUE_H
#define LIB_ABI_MQUEUE_H

#define MQ_PRIO_MAX 32768

struct mq_attr {
	long mq_flags;   /* O_NONBLOCK */
	long mq_maxmsg;  /* messages that the queue holds */
	long mq_msgsize; /* bytes of the longest */
	long mq_curmsgs; /* in it now */
	long mq_reserved[4];
};

_Static_assert(sizeof(struct mq_attr) == 64, "struct mq_attr");

#endif
