/* SPDX-License-Identifier: MIT */
/* Message queues: the kernel's names have no slash, and its timed calls wait for ever without a
 * time. */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdarg.h>
#include <unistd.h>

#include "point.h"

mqd_t mq_open(const char *name, int flags, ...)
{
	const struct mq_attr *attributes = NULL;
	mode_t mode = 0;
	va_list arguments;

	if (*name != '/') {
		errno = EINVAL;
		return -1;
	}
	if (flags & O_CREAT) {
		va_start(arguments, flags);
		mode = va_arg(arguments, mode_t);
		attributes = va_arg(arguments, const struct mq_attr *);
		va_end(arguments);
	}
	return (mqd_t)sys(mq_open, name + 1, flags, mode, attributes);
}

int mq_close(mqd_t queue)
{
	return close(queue);
}

int mq_unlink(const char *name)
{
	if (*name != '/') {
		errno = EINVAL;
		return -1;
	}
	return (int)sys(mq_unlink, name + 1);
}

int mq_send(mqd_t queue, const char *message, size_t n, unsigned priority)
{
	return mq_timedsend(queue, message, n, priority, NULL);
}

int mq_timedsend(mqd_t queue, const char *message, size_t n, unsigned priority,
		 const struct timespec *until)
{
	return (int)sys_point(mq_timedsend, queue, message, n, priority, until);
}

ssize_t mq_receive(mqd_t queue, char *message, size_t n, unsigned *priority)
{
	return mq_timedreceive(queue, message, n, priority, NULL);
}

ssize_t mq_timedreceive(mqd_t queue, char *message, size_t n, unsigned *priority,
			const struct timespec *until)
{
	return sys_point(mq_timedreceive, queue, message, n, priority, until);
}

int mq_getattr(mqd_t queue, struct mq_attr *attributes)
{
	return mq_setattr(queue, NULL, attributes);
}

int mq_setattr(mqd_t queue, const struct mq_attr *attributes, struct mq_attr *old)
{
	return (int)sys(mq_getsetattr, queue, attributes, old);
}

int mq_notify(mqd_t queue, const struct sigevent *event)
{
	return (int)sys(mq_notify, queue, event);
}
