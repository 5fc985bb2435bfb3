/* SPDX-License-Identifier: MIT */
/*
 * FIFOs: what opening waits for and what ends the wait, several readers and writers, the end of
 * file and what comes after it, names that go while the FIFO is in use. (What a FIFO has in common
 * with a pipe is in pipes.c.)
 */
#include "ipc_help.h"

#define NAME "fifo"

static void make(void)
{
	unlink(NAME);
	CHECK_OK(mkfifo(NAME, 0600));
}

static void call_open_read(void)
{
	if (open(NAME, O_RDONLY) < 0)
		_exit(errno);
}

static void call_open_write(void)
{
	if (open(NAME, O_WRONLY) < 0)
		_exit(errno);
}

static void open_other_side(void)
{
	/* Both at once satisfy whoever waits. */
	close(CHECK_OK(open(NAME, O_RDWR)));
}

static void opening_waits(void)
{
	make();
	ipc_check_blocking("open to read", call_open_read, open_other_side, 0);
	ipc_check_blocking("open to write", call_open_write, open_other_side, 0);
	/* Nothing is left of those that were killed while they waited. */
	CHECK_ERRNO(open(NAME, O_WRONLY | O_NONBLOCK), ENXIO);
	CHECK_EQ(read(CHECK_OK(open(NAME, O_RDONLY | O_NONBLOCK)), &(char){0}, 1), 0);
}

static int fd_in, fd_out;

static void open_ends(void)
{
	make();
	fd_in = CHECK_OK(open(NAME, O_RDONLY | O_NONBLOCK));
	fd_out = CHECK_OK(open(NAME, O_WRONLY));
	CHECK_OK(fcntl(fd_in, F_SETFL, 0));
}

static void call_read(void)
{
	char c;

	if (read(fd_in, &c, 1) < 0)
		_exit(errno);
}

static void give_byte(void)
{
	CHECK_EQ(write(fd_out, "x", 1), 1);
}

static void call_write(void)
{
	static char block[65536];
	ssize_t n;

	CHECK_OK(fcntl(fd_out, F_SETFL, O_NONBLOCK));
	while ((n = write(fd_out, block, 4096)) > 0)
		;
	CHECK_OK(fcntl(fd_out, F_SETFL, 0));
	if (write(fd_out, block, 1) < 0)
		_exit(errno);
}

static void take_bytes(void)
{
	static char block[65536];

	CHECK(read(fd_in, block, sizeof(block)) > 0);
}

static void transfers_wait(void)
{
	open_ends();
	ipc_check_blocking("read", call_read, give_byte, 0);
	open_ends();
	ipc_check_blocking("write", call_write, take_bytes, 0);
}

/* The last writer goes: an end; the next one comes: it is over. */
static void end_and_beginning(void)
{
	char c;

	open_ends();
	CHECK_EQ(write(fd_out, "a", 1), 1);
	close(fd_out);
	CHECK_EQ(ipc_poll(fd_in, POLLIN), POLLIN | POLLHUP);
	CHECK_EQ(read(fd_in, &c, 1), 1);
	CHECK_EQ(read(fd_in, &c, 1), 0);
	CHECK_EQ(ipc_poll(fd_in, POLLIN), POLLHUP);
	fd_out = CHECK_OK(open(NAME, O_WRONLY | O_NONBLOCK));
	CHECK_EQ(ipc_poll(fd_in, POLLIN), 0);
	ipc_nonblock(fd_in);
	CHECK_ERRNO(read(fd_in, &c, 1), EAGAIN);
	CHECK_EQ(write(fd_out, "b", 1), 1);
	CHECK_EQ(read(fd_in, &c, 1), 1);
	CHECK_EQ(c, 'b');
}

/* What was written and not read is gone with the last descriptor. */
static void content_goes(void)
{
	char c;

	open_ends();
	CHECK_EQ(write(fd_out, "lost", 4), 4);
	close(fd_in);
	close(fd_out);
	fd_in = CHECK_OK(open(NAME, O_RDONLY | O_NONBLOCK));
	CHECK_EQ(read(fd_in, &c, 1), 0);
}

static void call_read_until_end(void)
{
	char c;

	close(fd_out);
	CHECK_EQ(read(fd_in, &c, 1), 0);
}

/* The writer is killed: the reader that sleeps sees the end. */
static void writer_dies(void)
{
	pid_t writer, reader;

	open_ends();
	writer = fork();
	if (writer == 0) {
		close(fd_in);
		pause();
	}
	reader = ipc_start(call_read_until_end, 0);
	close(fd_out);
	check_await_asleep(reader);
	kill(writer, SIGKILL);
	CHECK_KILLED(check_wait(writer, 5000), SIGKILL);
	CHECK_EXITED(check_wait(reader, 5000), 0);
}

/* Without its name the FIFO goes on; another of the same name is another. */
static void name_goes(void)
{
	char c;
	int other;

	open_ends();
	CHECK_OK(unlink(NAME));
	CHECK_OK(mkfifo(NAME, 0600));
	other = CHECK_OK(open(NAME, O_RDONLY | O_NONBLOCK));
	CHECK_EQ(write(fd_out, "x", 1), 1);
	CHECK_EQ(read(other, &c, 1), 0);
	CHECK_EQ(read(fd_in, &c, 1), 1);
}

/* Several writers and readers: every record comes out once and whole. */
static void many(void)
{
	enum { SIDES = 3, EACH = 50, RECORD = 64 };
	_Atomic int *seen = check_shared(SIDES * EACH * sizeof(int));
	pid_t pids[2 * SIDES];

	open_ends();
	for (int s = 0; s < 2 * SIDES; s++) {
		pids[s] = fork();
		if (pids[s] == 0) {
			int record[RECORD / sizeof(int)];

			if (s < SIDES) {
				close(fd_in);
				for (int i = 0; i < EACH; i++) {
					for (size_t k = 0; k < COUNT(record); k++)
						record[k] = s * EACH + i;
					if (write(fd_out, record, RECORD) != RECORD)
						_exit(1);
				}
				_exit(0);
			}
			close(fd_out);
			while (read(fd_in, record, RECORD) == RECORD) {
				for (size_t k = 1; k < COUNT(record); k++)
					if (record[k] != record[0])
						_exit(2);
				seen[record[0]]++;
			}
			_exit(0);
		}
	}
	close(fd_out);
	for (int s = 0; s < 2 * SIDES; s++)
		CHECK_EXITED(check_wait(pids[s], 10000), 0);
	for (int i = 0; i < SIDES * EACH; i++)
		CHECK_EQ(seen[i], 1);
}

static void names(void)
{
	char name[300];

	memset(name, 'f', sizeof(name));
	name[256] = 0;
	CHECK_ERRNO(mkfifo(name, 0600), ENAMETOOLONG);
	CHECK_ERRNO(mkfifo("no/fifo", 0600), ENOENT);
	make();
	CHECK_ERRNO(mkfifo(NAME, 0600), EEXIST);
	CHECK_ERRNO(open(NAME, O_RDONLY | O_DIRECTORY), ENOTDIR);
	fd_in = CHECK_OK(open(NAME, O_RDWR));
	CHECK_ERRNO(lseek(fd_in, 0, SEEK_CUR), ESPIPE);
	CHECK_ERRNO(ftruncate(fd_in, 0), EINVAL);
	CHECK_EQ((long)mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd_in, 0), -1);
	CHECK_EQ(errno, ENODEV);
}

static const struct check_case cases[] = {
	CASE(opening_waits), CASE(transfers_wait), CASE(end_and_beginning),
	CASE(content_goes),  CASE(writer_dies),    CASE(name_goes),
	CASE(many),          CASE(names),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
