/* SPDX-License-Identifier: MIT */
#include <sys/socket.h>

#include "point.h"

int socket(int family, int type, int protocol)
{
	return (int)sys(socket, family, type, protocol);
}

int socketpair(int family, int type, int protocol, int fds[2])
{
	return (int)sys(socketpair, family, type, protocol, fds);
}

int bind(int fd, const struct sockaddr *name, socklen_t length)
{
	return (int)sys(bind, fd, name, length);
}

int listen(int fd, int backlog)
{
	return (int)sys(listen, fd, backlog);
}

int connect(int fd, const struct sockaddr *name, socklen_t length)
{
	return (int)sys_point(connect, fd, name, length);
}

int accept(int fd, struct sockaddr *name, socklen_t *length)
{
	return (int)sys_point(accept, fd, name, length);
}

int accept4(int fd, struct sockaddr *name, socklen_t *length, int flags)
{
	return (int)sys_point(accept4, fd, name, length, flags);
}

int shutdown(int fd, int how)
{
	return (int)sys(shutdown, fd, how);
}

int getsockname(int fd, struct sockaddr *name, socklen_t *length)
{
	return (int)sys(getsockname, fd, name, length);
}

int getpeername(int fd, struct sockaddr *name, socklen_t *length)
{
	return (int)sys(getpeername, fd, name, length);
}

int getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
	return (int)sys(getsockopt, fd, level, option, value, length);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
	return (int)sys(setsockopt, fd, level, option, value, length);
}

ssize_t send(int fd, const void *buffer, size_t n, int flags)
{
	return sys_point(sendto, fd, buffer, n, flags, 0, 0);
}

ssize_t sendto(int fd, const void *buffer, size_t n, int flags, const struct sockaddr *to,
	       socklen_t length)
{
	return sys_point(sendto, fd, buffer, n, flags, to, length);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	return sys_point(sendmsg, fd, message, flags);
}

ssize_t recv(int fd, void *buffer, size_t n, int flags)
{
	return sys_point(recvfrom, fd, buffer, n, flags, 0, 0);
}

ssize_t recvfrom(int fd, void *buffer, size_t n, int flags, struct sockaddr *from,
		 socklen_t *length)
{
	return sys_point(recvfrom, fd, buffer, n, flags, from, length);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	return sys_point(recvmsg, fd, message, flags);
}
