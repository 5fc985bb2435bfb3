/* SPDX-License-Identifier: MIT */
/*
 * 4,096 processes alive at once (PROCESSES sets another number): all are started, every one says
 * that it lives and looks at its own memory, and all end with the status asked of them. Wants a
 * machine of its own with 512 MiB (tests=helper_many).
 */
#include "check.h"

static volatile int own_value;

/* One of the crowd: writes its number, says it is there, waits for the gate, checks its number. */
static void live(int number, int gate, int here)
{
	char c;

	own_value = number;
	if (write(here, "x", 1) != 1)
		_exit(101);
	if (read(gate, &c, 1) != 0)
		_exit(102);
	_exit(own_value == number ? number % 100 : 103);
}

/* The processes in /proc, to see them all alive at one moment. */
static int processes_running(void)
{
	char text[4096], *p;
	int fd = open("/proc/loadavg", O_RDONLY), n;

	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	p = strchr(text, '/');
	return p ? atoi(p + 1) : 0;
}

int main(void)
{
	int total = check_env("PROCESSES", 4096), started = 0, heard = 0, status, wrong = 0;
	int gate[2], here[2];
	long long start = check_now_us();
	char buffer[256];

	CHECK_OK(pipe(gate));
	CHECK_OK(pipe(here));
	for (; started < total; started++) {
		pid_t pid = fork();

		if (pid == 0) {
			close(gate[1]);
			close(here[0]);
			live(started, gate[0], here[1]);
		}
		if (pid < 0) {
			check_fail(__FILE__, __LINE__, "fork %d of %d: errno %d", started, total,
				   errno);
			break;
		}
	}
	while (heard < started) {
		int n = read(here[0], buffer, sizeof(buffer));

		if (n <= 0)
			break;
		heard += n;
	}
	CHECK_EQ(heard, total);
	CHECK(processes_running() >= total);
	check_print("%d processes alive after %lld ms", heard, (check_now_us() - start) / 1000);
	close(gate[1]);
	for (int i = 0; i < started; i++)
		wrong += wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) >= 100;
	CHECK_EQ(wrong, 0);
	CHECK_ERRNO(wait(&status), ECHILD);
	check_print("%d processes in %lld ms", started, (check_now_us() - start) / 1000);
	return check_failures ? 1 : 0;
}
