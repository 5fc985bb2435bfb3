/* SPDX-License-Identifier: MIT */
/* Copying argument and environment strings, page by page. */
#include "proc/exec_strings.h"

#include "lib/abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"

#define POINTERS_AT_ONCE 32

void exec_strings_init(struct exec_strings *strings, size_t limit)
{
	memset(strings, 0, sizeof(*strings));
	strings->limit = limit;
}

static void free_chunks(struct exec_chunk *chunk)
{
	while (chunk) {
		struct exec_chunk *next = chunk->next;
		kfree(chunk);
		chunk = next;
	}
}

void exec_strings_free(struct exec_strings *strings)
{
	free_chunks(strings->text.first);
	free_chunks(strings->lengths.first);
}

/* The last chunk, with room for at least a byte; NULL: no memory. */
static struct exec_chunk *chunk_with_room(struct exec_chunks *chunks)
{
	struct exec_chunk *last = chunks->last;

	if (last && last->used < sizeof(last->bytes))
		return last;
	struct exec_chunk *chunk = kmalloc(sizeof(*chunk));
	if (!chunk)
		return NULL;
	chunk->next = NULL;
	chunk->used = 0;
	if (last)
		last->next = chunk;
	else
		chunks->first = chunk;
	chunks->last = chunk;
	return chunk;
}

/* The string that was added is complete, with `length` bytes. */
static int finish_string(struct exec_strings *strings, size_t length)
{
	struct exec_chunk *chunk = chunk_with_room(&strings->lengths);
	uint32_t kept = (uint32_t)length;

	if (!chunk)
		return -ENOMEM;
	/* A chunk holds a whole number of lengths. */
	memcpy(chunk->bytes + chunk->used, &kept, sizeof(kept));
	chunk->used += sizeof(kept);
	strings->count++;
	strings->bytes += length;
	return strings->bytes + strings->count * sizeof(uint64_t) > strings->limit ? -E2BIG : 0;
}

int exec_strings_add(struct exec_strings *strings, const char *text)
{
	size_t length = strlen(text) + 1, done = 0;

	while (done < length) {
		struct exec_chunk *chunk = chunk_with_room(&strings->text);
		if (!chunk)
			return -ENOMEM;
		size_t part = MIN(length - done, sizeof(chunk->bytes) - chunk->used);
		memcpy(chunk->bytes + chunk->used, text + done, part);
		chunk->used += part;
		done += part;
	}
	return finish_string(strings, length);
}

static int add_user_string(struct exec_strings *strings, user_addr_t from)
{
	size_t length = 0;

	for (;;) {
		struct exec_chunk *chunk = chunk_with_room(&strings->text);
		if (!chunk)
			return -ENOMEM;
		size_t room = sizeof(chunk->bytes) - chunk->used;
		long got = copy_string_from_user(chunk->bytes + chunk->used,
						 user_addr_add(from, length), room);
		if (got >= 0) {
			chunk->used += (size_t)got + 1;
			length += (size_t)got + 1;
			break;
		}
		if (got != -ENAMETOOLONG)
			return (int)got;
		chunk->used += room;
		length += room;
		if (length >= EXEC_STRING_MAX)
			return -E2BIG;
	}
	return length > EXEC_STRING_MAX ? -E2BIG : finish_string(strings, length);
}

/* Reads some of the addresses from *array on, never beyond a page's end: the array may end
 * there. */
static int read_pointers(user_addr_t *array, uint64_t pointers[POINTERS_AT_ONCE], size_t *count)
{
	size_t in_page = (PAGE_SIZE - array->raw % PAGE_SIZE) / sizeof(uint64_t);
	size_t bytes;

	*count = MAX(MIN(in_page, (size_t)POINTERS_AT_ONCE), (size_t)1);
	bytes = *count * sizeof(uint64_t);
	if (copy_from_user(pointers, *array, bytes))
		return -EFAULT;
	*array = user_addr_add(*array, bytes);
	return 0;
}

int exec_strings_add_user(struct exec_strings *strings, user_addr_t array, size_t skip)
{
	uint64_t pointers[POINTERS_AT_ONCE];
	size_t count;

	if (!array.raw)
		return 0;
	for (;;) {
		int rc = read_pointers(&array, pointers, &count);

		for (size_t i = 0; i < count && !rc; i++) {
			if (!pointers[i])
				return 0;
			if (skip)
				skip--;
			else
				rc = add_user_string(strings, user_addr(pointers[i]));
		}
		if (rc)
			return rc;
	}
}

int exec_strings_write(const struct exec_strings *strings, struct aspace *aspace, vaddr_t to)
{
	for (struct exec_chunk *chunk = strings->text.first; chunk; chunk = chunk->next) {
		int rc = aspace_write(aspace, to, chunk->bytes, chunk->used);
		if (rc)
			return rc;
		to += chunk->used;
	}
	return 0;
}

struct exec_cursor exec_strings_begin(const struct exec_strings *strings)
{
	return (struct exec_cursor){.chunk = strings->lengths.first};
}

uint32_t exec_strings_next(struct exec_cursor *cursor)
{
	uint32_t length;

	if (cursor->at == cursor->chunk->used)
		*cursor = (struct exec_cursor){.chunk = cursor->chunk->next};
	memcpy(&length, cursor->chunk->bytes + cursor->at, sizeof(length));
	cursor->at += sizeof(length);
	return length;
}
