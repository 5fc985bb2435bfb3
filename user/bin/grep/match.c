/* SPDX-License-Identifier: MIT */
/*
 * Running the automaton. Being in a set of its states is one node here, made when it first occurs;
 * node->on[byte] is the node that the byte leads to, or NULL where that is not known yet. When
 * there are too many nodes all are forgotten, which costs time and never correctness.
 */
#include "../common.h"
#include "regex.h"

#define MAX_NODES 512
#define BUCKETS   256

struct node {
	struct node *next_in_bucket;
	struct node *on[256];
	bool matches;        /* the match is already complete */
	bool matches_at_end; /* it is if the line ends here */
	int count;
	int states[]; /* sorted by when they were reached, which is the same for equal sets */
};

struct matcher {
	const struct automaton *automaton;
	struct node *buckets[BUCKETS];
	struct node *start;
	int nodes;
	/* The set being made: its members, and for each state whether it is one. */
	int *members;
	int count;
	unsigned int *seen;
	unsigned int round;
	int *stack;
};

struct matcher *matcher_new(const struct automaton *automaton)
{
	struct matcher *matcher = check_memory(calloc(1, sizeof(*matcher)));
	size_t count = (size_t)automaton->count;

	matcher->automaton = automaton;
	matcher->members = check_memory(calloc(count, sizeof(int)));
	matcher->stack = check_memory(calloc(2 * count + 2, sizeof(int)));
	matcher->seen = check_memory(calloc(count, sizeof(unsigned int)));
	return matcher;
}

static void begin_set(struct matcher *matcher)
{
	matcher->count = 0;
	matcher->round++;
}

/* Adds a state and all that it leads to at once. Only what waits for a byte, or for the end,
 * stays. */
static void add_closure(struct matcher *matcher, int state, bool at_begin, bool at_end)
{
	int depth = 0;

	matcher->stack[depth++] = state;
	while (depth) {
		const struct state *s;

		state = matcher->stack[--depth];
		if (matcher->seen[state] == matcher->round)
			continue;
		matcher->seen[state] = matcher->round;
		s = &matcher->automaton->states[state];
		if (s->kind == STATE_SPLIT) {
			matcher->stack[depth++] = s->other;
			matcher->stack[depth++] = s->next;
		} else if ((s->kind == STATE_BEGIN && at_begin) ||
			   (s->kind == STATE_END && at_end)) {
			matcher->stack[depth++] = s->next;
		} else if (s->kind != STATE_BEGIN) {
			matcher->members[matcher->count++] = state;
		}
	}
}

static bool set_matches(const struct matcher *matcher)
{
	for (int i = 0; i < matcher->count; i++)
		if (matcher->automaton->states[matcher->members[i]].kind == STATE_MATCH)
			return true;
	return false;
}

static void forget_nodes(struct matcher *matcher)
{
	for (int i = 0; i < BUCKETS; i++) {
		while (matcher->buckets[i]) {
			struct node *node = matcher->buckets[i];

			matcher->buckets[i] = node->next_in_bucket;
			free(node);
		}
	}
	matcher->nodes = 0;
	matcher->start = NULL;
}

/* What only the line's end leads to. at_begin: the line is empty. */
static bool matches_at_end(struct matcher *matcher, const struct node *node, bool at_begin)
{
	begin_set(matcher);
	for (int i = 0; i < node->count; i++)
		add_closure(matcher, node->states[i], at_begin, true);
	return set_matches(matcher);
}

/* The node for the set that has been made. */
static struct node *find_node(struct matcher *matcher, bool at_begin)
{
	size_t size = (size_t)matcher->count * sizeof(int);
	unsigned int hash = at_begin;
	struct node *node;

	for (int i = 0; i < matcher->count; i++)
		hash = hash * 31 + (unsigned int)matcher->members[i];
	hash %= BUCKETS;
	/* The start is a node of its own: at an empty line's end ^ still holds. */
	for (node = matcher->buckets[hash]; node && !at_begin; node = node->next_in_bucket)
		if (node != matcher->start && node->count == matcher->count &&
		    !memcmp(node->states, matcher->members, size))
			return node;
	node = check_memory(malloc(sizeof(*node) + size));
	*node = (struct node){.next_in_bucket = matcher->buckets[hash], .count = matcher->count};
	memcpy(node->states, matcher->members, size);
	matcher->buckets[hash] = node;
	matcher->nodes++;
	node->matches = set_matches(matcher);
	node->matches_at_end = matches_at_end(matcher, node, at_begin);
	return node;
}

static struct node *start_node(struct matcher *matcher)
{
	begin_set(matcher);
	add_closure(matcher, matcher->automaton->start, true, false);
	return find_node(matcher, true);
}

static struct node *step(struct matcher *matcher, struct node *from, unsigned char byte)
{
	bool full = matcher->nodes >= MAX_NODES;
	struct node *to;

	begin_set(matcher);
	for (int i = 0; i < from->count; i++) {
		const struct state *s = &matcher->automaton->states[from->states[i]];

		if (s->kind == STATE_SET && set_has(s->set, byte))
			add_closure(matcher, s->next, false, false);
	}
	if (full)
		forget_nodes(matcher); /* `from` as well: its step cannot be remembered */
	to = find_node(matcher, false);
	if (!full)
		from->on[byte] = to;
	return to;
}

bool matcher_run(struct matcher *matcher, const char *line, size_t length)
{
	const unsigned char *p = (const unsigned char *)line, *end = p + length;
	struct node *node;

	if (!matcher->start)
		matcher->start = start_node(matcher);
	node = matcher->start;
	while (!node->matches && p < end) {
		struct node *next = node->on[*p];

		node = next ? next : step(matcher, node, *p);
		p++;
	}
	return node->matches || (p == end && node->matches_at_end);
}
