/* SPDX-License-Identifier: MIT */
/*
 * Servers and clients: names in the tree of files and abstract ones, listening, the backlog,
 * connecting and accepting, who is at the other end, and every way in which that can fail.
 */
#include "ipc_help.h"

#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#define PATH_AT offsetof(struct sockaddr_un, sun_path)

static struct sockaddr_un name_of(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	return name;
}

static int bind_to(int fd, const char *path)
{
	struct sockaddr_un name = name_of(path);

	return bind(fd, (struct sockaddr *)&name, sizeof(name));
}

static int connect_to(int fd, const char *path)
{
	struct sockaddr_un name = name_of(path);

	return connect(fd, (struct sockaddr *)&name, sizeof(name));
}

static int new_socket(int flags)
{
	return CHECK_OK(socket(AF_UNIX, SOCK_STREAM | flags, 0));
}

static int listener(const char *path, int backlog)
{
	int fd = new_socket(0);

	unlink(path);
	CHECK_OK(bind_to(fd, path));
	CHECK_OK(listen(fd, backlog));
	return fd;
}

static int client(const char *path)
{
	int fd = new_socket(0);

	CHECK_OK(connect_to(fd, path));
	return fd;
}

static void serves(void)
{
	struct sockaddr_un name;
	socklen_t length = sizeof(name);
	char buffer[8] = {0};
	struct ucred owner;
	int server = listener("served", 5), fd;
	pid_t pid = fork();

	if (pid == 0) {
		fd = client("served");
		CHECK_EQ(write(fd, "ask", 3), 3);
		CHECK_EQ(read(fd, buffer, 8), 6);
		CHECK_STR(buffer, "answer");
		CHECK_EQ(read(fd, buffer, 8), 0);
		_exit(check_failures != 0);
	}
	CHECK_EQ(ipc_poll(server, POLLOUT), 0);
	fd = 0;
	CHECK_OK(getsockopt(server, SOL_SOCKET, SO_ACCEPTCONN, &fd, &(socklen_t){sizeof(fd)}));
	CHECK_EQ(fd, 1);
	fd = CHECK_OK(accept(server, (struct sockaddr *)&name, &length));
	CHECK_EQ(length, PATH_AT); /* the client has no name */
	CHECK_EQ(name.sun_family, AF_UNIX);
	length = sizeof(owner);
	CHECK_OK(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &owner, &length));
	CHECK_EQ(owner.pid, pid);
	CHECK_EQ(read(fd, buffer, 8), 3);
	CHECK_STR(buffer, "ask");
	CHECK_EQ(write(fd, "answer", 6), 6);
	close(fd);
	CHECK_EXITED(check_wait(pid, 5000), 0);
}

static void names(void)
{
	struct sockaddr_un name;
	socklen_t length = sizeof(name);
	int server = listener("a.name", 5), fd, peer;
	struct stat st;

	CHECK_OK(stat("a.name", &st));
	CHECK(S_ISSOCK(st.st_mode));
	CHECK_EQ(st.st_mode & 0777, 0755);
	CHECK_ERRNO(open("a.name", O_RDWR), ENXIO);
	CHECK_OK(getsockname(server, (struct sockaddr *)&name, &length));
	CHECK_EQ(length, PATH_AT + 7);
	CHECK_STR(name.sun_path, "a.name");
	CHECK_ERRNO(getpeername(server, (struct sockaddr *)&name, &length), ENOTCONN);
	fd = client("a.name");
	length = sizeof(name);
	CHECK_OK(getpeername(fd, (struct sockaddr *)&name, &length));
	CHECK_EQ(length, PATH_AT + 7);
	length = sizeof(name);
	CHECK_OK(getsockname(fd, (struct sockaddr *)&name, &length));
	CHECK_EQ(length, PATH_AT);
	peer = CHECK_OK(accept4(server, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
	CHECK_EQ(fcntl(peer, F_GETFD), FD_CLOEXEC);
	CHECK(fcntl(peer, F_GETFL) & O_NONBLOCK);
	/* A short buffer gets what fits, and is told the whole length. */
	length = 5;
	memset(&name, 'z', sizeof(name));
	CHECK_OK(getsockname(peer, (struct sockaddr *)&name, &length));
	CHECK_EQ(length, PATH_AT + 7);
	CHECK_EQ(memcmp(name.sun_path, "a.nz", 4), 0);
	length = -1;
	CHECK_ERRNO(getsockname(peer, (struct sockaddr *)&name, &length), EINVAL);
	/* A client with a name is shown by it. */
	fd = new_socket(0);
	CHECK_OK(bind_to(fd, "client.name"));
	CHECK_OK(connect_to(fd, "a.name"));
	length = sizeof(name);
	peer = CHECK_OK(accept(server, (struct sockaddr *)&name, &length));
	CHECK_EQ(length, PATH_AT + 12);
	CHECK_STR(name.sun_path, "client.name");
	CHECK_EQ(write(fd, "x", 1), 1);
	length = sizeof(name);
	CHECK_EQ(recvfrom(peer, &st, 1, 0, (struct sockaddr *)&name, &length), 1);
	CHECK_EQ(length, PATH_AT + 12);
}

static void bind_errors(void)
{
	struct sockaddr_un name = name_of("bound");
	char long_name[sizeof(name) + 8];
	int fd = new_socket(0), other = new_socket(0);
	socklen_t length = sizeof(name);

	CHECK_ERRNO(bind(fd, (struct sockaddr *)&name, 1), EINVAL);
	CHECK_ERRNO(bind(fd, (struct sockaddr *)&name, sizeof(name) + 1), EINVAL);
	CHECK_ERRNO(bind(fd, (struct sockaddr *)&name, -1), EINVAL);
	CHECK_ERRNO(bind(fd, NULL, sizeof(name)), EFAULT);
	CHECK_ERRNO(bind(0, (struct sockaddr *)&name, sizeof(name)), ENOTSOCK);
	CHECK_ERRNO(bind_to(fd, "no/such/place"), ENOENT);
	CHECK_ERRNO(bind_to(fd, "."), EADDRINUSE);
	CHECK_OK(close(open("a.file", O_CREAT | O_RDWR, 0600)));
	CHECK_ERRNO(bind_to(fd, "a.file"), EADDRINUSE);
	CHECK_ERRNO(bind_to(fd, "a.file/below"), ENOTDIR);
	name.sun_family = 2;
	CHECK_ERRNO(bind(fd, (struct sockaddr *)&name, sizeof(name)), EINVAL);
	CHECK_OK(bind_to(fd, "bound"));
	CHECK_ERRNO(bind_to(fd, "bound2"), EINVAL);
	CHECK_ERRNO(bind_to(other, "bound"), EADDRINUSE);
	/* A path that fills all its bytes, without a NUL. */
	memset(&name.sun_path, 'p', sizeof(name.sun_path));
	name.sun_family = AF_UNIX;
	CHECK_OK(bind(other, (struct sockaddr *)&name, sizeof(name)));
	length = sizeof(long_name);
	CHECK_OK(getsockname(other, (struct sockaddr *)long_name, &length));
	CHECK_EQ(length, sizeof(name) + 1);
	CHECK_EQ(long_name[sizeof(name)], 0);
}

static void connect_errors(void)
{
	int fd = new_socket(0), server, other;
	struct sockaddr_un name = name_of("server");

	CHECK_ERRNO(connect_to(fd, "not.there"), ENOENT);
	CHECK_OK(close(open("a.file", O_CREAT | O_RDWR, 0600)));
	CHECK_ERRNO(connect_to(fd, "a.file"), ECONNREFUSED);
	CHECK_ERRNO(connect_to(fd, "."), ECONNREFUSED);
	CHECK_OK(mknod("a.node", S_IFSOCK | 0600, 0));
	CHECK_ERRNO(connect_to(fd, "a.node"), ECONNREFUSED);
	CHECK_ERRNO(connect(fd, (struct sockaddr *)&name, 2), EINVAL);
	name.sun_family = AF_UNSPEC;
	CHECK_ERRNO(connect(fd, (struct sockaddr *)&name, sizeof(name)), EINVAL);
	server = new_socket(0);
	CHECK_ERRNO(listen(server, 5), EINVAL);
	CHECK_OK(bind_to(server, "server"));
	CHECK_ERRNO(connect_to(fd, "server"), ECONNREFUSED);
	CHECK_ERRNO(accept(server, NULL, NULL), EINVAL);
	CHECK_OK(listen(server, 5));
	CHECK_ERRNO(connect_to(server, "server"), EINVAL);
	CHECK_OK(connect_to(fd, "server"));
	CHECK_ERRNO(connect_to(fd, "server"), EISCONN);
	CHECK_ERRNO(listen(fd, 5), EINVAL);
	CHECK_ERRNO(accept(fd, NULL, NULL), EINVAL);
	CHECK_ERRNO(accept4(server, NULL, NULL, 1), EINVAL);
	other = CHECK_OK(accept(server, NULL, NULL));
	CHECK_ERRNO(accept(other, NULL, NULL), EINVAL);
	/* The path stays when the listener goes, and leads nowhere. */
	close(server);
	fd = new_socket(0);
	CHECK_ERRNO(connect_to(fd, "server"), ECONNREFUSED);
	CHECK_OK(unlink("server"));
	CHECK_ERRNO(connect_to(fd, "server"), ENOENT);
}

static void not_connected(void)
{
	int fd = new_socket(0), server = listener("nc", 1);
	char c;

	signal(SIGPIPE, SIG_IGN);
	CHECK_ERRNO(write(fd, "x", 1), ENOTCONN);
	CHECK_ERRNO(read(fd, &c, 1), EINVAL);
	CHECK_ERRNO(read(server, &c, 1), EINVAL);
	CHECK_ERRNO(write(server, &c, 1), ENOTCONN);
	CHECK_OK(shutdown(fd, SHUT_WR));
	CHECK_EQ(ipc_poll(new_socket(0), POLLIN | POLLOUT), POLLOUT | POLLHUP);
	CHECK_EQ(ipc_poll(server, POLLIN | POLLOUT), 0);
}

/* Moved, or given a second name, it is the same socket; unlinked it cannot be found. */
static void names_move(void)
{
	int server = listener("first", 5), fd;

	CHECK_OK(link("first", "second"));
	CHECK_OK(rename("first", "third"));
	CHECK_OK(symlink("third", "sym"));
	fd = client("second");
	close(fd);
	fd = client("third");
	close(fd);
	fd = client("sym");
	close(fd);
	CHECK_OK(unlink("third"));
	CHECK_OK(unlink("second"));
	CHECK_ERRNO(connect_to(new_socket(0), "sym"), ENOENT);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(read(CHECK_OK(accept(server, NULL, NULL)), &fd, 1), 0);
}

static socklen_t abstract(struct sockaddr_un *name, const char *text, int length)
{
	*name = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(name->sun_path + 1, text, length);
	return PATH_AT + 1 + length;
}

static void abstract_names(void)
{
	struct sockaddr_un name, got;
	socklen_t length = abstract(&name, "tarae\0test", 10), got_length = sizeof(got);
	int server = new_socket(0), fd = new_socket(0), other;

	CHECK_ERRNO(connect(fd, (struct sockaddr *)&name, length), ECONNREFUSED);
	CHECK_OK(bind(server, (struct sockaddr *)&name, length));
	CHECK_ERRNO(bind(fd, (struct sockaddr *)&name, length), EADDRINUSE);
	CHECK_OK(listen(server, 1));
	CHECK_OK(connect(fd, (struct sockaddr *)&name, length));
	/* All bytes count, NULs too. */
	CHECK_ERRNO(connect(new_socket(0), (struct sockaddr *)&name, length - 1), ECONNREFUSED);
	CHECK_ERRNO(connect(new_socket(0), (struct sockaddr *)&name, length + 1), ECONNREFUSED);
	CHECK_OK(getpeername(fd, (struct sockaddr *)&got, &got_length));
	CHECK_EQ(got_length, length);
	CHECK_EQ(memcmp(&got, &name, length), 0);
	other = CHECK_OK(accept(server, NULL, NULL));
	CHECK_ERRNO(access("tarae", F_OK), ENOENT);
	close(server); /* the accepted socket shows the name, but does not hold it */
	server = new_socket(0);
	CHECK_OK(bind(server, (struct sockaddr *)&name, length));
	close(server);
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EQ(read(other, &got, 1), 1);
}

/* Hundreds of names, taken and given up in another order. */
static void many_names(void)
{
	enum { MANY = 300 };
	static int fds[MANY];
	struct sockaddr_un name;
	socklen_t length;
	char text[16];

	for (int i = 0; i < MANY; i++) {
		length =
			abstract(&name, text, snprintf(text, sizeof(text), "many%d", i * 7 % MANY));
		fds[i] = new_socket(0);
		CHECK_OK(bind(fds[i], (struct sockaddr *)&name, length));
	}
	for (int i = 0; i < MANY; i++) {
		length = abstract(&name, text, snprintf(text, sizeof(text), "many%d", i));
		CHECK_ERRNO(bind(fds[0], (struct sockaddr *)&name, length), EINVAL);
		CHECK_ERRNO(connect(new_socket(0), (struct sockaddr *)&name, length), ECONNREFUSED);
	}
	for (int i = 0; i < MANY; i++)
		close(fds[i * 11 % MANY]);
	CHECK_OK(bind(new_socket(0), (struct sockaddr *)&name, length));
}

/* The backlog takes one more than its size, as on Linux; then connecting waits. */
static void backlog_is_full(void)
{
	int server = listener("full", 2), fd, fds[3];

	for (int i = 0; i < 3; i++)
		fds[i] = client("full");
	fd = new_socket(SOCK_NONBLOCK);
	CHECK_ERRNO(connect_to(fd, "full"), EAGAIN);
	CHECK_ERRNO(connect_to(fd, "full"), EAGAIN);
	CHECK_EQ(ipc_poll(server, POLLIN), POLLIN);
	CHECK_OK(accept(server, NULL, NULL));
	CHECK_OK(connect_to(fd, "full"));
	CHECK_ERRNO(connect_to(new_socket(SOCK_NONBLOCK), "full"), EAGAIN);
	CHECK_OK(listen(server, 4));
	CHECK_OK(connect_to(new_socket(SOCK_NONBLOCK), "full"));
	/* One that went before it was accepted is accepted all the same. */
	CHECK_EQ(write(fds[1], "bye", 3), 3);
	close(fds[1]);
	fd = CHECK_OK(accept(server, NULL, NULL));
	CHECK_EQ(read(fd, fds, 8), 3);
	CHECK_EQ(read(fd, fds, 8), 0);
}

/* Those in the backlog are told when the listener goes: ECONNRESET, once. */
static void listener_goes(void)
{
	int server = listener("gone", 5), fd = client("gone");
	char c;

	signal(SIGPIPE, SIG_IGN);
	CHECK_EQ(write(fd, "x", 1), 1);
	close(server);
	CHECK_EQ(ipc_poll(fd, POLLIN) & (POLLHUP | POLLERR), POLLHUP | POLLERR);
	CHECK_ERRNO(write(fd, "x", 1), EPIPE);
	CHECK_ERRNO(read(fd, &c, 1), ECONNRESET);
	CHECK_EQ(read(fd, &c, 1), 0);
}

static void listener_shut_down(void)
{
	int server = listener("shut", 5), fd = client("shut");

	CHECK_OK(shutdown(server, SHUT_RDWR));
	CHECK_ERRNO(connect_to(new_socket(0), "shut"), ECONNREFUSED);
	CHECK_OK(accept(server, NULL, NULL));
	CHECK_ERRNO(accept(server, NULL, NULL), EINVAL);
	CHECK_EQ(ipc_poll(server, POLLIN) & POLLIN, POLLIN);
	CHECK_EQ(write(fd, "x", 1), 1);
}

/* No descriptor is free: the connection stays in the backlog. */
static void out_of_descriptors(void)
{
	struct rlimit limit = {20, 100};
	int server = listener("limit", 5), fd = client("limit"), last = -1, next;
	char c;

	CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
	while ((next = dup(fd)) >= 0)
		last = next;
	CHECK_EQ(errno, EMFILE);
	CHECK_ERRNO(accept(server, NULL, NULL), EMFILE);
	CHECK_EQ(ipc_poll(server, POLLIN), POLLIN);
	close(last);
	CHECK_EQ(accept(server, NULL, NULL), last);
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EQ(read(last, &c, 1), 1);
}

static void accept_to_bad_memory(void)
{
	int server = listener("bad", 5), fd = client("bad");
	socklen_t length = 8;
	char c;

	CHECK_ERRNO(accept(server, (struct sockaddr *)8, &length), EFAULT);
	CHECK_EQ(read(fd, &c, 1), 0); /* that connection is lost */
}

/* Sixteen clients at once, each of which gets its own answer. */
static void many_clients(void)
{
	enum { CLIENTS = 16 };
	int server = listener("many", 3), fd;
	pid_t pids[CLIENTS];

	for (int i = 0; i < CLIENTS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			unsigned char out = i, in = 0;

			fd = client("many");
			CHECK_EQ(write(fd, &out, 1), 1);
			CHECK_EQ(read(fd, &in, 1), 1);
			CHECK_EQ(in, i + 100);
			_exit(check_failures != 0);
		}
	}
	for (int i = 0; i < CLIENTS; i++) {
		unsigned char c;

		fd = CHECK_OK(accept(server, NULL, NULL));
		CHECK_EQ(read(fd, &c, 1), 1);
		c += 100;
		CHECK_EQ(write(fd, &c, 1), 1);
		close(fd);
	}
	for (int i = 0; i < CLIENTS; i++)
		CHECK_EXITED(check_wait(pids[i], 5000), 0);
}

static const struct check_case cases[] = {
	CASE(serves),
	CASE(names),
	CASE(bind_errors),
	CASE(connect_errors),
	CASE(not_connected),
	CASE(names_move),
	CASE(abstract_names),
	CASE(many_names),
	CASE(backlog_is_full),
	CASE(listener_goes),
	CASE(listener_shut_down),
	CASE(out_of_descriptors),
	CASE(accept_to_bad_memory),
	CASE(many_clients),
};

int main(int argc, char **argv)
{
	umask(022);
	return CHECK_MAIN(cases, argc, argv);
}
