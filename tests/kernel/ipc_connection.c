/* SPDX-License-Identifier: MIT */
/* The two ends of a connection, as kernel threads. */
#include "ipc/connection.h"
#include "lib/abi/errno.h"
#include "mm/slab.h"
#include "tests/kernel/fs_help.h"
#include "tests/kernel/sync_help.h"

/* So many to wake that the CPU's time slice ends while interrupts are off: who wakes them is
 * preempted as soon as it is done, and its next step comes late. */
#define CROWD  65536
#define ROUNDS 6

struct sender {
	struct socket socket;
	ssize_t result;
};

static ssize_t send_bytes(struct socket *socket, const char *bytes, size_t size, bool block)
{
	struct channel_transfer how = {.block = block, .whole = PIPE_BUF};
	struct uio uio;

	uio_init_kernel(&uio, (void *)bytes, size);
	return socket_send(socket, &uio, how);
}

static void send_one(void *argument)
{
	struct sender *sender = argument;

	sender->result = send_bytes(&sender->socket, "x", 1, true);
}

/* The result of a send that waits for room while the other end, with bytes unread, goes away. */
static ssize_t send_to_who_leaves(struct waiter *crowd)
{
	static char block[CHANNEL_SIZE];
	static struct sender sender;
	struct connection *connection = connection_create();
	struct wait wait;

	KTEST_CHECK(connection);
	if (!connection)
		return 0;
	sender = (struct sender){.socket = {.send_timeout = TIME_NEVER, .side = CLIENT}};
	sender.socket.connection = connection;
	KTEST_EQUAL(send_bytes(&sender.socket, block, sizeof(block), false), sizeof(block));
	struct kthread *thread = kthread_run("sender", send_one, &sender);
	await_blocked(thread);
	wait_init(&wait, WAIT_UNINTERRUPTIBLE, "crowd");
	for (size_t i = 0; i < CROWD; i++)
		waitq_arm(&connection_outgoing(connection, CLIENT)->writable, &crowd[i], &wait);
	connection_hang_up(connection, SERVER, false);
	for (size_t i = 0; i < CROWD; i++)
		waitq_disarm(&crowd[i]);
	kthread_join(thread);
	connection_hang_up(connection, CLIENT, false);
	return sender.result;
}

/* The reason is there before anybody sees the end. */
KTEST(connection_reset_is_told_to_who_waits)
{
	struct waiter *crowd = kzalloc(CROWD * sizeof(*crowd));

	KTEST_CHECK(crowd);
	for (int i = 0; crowd && i < ROUNDS; i++)
		KTEST_EQUAL(send_to_who_leaves(crowd), -ECONNRESET);
	kfree(crowd);
}
