/* SPDX-License-Identifier: MIT */
/*
 * Memory as the shell uses it. Three shapes cover everything:
 *
 *   arena    allocations that die together: a parsed program, or the words of the command being
 *            run. Freed by going back to a mark, so nothing in the parser or the expander frees.
 *   strbuf   a string that grows at its end.
 *   strvec   a NULL-terminated vector of strings that grows, living in an arena.
 *
 * Running out of memory ends the shell with a message; no caller checks for it.
 */
#ifndef SH_MEM_H
#define SH_MEM_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunk; /* the newest; older ones hang behind it */
	size_t used;               /* bytes used in the newest */
};

struct arena_mark {
	struct arena_chunk *chunk;
	size_t used;
};

/* The words of the commands being run. Used like a stack: take a mark, allocate, release. */
extern struct arena temp_arena;

void *arena_alloc(struct arena *arena, size_t size);
void *arena_zalloc(struct arena *arena, size_t size);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_strdup(struct arena *arena, const char *text);
struct arena_mark arena_mark(const struct arena *arena);
void arena_release(struct arena *arena, struct arena_mark mark);

/* malloc, realloc and strdup that do not fail. */
void *mem_alloc(size_t size);
void *mem_grow(void *old, size_t size);
char *mem_strdup(const char *text);

/* All zero is a valid, empty strbuf; data is NULL then, and NUL-terminated ever after. */
struct strbuf {
	char *data;
	size_t length;
	size_t capacity;
};

void strbuf_reserve(struct strbuf *buf, size_t more);
void strbuf_put(struct strbuf *buf, const char *text, size_t length);
void strbuf_puts(struct strbuf *buf, const char *text);
void strbuf_put_number(struct strbuf *buf, long number);
void strbuf_truncate(struct strbuf *buf, size_t length);
void strbuf_free(struct strbuf *buf);

static inline void strbuf_putc(struct strbuf *buf, char c)
{
	if (buf->length + 1 >= buf->capacity)
		strbuf_reserve(buf, 1);
	buf->data[buf->length++] = c;
	buf->data[buf->length] = '\0';
}

static inline const char *strbuf_text(const struct strbuf *buf)
{
	return buf->data ? buf->data : "";
}

struct strvec {
	char **items; /* items[count] is NULL once anything was pushed */
	size_t count;
	size_t capacity;
};

void strvec_push(struct arena *arena, struct strvec *vec, char *item);

#endif
