/* SPDX-License-Identifier: MIT */
/*
 * System calls on sockets: local streams. What there is not is refused: other families and types,
 * flags of MSG_ that mean something else, and ancillary data (descriptors in flight could wait in
 * each other's sockets in a ring that nobody can reach, and would need a collector).
 */
#include "ipc/socket.h"
#include "lib/abi/limits.h"
#include "lib/string.h"
#include "lib/util.h"
#include "syscall/arguments.h"
#include "syscall/syscall.h"

#define SOCKET_FLAGS (SOCK_NONBLOCK | SOCK_CLOEXEC)

STATIC_ASSERT(SOCK_NONBLOCK == O_NONBLOCK && SOCK_CLOEXEC == O_CLOEXEC);

/* ---- Arguments ---- */

/* The file of a socket's descriptor, referenced. -EBADF, -ENOTSOCK. */
static int socket_file(int fd, struct file **file, struct socket **socket)
{
	*file = file_of(fd);
	if (!*file)
		return -EBADF;
	*socket = socket_of(*file);
	if (*socket)
		return 0;
	file_put(*file);
	return -ENOTSOCK;
}

static struct ucred self(void)
{
	return (struct ucred){.pid = current_process()->pid};
}

static int name_from_user(struct socket_address *name, user_addr_t from, int length)
{
	if (length < 0 || length > (int)sizeof(name->un))
		return -EINVAL;
	int rc = copy_from_user(&name->un, from, (size_t)length);
	if (rc)
		return rc;
	/* Without a path Linux would choose a name. */
	if (length <= (int)SOCKET_ADDRESS_UNNAMED || name->un.sun_family != AF_UNIX)
		return -EINVAL;
	name->length = (socklen_t)length;
	if (name->un.sun_path[0]) {
		name->bytes[length] = '\0';
		name->length = (socklen_t)(SOCKET_ADDRESS_UNNAMED + strlen(name->un.sun_path) + 1);
	}
	return 0;
}

/* As much of a value as there is room for: `length_user` holds that before, and after how long the
 * value is, or (`cut`) what was copied. */
static int value_to_user(user_addr_t to, user_addr_t length_user, const void *value, int length,
			 bool cut)
{
	int room;

	if (copy_from_user(&room, length_user, sizeof(room)))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	room = MIN(room, length);
	if (room > 0 && copy_to_user(to, value, (size_t)room))
		return -EFAULT;
	return copy_to_user(length_user, cut ? &room : &length, sizeof(length));
}

static int name_to_user(user_addr_t to, user_addr_t length_user, const struct socket_address *name)
{
	return value_to_user(to, length_user, name->bytes, (int)name->length, false);
}

/* A call that waited: broken off, it is not begun anew when it had a time limit. */
static long after_wait(long result, uint64_t timeout)
{
	return result == -EINTR && timeout == TIME_NEVER ? -ERESTARTSYS : result;
}

/* ---- Making and naming ---- */

static int check_kind(int family, int type, int protocol)
{
	int flags = type & ~SOCK_TYPE_MASK;

	type &= SOCK_TYPE_MASK;
	if (flags & ~SOCKET_FLAGS)
		return -EINVAL;
	if (family < 0 || family >= AF_MAX)
		return -EAFNOSUPPORT;
	if (type > SOCK_PACKET)
		return -EINVAL;
	if (family != AF_UNIX)
		return -EAFNOSUPPORT;
	if (protocol != 0 && protocol != PF_UNIX)
		return -EPROTONOSUPPORT;
	return type == SOCK_STREAM ? 0 : -ESOCKTNOSUPPORT;
}

SYSCALL3(sys_socket, int, family, int, type, int, protocol)
{
	struct file *file;
	int rc = check_kind(family, type, protocol);

	if (!rc)
		rc = socket_create(type & SOCK_NONBLOCK, &file);
	return rc ? rc : add_descriptor(file, 0, type & SOCK_CLOEXEC);
}

SYSCALL4(sys_socketpair, int, family, int, type, int, protocol, user_addr_t, result)
{
	struct ucred owner = self();
	struct file *files[2];
	int rc = check_kind(family, type, protocol);

	if (!rc)
		rc = socket_create_pair(type & SOCK_NONBLOCK, &owner, files);
	return rc ? rc : add_descriptor_pair(files, type & SOCK_CLOEXEC, result);
}

static struct dentry *working_directory(void)
{
	return fs_context_cwd(current_process()->fs);
}

SYSCALL3(sys_bind, int, fd, user_addr_t, name_user, int, length)
{
	struct socket_address name;
	struct socket *socket;
	struct file *file;
	int rc = socket_file(fd, &file, &socket);

	if (rc)
		return rc;
	rc = name_from_user(&name, name_user, length);
	if (!rc) {
		struct dentry *base = working_directory();

		rc = socket_bind(socket, &name, base, mode_for_new(0777));
		dentry_put(base);
	}
	file_put(file);
	return rc;
}

SYSCALL2(sys_listen, int, fd, int, backlog)
{
	struct ucred owner = self();
	struct socket *socket;
	struct file *file;
	int rc = socket_file(fd, &file, &socket);

	if (rc)
		return rc;
	rc = socket_listen(socket, (unsigned)backlog, &owner);
	file_put(file);
	return rc;
}

static long show_name(int fd, bool peer, user_addr_t name_user, user_addr_t length_user)
{
	struct socket_address name;
	struct socket *socket;
	struct file *file;
	int rc = socket_file(fd, &file, &socket);

	if (rc)
		return rc;
	rc = socket_name(socket, peer, &name);
	file_put(file);
	return rc ? rc : name_to_user(name_user, length_user, &name);
}

SYSCALL3(sys_getsockname, int, fd, user_addr_t, name, user_addr_t, length)
{
	return show_name(fd, false, name, length);
}

SYSCALL3(sys_getpeername, int, fd, user_addr_t, name, user_addr_t, length)
{
	return show_name(fd, true, name, length);
}

/* ---- Connecting ---- */

SYSCALL3(sys_connect, int, fd, user_addr_t, name_user, int, length)
{
	struct ucred owner = self();
	struct socket_address name;
	struct socket *socket;
	struct file *file;
	long rc = socket_file(fd, &file, &socket);

	if (rc)
		return rc;
	rc = name_from_user(&name, name_user, length);
	if (!rc) {
		struct dentry *base = working_directory();

		rc = socket_connect(socket, &name, base, &owner, !(file->flags & O_NONBLOCK));
		dentry_put(base);
	}
	rc = after_wait(rc, socket->send_timeout);
	file_put(file);
	return rc;
}

static long accept_file(struct file *listener_file, struct socket *listener, user_addr_t name_user,
			user_addr_t length_user, int flags)
{
	struct socket_address name;
	struct file *file;

	if (!fdtable_has_room(current_process()->files, descriptor_limit()))
		return -EMFILE;
	int rc = socket_accept(listener, flags & SOCK_NONBLOCK,
			       !(listener_file->flags & O_NONBLOCK), &file);
	if (rc)
		return after_wait(rc, listener->receive_timeout);
	if (name_user.raw) {
		rc = socket_name(socket_of(file), true, &name);
		if (!rc)
			rc = name_to_user(name_user, length_user, &name);
	}
	if (rc) {
		file_put(file);
		return rc;
	}
	return add_descriptor(file, 0, flags & SOCK_CLOEXEC);
}

static long do_accept(int fd, user_addr_t name, user_addr_t length, int flags)
{
	struct socket *socket;
	struct file *file;

	if (flags & ~SOCKET_FLAGS)
		return -EINVAL;
	long rc = socket_file(fd, &file, &socket);
	if (rc)
		return rc;
	rc = accept_file(file, socket, name, length, flags);
	file_put(file);
	return rc;
}

SYSCALL4(sys_accept4, int, fd, user_addr_t, name, user_addr_t, length, int, flags)
{
	return do_accept(fd, name, length, flags);
}

SYSCALL3(sys_accept, int, fd, user_addr_t, name, user_addr_t, length)
{
	return do_accept(fd, name, length, 0);
}

SYSCALL2(sys_shutdown, int, fd, int, how)
{
	struct socket *socket;
	struct file *file;
	int rc = socket_file(fd, &file, &socket);

	if (rc)
		return rc;
	if (how < SHUT_RD || how > SHUT_RDWR)
		rc = -EINVAL;
	else
		socket_shutdown(socket, how);
	file_put(file);
	return rc;
}

/* ---- Sending and receiving ---- */

#define SEND_FLAGS    (MSG_DONTWAIT | MSG_NOSIGNAL)
#define RECEIVE_FLAGS (MSG_DONTWAIT | MSG_NOSIGNAL | MSG_PEEK | MSG_WAITALL | MSG_CMSG_CLOEXEC)

static int check_message_flags(int flags, int allowed)
{
	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	return flags & ~allowed ? -EINVAL : 0;
}

static bool may_block(const struct file *file, int flags)
{
	return !(file->flags & O_NONBLOCK) && !(flags & MSG_DONTWAIT);
}

#define ADDRESS_MAX 128 /* of any family: struct sockaddr_storage */

/* What a stream makes of an address to send to: its bytes have one way to go. */
static int check_no_address(const struct socket *socket, user_addr_t name, int length)
{
	char address[ADDRESS_MAX];

	if (!name.raw || !length)
		return 0;
	if (length < 0 || length > ADDRESS_MAX)
		return -EINVAL;
	if (copy_from_user(address, name, length))
		return -EFAULT;
	return socket->connection ? -EISCONN : -EOPNOTSUPP;
}

static long send_to(int fd, struct uio *from, int flags, user_addr_t name, int length)
{
	struct socket *socket;
	struct file *file;
	long rc = socket_file(fd, &file, &socket);

	if (rc)
		return rc;
	rc = check_message_flags(flags, SEND_FLAGS);
	if (!rc)
		rc = check_no_address(socket, name, length);
	if (!rc)
		rc = socket_send(socket, from,
				 (struct channel_transfer){.block = may_block(file, flags)});
	if (rc == -EPIPE && !(flags & MSG_NOSIGNAL))
		signal_broken_pipe();
	rc = after_wait(rc, socket->send_timeout);
	file_put(file);
	return rc;
}

/* `name`: becomes the sender's; without length when it has none, as streams do on Linux. */
static long receive_from(int fd, struct uio *to, int flags, struct socket_address *name)
{
	struct socket *socket;
	struct file *file;
	long rc = socket_file(fd, &file, &socket);

	if (rc)
		return rc;
	rc = check_message_flags(flags, RECEIVE_FLAGS);
	if (!rc)
		rc = socket_receive(socket, to,
				    (struct channel_transfer){.block = may_block(file, flags),
							      .peek = flags & MSG_PEEK,
							      .all = flags & MSG_WAITALL});
	if (rc <= 0 || socket_name(socket, true, name) || name->length == SOCKET_ADDRESS_UNNAMED)
		name->length = 0;
	rc = after_wait(rc, socket->receive_timeout);
	file_put(file);
	return rc;
}

/* One buffer as a vector. -EFAULT. */
static int one_segment(struct uio *uio, struct uio_segment *segment, user_addr_t buffer,
		       size_t bytes)
{
	*segment = (struct uio_segment){.base = buffer, .length = MIN(bytes, TRANSFER_MAX)};
	uio_init_user(uio, segment, 1);
	return user_range_ok(buffer, segment->length) ? 0 : -EFAULT;
}

SYSCALL6(sys_sendto, int, fd, user_addr_t, buffer, size_t, bytes, int, flags, user_addr_t, name,
	 int, length)
{
	struct uio_segment segment;
	struct uio uio;

	if (one_segment(&uio, &segment, buffer, bytes))
		return -EFAULT;
	return send_to(fd, &uio, flags, name, length);
}

SYSCALL6(sys_recvfrom, int, fd, user_addr_t, buffer, size_t, bytes, int, flags, user_addr_t,
	 name_user, user_addr_t, length_user)
{
	struct uio_segment segment;
	struct socket_address name;
	struct uio uio;

	if (one_segment(&uio, &segment, buffer, bytes))
		return -EFAULT;
	long done = receive_from(fd, &uio, flags, &name);
	if (done >= 0 && name_user.raw && name_to_user(name_user, length_user, &name))
		return -EFAULT;
	return done;
}

/* Copies a message's header and vector in. */
static int message_from_user(struct msghdr *message, struct user_vector *vector, user_addr_t from)
{
	int rc = copy_from_user(message, from, sizeof(*message));

	if (rc)
		return rc;
	if ((int)message->msg_namelen < 0)
		return -EINVAL;
	if (message->msg_iovlen > IOV_MAX)
		return -EMSGSIZE;
	return user_vector_get(vector, user_addr((uintptr_t)message->msg_iov), message->msg_iovlen);
}

SYSCALL3(sys_sendmsg, int, fd, user_addr_t, from, int, flags)
{
	struct user_vector vector;
	struct msghdr message;
	struct uio uio;
	long rc = message_from_user(&message, &vector, from);

	if (rc)
		return rc;
	uio_init_user(&uio, vector.segments, vector.count);
	if (message.msg_control && message.msg_controllen)
		rc = -EOPNOTSUPP;
	else
		rc = send_to(fd, &uio, flags, user_addr((uintptr_t)message.msg_name),
			     MIN((int)message.msg_namelen, ADDRESS_MAX));
	user_vector_put(&vector);
	return rc;
}

/* What recvmsg changes of the header: the name, and that there is no ancillary data. */
static int message_to_user(user_addr_t to, struct msghdr *message,
			   const struct socket_address *name)
{
	user_addr_t length_at = user_addr_add(to, offsetof(struct msghdr, msg_namelen));

	message->msg_controllen = 0;
	message->msg_flags = 0;
	if (copy_to_user(to, message, sizeof(*message)))
		return -EFAULT;
	if (!message->msg_name)
		return 0;
	return name_to_user(user_addr((uintptr_t)message->msg_name), length_at, name);
}

SYSCALL3(sys_recvmsg, int, fd, user_addr_t, to, int, flags)
{
	struct socket_address name;
	struct user_vector vector;
	struct msghdr message;
	struct uio uio;
	long rc = message_from_user(&message, &vector, to);

	if (rc)
		return rc;
	uio_init_user(&uio, vector.segments, vector.count);
	rc = receive_from(fd, &uio, flags, &name);
	user_vector_put(&vector);
	if (rc >= 0 && message_to_user(to, &message, &name))
		return -EFAULT;
	return rc;
}

/* ---- Options ---- */

union option_value {
	int number;
	struct timeval time;
	struct ucred owner;
};

static struct timeval timeout_to_show(uint64_t timeout)
{
	return timeout == TIME_NEVER ? (struct timeval){0, 0} : timeval_from_ns(timeout);
}

/* The option's value and how long it is. -ENOPROTOOPT. */
static int get_option(struct socket *socket, int option, union option_value *value)
{
	value->number = 0;
	switch (option) {
	case SO_TYPE:
		value->number = SOCK_STREAM;
		break;
	case SO_DOMAIN:
		value->number = AF_UNIX;
		break;
	case SO_PROTOCOL:
		break;
	case SO_ERROR:
		value->number = socket_take_error(socket);
		break;
	case SO_ACCEPTCONN:
		value->number = socket_listens(socket);
		break;
	case SO_REUSEADDR:
		value->number = socket->reuse_address;
		break;
	case SO_SNDBUF:
	case SO_RCVBUF:
		value->number = (int)socket_buffer(socket, option == SO_SNDBUF);
		break;
	case SO_RCVTIMEO:
		value->time = timeout_to_show(socket->receive_timeout);
		return sizeof(value->time);
	case SO_SNDTIMEO:
		value->time = timeout_to_show(socket->send_timeout);
		return sizeof(value->time);
	case SO_PEERCRED:
		value->owner = socket_peer(socket);
		return sizeof(value->owner);
	default:
		return -ENOPROTOOPT;
	}
	return sizeof(value->number);
}

SYSCALL5(sys_getsockopt, int, fd, int, level, int, option, user_addr_t, to, user_addr_t, length)
{
	union option_value value;
	struct socket *socket;
	struct file *file;
	int rc = socket_file(fd, &file, &socket);

	if (rc)
		return rc;
	rc = level == SOL_SOCKET ? get_option(socket, option, &value) : -EOPNOTSUPP;
	file_put(file);
	return rc < 0 ? rc : value_to_user(to, length, &value, rc, true);
}

/* A limit in time as set by SO_RCVTIMEO; 0: none, below: calls do not wait at all. */
static int timeout_of(const struct timeval *time, uint64_t *timeout)
{
	struct timespec span = {time->tv_sec, time->tv_usec * 1000};

	if (time->tv_usec < 0 || time->tv_usec >= 1000000)
		return -EDOM;
	if (time->tv_sec < 0)
		*timeout = 0;
	else
		*timeout = time->tv_sec || time->tv_usec ? timespec_to_ns(&span) : TIME_NEVER;
	return 0;
}

static int set_option(struct socket *socket, int option, const union option_value *value)
{
	uint64_t timeout;
	int rc;

	switch (option) {
	case SO_REUSEADDR:
		socket->reuse_address = value->number != 0;
		return 0;
	case SO_SNDBUF:
	case SO_RCVBUF:
		socket_set_buffer(socket, option == SO_SNDBUF, (size_t)MAX(value->number, 0));
		return 0;
	case SO_RCVTIMEO:
	case SO_SNDTIMEO:
		rc = timeout_of(&value->time, &timeout);
		if (rc)
			return rc;
		if (option == SO_RCVTIMEO)
			socket->receive_timeout = timeout;
		else
			socket->send_timeout = timeout;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

SYSCALL5(sys_setsockopt, int, fd, int, level, int, option, user_addr_t, from, int, length)
{
	bool is_time = option == SO_RCVTIMEO || option == SO_SNDTIMEO;
	size_t bytes = is_time ? sizeof(struct timeval) : sizeof(int);
	union option_value value;
	struct socket *socket;
	struct file *file;

	if (length < 0)
		return -EINVAL;
	int rc = socket_file(fd, &file, &socket);
	if (rc)
		return rc;
	if (level != SOL_SOCKET)
		rc = -EOPNOTSUPP;
	else if ((size_t)length < bytes)
		rc = -EINVAL;
	else
		rc = copy_from_user(&value, from, bytes);
	if (!rc)
		rc = set_option(socket, option, &value);
	file_put(file);
	return rc;
}
