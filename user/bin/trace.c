/* SPDX-License-Identifier: MIT */
/* trace: turns the kernel's tracing on and off, and shows what it recorded (/dev/trace). */
#include "common.h"

#define DEVICE "/dev/trace"

static void turn(const char *word)
{
	int fd = open(DEVICE, O_WRONLY);

	if (fd < 0 || write_all(fd, word, strlen(word)))
		err(EXIT_FAILURE, DEVICE);
}

static void dump(void)
{
	static char buffer[BUFFER_SIZE];
	int fd = open(DEVICE, O_RDONLY);
	ssize_t got;

	if (fd < 0)
		err(EXIT_FAILURE, DEVICE);
	while ((got = read_some(fd, buffer, sizeof(buffer))) > 0)
		if (write_all(STDOUT_FILENO, buffer, (size_t)got))
			err(EXIT_FAILURE, "write");
	if (got < 0)
		err(EXIT_FAILURE, DEVICE);
}

int main(int argc, char **argv)
{
	const char *word = argc == 2 ? argv[1] : "";

	if (!strcmp(word, "on") || !strcmp(word, "off"))
		turn(word);
	else if (!strcmp(word, "dump"))
		dump();
	else
		usage("trace on | off | dump");
	return EXIT_SUCCESS;
}
