/* SPDX-License-Identifier: MIT */
/* Local stream sockets: what man 2 socket … say, for AF_UNIX and SOCK_STREAM. */
#ifndef LIBC_SYS_SOCKET_H
#define LIBC_SYS_SOCKET_H

#include <sys/types.h>

#include "lib/abi/socket.h"

/* Ancillary data, as it lies in msg_control. */
#define CMSG_ALIGN(n)   (((n) + sizeof(size_t) - 1) & ~(sizeof(size_t) - 1))
#define CMSG_LEN(n)     (CMSG_ALIGN(sizeof(struct cmsghdr)) + (n))
#define CMSG_SPACE(n)   (CMSG_ALIGN(sizeof(struct cmsghdr)) + CMSG_ALIGN(n))
#define CMSG_DATA(cmsg) ((unsigned char *)((cmsg) + 1))
#define CMSG_FIRSTHDR(message)                               \
	((message)->msg_controllen >= sizeof(struct cmsghdr) \
		 ? (struct cmsghdr *)(message)->msg_control  \
		 : (struct cmsghdr *)0)

int socket(int family, int type, int protocol);
int socketpair(int family, int type, int protocol, int fds[2]);
int bind(int fd, const struct sockaddr *name, socklen_t length);
int listen(int fd, int backlog);
int connect(int fd, const struct sockaddr *name, socklen_t length);
int accept(int fd, struct sockaddr *name, socklen_t *length);
int accept4(int fd, struct sockaddr *name, socklen_t *length, int flags);
int shutdown(int fd, int how);
int getsockname(int fd, struct sockaddr *name, socklen_t *length);
int getpeername(int fd, struct sockaddr *name, socklen_t *length);
int getsockopt(int fd, int level, int option, void *value, socklen_t *length);
int setsockopt(int fd, int level, int option, const void *value, socklen_t length);
ssize_t send(int fd, const void *buffer, size_t n, int flags);
ssize_t sendto(int fd, const void *buffer, size_t n, int flags, const struct sockaddr *to,
	       socklen_t length);
ssize_t sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t recv(int fd, void *buffer, size_t n, int flags);
ssize_t recvfrom(int fd, void *buffer, size_t n, int flags, struct sockaddr *from,
		 socklen_t *length);
ssize_t recvmsg(int fd, struct msghdr *message, int flags);

#endif
