/* SPDX-License-Identifier: MIT */
/*
 * Descriptor tables: which number means which open file. Bitmaps say what is in use, a word of 64
 * at a time, and `first_hole` where to start looking: all words before it are full, so the lowest
 * free number is found in one step unless descriptors were closed out of order.
 *
 * A table is shared by all threads of a process (and by processes, with CLONE_FILES). Its spinlock
 * is held for a few instructions; files are opened, closed and dropped outside it.
 */
#include "base/assert.h"
#include "base/spinlock.h"
#include "fs/file.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "lib/util.h"
#include "mm/slab.h"

#define WORD_BITS   64
#define SMALL_SLOTS 64 /* in the table itself: most processes never have more */

/* The part that grows. */
struct slots {
	size_t size;             /* a multiple of WORD_BITS */
	uint64_t *used;          /* a bit per descriptor */
	uint64_t *close_on_exec; /* likewise; meaningful where used */
	struct file **files;     /* NULL where not used */
};

struct fdtable {
	struct refcount references;
	struct spinlock lock;
	/* [lock] */
	struct slots slots;
	size_t first_hole; /* words of `used` before this one are full */
	uint64_t small_used, small_close_on_exec;
	struct file *small_files[SMALL_SLOTS];
};

/* ---- Slots ---- */

/* One allocation for all three arrays; the files first. */
static bool slots_allocate(struct slots *slots, size_t size)
{
	size_t words = size / WORD_BITS;
	struct file **files = kzalloc(size * sizeof(*files) + 2 * words * sizeof(uint64_t));

	if (!files)
		return false;
	slots->size = size;
	slots->files = files;
	slots->used = (uint64_t *)(files + size);
	slots->close_on_exec = slots->used + words;
	return true;
}

static void slots_free(struct fdtable *table, struct slots *slots)
{
	if (slots->files != table->small_files)
		kfree(slots->files);
}

static void slots_copy(struct slots *to, const struct slots *from)
{
	size_t words = from->size / WORD_BITS;

	memcpy(to->files, from->files, from->size * sizeof(*to->files));
	memcpy(to->used, from->used, words * sizeof(uint64_t));
	memcpy(to->close_on_exec, from->close_on_exec, words * sizeof(uint64_t));
}

static void bit_set(uint64_t *bits, int fd, bool value)
{
	if (value)
		bits[fd / WORD_BITS] |= BIT(fd % WORD_BITS);
	else
		bits[fd / WORD_BITS] &= ~BIT(fd % WORD_BITS);
}

static bool bit_get(const uint64_t *bits, int fd)
{
	return bits[fd / WORD_BITS] & BIT(fd % WORD_BITS);
}

/* The first descriptor in use >= fd, or -1. */
static int next_used(const struct slots *slots, int fd)
{
	uint64_t mask = ~(uint64_t)0 << (fd % WORD_BITS);

	for (size_t word = fd / WORD_BITS; word < slots->size / WORD_BITS; word++) {
		uint64_t used = slots->used[word] & mask;

		if (used)
			return word * WORD_BITS + __builtin_ctzll(used);
		mask = ~(uint64_t)0;
	}
	return -1;
}

/* Makes room for descriptor `fd`. Drops the lock while it allocates. -ENOMEM. */
static int grow_locked(struct fdtable *table, int fd)
{
	while ((size_t)fd >= table->slots.size) {
		size_t size = table->slots.size * 2;
		struct slots new, old;

		while (size <= (size_t)fd)
			size *= 2;
		spin_unlock(&table->lock);
		bool allocated = slots_allocate(&new, size);
		spin_lock(&table->lock);
		if (!allocated)
			return -ENOMEM;
		old = new;
		if (new.size > table->slots.size) { /* nobody was faster */
			slots_copy(&new, &table->slots);
			old = table->slots;
			table->slots = new;
		}
		slots_free(table, &old);
	}
	return 0;
}

/* The lowest free descriptor >= lowest; may lie just beyond the slots. */
static int find_free_locked(struct fdtable *table, int lowest)
{
	size_t words = table->slots.size / WORD_BITS, first = (size_t)lowest / WORD_BITS;
	uint64_t mask = ~(uint64_t)0 << (lowest % WORD_BITS);

	if (first < table->first_hole) {
		first = table->first_hole;
		mask = ~(uint64_t)0;
	}
	for (size_t word = first; word < words; word++) {
		uint64_t free = ~table->slots.used[word] & mask;

		if (lowest == 0)
			table->first_hole = word; /* all before have been seen full */
		if (free)
			return word * WORD_BITS + __builtin_ctzll(free);
		mask = ~(uint64_t)0;
	}
	return MAX(words * WORD_BITS, (size_t)lowest);
}

static void put_locked(struct fdtable *table, int fd, struct file *file, bool close_on_exec)
{
	table->slots.files[fd] = file;
	bit_set(table->slots.used, fd, true);
	bit_set(table->slots.close_on_exec, fd, close_on_exec);
}

/* Frees the number; its file, whose reference is the caller's now, or NULL. */
static struct file *take_locked(struct fdtable *table, int fd)
{
	if (fd < 0 || (size_t)fd >= table->slots.size)
		return NULL;
	struct file *file = table->slots.files[fd];
	if (file) {
		table->slots.files[fd] = NULL;
		bit_set(table->slots.used, fd, false);
		table->first_hole = MIN(table->first_hole, (size_t)fd / WORD_BITS);
	}
	return file;
}

/* A file that was taken out of a table. */
static void drop(struct file *file)
{
	if (file->ops->flush)
		file->ops->flush(file);
	file_put(file);
}

/* ---- Life ---- */

struct fdtable *fdtable_create(void)
{
	struct fdtable *table = kmalloc(sizeof(*table));

	if (!table)
		return NULL;
	*table = (struct fdtable){.slots = {.size = SMALL_SLOTS,
					    .used = &table->small_used,
					    .close_on_exec = &table->small_close_on_exec,
					    .files = table->small_files}};
	ref_init(&table->references);
	spin_init(&table->lock, "descriptor table", RANK_FDTABLE);
	return table;
}

struct fdtable *fdtable_clone(struct fdtable *from)
{
	struct fdtable *table = fdtable_create();

	if (!table)
		return NULL;
	spin_lock(&from->lock);
	while (from->slots.size > table->slots.size) {
		size_t size = from->slots.size;

		spin_unlock(&from->lock);
		kfree(table->slots.files == table->small_files ? NULL : table->slots.files);
		if (!slots_allocate(&table->slots, size)) {
			kfree(table);
			return NULL;
		}
		spin_lock(&from->lock); /* it may have grown once more */
	}
	slots_copy(&table->slots, &from->slots);
	table->first_hole = from->first_hole;
	for (int fd = next_used(&from->slots, 0); fd >= 0; fd = next_used(&from->slots, fd + 1))
		file_get(from->slots.files[fd]);
	spin_unlock(&from->lock);
	return table;
}

bool fdtable_is_shared(struct fdtable *table)
{
	return ref_count(&table->references) > 1;
}

bool fdtable_has_room(struct fdtable *table, uint64_t limit)
{
	spin_lock(&table->lock);
	bool has_room = (uint64_t)find_free_locked(table, 0) < limit;
	spin_unlock(&table->lock);
	return has_room;
}

void fdtable_get(struct fdtable *table)
{
	ref_get(&table->references);
}

static void put_table(struct fdtable *table, void (*put)(struct file *file))
{
	if (!ref_put(&table->references))
		return;
	/* Nobody else knows it any more: no lock. */
	for (int fd = next_used(&table->slots, 0); fd >= 0; fd = next_used(&table->slots, fd + 1))
		put(table->slots.files[fd]);
	slots_free(table, &table->slots);
	kfree(table);
}

void fdtable_put(struct fdtable *table)
{
	put_table(table, drop);
}

void fdtable_discard(struct fdtable *table)
{
	put_table(table, file_put);
}

/* ---- Adding ---- */

/* Finds the lowest free numbers, `count` of them, and makes sure that there are slots for them;
 * nothing is taken yet. -EMFILE, -ENOMEM. */
static int find_slots_locked(struct fdtable *table, int lowest, uint64_t limit, int *fds, int count)
{
	for (;;) {
		int next = lowest;

		for (int i = 0; i < count; i++) {
			fds[i] = find_free_locked(table, next);
			next = fds[i] + 1;
		}
		if ((uint64_t)next > limit || next > FD_LIMIT_MAX)
			return -EMFILE;
		if ((size_t)next <= table->slots.size)
			return 0;
		int rc = grow_locked(table, next - 1); /* drops the lock: look again */
		if (rc)
			return rc;
	}
}

static int add_files(struct fdtable *table, struct file **files, int *fds, int count, int lowest,
		     bool close_on_exec, uint64_t limit)
{
	spin_lock(&table->lock);
	int rc = find_slots_locked(table, lowest, limit, fds, count);
	for (int i = 0; rc == 0 && i < count; i++)
		put_locked(table, fds[i], files[i], close_on_exec);
	spin_unlock(&table->lock);
	return rc;
}

int fdtable_add(struct fdtable *table, struct file *file, int lowest, bool close_on_exec,
		uint64_t limit)
{
	int fd;
	int rc = add_files(table, &file, &fd, 1, lowest, close_on_exec, limit);

	return rc ? rc : fd;
}

int fdtable_add_pair(struct fdtable *table, struct file *files[2], int fds[2], bool close_on_exec,
		     uint64_t limit)
{
	return add_files(table, files, fds, 2, 0, close_on_exec, limit);
}

int fdtable_replace(struct fdtable *table, int fd, struct file *file, bool close_on_exec,
		    uint64_t limit)
{
	if (fd < 0 || (uint64_t)fd >= limit || fd >= FD_LIMIT_MAX)
		return -EBADF;
	spin_lock(&table->lock);
	int rc = grow_locked(table, fd);
	if (rc) {
		spin_unlock(&table->lock);
		return rc;
	}
	struct file *old = take_locked(table, fd);
	put_locked(table, fd, file, close_on_exec);
	spin_unlock(&table->lock);
	if (old)
		drop(old);
	return fd;
}

/* ---- Looking, closing ---- */

struct file *fdtable_file(struct fdtable *table, int fd)
{
	struct file *file = NULL;

	spin_lock(&table->lock);
	if ((unsigned)fd < table->slots.size) { /* so a negative one is too large */
		file = table->slots.files[fd];
		if (file)
			file_get(file);
	}
	spin_unlock(&table->lock);
	return file;
}

int fdtable_close(struct fdtable *table, int fd)
{
	spin_lock(&table->lock);
	struct file *file = take_locked(table, fd);
	spin_unlock(&table->lock);
	if (!file)
		return -EBADF;
	drop(file);
	return 0;
}

static bool is_open_locked(struct fdtable *table, int fd)
{
	return fd >= 0 && (size_t)fd < table->slots.size && table->slots.files[fd];
}

struct dentry *fdtable_dentry(struct fdtable *table, int fd)
{
	struct dentry *dentry = NULL;

	spin_lock(&table->lock);
	if (is_open_locked(table, fd)) {
		dentry = table->slots.files[fd]->dentry;
		dentry_get(dentry);
	}
	spin_unlock(&table->lock);
	return dentry;
}

void fdtable_take_back(struct fdtable *table, int fd, struct file *file)
{
	spin_lock(&table->lock);
	bool still_there = is_open_locked(table, fd) && table->slots.files[fd] == file;
	if (still_there)
		take_locked(table, fd);
	spin_unlock(&table->lock);
	if (still_there)
		drop(file);
}

int fdtable_flags(struct fdtable *table, int fd)
{
	int flags = -EBADF;

	spin_lock(&table->lock);
	if (is_open_locked(table, fd))
		flags = bit_get(table->slots.close_on_exec, fd) ? FD_CLOEXEC : 0;
	spin_unlock(&table->lock);
	return flags;
}

int fdtable_set_flags(struct fdtable *table, int fd, bool close_on_exec)
{
	int rc = -EBADF;

	spin_lock(&table->lock);
	if (is_open_locked(table, fd)) {
		bit_set(table->slots.close_on_exec, fd, close_on_exec);
		rc = 0;
	}
	spin_unlock(&table->lock);
	return rc;
}

int fdtable_next(struct fdtable *table, int fd)
{
	spin_lock(&table->lock);
	int next = fd < 0 ? -1 : next_used(&table->slots, fd);
	spin_unlock(&table->lock);
	return next;
}

void fdtable_close_on_exec(struct fdtable *table)
{
	int fd = 0;

	while ((fd = fdtable_next(table, fd)) >= 0) {
		if (fdtable_flags(table, fd) == FD_CLOEXEC)
			/* exec's process has one thread and a table of its own: nobody closed it
			 * in between */
			(void)!fdtable_close(table, fd);
		fd++;
	}
}
