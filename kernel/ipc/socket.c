/* SPDX-License-Identifier: MIT */
/*
 * Sockets: their names, and how two of them become a connection. What goes through a connection is
 * in connection.c.
 *
 * A socket lives as long as its file, and a little longer while a connect(2) is under way to it: a
 * name leads to the socket without a reference, under the lock that the socket takes to give the
 * name up. A connection lives as long as one of its ends; the server's end is, until accept(2)
 * takes it, in the listener's backlog.
 *
 * Locks: socket->lock → those of a path's inodes, or abstract_names.lock. Never two sockets' locks:
 * a client is SOCKET_CONNECTING, and its own lock free, while it deals with the listener.
 */
#include "ipc/socket.h"

#include "base/assert.h"
#include "ipc/connection.h"
#include "lib/abi/errno.h"
#include "lib/abi/ioctl.h"
#include "lib/string.h"
#include "lib/util.h"
#include "mm/slab.h"

static struct slab_cache socket_cache;
static struct ipc_names abstract_names;

/* ---- Life ---- */

static struct socket *socket_alloc(void)
{
	struct socket *socket = slab_alloc(&socket_cache);

	if (!socket)
		return NULL;
	*socket = (struct socket){.send_timeout = TIME_NEVER,
				  .receive_timeout = TIME_NEVER,
				  .limits = {CHANNEL_SIZE, CHANNEL_SIZE},
				  .name = {.un.sun_family = AF_UNIX,
					   .length = SOCKET_ADDRESS_UNNAMED}};
	ref_init(&socket->references);
	mutex_init(&socket->lock, "socket", RANK_SOCKET);
	list_init(&socket->backlog);
	waitq_init(&socket->acceptors, "socket acceptors");
	waitq_init(&socket->connectors, "socket connectors");
	return socket;
}

static void socket_put(struct socket *socket)
{
	if (ref_put(&socket->references))
		slab_free(&socket_cache, socket);
}

static bool is_abstract(const struct socket_address *name)
{
	return name->length > SOCKET_ADDRESS_UNNAMED && name->un.sun_path[0] == '\0';
}

/* After this nobody finds the socket any more. */
static void give_up_name(struct socket *socket)
{
	if (tree_linked(&socket->abstract.node)) {
		mutex_lock(&abstract_names.lock);
		ipc_names_remove_locked(&abstract_names, &socket->abstract);
		mutex_unlock(&abstract_names.lock);
	}
	if (socket->dentry) {
		mutex_lock(&socket->dentry->inode->lock);
		socket->dentry->inode->special = NULL;
		mutex_unlock(&socket->dentry->inode->lock);
		dentry_put(socket->dentry);
	}
}

/* No connection comes any more; those that wait to connect are told. */
static void refuse(struct socket *socket)
{
	mutex_lock(&socket->lock);
	socket->refuses = true;
	mutex_unlock(&socket->lock);
	waitq_wake_all(&socket->acceptors);
	waitq_wake_all(&socket->connectors);
}

void socket_shutdown(struct socket *socket, int how)
{
	if (!socket->connection) {
		if (how != SHUT_WR)
			refuse(socket);
		return;
	}
	if (how != SHUT_WR)
		channel_shut(socket_channel(socket, false));
	if (how != SHUT_RD)
		channel_shut(socket_channel(socket, true));
}

static void socket_release(struct file *file)
{
	struct socket *socket = file->private;
	struct list_node *node;

	give_up_name(socket);
	refuse(socket);
	/* Nothing comes into the backlog any more: no lock. */
	while ((node = list_pop_front(&socket->backlog)))
		connection_hang_up(container_of(node, struct connection, pending), SERVER, true);
	if (socket->connection)
		connection_hang_up(socket->connection, socket->side, false);
	socket_put(socket);
}

/* ---- The file ---- */

static unsigned listener_events(struct socket *socket)
{
	unsigned events = 0;

	mutex_lock(&socket->lock);
	if (socket->state != SOCKET_LISTENING)
		events = POLLOUT | POLLWRNORM | POLLHUP;
	else if (socket->refuses)
		events = POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP;
	else if (socket->backlog_count > 0)
		events = POLLIN | POLLRDNORM;
	mutex_unlock(&socket->lock);
	return events;
}

static unsigned socket_poll(struct file *file, struct poll_table *table)
{
	struct socket *socket = file->private;
	struct connection *connection = socket->connection;

	if (connection)
		return connection_poll(connection, socket->side, table);
	poll_arm(table, &socket->acceptors);
	return listener_events(socket);
}

static ssize_t socket_read(struct file *file, struct uio *to, uint64_t *position)
{
	struct channel_transfer how = {.block = !(file->flags & O_NONBLOCK)};

	return to->left == 0 ? 0 : socket_receive(file->private, to, how);
}

static ssize_t socket_write(struct file *file, struct uio *from, uint64_t *position)
{
	struct channel_transfer how = {.block = !(file->flags & O_NONBLOCK)};

	return socket_send(file->private, from, how);
}

static long socket_ioctl(struct file *file, unsigned command, user_addr_t argument)
{
	struct channel *channel = socket_channel(file->private, command == TIOCOUTQ);

	if (command != FIONREAD && command != TIOCOUTQ)
		return -ENOTTY;
	if (!channel)
		return -EINVAL;
	int used = channel_used(channel);
	return copy_to_user(argument, &used, sizeof(used));
}

static const struct file_ops socket_ops = {
	.read = socket_read,
	.write = socket_write,
	.poll = socket_poll,
	.ioctl = socket_ioctl,
	.release = socket_release,
};

struct socket *socket_of(struct file *file)
{
	return file->ops == &socket_ops ? file->private : NULL;
}

/* A file without a name, on `socket`, whose reference goes with it. NULL: no memory. */
static struct file *open_file(struct socket *socket, int flags)
{
	struct inode *inode = inode_create(DEVICE_SOCKET, S_IFSOCK | 0777, NULL, NULL);
	struct dentry *dentry = inode ? dentry_create(NULL, NULL, inode) : NULL;

	if (!dentry) {
		if (inode)
			inode_put(inode);
		return NULL;
	}
	struct file *file = file_create(&socket_ops, O_RDWR | flags, dentry, socket);
	if (!file)
		dentry_put(dentry);
	return file;
}

int socket_create(int flags, struct file **file)
{
	struct socket *socket = socket_alloc();

	if (!socket)
		return -ENOMEM;
	*file = open_file(socket, flags);
	if (!*file)
		socket_put(socket);
	return *file ? 0 : -ENOMEM;
}

/* ---- Names ---- */

static int bind_path_locked(struct socket *socket, const struct socket_address *name,
			    struct dentry *base, mode_t mode)
{
	struct dentry *dentry;
	int rc = vfs_make_socket(base, name->un.sun_path, mode, &dentry);

	if (rc)
		return rc == -EEXIST ? -EADDRINUSE : rc;
	mutex_lock(&dentry->inode->lock);
	dentry->inode->special = socket;
	mutex_unlock(&dentry->inode->lock);
	socket->dentry = dentry;
	socket->name = *name;
	return 0;
}

static int bind_abstract_locked(struct socket *socket, const struct socket_address *name)
{
	socket->name = *name; /* the table looks at this copy */
	socket->abstract.text = socket->name.un.sun_path;
	socket->abstract.length = name->length - SOCKET_ADDRESS_UNNAMED;
	mutex_lock(&abstract_names.lock);
	bool added = ipc_names_add_locked(&abstract_names, &socket->abstract);
	mutex_unlock(&abstract_names.lock);
	if (!added)
		socket->name.length = SOCKET_ADDRESS_UNNAMED;
	return added ? 0 : -EADDRINUSE;
}

int socket_bind(struct socket *socket, const struct socket_address *name, struct dentry *base,
		mode_t mode)
{
	int rc = -EINVAL;

	mutex_lock(&socket->lock);
	if (socket->name.length == SOCKET_ADDRESS_UNNAMED)
		rc = is_abstract(name) ? bind_abstract_locked(socket, name)
				       : bind_path_locked(socket, name, base, mode);
	mutex_unlock(&socket->lock);
	return rc;
}

static struct socket *reference(struct socket *socket)
{
	if (socket)
		ref_get(&socket->references);
	return socket;
}

static int find_by_path(const char *path, struct dentry *base, struct socket **found)
{
	struct dentry *dentry;
	int rc = path_lookup(base, path, LOOKUP_FOLLOW, &dentry);

	if (rc)
		return rc;
	*found = NULL;
	if (S_ISSOCK(dentry->inode->mode)) {
		mutex_lock(&dentry->inode->lock);
		*found = reference(dentry->inode->special);
		mutex_unlock(&dentry->inode->lock);
	}
	dentry_put(dentry);
	return *found ? 0 : -ECONNREFUSED;
}

/* The socket of this name, referenced. */
static int find_socket(const struct socket_address *name, struct dentry *base,
		       struct socket **found)
{
	if (!is_abstract(name))
		return find_by_path(name->un.sun_path, base, found);
	mutex_lock(&abstract_names.lock);
	struct ipc_name *entry = ipc_names_find_locked(&abstract_names, name->un.sun_path,
						       name->length - SOCKET_ADDRESS_UNNAMED);
	*found = entry ? reference(container_of(entry, struct socket, abstract)) : NULL;
	mutex_unlock(&abstract_names.lock);
	return *found ? 0 : -ECONNREFUSED;
}

int socket_name(struct socket *socket, bool peer, struct socket_address *name)
{
	struct connection *connection = socket->connection;

	if (peer && !connection)
		return -ENOTCONN;
	if (peer) {
		*name = connection->names[!socket->side];
		return 0;
	}
	mutex_lock(&socket->lock);
	*name = socket->name;
	mutex_unlock(&socket->lock);
	return 0;
}

/* ---- Connecting ---- */

/* `socket` becomes one end of `connection`; its reference goes with it. */
static void attach(struct socket *socket, struct connection *connection, enum socket_side side)
{
	mutex_lock(&socket->lock);
	socket->side = side;
	socket->state = SOCKET_CONNECTED;
	socket->connection = connection; /* sequentially consistent: `side` is seen, too */
	for (int sends = 0; sends < 2; sends++) {
		if (socket->limits[sends] != CHANNEL_SIZE)
			channel_set_limit(socket_channel(socket, sends), socket->limits[sends]);
	}
	mutex_unlock(&socket->lock);
}

int socket_create_pair(int flags, const struct ucred *owner, struct file *files[2])
{
	struct connection *connection = connection_create();
	int rc = connection ? socket_create(flags, &files[0]) : -ENOMEM;

	if (rc)
		goto no_first;
	rc = socket_create(flags, &files[1]);
	if (rc)
		goto no_second;
	for (int side = CLIENT; side <= SERVER; side++) {
		connection->credentials[side] = *owner;
		attach(files[side]->private, connection, side);
	}
	return 0;
no_second:
	file_put(files[0]);
no_first:
	if (connection)
		connection_abandon(connection);
	return rc;
}

int socket_listen(struct socket *socket, unsigned limit, const struct ucred *owner)
{
	int rc = -EINVAL;

	mutex_lock(&socket->lock);
	if (socket->name.length > SOCKET_ADDRESS_UNNAMED &&
	    (socket->state == SOCKET_NEW || socket->state == SOCKET_LISTENING)) {
		socket->state = SOCKET_LISTENING;
		socket->backlog_limit = MIN(limit, (unsigned)SOMAXCONN);
		socket->owner = *owner;
		rc = 0;
	}
	mutex_unlock(&socket->lock);
	waitq_wake_all(&socket->connectors); /* there may be more room now */
	return rc;
}

bool socket_listens(struct socket *socket)
{
	mutex_lock(&socket->lock);
	bool listens = socket->state == SOCKET_LISTENING;
	mutex_unlock(&socket->lock);
	return listens;
}

/* Leaves the server's end of `connection` in the listener's backlog, as soon as there is room. */
static int offer(struct socket *listener, struct connection *connection, bool block,
		 uint64_t deadline)
{
	int rc = 0;

	mutex_lock(&listener->lock);
	for (;;) {
		if (listener->state != SOCKET_LISTENING || listener->refuses)
			rc = -ECONNREFUSED;
		else if (listener->backlog_count <= listener->backlog_limit)
			break;
		else if (!block)
			rc = -EAGAIN;
		else
			rc = waitq_wait_mutex(&listener->connectors, &listener->lock,
					      WAIT_INTERRUPTIBLE, deadline, "connect");
		if (rc)
			break;
	}
	if (!rc) {
		connection->names[SERVER] = listener->name;
		connection->credentials[SERVER] = listener->owner;
		list_push_back(&listener->backlog, &connection->pending);
		listener->backlog_count++;
	}
	mutex_unlock(&listener->lock);
	if (!rc)
		waitq_wake_all(&listener->acceptors);
	return rc == -ETIMEDOUT ? -EAGAIN : rc;
}

/* NEW becomes CONNECTING: nobody else connects this socket. */
static int begin_connect(struct socket *socket)
{
	static const int errors[] = {[SOCKET_CONNECTING] = -EALREADY,
				     [SOCKET_CONNECTED] = -EISCONN,
				     [SOCKET_LISTENING] = -EINVAL};

	mutex_lock(&socket->lock);
	int rc = errors[socket->state];
	if (rc == 0)
		socket->state = SOCKET_CONNECTING;
	mutex_unlock(&socket->lock);
	return rc;
}

static void end_connect(struct socket *socket)
{
	mutex_lock(&socket->lock);
	socket->state = SOCKET_NEW;
	mutex_unlock(&socket->lock);
}

int socket_connect(struct socket *socket, const struct socket_address *name, struct dentry *base,
		   const struct ucred *owner, bool block)
{
	uint64_t deadline = deadline_after(socket->send_timeout);
	struct connection *connection = NULL;
	struct socket *listener;
	int rc = begin_connect(socket);

	if (rc)
		return rc;
	rc = find_socket(name, base, &listener);
	if (rc)
		goto not_found;
	connection = connection_create();
	rc = -ENOMEM;
	if (!connection)
		goto not_made;
	connection->credentials[CLIENT] = *owner;
	rc = socket_name(socket, false, &connection->names[CLIENT]);
	if (rc == 0)
		rc = offer(listener, connection, block, deadline);
	if (rc)
		connection_abandon(connection);
	else
		attach(socket, connection, CLIENT);
not_made:
	socket_put(listener);
not_found:
	if (rc)
		end_connect(socket);
	return rc;
}

/* Takes the connection that came first. */
static int take_connection(struct socket *listener, bool block, struct connection **connection)
{
	uint64_t deadline = deadline_after(listener->receive_timeout);
	int rc = 0;

	mutex_lock(&listener->lock);
	while (listener->backlog_count == 0 && !rc) {
		if (listener->state != SOCKET_LISTENING || listener->refuses)
			rc = -EINVAL;
		else if (!block)
			rc = -EAGAIN;
		else
			rc = waitq_wait_mutex(&listener->acceptors, &listener->lock,
					      WAIT_INTERRUPTIBLE, deadline, "accept");
	}
	if (listener->backlog_count > 0) {
		*connection = container_of(list_pop_front(&listener->backlog), struct connection,
					   pending);
		listener->backlog_count--;
		rc = 0;
	}
	mutex_unlock(&listener->lock);
	if (!rc)
		waitq_wake_all(&listener->connectors);
	return rc == -ETIMEDOUT ? -EAGAIN : rc;
}

int socket_accept(struct socket *listener, int flags, bool block, struct file **file)
{
	struct connection *connection;
	int rc = socket_create(flags, file); /* first: a connection once taken is not lost */

	if (rc)
		return rc;
	rc = take_connection(listener, block, &connection);
	if (rc) {
		file_put(*file);
		return rc;
	}
	struct socket *socket = (*file)->private;
	socket->name = connection->names[SERVER];
	attach(socket, connection, SERVER);
	return 0;
}

void socket_init(void)
{
	slab_cache_init(&socket_cache, "socket", sizeof(struct socket), 0);
	connection_init();
	ipc_names_init(&abstract_names);
}
