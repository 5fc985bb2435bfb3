/* SPDX-License-Identifier: MIT */
/* Arenas, growing strings and vectors: see mem.h. */
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_SIZE 4000 /* with malloc's header, a page */

struct arena_chunk {
	struct arena_chunk *older;
	size_t size;
	max_align_t data[];
};

struct arena temp_arena;

/* One chunk kept back, so that a loop that crosses a chunk's end does not call malloc each time. */
static struct arena_chunk *spare_chunk;

static void out_of_memory(void)
{
	static const char message[] = "sh: out of memory\n";

	(void)!write(STDERR_FILENO, message, sizeof(message) - 1);
	_exit(2);
}

void *mem_alloc(size_t size)
{
	void *memory = malloc(size ? size : 1);

	if (!memory)
		out_of_memory();
	return memory;
}

void *mem_grow(void *old, size_t size)
{
	void *memory = realloc(old, size);

	if (!memory)
		out_of_memory();
	return memory;
}

char *mem_strdup(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(mem_alloc(size), text, size);
}

static void arena_add_chunk(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk;

	if (size <= CHUNK_SIZE && spare_chunk) {
		chunk = spare_chunk;
		spare_chunk = NULL;
	} else {
		if (size < CHUNK_SIZE)
			size = CHUNK_SIZE;
		chunk = mem_alloc(sizeof(*chunk) + size);
		chunk->size = size;
	}
	chunk->older = arena->chunk;
	arena->chunk = chunk;
	arena->used = 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	char *memory;

	size = (size + 7) & ~(size_t)7;
	if (!arena->chunk || arena->chunk->size - arena->used < size)
		arena_add_chunk(arena, size);
	memory = (char *)arena->chunk->data + arena->used;
	arena->used += size;
	return memory;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
	return memset(arena_alloc(arena, size), 0, size);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

struct arena_mark arena_mark(const struct arena *arena)
{
	return (struct arena_mark){.chunk = arena->chunk, .used = arena->used};
}

void arena_release(struct arena *arena, struct arena_mark mark)
{
	while (arena->chunk != mark.chunk) {
		struct arena_chunk *chunk = arena->chunk;

		arena->chunk = chunk->older;
		if (chunk->size == CHUNK_SIZE && !spare_chunk)
			spare_chunk = chunk;
		else
			free(chunk);
	}
	arena->used = mark.used;
}

void strbuf_reserve(struct strbuf *buf, size_t more)
{
	size_t needed = buf->length + more + 1;

	if (needed <= buf->capacity)
		return;
	if (needed < 2 * buf->capacity)
		needed = 2 * buf->capacity;
	if (needed < 64)
		needed = 64;
	buf->data = mem_grow(buf->data, needed);
	buf->capacity = needed;
}

void strbuf_put(struct strbuf *buf, const char *text, size_t length)
{
	strbuf_reserve(buf, length);
	memcpy(buf->data + buf->length, text, length);
	buf->length += length;
	buf->data[buf->length] = '\0';
}

void strbuf_puts(struct strbuf *buf, const char *text)
{
	strbuf_put(buf, text, strlen(text));
}

void strbuf_put_number(struct strbuf *buf, long number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%ld", number);
	strbuf_puts(buf, digits);
}

void strbuf_truncate(struct strbuf *buf, size_t length)
{
	if (length < buf->length) {
		buf->length = length;
		buf->data[length] = '\0';
	}
}

void strbuf_free(struct strbuf *buf)
{
	free(buf->data);
	*buf = (struct strbuf){0};
}

void strvec_push(struct arena *arena, struct strvec *vec, char *item)
{
	if (vec->count + 1 >= vec->capacity) {
		size_t capacity = vec->capacity ? 2 * vec->capacity : 8;
		char **items = arena_alloc(arena, capacity * sizeof(*items));

		if (vec->count)
			memcpy(items, vec->items, vec->count * sizeof(*items));
		vec->items = items;
		vec->capacity = capacity;
	}
	vec->items[vec->count++] = item;
	vec->items[vec->count] = NULL;
}
