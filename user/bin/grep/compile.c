/* SPDX-License-Identifier: MIT */
/*
 * From the tree to the automaton. Every part is compiled knowing the state that follows it, from
 * the last to the first, so each state can name its successor when it is made. Only a loop must
 * be made before what it leads to.
 */
#include "../common.h"
#include "regex.h"

#define MAX_STATES 100000

static int add_state(struct automaton *automaton, enum state_kind kind, int next, int other)
{
	struct state *state;

	if (automaton->count == automaton->capacity) {
		automaton->capacity = automaton->capacity ? 2 * automaton->capacity : 32;
		automaton->states = check_memory(
			realloc(automaton->states, (size_t)automaton->capacity * sizeof(*state)));
	}
	if (automaton->count == MAX_STATES)
		errx(EXIT_USAGE, "regular expression: too large");
	state = &automaton->states[automaton->count];
	*state = (struct state){.kind = kind, .next = next, .other = other};
	return automaton->count++;
}

static int emit(struct automaton *automaton, const struct tree *tree, int next);

/* min copies that must be, then a loop, or max - min copies that may be left at any point. */
static int emit_repeat(struct automaton *automaton, const struct tree *tree, int next)
{
	int after = next;

	if (tree->max == REPEAT_FOREVER) {
		int loop = add_state(automaton, STATE_SPLIT, 0, after);
		int body = emit(automaton, tree->left, loop);

		automaton->states[loop].next = body;
		next = loop;
	} else {
		for (int i = tree->min; i < tree->max; i++)
			next = add_state(automaton, STATE_SPLIT, emit(automaton, tree->left, next),
					 after);
	}
	for (int i = 0; i < tree->min; i++)
		next = emit(automaton, tree->left, next);
	return next;
}

/* Adds the states of the tree, after which comes `next`; returns where it begins. */
static int emit(struct automaton *automaton, const struct tree *tree, int next)
{
	int state;

	switch (tree->kind) {
	case TREE_SET:
		state = add_state(automaton, STATE_SET, next, 0);
		automaton->states[state].set = &tree->set;
		return state;
	case TREE_BEGIN:
		return add_state(automaton, STATE_BEGIN, next, 0);
	case TREE_END:
		return add_state(automaton, STATE_END, next, 0);
	case TREE_CAT:
		return emit(automaton, tree->left, emit(automaton, tree->right, next));
	case TREE_ALT:
		state = emit(automaton, tree->left, next);
		return add_state(automaton, STATE_SPLIT, state, emit(automaton, tree->right, next));
	case TREE_REPEAT:
		return emit_repeat(automaton, tree, next);
	default:
		return next;
	}
}

void regex_compile(const struct tree *tree, struct automaton *automaton)
{
	/* Found anywhere in the line: any bytes may come before it. */
	static struct tree any = {.kind = TREE_SET};
	struct tree before = {.kind = TREE_REPEAT, .left = &any, .max = REPEAT_FOREVER};

	memset(any.set.bits, 0xff, sizeof(any.set.bits));
	*automaton = (struct automaton){0};
	automaton->start = add_state(automaton, STATE_MATCH, 0, 0);
	automaton->start = emit(automaton, tree, automaton->start);
	automaton->start = emit(automaton, &before, automaton->start);
}
