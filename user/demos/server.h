/* SPDX-License-Identifier: MIT */
/*
 * A server in a process of its own, at a local socket that no other run of the demo has. Include
 * after demo.h.
 *
 * It hears what its clients say, byte by byte, and serves one connection after the other. It can
 * also call a process: by a signal that brings a number.
 */
#ifndef SERVER_H
#define SERVER_H

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

typedef void hear_byte(int connection, char byte);

static struct sockaddr_un server_address = {.sun_family = AF_UNIX};
static int listener;
static hear_byte *server_hears;
static pid_t server_process;

static inline void *serve(void *unused)
{
	char byte;

	for (int connection; (connection = accept(listener, NULL, NULL)) >= 0;) {
		while (read(connection, &byte, 1) == 1)
			server_hears(connection, byte);
		close(connection);
	}
	return NULL;
}

static inline void start_server(hear_byte *hear)
{
	const struct sockaddr *address = (struct sockaddr *)&server_address;
	char *name = server_address.sun_path + 1; /* behind a 0: of no file */

	snprintf(name, sizeof(server_address.sun_path) - 1, "demo.%d", getpid());
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	must(bind(listener, address, sizeof(server_address)) == 0, "bind");
	must(listen(listener, 5) == 0, "listen");
	server_hears = hear;
	server_process = start_process(serve, NULL);
}

static inline int connect_to_server(void)
{
	const struct sockaddr *address = (struct sockaddr *)&server_address;
	int connection = socket(AF_UNIX, SOCK_STREAM, 0);

	must(connect(connection, address, sizeof(server_address)) == 0, "connect");
	return connection;
}

static inline void end_server(void)
{
	kill(server_process, SIGKILL);
	waitpid(server_process, NULL, 0);
}

/* ---- Calls ---- */

static void (*told)(long number); /* by the handler */

static inline void handle_call(int signal, siginfo_t *info, void *context)
{
	told((long)info->si_value.sival_ptr);
}

/* From now on this function is run, with the number, when the process is called. */
static inline void when_called(void (*run)(long number))
{
	struct sigaction action = {.sa_sigaction = handle_call, .sa_flags = SA_SIGINFO};

	told = run;
	must(sigaction(SIGRTMIN, &action, NULL) == 0, "sigaction");
}

static inline void call(pid_t process, long number)
{
	union sigval value = {.sival_ptr = (void *)number};

	must(sigqueue(process, SIGRTMIN, value) == 0, "sigqueue");
}

#endif
