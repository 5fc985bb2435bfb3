/* SPDX-License-Identifier: MIT */
/*
 * webd and the clients it may have: right ones, wrong ones, silent ones, ones that leave, and two
 * hundred at once. On a host, WEBD and WEBGET say where the programs are.
 */
#include "ipc_help.h"

#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un address = {AF_UNIX, "web.socket"};
static pid_t server;
static char text[70000];

static const char *program(const char *variable, const char *standard)
{
	const char *path = getenv(variable);

	return path ? path : standard;
}

static int connect_once(void)
{
	int fd = CHECK_OK(socket(AF_UNIX, SOCK_STREAM, 0));

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

#define SLOW  "100"     /* milliseconds that /slow takes */
#define NEVER "3000000" /* longer than the test lasts */

/* `slow`: what /slow takes; `patience`: what a client may take to say what it wants. */
static void start_patient_server(const char *form, const char *number, const char *slow,
				 const char *patience)
{
	const char *path = program("WEBD", "/bin/webd");
	int fd;

	unlink(address.sun_path);
	server = fork();
	if (server == 0) {
		if (number)
			execl(path, "webd", form, number, "--slow", slow, "--patience", patience,
			      "--socket", address.sun_path, (char *)NULL);
		else
			execl(path, "webd", form, "--slow", slow, "--patience", patience,
			      "--socket", address.sun_path, (char *)NULL);
		_exit(127);
	}
	while ((fd = connect_once()) < 0)
		check_sleep_ms(5);
	close(fd);
}

/* However long the host puts a client aside before it speaks. */
static void start_slow_server(const char *form, const char *number, const char *slow)
{
	start_patient_server(form, number, slow, NEVER);
}

static void start_server(const char *form, const char *number)
{
	start_slow_server(form, number, SLOW);
}

static void stop_server(void)
{
	CHECK_OK(kill(server, SIGTERM));
	CHECK_EXITED(check_wait(server, 5000), 0);
	CHECK_ERRNO(access(address.sun_path, F_OK), ENOENT);
}

/* Says something, and the connection. */
static int say_first(const char *said, size_t length)
{
	int fd = connect_once();

	CHECK(fd >= 0);
	send(fd, said, length, MSG_NOSIGNAL);
	return fd;
}

/* Reads the answer to its end: its status, 0: none. */
static int answer_on(int fd)
{
	int status = 0, n = 0, got;

	while (n < (int)sizeof(text) - 1 && (got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += got;
	text[n] = 0;
	close(fd);
	return sscanf(text, "HTTP/1.1 %d ", &status) == 1 ? status : 0;
}

static int say_bytes(const char *said, size_t length)
{
	return answer_on(say_first(said, length));
}

static int say(const char *said)
{
	return say_bytes(said, strlen(said));
}

static void answers(void)
{
	start_server("--threaded", NULL);
	CHECK_EQ(say("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	CHECK(strstr(text, "\r\nConnection: close\r\n"));
	CHECK(strstr(text, "\r\nContent-Length: 14\r\n"));
	CHECK(strstr(text, "\r\n\r\nHello, World!\n"));
	CHECK_EQ(say("GET /fast HTTP/1.0\r\n\r\n"), 200);
	CHECK_EQ(say("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	CHECK_EQ(strcmp(strstr(text, "\r\n\r\n"), "\r\n\r\n"), 0);
	CHECK_EQ(say("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	CHECK_EQ(say("GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"), 200);
	stop_server();
}

static void refuses(void)
{
	static const struct {
		int status;
		const char *said;
	} cases[] = {
		{404, "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"},
		{404, "GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n"},
		{405, "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"},
		{405, "DELETE / HTTP/1.1\r\n\r\n"},
		{400, "\r\n\r\n"},
		{400, "GET\r\n\r\n"},
		{400, "GET /\r\n\r\n"},
		{400, "GET / HTTP/2.0\r\n\r\n"},
		{400, "get / HTTP/1.1\r\n\r\n"},
		{400, "GET nowhere HTTP/1.1\r\n\r\n"},
		{400, " GET / HTTP/1.1\r\n\r\n"},
		{400, "GET  / HTTP/1.1\r\n\r\n"},
		{400, "GET / HTTP/1.1\r\nno colon\r\n\r\n"},
		{400, "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"},
		{400, "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"},
		{400, "GET / HTTP/1.1\r\nContent-Length: 1 2\r\n\r\n"},
		{413, "GET / HTTP/1.1\r\nContent-Length: 65537\r\n\r\n"},
		{413, "GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n"},
		{413, "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"},
	};

	start_server("--threaded", NULL);
	for (size_t i = 0; i < COUNT(cases); i++) {
		int status = say(cases[i].said);

		if (status != cases[i].status)
			check_fail(__FILE__, __LINE__, "%s: expected %d, got %d", cases[i].said,
				   cases[i].status, status);
	}
	CHECK_EQ(say_bytes("GET /\0 HTTP/1.1\r\n\r\n", 19), 400);
	memset(text, 'a', sizeof(text));
	memcpy(text, "GET /", 5);
	CHECK_EQ(say_bytes(text, 60000), 413); /* a head without an end */
	CHECK_EQ(say("GET / HTTP/1.1\r\n\r\n"), 200);
	stop_server();
}

/* Whatever bytes come, the server answers 400 or not at all, and goes on. */
static void survives_noise(void)
{
	unsigned seed = check_env("SEED", 1);
	char noise[600];

	start_server("--pool", "2");
	for (int round = 0; round < 60; round++) {
		int n;

		for (n = 0; n < (int)sizeof(noise) - 4; n++) {
			seed = seed * 1103515245 + 12345;
			noise[n] = round & 1 ? (char)(seed >> 16)
					     : " /:\r\nGETHP1.x"[seed >> 16 & 15];
		}
		memcpy(noise + n, "\r\n\r\n", 4);
		n = say_bytes(noise, sizeof(noise));
		CHECK(n == 0 || (n >= 400 && n <= 413));
	}
	CHECK_EQ(say("GET / HTTP/1.1\r\n\r\n"), 200);
	stop_server();
}

/* Two say the first half, and no more: 408 after two seconds. */
static void times_out(void)
{
	static const char half_head[] = "GET / HTTP",
			  half_body[] = "POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nonly this";
	long long start;
	int body;

	start_patient_server("--threaded", NULL, SLOW, "2000");
	start = check_now_us();
	body = say_first(half_body, sizeof(half_body) - 1);
	CHECK_EQ(say(half_head), 408);
	CHECK_AT_LEAST(check_now_us() - start, 1900000);
	CHECK_EQ(answer_on(body), 408);
	stop_server();
}

/*
 * Two hundred at once: silent, half said, closed, shut down, and ones that send without reading.
 * Between them and after them the fast ones are served, while those who asked for what is slow have
 * no answer yet.
 */
static void two_hundred(void)
{
	static const char *const said[] = {"", "G", "GET /slow HTTP/1.1\r\n\r\n",
					   "GET / HTTP/1.1\r\nHo", "nonsense\r\n\r\n"};
	int fds[200], waiting = 0;

	start_slow_server("--threaded", NULL, NEVER);
	for (int i = 0; i < 200; i++) {
		const char *words = said[i % COUNT(said)];

		fds[i] = connect_once();
		CHECK(fds[i] >= 0);
		send(fds[i], words, strlen(words), MSG_NOSIGNAL);
		if (i % 7 == 0)
			shutdown(fds[i], SHUT_WR);
		if (i % 11 == 0) {
			close(fds[i]);
			fds[i] = -1;
		}
		if (i % 40 == 39)
			CHECK_EQ(say("GET /fast HTTP/1.1\r\n\r\n"), 200);
	}
	CHECK_EQ(say("GET /fast HTTP/1.1\r\n\r\n"), 200);
	for (int i = 0; i < 200; i++) {
		if (i % COUNT(said) == 2 && fds[i] >= 0) {
			CHECK_EQ(ipc_poll(fds[i], POLLIN) & POLLIN, 0);
			waiting++;
		}
		if (fds[i] >= 0)
			close(fds[i]);
	}
	CHECK_RANGE(waiting, 30, 40);
	CHECK_EQ(say("GET / HTTP/1.1\r\n\r\n"), 200);
	stop_server();
}

/* One thread serves in order: who comes behind a slow one waits. With two, it does not, and then
 * the slow one is not waited for. */
static void forms(void)
{
	static const struct {
		const char *form, *number;
		int waits;
	} servers[] = {{"--single", NULL, 1},
		       {"--threaded", NULL, 0},
		       {"--pool", "2", 0},
		       {"--pool", "1", 1}};

	for (size_t i = 0; i < COUNT(servers); i++) {
		int slow;

		start_slow_server(servers[i].form, servers[i].number,
				  servers[i].waits ? SLOW : NEVER);
		slow = connect_once();
		CHECK_EQ(write(slow, "GET /slow HTTP/1.1\r\n\r\n", 22), 22);
		CHECK_EQ(say("GET /fast HTTP/1.1\r\n\r\n"), 200);
		CHECK_EQ(ipc_poll(slow, POLLIN) & POLLIN, servers[i].waits ? POLLIN : 0);
		if (servers[i].waits)
			CHECK(read(slow, text, sizeof(text)) > 0);
		close(slow);
		stop_server();
	}
}

static int webget(const char *option, const char *value, const char *path)
{
	const char *get = program("WEBGET", "/bin/webget");
	pid_t pid = fork();

	if (pid == 0) {
		dup2(open("webget.out", O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
		dup2(1, 2);
		execl(get, "webget", "-s", address.sun_path, option, value, path, (char *)NULL);
		_exit(127);
	}
	return check_wait(pid, 15000);
}

static void client_program(void)
{
	char *end;
	int fd, n;

	start_server("--threaded", NULL);
	CHECK_EXITED(webget("-c", "1", "/"), 0);
	fd = CHECK_OK(open("webget.out", O_RDONLY));
	n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	CHECK_STR(text, "Hello, World!\n");
	close(fd);
	CHECK_EXITED(webget("-c", "1", "/nowhere"), 1);
	CHECK_EXITED(webget("-c", "50", "/fast"), 0);
	fd = CHECK_OK(open("webget.out", O_RDONLY));
	n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	end = strstr(text, "50 of 50 answered\n");
	CHECK(end && !end[18]);
	CHECK_EXITED(webget("-c", "x", "/"), 2);
	CHECK_EXITED(webget("-c", "513", "/"), 2);
	stop_server();
}

/* The table of both servers; its last line says whether it showed what it should. */
static void compared(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		dup2(open("webget.out", O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
		execl(program("WEBGET", "/bin/webget"), "webget", "--compare", "--slow", "1500",
		      (char *)NULL);
		_exit(127);
	}
	CHECK_EXITED(check_wait(pid, 15000), 0);
}

static const struct check_case cases[] = {
	CASE(answers), CASE(refuses),        CASE(survives_noise), CASE(times_out),
	CASE(forms),   CASE(client_program), CASE(compared),       CASE_LIMIT(two_hundred, 60000),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
