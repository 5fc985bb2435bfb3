/* SPDX-License-Identifier: MIT */
#include "fs/cpio.h"

#include "lib/abi/errno.h"
#include "lib/abi/limits.h"
#include "lib/string.h"
#include "lib/util.h"

#define MAGIC_SIZE  6
#define FIELD_SIZE  8
#define FIELD_COUNT 13
#define HEADER_SIZE (MAGIC_SIZE + FIELD_COUNT * FIELD_SIZE)

enum field {
	FIELD_INODE,
	FIELD_MODE,
	FIELD_UID,
	FIELD_GID,
	FIELD_LINKS,
	FIELD_MTIME,
	FIELD_FILE_SIZE,
	FIELD_DEVICE_MAJOR,
	FIELD_DEVICE_MINOR,
	FIELD_RDEV_MAJOR,
	FIELD_RDEV_MINOR,
	FIELD_NAME_SIZE, /* with the NUL */
	FIELD_CHECK,
};

void cpio_begin(struct cpio_reader *reader, const void *archive, size_t size)
{
	*reader = (struct cpio_reader){.start = archive, .at = archive};
	reader->end = reader->at + size;
}

static int fail(struct cpio_reader *reader, const char *problem)
{
	reader->problem = problem;
	return -EINVAL;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_header(const char *header, uint32_t fields[FIELD_COUNT])
{
	const char *at = header + MAGIC_SIZE;

	for (int i = 0; i < FIELD_COUNT; i++) {
		fields[i] = 0;
		for (int j = 0; j < FIELD_SIZE; j++) {
			int digit = digit_value(*at++);

			if (digit < 0)
				return false;
			fields[i] = fields[i] << 4 | digit;
		}
	}
	return true;
}

/* What stands where a header should: for the message. */
static const char *name_garbage(const char *at, size_t left)
{
	if (left >= 2 && at[0] == '\x1f' && at[1] == '\x8b')
		return "compressed with gzip; only plain cpio archives are read";
	if (left >= 4 && memcmp(at,
				"\xfd"
				"7zX",
				4) == 0)
		return "compressed with xz; only plain cpio archives are read";
	if (left >= 4 && memcmp(at, "\x28\xb5\x2f\xfd", 4) == 0)
		return "compressed with zstd; only plain cpio archives are read";
	if (left >= MAGIC_SIZE && memcmp(at, "070702", MAGIC_SIZE) == 0)
		return "a cpio archive with checksums; make it with `cpio -H newc`";
	if (left >= MAGIC_SIZE && memcmp(at, "070707", MAGIC_SIZE) == 0)
		return "an old cpio archive; make it with `cpio -H newc`";
	return "no cpio header (newc)";
}

/* Bytes up to the next multiple of 4 of the archive; readers never get closer to the end than
 * that. */
static size_t padded(const struct cpio_reader *reader, size_t size)
{
	size_t offset = reader->at - reader->start;

	return MIN(ALIGN_UP(offset + size, 4) - offset, (size_t)(reader->end - reader->at));
}

/* Takes `size` bytes and their padding off the front; NULL: there are not as many. */
static const char *take(struct cpio_reader *reader, size_t size)
{
	const char *at = reader->at;

	if (size > (size_t)(reader->end - at))
		return NULL;
	reader->at += padded(reader, size);
	return at;
}

/* Reads the entry at `at`, which is not padding. */
static int read_entry(struct cpio_reader *reader, struct cpio_entry *entry)
{
	size_t left = reader->end - reader->at;
	uint32_t fields[FIELD_COUNT];

	if (left < HEADER_SIZE || memcmp(reader->at, "070701", MAGIC_SIZE) != 0)
		return fail(reader, name_garbage(reader->at, left));
	if (!parse_header(reader->at, fields))
		return fail(reader, "a header with characters that are not hexadecimal");
	uint32_t name_size = fields[FIELD_NAME_SIZE];
	if (name_size == 0 || name_size > PATH_MAX)
		return fail(reader, "a header with an impossible length of the name");
	const char *header = take(reader, HEADER_SIZE + name_size);
	if (!header)
		return fail(reader, "the archive ends within a name");
	entry->name = header + HEADER_SIZE;
	if (entry->name[name_size - 1] != '\0')
		return fail(reader, "a name without its end");
	entry->size = fields[FIELD_FILE_SIZE];
	entry->content = take(reader, entry->size);
	if (!entry->content)
		return fail(reader, "the archive ends within a file");
	entry->inode = fields[FIELD_INODE];
	entry->mode = fields[FIELD_MODE];
	entry->links = fields[FIELD_LINKS];
	entry->mtime = fields[FIELD_MTIME];
	entry->rdev_major = fields[FIELD_RDEV_MAJOR];
	entry->rdev_minor = fields[FIELD_RDEV_MINOR];
	entry->archive = reader->archive;
	return 1;
}

int cpio_next(struct cpio_reader *reader, struct cpio_entry *entry)
{
	for (;;) {
		while (reader->at < reader->end && *reader->at == '\0')
			reader->at++;
		if (reader->at == reader->end)
			return 0;
		/* A further archive starts a count of its own, wherever it lies. */
		if (reader->archive_ended) {
			reader->start = reader->at;
			reader->archive++;
			reader->archive_ended = false;
		}
		int rc = read_entry(reader, entry);
		if (rc < 0 || strcmp(entry->name, "TRAILER!!!") != 0)
			return rc;
		reader->archive_ended = true;
	}
}
