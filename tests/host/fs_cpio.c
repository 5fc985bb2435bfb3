/* SPDX-License-Identifier: MIT */
/*
 * Reading cpio archives: good ones, several in a row, every kind of broken one, and good ones with
 * random bytes changed or cut off, in memory of exactly their size so that the sanitizer sees a
 * step beyond.
 */
#include "kernel/fs/cpio.c"
#include "tests/host/random.h"

#include <assert.h>
#include <stdio.h>

static char archive[8192];
static size_t archive_size;

static void append(const void *bytes, size_t size)
{
	assert(archive_size + size <= sizeof(archive));
	memcpy(archive + archive_size, bytes, size);
	archive_size += size;
}

static void pad(void)
{
	while (archive_size % 4)
		append("", 1);
}

static void append_entry(const char *name, unsigned mode, unsigned inode, unsigned links,
			 const char *content, size_t size)
{
	char header[HEADER_SIZE + 16];

	snprintf(header, sizeof(header),
		 "070701%08X%08x%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", inode, mode, 0, 0,
		 links, 1234567, (unsigned)size, 0, 0, 5, 1, (unsigned)strlen(name) + 1, 0);
	append(header, HEADER_SIZE);
	append(name, strlen(name) + 1);
	pad();
	append(content, size);
	pad();
}

static void make_archive(void)
{
	archive_size = 0;
	append_entry(".", 040755, 1, 2, "", 0);
	append_entry("bin/sh", 0100755, 2, 1, "#!x", 3);
	append_entry("a", 0100644, 3, 2, "", 0);
	append_entry("b", 0100644, 3, 2, "hello", 5);
	append_entry("link", 0120777, 4, 1, "bin/sh", 6);
	append_entry("dev/console", 020600, 5, 1, "", 0);
	append_entry("TRAILER!!!", 0, 0, 1, "", 0);
}

/* Reads all of a copy of exactly `size` bytes. What cpio_next() said last; *count: entries
 * before. */
static int read_copy(const char *from, size_t size, size_t *count, const char **problem)
{
	char *copy = malloc(size ? size : 1);
	struct cpio_reader reader;
	struct cpio_entry entry;
	unsigned sum = 0;
	int rc;

	memcpy(copy, from, size);
	*count = 0;
	cpio_begin(&reader, copy, size);
	while ((rc = cpio_next(&reader, &entry)) == 1) {
		for (size_t i = 0; i < entry.size; i++)
			sum += (unsigned char)entry.content[i];
		sum += strlen(entry.name);
		++*count;
	}
	assert(rc == 0 || rc == -EINVAL);
	assert(reader.at >= copy && reader.at <= copy + size);
	if (rc < 0)
		assert(reader.problem);
	*problem = reader.problem;
	free(copy);
	return rc + (sum == 0xffffffff); /* the sum is used */
}

static void test_good(void)
{
	struct cpio_reader reader;
	struct cpio_entry entry;

	make_archive();
	cpio_begin(&reader, archive, archive_size);
	assert(cpio_next(&reader, &entry) == 1);
	assert(strcmp(entry.name, ".") == 0 && entry.mode == 040755 && entry.links == 2);
	assert(cpio_next(&reader, &entry) == 1);
	assert(strcmp(entry.name, "bin/sh") == 0 && entry.size == 3 && entry.mtime == 1234567);
	assert(memcmp(entry.content, "#!x", 3) == 0);
	for (int i = 0; i < 3; i++)
		assert(cpio_next(&reader, &entry) == 1);
	assert(cpio_next(&reader, &entry) == 1);
	assert(entry.rdev_major == 5 && entry.rdev_minor == 1);
	assert(cpio_next(&reader, &entry) == 0);
	assert(cpio_next(&reader, &entry) == 0);
}

static void test_several(void)
{
	static char two[sizeof(archive) * 2 + 16];
	struct cpio_reader reader;
	struct cpio_entry entry;
	unsigned archives = 0, entries = 0;

	make_archive();
	memcpy(two, archive, archive_size);
	memcpy(two + archive_size + 9, archive, archive_size);
	cpio_begin(&reader, two, 2 * archive_size + 9 + 5);
	while (cpio_next(&reader, &entry) == 1) {
		entries++;
		archives = entry.archive;
		if (strcmp(entry.name, "b") == 0)
			assert(memcmp(entry.content, "hello", 5) == 0);
	}
	assert(entries == 12 && archives == 1 && !reader.problem);
}

static void expect_problem(const char *text, size_t size, const char *word)
{
	size_t count;
	const char *problem;

	assert(read_copy(text, size, &count, &problem) == -EINVAL);
	assert(strstr(problem, word));
}

static void test_bad(void)
{
	size_t count;
	const char *problem;

	assert(read_copy("", 0, &count, &problem) == 0 && count == 0);
	expect_problem("garbage", 7, "no cpio header");
	expect_problem("\x1f\x8b\x08", 3, "gzip");
	expect_problem("\xfd"
		       "7zXZ",
		       5, "xz");
	expect_problem("\x28\xb5\x2f\xfd", 4, "zstd");
	expect_problem("070707000", 9, "old cpio");
	expect_problem("070702000", 9, "checksums");
	make_archive();
	archive[20] = 'g';
	expect_problem(archive, archive_size, "hexadecimal");
	make_archive();
	memcpy(archive + MAGIC_SIZE + FIELD_NAME_SIZE * FIELD_SIZE, "00000000", 8);
	expect_problem(archive, archive_size, "length of the name");
	make_archive();
	memcpy(archive + MAGIC_SIZE + FIELD_FILE_SIZE * FIELD_SIZE, "FFFFFFFF", 8);
	expect_problem(archive, archive_size, "within a file");
	make_archive();
	expect_problem(archive, HEADER_SIZE, "within a name");
	archive[HEADER_SIZE + 1] = 'x';
	expect_problem(archive, archive_size, "without its end");
}

static void test_mutants(void)
{
	size_t count;
	const char *problem;

	for (int i = 0; i < 100000; i++) {
		make_archive();
		for (unsigned changes = random_below(4); changes > 0; changes--)
			archive[random_below(archive_size)] =
				random_below(2) ? "0fF/x"[random_below(5)] : (char)random_bits();
		(void)read_copy(archive, random_below(archive_size + 1), &count, &problem);
		assert(count <= 7); /* the trailer too, when its name was hit */
	}
}

int main(void)
{
	random_start();
	test_good();
	test_several();
	test_bad();
	test_mutants();
	puts("ok");
	return 0;
}
