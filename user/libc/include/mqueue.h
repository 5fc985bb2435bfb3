/* SPDX-License-Identifier: MIT */
/* POSIX message queues. A queue's name is "/" and one component of a path. */
#ifndef LIBC_MQUEUE_H
#define LIBC_MQUEUE_H

#include "lib/abi/mqueue.h"
#include "lib/abi/signal.h"
#include "lib/abi/time.h"
#include "lib/abi/types.h"

typedef int mqd_t; /* a file descriptor: poll() takes it */

/* With O_CREAT also: mode_t mode, const struct mq_attr *attributes (NULL: 10 messages of 8 KiB). */
mqd_t mq_open(const char *name, int flags, ...);
int mq_close(mqd_t queue);
int mq_unlink(const char *name);
int mq_send(mqd_t queue, const char *message, size_t n, unsigned priority);
ssize_t mq_receive(mqd_t queue, char *message, size_t n, unsigned *priority);
/* `until`: CLOCK_REALTIME; ETIMEDOUT. */
int mq_timedsend(mqd_t queue, const char *message, size_t n, unsigned priority,
		 const struct timespec *until);
ssize_t mq_timedreceive(mqd_t queue, char *message, size_t n, unsigned *priority,
			const struct timespec *until);
int mq_getattr(mqd_t queue, struct mq_attr *attributes);
int mq_setattr(mqd_t queue, const struct mq_attr *attributes, struct mq_attr *old);
int mq_notify(mqd_t queue, const struct sigevent *event); /* SIGEV_SIGNAL, SIGEV_NONE */

#endif
