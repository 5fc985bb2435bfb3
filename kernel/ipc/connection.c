/* SPDX-License-Identifier: MIT */
/*
 * What goes through a connection. shutdown(2) and close(2) shut channels: who reads a shut channel
 * gets what is left in it and then end of file, who writes gets EPIPE, whichever side shut it.
 */
#include "ipc/connection.h"

#include "lib/abi/errno.h"
#include "mm/slab.h"

static struct slab_cache connection_cache;

void connection_init(void)
{
	slab_cache_init(&connection_cache, "connection", sizeof(struct connection), 0);
}

struct connection *connection_create(void)
{
	struct connection *connection = slab_alloc(&connection_cache);

	if (!connection)
		return NULL;
	ref_init(&connection->references);
	ref_get(&connection->references);
	list_node_init(&connection->pending);
	for (int side = CLIENT; side <= SERVER; side++) {
		struct channel *channel = &connection->channels[side];

		channel_init(channel);
		channel->readers = channel->writers = 1;
		connection->errors[side] = 0;
		connection->names[side].un.sun_family = AF_UNIX;
		connection->names[side].length = SOCKET_ADDRESS_UNNAMED;
	}
	return connection;
}

void connection_abandon(struct connection *connection)
{
	channel_destroy(&connection->channels[CLIENT]);
	channel_destroy(&connection->channels[SERVER]);
	slab_free(&connection_cache, connection);
}

void connection_hang_up(struct connection *connection, enum socket_side side, bool refused)
{
	struct channel *in = connection_incoming(connection, side);

	/* In one step, and before anybody is woken: who sees an end finds its reason. */
	mutex_lock(&in->lock);
	in->readers = in->writers = 0;
	if (in->used > 0 || refused)
		connection->errors[!side] = ECONNRESET;
	mutex_unlock(&in->lock);
	channel_wake_all(in);
	channel_shut(connection_outgoing(connection, side));
	if (ref_put(&connection->references))
		connection_abandon(connection);
}

ssize_t socket_send(struct socket *socket, struct uio *from, struct channel_transfer how)
{
	struct connection *connection = socket->connection;

	if (!connection)
		return -ENOTCONN;
	bool was_reset = connection->errors[socket->side] != 0;
	how.reason = "socket send";
	how.deadline = deadline_after(socket->send_timeout);
	ssize_t done = channel_write(connection_outgoing(connection, socket->side), from, &how);
	/* The reset that ended a wait is told here, one from before to who reads. */
	int error = done == -EPIPE && !was_reset ? socket_take_error(socket) : 0;
	return error ? -error : done;
}

ssize_t socket_receive(struct socket *socket, struct uio *to, struct channel_transfer how)
{
	struct channel *channel = socket_channel(socket, false);
	bool wanted = to->left > 0;

	if (!channel)
		return -EINVAL;
	how.reason = "socket receive";
	how.deadline = deadline_after(socket->receive_timeout);
	ssize_t done = channel_read(channel, to, &how);
	return done == 0 && wanted ? -socket_take_error(socket) : done;
}

int socket_take_error(struct socket *socket)
{
	struct connection *connection = socket->connection;

	return connection ? atomic_exchange(&connection->errors[socket->side], 0) : 0;
}

unsigned connection_poll(struct connection *connection, enum socket_side side,
			 struct poll_table *table)
{
	struct channel *in = connection_incoming(connection, side);
	struct channel *out = connection_outgoing(connection, side);

	poll_arm(table, &in->readable);
	poll_arm(table, &out->writable);
	mutex_lock(&in->lock);
	unsigned events = channel_read_events_locked(in);
	bool ended = in->writers == 0;
	mutex_unlock(&in->lock);
	mutex_lock(&out->lock);
	events |= channel_write_events_locked(out);
	bool broken = out->readers == 0;
	mutex_unlock(&out->lock);

	/* At the end nothing sleeps any more. */
	if (ended)
		events |= POLLIN | POLLRDNORM | POLLRDHUP;
	if (broken)
		events |= POLLOUT | POLLWRNORM;
	if (ended && broken)
		events |= POLLHUP;
	return connection->errors[side] ? events | POLLERR : events;
}

struct ucred socket_peer(struct socket *socket)
{
	struct connection *connection = socket->connection;

	return connection ? connection->credentials[!socket->side]
			  : (struct ucred){.uid = (uid_t)-1, .gid = (gid_t)-1};
}

struct channel *socket_channel(struct socket *socket, bool writes)
{
	struct connection *connection = socket->connection;

	if (!connection)
		return NULL;
	return writes ? connection_outgoing(connection, socket->side)
		      : connection_incoming(connection, socket->side);
}

size_t socket_buffer(struct socket *socket, bool sends)
{
	mutex_lock(&socket->lock);
	struct channel *channel = socket_channel(socket, sends);
	size_t bytes = channel ? channel_limit(channel) : socket->limits[sends];
	mutex_unlock(&socket->lock);
	return bytes;
}

void socket_set_buffer(struct socket *socket, bool sends, size_t bytes)
{
	size_t limit = PAGE_SIZE;

	while (limit < bytes && limit < CHANNEL_SIZE)
		limit *= 2;
	mutex_lock(&socket->lock);
	struct channel *channel = socket_channel(socket, sends);
	socket->limits[sends] = limit;
	if (channel)
		channel_set_limit(channel, limit);
	mutex_unlock(&socket->lock);
}
