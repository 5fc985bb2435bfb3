/* SPDX-License-Identifier: MIT */
/*
 * The listing: a server with a thread for each client answers / with `Hello, World!`.
 *
 *	server = ThreadingHTTPServer(address, Hello)
 *	Thread(target=server.serve_forever, daemon=True).start()
 *	print(urlopen("http://%s:%d/" % server.server_address).read().decode())
 *
 * The server is webd, the client webget. Then webget compares this server with one that has a
 * single thread. On Linux both must be in PATH.
 */
#include "demo.h"

#include <signal.h>

static char where[64]; /* the server's socket */

/* Starts a program; what it prints goes to `output`. */
static pid_t start(int output, char *const *words)
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid == 0) {
		dup2(output, STDOUT_FILENO);
		execvp(words[0], words);
		perror(words[0]);
		_exit(127);
	}
	return pid;
}

static int exit_status(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0) == pid, "waitpid");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		exit(2); /* there is no such program, as was said */
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Asks for a page and reads what is printed; the client's exit status. */
static int get(char *page, char *text, size_t size)
{
	int answer[2];
	ssize_t length = 0, got;

	must(pipe(answer) == 0, "pipe");
	pid_t client = start(answer[1], (char *[]){"webget", "-s", where, page, NULL});
	close(answer[1]);
	while ((got = read(answer[0], text + length, size - 1 - length)) > 0)
		length += got;
	text[length] = '\0';
	close(answer[0]);
	return exit_status(client);
}

int main(int argc, char **argv)
{
	char hello[256], nothing[256];

	demo_begin(argc, argv, NULL);
	snprintf(where, sizeof(where), "/tmp/web.%d", getpid());
	pid_t server =
		start(STDOUT_FILENO, (char *[]){"webd", "--threaded", "--socket", where, NULL});
	int status = get("/", hello, sizeof(hello));
	printf("%s\n", hello);
	claim(status == 0 && strcmp(hello, "Hello, World!\n") == 0, "/ was not answered");
	status = get("/nowhere", nothing, sizeof(nothing));
	printf("/nowhere: %s\n", nothing);
	claim(status == 1 && strcmp(nothing, "Not Found\n") == 0, "/nowhere was found");
	kill(server, SIGTERM);
	claim(exit_status(server) == 0, "the server did not end as it should");

	char *slow = quick ? "1000" : "2000"; /* milliseconds */
	status = exit_status(
		start(STDOUT_FILENO, (char *[]){"webget", "--compare", "--slow", slow, NULL}));
	claim(status == 0, "a thread for each client does not help");
	return verdict("the server answers, and with threads nobody waits for another");
}
