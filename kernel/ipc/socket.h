/* SPDX-License-Identifier: MIT */
/*
 * Local stream sockets. A connection is two channels of bytes, one in each direction, with a socket
 * at either end; what socketpair(2) gives at once, a client and a server come to by a name:
 *
 *      server                                    client
 *      socket, bind (a name), listen             socket
 *                                                connect: makes the connection, and leaves one end
 *      accept: takes an end that waits  ◄──────  in the listener's backlog; it may send at once
 *
 * Only streams: no datagrams, no passing of descriptors.
 */
#ifndef IPC_SOCKET_H
#define IPC_SOCKET_H

#include "fs/file.h"
#include "ipc/channel.h"
#include "ipc/ipc_names.h"
#include "lib/abi/socket.h"
#include "lib/list.h"

/* A name as getsockname(2) shows it. Unnamed: the family only. A path has its NUL, one byte more
 * than struct sockaddr_un when it fills that; an abstract name begins with a NUL and has none. */
struct socket_address {
	union {
		struct sockaddr_un un;
		char bytes[sizeof(struct sockaddr_un) + 1];
	};
	socklen_t length;
};
#define SOCKET_ADDRESS_UNNAMED ((socklen_t)offsetof(struct sockaddr_un, sun_path))

enum socket_side { CLIENT, SERVER };
enum socket_state { SOCKET_NEW, SOCKET_CONNECTING, SOCKET_CONNECTED, SOCKET_LISTENING };

struct connection {
	struct refcount references; /* its two ends: sockets, or the one in a backlog */
	struct list_node pending;   /* [listener's lock] in its backlog */
	struct channel channels[2]; /* channels[side] is what that side reads */
	_Atomic int errors[2];      /* what that side is to be told once: ECONNRESET, or 0 */
	/* const once it is connected */
	struct socket_address names[2];
	struct ucred credentials[2];
};

struct socket {
	struct refcount references; /* its file's, and those of connects under way to it */
	/* [atomic] ns that a call waits, TIME_NEVER: for ever; SO_SNDTIMEO, SO_RCVTIMEO */
	_Atomic uint64_t send_timeout, receive_timeout;
	_Atomic bool reuse_address; /* SO_REUSEADDR: kept, without effect on local sockets */
	struct mutex lock;
	/* [lock] to set, then const: readers of `connection` need no lock, and see `side`, too */
	struct connection *_Atomic connection; /* NULL: not connected */
	enum socket_side side;
	/* [lock] */
	enum socket_state state;
	struct socket_address name;
	struct dentry *dentry;    /* that `name` is the path of, referenced; its inode's `special`
				     leads back here; NULL: none */
	struct ipc_name abstract; /* in the table when `name` is one */
	size_t limits[2];         /* of the channels, by whether it sends: for when it connects */
	/* [lock] of a listener */
	struct list backlog; /* struct connection: its server's end waits for accept */
	unsigned backlog_count, backlog_limit;
	bool refuses;                 /* shut down */
	struct ucred owner;           /* who listens */
	struct wait_queue acceptors;  /* wait for a connection; also woken when it refuses */
	struct wait_queue connectors; /* wait for room in the backlog; likewise */
};

void socket_init(void); /* boot */

/* A new socket, and two that are connected. `flags`: O_NONBLOCK. -ENOMEM. */
int must_check socket_create(int flags, struct file **file);
int must_check socket_create_pair(int flags, const struct ucred *owner, struct file *files[2]);
struct socket *socket_of(struct file *file); /* NULL: -ENOTSOCK */

/* Takes a name: `mode` is that of the path's inode, a relative path starts at `base`. -EINVAL: has
 * one already; -EADDRINUSE, -ENOENT and what else making a name may give. */
int must_check socket_bind(struct socket *socket, const struct socket_address *name,
			   struct dentry *base, mode_t mode);
/* Accepts up to `limit` + 1 connections in advance. -EINVAL: no name, or connected. */
int must_check socket_listen(struct socket *socket, unsigned limit, const struct ucred *owner);
/* -EISCONN, -EALREADY (another thread is at it), -ECONNREFUSED: nobody listens at that name; a full
 * backlog is waited for: -EAGAIN, -EINTR; -ENOENT and what else a path may give. */
int must_check socket_connect(struct socket *socket, const struct socket_address *name,
			      struct dentry *base, const struct ucred *owner, bool block);
/* The next connection's file. -EINVAL: no listener, or shut down; -EAGAIN, -EINTR, -ENOMEM. */
int must_check socket_accept(struct socket *listener, int flags, bool block, struct file **file);
/* SHUT_RD, SHUT_WR, SHUT_RDWR. */
void socket_shutdown(struct socket *socket, int how);

/* As channel_write() and channel_read() with `how`, whose deadline and reason are set here.
 * Besides: -ENOTCONN, and -EINVAL to receive where nothing is connected; -ECONNRESET, once: the
 * peer went without having read all. */
ssize_t must_check socket_send(struct socket *socket, struct uio *from,
			       struct channel_transfer how);
ssize_t must_check socket_receive(struct socket *socket, struct uio *to,
				  struct channel_transfer how);

/* getsockname, getpeername. -ENOTCONN. */
int must_check socket_name(struct socket *socket, bool peer, struct socket_address *name);
/* The error that waits to be told, taken; positive, 0: none. */
int socket_take_error(struct socket *socket);
bool socket_listens(struct socket *socket);
/* Who connected, or listened, at the other end; -1 as user: nobody. */
struct ucred socket_peer(struct socket *socket);
/* Bytes that fit between the ends: of what it sends, or receives. Set: rounded to a power of two
 * from PAGE_SIZE to CHANNEL_SIZE. */
size_t socket_buffer(struct socket *socket, bool sends);
void socket_set_buffer(struct socket *socket, bool sends, size_t bytes);

#endif
