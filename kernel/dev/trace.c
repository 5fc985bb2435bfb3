/* SPDX-License-Identifier: MIT */
/* /dev/trace: turns tracing on and off, makes the rings when they are needed first, and shows what
 * is in them. */
#include "dev/trace.h"

#include "base/boot_info.h"
#include "base/printk.h"
#include "base/trace.h"
#include "dev/devfs.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "lib/util.h"
#include "lib/vsnprintf.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "sync/mutex.h"

#define EVENTS_DEFAULT (16 * 1024UL)
#define EVENTS_MIN     1024UL
#define EVENTS_MAX     ((PAGE_SIZE << FRAME_ORDER_MAX) / sizeof(struct trace_event))

static struct mutex control; /* who turns it on or off */
static unsigned order;       /* of a ring's frames; const after boot */

/* ---- On and off ---- */

/* [control] -ENOMEM: the rings that could be made stay for the next try. */
static int make_rings(void)
{
	for (unsigned id = 0; id < cpu_count(); id++) {
		if (trace_rings[id].events)
			continue;
		struct frame *frame = frame_alloc(order, FRAME_ZERO);
		if (!frame)
			return -ENOMEM;
		trace_set_ring(id, frame_vaddr(frame),
			       (PAGE_SIZE << order) / sizeof(struct trace_event));
	}
	return 0;
}

static int turn(bool on)
{
	mutex_lock(&control);
	int rc = on ? make_rings() : 0;
	if (rc == 0)
		trace_turn(on);
	mutex_unlock(&control);
	return rc;
}

static ssize_t trace_write(struct file *file, struct uio *from, uint64_t *position)
{
	char word[8];
	ssize_t length = uio_copy_in(from, word, sizeof(word) - 1);

	if (length <= 0)
		return length;
	word[word[length - 1] == '\n' ? length - 1 : length] = '\0';
	int rc = strcmp(word, "on") == 0    ? turn(true)
		 : strcmp(word, "off") == 0 ? turn(false)
					    : -EINVAL;
	return rc ? rc : length;
}

/* ---- Reading ---- */

/* One opening of the file: the line that is being read, and where the next one comes from. */
struct reader {
	struct mutex lock;
	/* [lock] */
	struct trace_cursor cursor;
	uint64_t lost_told;
	struct trace_event event;
	unsigned cpu;
	bool pending; /* `event` was taken from the cursor and waits for its line */
	char line[TRACE_LINE_MAX];
	size_t length, done;
};

static int trace_open(struct inode *inode, struct file *file)
{
	struct reader *reader = kmalloc(sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	memset(reader, 0, sizeof(*reader));
	mutex_init(&reader->lock, "trace reader", RANK_TTY);
	trace_cursor_start(&reader->cursor);
	reader->length = (size_t)snprintf(reader->line, sizeof(reader->line),
					  "# tracing %s, %lu events a CPU\n",
					  atomic_load(&trace_enabled) ? "on" : "off",
					  trace_capacity);
	file->private = reader;
	return 0;
}

static void trace_release(struct file *file)
{
	kfree(file->private);
}

/* Makes the next line. False: there is none. */
static bool next_line(struct reader *reader)
{
	struct trace_cursor *cursor = &reader->cursor;
	int length;

	if (!reader->pending)
		reader->pending = trace_next(cursor, &reader->event, &reader->cpu);
	if (cursor->lost > reader->lost_told) {
		length = snprintf(reader->line, sizeof(reader->line), "# lost %lu",
				  cursor->lost - reader->lost_told);
		reader->lost_told = cursor->lost;
	} else if (reader->pending) {
		length = trace_format(reader->line, sizeof(reader->line), &reader->event,
				      reader->cpu);
		reader->pending = false;
	} else {
		return false;
	}
	reader->done = 0;
	reader->length = MIN((size_t)length, sizeof(reader->line) - 2);
	reader->line[reader->length++] = '\n';
	return true;
}

/* [reader->lock] Bytes done, or -EFAULT. */
static ssize_t read_locked(struct reader *reader, struct uio *to)
{
	ssize_t total = 0;

	while (to->left > 0 && !wait_interrupted(WAIT_KILLABLE)) {
		if (reader->done == reader->length && !next_line(reader))
			break;
		ssize_t done = uio_copy_out(to, reader->line + reader->done,
					    reader->length - reader->done);
		if (done < 0)
			return total > 0 ? total : done;
		reader->done += (size_t)done;
		total += done;
	}
	return total;
}

static ssize_t trace_read(struct file *file, struct uio *to, uint64_t *position)
{
	struct reader *reader = file->private;

	mutex_lock(&reader->lock);
	ssize_t done = read_locked(reader, to);
	mutex_unlock(&reader->lock);
	return done;
}

/* ---- Set-up ---- */

static const struct file_ops trace_ops = {
	.read = trace_read, .write = trace_write, .release = trace_release};

static struct panic_reporter last_events = {
	.title = "The last trace events (seconds, CPU, thread, what)", .report = trace_print_last};

void trace_device_init(void)
{
	uint64_t events =
		boot_option_number("trace_events", EVENTS_DEFAULT, EVENTS_MIN, EVENTS_MAX);

	while ((PAGE_SIZE << order) / sizeof(struct trace_event) < events)
		order++;
	mutex_init(&control, "trace", RANK_TTY);
	devfs_add("trace", device_number(10, 241), 0666, &trace_ops, trace_open);
	panic_add_reporter(&last_events);
	if (boot_option_on("trace") && turn(true))
		printk("trace: no memory for rings of %lu events\n", events);
}
