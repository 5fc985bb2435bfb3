/* SPDX-License-Identifier: MIT */
/* Pipes, FIFOs and poll, between kernel threads. */
#include "tests/kernel/fs_help.h"
#include "tests/kernel/sync_help.h"

#include "arch/clock.h"
#include "base/random.h"
#include "ipc/pipe.h"
#include "ipc/poll.h"
#include "lib/list.h"
#include "mm/frame.h"
#include "mm/slab.h"

#define PIPE_BYTES 65536

static unsigned events(struct file *file)
{
	struct poll_entry entry = {.file = file, .events = POLLIN | POLLOUT};

	return poll_wait(&entry, 1, 0) == 1 ? entry.result : 0;
}

KTEST(pipe_basics)
{
	static char block[PIPE_BYTES + 1];
	struct file *ends[2];
	char text[8];

	KTEST_EQUAL(pipe_create(O_NONBLOCK, ends), 0);
	KTEST_EQUAL(events(ends[0]), 0);
	KTEST_EQUAL(events(ends[1]), POLLOUT);
	KTEST_EQUAL(help_read(ends[0], text, 8), -EAGAIN);
	KTEST_EQUAL(help_read(ends[0], text, 0), 0);
	KTEST_EQUAL(help_read(ends[1], text, 8), -EBADF);
	KTEST_EQUAL(help_write(ends[0], text, 8), -EBADF);
	KTEST_EQUAL(file_seek(ends[0], 0, SEEK_CUR), -ESPIPE);
	KTEST_EQUAL(help_write(ends[1], "hello", 5), 5);
	KTEST_EQUAL(events(ends[0]), POLLIN);
	KTEST_EQUAL(help_read(ends[0], text, 3), 3);
	KTEST_EQUAL(help_read(ends[0], text, 8), 2);
	KTEST_EQUAL(memcmp(text, "lo", 2), 0);

	/* Full: a small write goes in whole or not at all, a large one in part. */
	KTEST_EQUAL(help_write(ends[1], block, PIPE_BYTES + 1), PIPE_BYTES);
	KTEST_EQUAL(events(ends[1]), 0);
	KTEST_EQUAL(help_write(ends[1], block, 1), -EAGAIN);
	KTEST_EQUAL(help_read(ends[0], block, 100), 100);
	KTEST_EQUAL(help_write(ends[1], block, 101), -EAGAIN);
	KTEST_EQUAL(help_write(ends[1], block, PIPE_BUF + 1), 100);
	KTEST_EQUAL(help_read(ends[0], block, sizeof(block)), PIPE_BYTES);

	char name[32];
	KTEST_CHECK(dentry_path(ends[0]->dentry, name, sizeof(name)) > 6);
	KTEST_EQUAL(memcmp(name, "pipe:[", 6), 0);
	struct stat stat;
	vfs_stat(ends[0]->inode, &stat);
	KTEST_CHECK(S_ISFIFO(stat.st_mode));

	file_put(ends[1]);
	KTEST_EQUAL(events(ends[0]), POLLHUP);
	KTEST_EQUAL(help_read(ends[0], text, 8), 0);
	file_put(ends[0]);
	KTEST_EQUAL(pipe_create(0, ends), 0);
	file_put(ends[0]);
	KTEST_EQUAL(events(ends[1]), POLLOUT | POLLERR);
	KTEST_EQUAL(help_write(ends[1], "x", 1), -EPIPE);
	file_put(ends[1]);
}

struct cut_write {
	struct file *end;
	struct uio uio;
};

static void write_too_much(void *argument)
{
	static char block[PIPE_BYTES + 1];
	struct cut_write *write = argument;

	uio_init_kernel(&write->uio, block, sizeof(block));
	KTEST_EQUAL(file_write(write->end, &write->uio, NULL), PIPE_BYTES);
}

/* A write that ends in the middle tells why, and what comes after it changes nothing of that. */
KTEST(pipe_tells_why_a_write_ended)
{
	struct cut_write write;
	struct file *ends[2];

	KTEST_EQUAL(pipe_create(O_NONBLOCK, ends), 0);
	write.end = ends[1];
	write_too_much(&write);
	file_put(ends[0]);
	KTEST_CHECK(!write.uio.no_reader);
	file_put(ends[1]);

	KTEST_EQUAL(pipe_create(0, ends), 0);
	write.end = ends[1];
	struct kthread *writer = kthread_run("writer", write_too_much, &write);
	await_blocked(writer);
	file_put(ends[0]);
	kthread_join(writer);
	KTEST_CHECK(write.uio.no_reader);
	file_put(ends[1]);
}

/* Takes blocks until there are none; how many. */
static size_t take_all(struct list *taken, unsigned order)
{
	struct frame *frame;
	size_t count = 0;

	for (; (frame = frame_alloc(order, 0)); count++)
		list_push_back(taken, &frame->node);
	return count;
}

/* Takes all memory but single pages: some whose neighbours are taken, so that they stay single. */
static void take_blocks(struct list *taken)
{
	struct frame *singles[64];

	for (size_t i = 0; i < ARRAY_SIZE(singles); i++)
		singles[i] = frame_alloc(0, 0);
	for (size_t i = 0; i < ARRAY_SIZE(singles); i++) {
		if (!singles[i])
			continue;
		if (frame_paddr(singles[i]) & PAGE_SIZE)
			list_push_back(taken, &singles[i]->node);
		else
			frame_put(singles[i]);
	}
	frame_drain_caches();
	for (unsigned order = FRAME_ORDER_MAX; order > 0; order--)
		take_all(taken, order);
}

static void give_back(struct list *taken)
{
	struct list_node *node;

	while ((node = list_pop_front(taken)))
		frame_put(container_of(node, struct frame, node));
}

/* A pipe that gets only its first two pages is a small pipe, with all that it promises. */
KTEST(pipe_without_large_memory)
{
	static char block[PIPE_BYTES], back[PIPE_BYTES];
	const ssize_t small = 8192;
	struct list taken = LIST_INIT(taken);
	struct file *ends[2];

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = i ^ i >> 8;
	KTEST_EQUAL(pipe_create(O_NONBLOCK, ends), 0);
	take_blocks(&taken);
	KTEST_EQUAL(help_write(ends[1], block, PIPE_BYTES), small);
	KTEST_EQUAL(events(ends[1]), 0);
	KTEST_EQUAL(help_write(ends[1], block, 1), -EAGAIN);
	KTEST_EQUAL(help_read(ends[0], back, 5000), 5000);
	KTEST_EQUAL(memcmp(back, block, 5000), 0);
	KTEST_EQUAL(events(ends[1]), POLLOUT);
	KTEST_EQUAL(help_write(ends[1], block, 5001), 5000); /* goes round */
	KTEST_EQUAL(help_read(ends[0], back, PIPE_BYTES), small);
	KTEST_EQUAL(memcmp(back, block + 5000, small - 5000), 0);
	KTEST_EQUAL(memcmp(back + small - 5000, block, 5000), 0);
	KTEST_EQUAL(help_write(ends[1], block, PIPE_BYTES), small);
	give_back(&taken);
	KTEST_EQUAL(help_write(ends[1], block, 1), -EAGAIN);
	KTEST_EQUAL(help_read(ends[0], back, PIPE_BYTES), small);
	KTEST_EQUAL(help_write(ends[1], block, PIPE_BYTES), PIPE_BYTES);
	KTEST_EQUAL(help_read(ends[0], back, PIPE_BYTES), PIPE_BYTES);
	KTEST_EQUAL(memcmp(back, block, PIPE_BYTES), 0);
	file_put(ends[0]);
	file_put(ends[1]);
}

/* A pipe whose first write finds no memory at all is none the worse for it when there is some. */
KTEST(pipe_without_memory)
{
	static char block[PIPE_BYTES], back[PIPE_BYTES];
	struct list taken = LIST_INIT(taken);
	struct file *ends[2];

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = i ^ i >> 8;
	KTEST_EQUAL(pipe_create(O_NONBLOCK, ends), 0);
	take_blocks(&taken);
	/* Once more, for what was left in the list of a CPU on which we no longer are. */
	while (take_all(&taken, 0) > 0)
		frame_drain_caches();
	ssize_t written = help_write(ends[1], block, PIPE_BYTES);
	give_back(&taken);
	KTEST_EQUAL(written, -ENOMEM);
	KTEST_EQUAL(events(ends[0]), 0);
	KTEST_EQUAL(events(ends[1]), POLLOUT);
	KTEST_EQUAL(help_write(ends[1], block, PIPE_BYTES), PIPE_BYTES);
	KTEST_EQUAL(help_read(ends[0], back, PIPE_BYTES), PIPE_BYTES);
	KTEST_EQUAL(memcmp(back, block, PIPE_BYTES), 0);
	file_put(ends[0]);
	file_put(ends[1]);
}

/* ---- A stream between two threads: pieces of any size, every byte checked ---- */

#define STREAM_BYTES (4 << 20)

struct stream {
	struct file *ends[2];
	size_t piece_max;
};

static char stream_byte(size_t position)
{
	return position ^ position >> 8 ^ position >> 16;
}

static void write_stream(void *argument)
{
	struct stream *stream = argument;
	char *piece = kmalloc(stream->piece_max);

	KTEST_CHECK(piece != NULL);
	for (size_t done = 0; piece && done < STREAM_BYTES;) {
		size_t size = 1 + random_u64() % stream->piece_max;

		for (size_t i = 0; i < size; i++)
			piece[i] = stream_byte(done + i);
		KTEST_EQUAL(help_write(stream->ends[1], piece, size), size);
		done += size;
	}
	kfree(piece);
	file_put(stream->ends[1]);
}

static void run_stream(size_t write_max, size_t read_max)
{
	struct stream stream = {.piece_max = write_max};
	char *piece = kmalloc(read_max);
	size_t wrong = 0, done = 0;

	KTEST_EQUAL(pipe_create(0, stream.ends), 0);
	struct kthread *writer = kthread_run("writer", write_stream, &stream);
	for (;;) {
		ssize_t got = help_read(stream.ends[0], piece, 1 + random_u64() % read_max);

		if (got <= 0)
			break;
		for (ssize_t i = 0; i < got; i++)
			wrong += piece[i] != stream_byte(done + i);
		done += got;
	}
	KTEST_EQUAL(wrong, 0);
	KTEST_CHECK(done >= STREAM_BYTES);
	kthread_join(writer);
	file_put(stream.ends[0]);
	kfree(piece);
}

KTEST(pipe_stream)
{
	run_stream(100000, 100000);
	run_stream(5000, 70000);
	run_stream(200000, 3000);
}

/* ---- Several writers, whose records of up to PIPE_BUF must not mix ---- */

#define RECORD_WRITERS 4
#define RECORDS        600

struct record {
	uint16_t size; /* of the whole */
	uint8_t writer, check;
	char fill[PIPE_BUF - 4];
};

static void write_records(void *argument)
{
	struct file *end = argument;
	struct record *record = kmalloc(sizeof(*record));
	uint8_t self = random_u64();

	for (int i = 0; record && i < RECORDS; i++) {
		record->size = 4 + random_u64() % (PIPE_BUF - 3);
		record->writer = self;
		record->check = record->size ^ self;
		memset(record->fill, self, record->size - 4);
		KTEST_EQUAL(help_write(end, record, record->size), record->size);
	}
	kfree(record);
	file_put(end);
}

static bool read_whole(struct file *end, void *to, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t got = help_read(end, (char *)to + done, size - done);

		if (got <= 0)
			return false;
		done += got;
	}
	return true;
}

KTEST(pipe_records_stay_whole)
{
	struct kthread *writers[RECORD_WRITERS];
	struct record *record = kmalloc(sizeof(*record));
	struct file *ends[2];
	unsigned records = 0, broken = 0;

	KTEST_EQUAL(pipe_create(0, ends), 0);
	for (int i = 0; i < RECORD_WRITERS; i++) {
		file_get(ends[1]);
		writers[i] = kthread_run("writer", write_records, ends[1]);
	}
	file_put(ends[1]);
	while (!broken && read_whole(ends[0], record, 4)) {
		size_t size = record->size;

		if (size < 4 || size > PIPE_BUF ||
		    record->check != (uint8_t)(size ^ record->writer) ||
		    !read_whole(ends[0], record->fill, size - 4)) {
			broken++;
			break;
		}
		for (size_t i = 0; i < size - 4; i++)
			broken += (uint8_t)record->fill[i] != record->writer;
		records++;
	}
	KTEST_EQUAL(broken, 0);
	KTEST_EQUAL(records, RECORD_WRITERS * RECORDS);
	file_put(ends[0]);
	for (int i = 0; i < RECORD_WRITERS; i++)
		kthread_join(writers[i]);
	kfree(record);
}

/* ---- FIFOs ---- */

static void write_to_fifo(void *unused)
{
	KTEST_EQUAL(help_put("/tmp/fifo", "through"), 0); /* waits for the reader */
}

KTEST(pipe_fifo)
{
	struct file *reader, *writer;
	char text[16];

	KTEST_EQUAL(vfs_make(NULL, "/tmp/fifo", S_IFIFO | 0644, 0), 0);
	KTEST_EQUAL(help_open_error("/tmp/fifo", O_WRONLY | O_NONBLOCK), -ENXIO);
	struct kthread *thread = kthread_run("fifo", write_to_fifo, NULL);
	KTEST_EQUAL(vfs_open(NULL, "/tmp/fifo", O_RDONLY, 0, &reader), 0);
	KTEST_EQUAL(help_read(reader, text, sizeof(text)), 7);
	KTEST_EQUAL(memcmp(text, "through", 7), 0);
	KTEST_EQUAL(help_read(reader, text, sizeof(text)), 0);
	kthread_join(thread);
	file_put(reader);

	/* Without waiting: no end of file announced before a writer was there. */
	KTEST_EQUAL(vfs_open(NULL, "/tmp/fifo", O_RDONLY | O_NONBLOCK, 0, &reader), 0);
	KTEST_EQUAL(events(reader), 0);
	KTEST_EQUAL(help_read(reader, text, sizeof(text)), 0);
	KTEST_EQUAL(vfs_open(NULL, "/tmp/fifo", O_WRONLY | O_NONBLOCK, 0, &writer), 0);
	KTEST_EQUAL(help_read(reader, text, sizeof(text)), -EAGAIN);
	KTEST_EQUAL(help_write(writer, "left", 4), 4);
	file_put(writer);
	KTEST_EQUAL(events(reader), POLLIN | POLLHUP);
	KTEST_EQUAL(help_read(reader, text, sizeof(text)), 4);
	KTEST_EQUAL(events(reader), POLLHUP);
	file_put(reader);
	HELP_UNLINK("/tmp/fifo");
}

/* ---- poll ---- */

KTEST(poll_times_out)
{
	struct poll_entry entry = {.events = POLLIN};
	struct file *ends[2];
	uint64_t start = clock_now();

	KTEST_EQUAL(pipe_create(0, ends), 0);
	entry.file = ends[0];
	KTEST_EQUAL(poll_wait(&entry, 1, start + 5 * NS_PER_MS), 0);
	KTEST_CHECK(clock_now() >= start + 5 * NS_PER_MS);
	KTEST_EQUAL(poll_wait(NULL, 0, clock_now() + NS_PER_MS), 0);
	file_put(ends[0]);
	file_put(ends[1]);
}

#define POLL_PIPES  150 /* more than one block of waiters */
#define POLL_ROUNDS 400

static struct file *poll_pipes[POLL_PIPES][2];

static void poke(void *unused)
{
	for (int i = 0; i < POLL_ROUNDS; i++)
		KTEST_EQUAL(help_write(poll_pipes[random_u64() % POLL_PIPES][1], "x", 1), 1);
}

/* One reader on many pipes gets all that two writers write: no wake-up is lost. */
KTEST(poll_many)
{
	struct poll_entry *entries = kmalloc(POLL_PIPES * sizeof(*entries));
	struct kthread *threads[2];
	int got = 0;

	KTEST_CHECK(entries != NULL);
	for (int i = 0; i < POLL_PIPES; i++) {
		KTEST_EQUAL(pipe_create(0, poll_pipes[i]), 0);
		entries[i] = (struct poll_entry){.file = poll_pipes[i][0], .events = POLLIN};
	}
	for (int i = 0; i < 2; i++)
		threads[i] = kthread_run("poke", poke, NULL);
	while (got < 2 * POLL_ROUNDS) {
		int ready = poll_wait(entries, POLL_PIPES, clock_now() + 20 * NS_PER_SEC);

		KTEST_CHECK(ready > 0);
		if (ready <= 0)
			break;
		for (int i = 0; i < POLL_PIPES; i++) {
			char text[64];
			ssize_t count;

			if (!(entries[i].result & POLLIN))
				continue;
			count = help_read(entries[i].file, text, sizeof(text));
			KTEST_CHECK(count > 0);
			got += count;
		}
	}
	KTEST_EQUAL(got, 2 * POLL_ROUNDS);
	for (int i = 0; i < 2; i++)
		kthread_join(threads[i]);
	for (int i = 0; i < POLL_PIPES; i++) {
		file_put(poll_pipes[i][0]);
		file_put(poll_pipes[i][1]);
	}
	kfree(entries);
}
