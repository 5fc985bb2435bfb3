/* SPDX-License-Identifier: MIT */
/* System calls on POSIX message queues. */
#include "ipc/mqueue.h"
#include "lib/abi/limits.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "syscall/arguments.h"
#include "syscall/syscall.h"

/* What a queue gets when its maker does not say, as on Linux. */
#define DEFAULT_MESSAGES 10
#define DEFAULT_BYTES    8192

/* A queue's name is one component of a path; libc takes the slash before it off. */
static int name_from_user(char name[NAME_MAX + 1], user_addr_t from)
{
	long length = copy_string_from_user(name, from, NAME_MAX + 1);

	if (length <= 0)
		return length < 0 ? (int)length : -ENOENT;
	return strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, "..") ? -EACCES : 0;
}

SYSCALL4(sys_mq_open, user_addr_t, name_user, int, flags, mode_t, mode, user_addr_t, attributes)
{
	struct mq_attr wanted = {.mq_maxmsg = DEFAULT_MESSAGES, .mq_msgsize = DEFAULT_BYTES};
	struct file *file;
	char name[NAME_MAX + 1];

	if (attributes.raw && copy_from_user(&wanted, attributes, sizeof(wanted)))
		return -EFAULT;
	int rc = name_from_user(name, name_user);
	if (rc)
		return rc;
	if (!fdtable_has_room(current_process()->files, descriptor_limit()))
		return -EMFILE;
	if ((flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	struct mqueue_open how = {.flags = flags,
				  .mode = mode_for_new(mode),
				  .max_messages = wanted.mq_maxmsg,
				  .message_bytes = wanted.mq_msgsize,
				  .limit = process_limit(current_process(), RLIMIT_MSGQUEUE)};
	rc = mqueue_open(name, &how, &file);
	return rc ? rc : add_descriptor(file, 0, true);
}

SYSCALL1(sys_mq_unlink, user_addr_t, name_user)
{
	char name[NAME_MAX + 1];
	int rc = name_from_user(name, name_user);

	return rc ? rc : mqueue_unlink(name);
}

/* ---- Sending and receiving ---- */

/* A point of the wall clock; none: TIME_NEVER. */
static int deadline_from_user(uint64_t *deadline, user_addr_t from)
{
	struct timespec time;

	*deadline = TIME_NEVER;
	if (!from.raw)
		return 0;
	int rc = timespec_from_user(&time, from);
	if (!rc)
		*deadline = deadline_of_realtime(&time);
	return rc;
}

SYSCALL5(sys_mq_timedsend, int, fd, user_addr_t, buffer, size_t, bytes, unsigned, priority,
	 user_addr_t, until)
{
	struct uio_segment segment = {.base = buffer, .length = bytes};
	struct uio uio;
	uint64_t deadline;
	int rc = deadline_from_user(&deadline, until);

	if (rc)
		return rc;
	if (priority >= MQ_PRIO_MAX)
		return -EINVAL;
	struct file *file = file_of(fd);
	if (!file)
		return -EBADF;
	uio_init_user(&uio, &segment, 1);
	rc = mqueue_send(file, &uio, priority, deadline);
	file_put(file);
	return restartable(rc);
}

SYSCALL5(sys_mq_timedreceive, int, fd, user_addr_t, buffer, size_t, bytes, user_addr_t,
	 priority_user, user_addr_t, until)
{
	struct uio_segment segment = {.base = buffer, .length = bytes};
	struct uio uio;
	unsigned priority;
	uint64_t deadline;
	long rc = deadline_from_user(&deadline, until);

	if (rc)
		return rc;
	struct file *file = file_of(fd);
	if (!file)
		return -EBADF;
	uio_init_user(&uio, &segment, 1);
	rc = mqueue_receive(file, &uio, &priority, deadline);
	file_put(file);
	if (rc >= 0 && priority_user.raw &&
	    copy_to_user(priority_user, &priority, sizeof(priority)))
		return -EFAULT;
	return restartable(rc);
}

/* ---- Notification by a signal ---- */

struct signal_watcher {
	struct mqueue_watcher watcher;
	struct process *process; /* referenced */
	struct sigevent event;
};

static void forget(struct mqueue_watcher *watcher)
{
	struct signal_watcher *self = container_of(watcher, struct signal_watcher, watcher);

	process_put(self->process);
	kfree(self);
}

static void notify(struct mqueue_watcher *watcher)
{
	struct signal_watcher *self = container_of(watcher, struct signal_watcher, watcher);
	siginfo_t info;

	if (self->event.sigev_notify == SIGEV_SIGNAL && self->event.sigev_signo) {
		siginfo_init(&info, self->event.sigev_signo, SI_MESGQ);
		info.si_value = self->event.sigev_value;
		(void)signal_send_process(self->process, &info);
	}
	forget(watcher);
}

/* Functions (SIGEV_THREAD) are libc's matter, and there not yet. */
static int check_event(const struct sigevent *event)
{
	if (event->sigev_notify == SIGEV_NONE)
		return 0;
	if (event->sigev_notify != SIGEV_SIGNAL)
		return -EINVAL;
	return event->sigev_signo >= 0 && event->sigev_signo < NSIG ? 0 : -EINVAL;
}

static int watcher_from_user(user_addr_t from, struct mqueue_watcher **watcher)
{
	struct sigevent event;

	*watcher = NULL;
	if (!from.raw)
		return 0;
	if (copy_from_user(&event, from, sizeof(event)))
		return -EFAULT;
	int rc = check_event(&event);
	if (rc)
		return rc;
	struct signal_watcher *made = kmalloc(sizeof(*made));
	if (!made)
		return -ENOMEM;
	process_get(current_process());
	*made = (struct signal_watcher){
		.watcher = {.owner = current_process(), .notify = notify, .forget = forget},
		.process = current_process(),
		.event = event};
	*watcher = &made->watcher;
	return 0;
}

SYSCALL2(sys_mq_notify, int, fd, user_addr_t, event)
{
	struct mqueue_watcher *watcher;
	int rc = watcher_from_user(event, &watcher);

	if (rc)
		return rc;
	struct file *file = file_of(fd);
	rc = file ? mqueue_watch(file, watcher) : -EBADF;
	if (file)
		file_put(file);
	if (rc && watcher)
		forget(watcher);
	return rc;
}

SYSCALL3(sys_mq_getsetattr, int, fd, user_addr_t, new_user, user_addr_t, old_user)
{
	struct mq_attr wanted, old;

	if (new_user.raw) {
		if (copy_from_user(&wanted, new_user, sizeof(wanted)))
			return -EFAULT;
		if (wanted.mq_flags & ~(long)O_NONBLOCK)
			return -EINVAL;
	}
	struct file *file = file_of(fd);
	if (!file)
		return -EBADF;
	int rc = mqueue_attributes(file, &old);
	if (!rc && new_user.raw)
		file_change_flags(file, (int)wanted.mq_flags, O_NONBLOCK & ~(int)wanted.mq_flags);
	file_put(file);
	if (!rc && old_user.raw)
		rc = copy_to_user(old_user, &old, sizeof(old));
	return rc;
}
