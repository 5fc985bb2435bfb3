/* SPDX-License-Identifier: MIT */
/* The two channels between connected sockets; for socket.c only. struct connection: socket.h. */
#ifndef IPC_CONNECTION_H
#define IPC_CONNECTION_H

#include "ipc/poll.h"
#include "ipc/socket.h"

void connection_init(void); /* boot */

/* One that belongs to its two ends, neither of which is anyone's yet. NULL: no memory. */
struct connection *connection_create(void);
/* Frees a connection whose ends never became anyone's. */
void connection_abandon(struct connection *connection);
/* The end of `side` goes: both directions are shut. The other side is told ECONNRESET when bytes
 * have not been read, or when nobody ever accepted (`refused`). */
void connection_hang_up(struct connection *connection, enum socket_side side, bool refused);

/* What `side` reads, and what it writes. */
static inline struct channel *connection_incoming(struct connection *connection,
						  enum socket_side side)
{
	return &connection->channels[side];
}

static inline struct channel *connection_outgoing(struct connection *connection,
						  enum socket_side side)
{
	return &connection->channels[!side];
}

/* What a connected socket writes, or reads; NULL: it is not connected. */
struct channel *socket_channel(struct socket *socket, bool writes);

/* POLLIN … that hold now for `side`. */
unsigned connection_poll(struct connection *connection, enum socket_side side,
			 struct poll_table *table);

#endif
