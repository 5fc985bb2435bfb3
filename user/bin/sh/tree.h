/* SPDX-License-Identifier: MIT */
/*
 * What the parser makes and the executor walks.
 *
 * A program is one complete command: what the user typed up to the newline that ends it, with all
 * its parts in one arena. It is counted, because a function defined in it keeps it alive.
 * Nodes and words never change once parsed.
 */
#ifndef SH_TREE_H
#define SH_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "mem.h"

/* ---- words ---- */

enum part_kind {
	PART_TEXT,    /* text */
	PART_PARAM,   /* $name, ${name...} */
	PART_COMMAND, /* $(...), `...` */
	PART_ARITH,   /* $((...)) */
};

enum param_op {
	PARAM_VALUE,       /* ${x} */
	PARAM_LENGTH,      /* ${#x} */
	PARAM_DEFAULT,     /* ${x-word} */
	PARAM_ASSIGN,      /* ${x=word} */
	PARAM_ERROR,       /* ${x?word} */
	PARAM_ALTERNATE,   /* ${x+word} */
	PARAM_PREFIX,      /* ${x#pattern} */
	PARAM_PREFIX_LONG, /* ${x##pattern} */
	PARAM_SUFFIX,      /* ${x%pattern} */
	PARAM_SUFFIX_LONG, /* ${x%%pattern} */
};

struct word_part {
	struct word_part *next;
	enum part_kind kind;
	bool quoted;          /* inside quotes: not split into fields, not a pattern */
	bool colon;           /* PARAM: the op treats an empty value as unset */
	enum param_op op;     /* PARAM */
	const char *text;     /* TEXT: itself; PARAM: the name */
	struct word *operand; /* PARAM: what follows the op, or NULL; ARITH: the expression */
	struct node *command; /* COMMAND */
};

/* `a"$b"*` is three parts: a, $b (quoted), *. The empty word "" is one empty quoted part. */
struct word {
	struct word *next;
	struct word_part *parts;
};

struct assignment {
	struct assignment *next;
	const char *name;
	struct word *value;
};

enum redir_kind {
	REDIR_READ,      /* <  */
	REDIR_WRITE,     /* >, >| */
	REDIR_APPEND,    /* >> */
	REDIR_READWRITE, /* <> */
	REDIR_DUP,       /* <&, >& : the target is a descriptor number, or - to close */
	REDIR_HERE,      /* << : the target is the text itself */
};

struct redir {
	struct redir *next;
	enum redir_kind kind;
	int fd;
	struct word *target;
	/* REDIR_HERE, while its text has not been read yet */
	struct redir *next_pending;
	const char *delimiter;
	bool strip_tabs;
	bool literal;
};

/* ---- commands ---- */

enum node_kind {
	NODE_SIMPLE,
	NODE_PIPELINE,
	NODE_AND,
	NODE_OR,
	NODE_NOT,
	NODE_GROUP,    /* { list; } */
	NODE_SUBSHELL, /* ( list ) */
	NODE_IF,
	NODE_WHILE,
	NODE_UNTIL,
	NODE_FOR,
	NODE_CASE,
	NODE_FUNCTION,
};

struct case_item {
	struct case_item *next;
	struct word *patterns;
	struct node *body;
};

struct node {
	struct node *next; /* in the list that this command is part of */
	enum node_kind kind;
	bool background; /* followed by & */
	int line;
	struct program *program;
	size_t text_start; /* the source of this command is program->text[start..end) */
	size_t text_end;
	struct redir *redirs; /* of a simple or a compound command */
	union {
		struct {
			struct assignment *assignments;
			struct word *words;
			/* Expanding it has no effect but its result, so it may be expanded before
			 * the process that it will run in exists. */
			bool pure;
		} simple;
		struct {
			struct node *stages; /* linked by next */
			int count;
		} pipeline;
		struct {
			struct node *left, *right;
		} binary;          /* AND, OR; NOT has left only */
		struct node *body; /* GROUP, SUBSHELL */
		struct {
			struct node *condition, *then, *otherwise;
			bool elif; /* otherwise is one more branch of the same command */
		} branch;
		struct {
			struct node *condition, *body;
		} loop;
		struct {
			const char *name;
			struct word *words;
			bool over_arguments; /* no `in`: over "$@" */
			struct node *body;
		} each;
		struct {
			struct word *subject;
			struct case_item *items;
		} choice;
		struct {
			const char *name;
			struct node *body;
		} function;
	};
};

struct program {
	int references;
	struct arena arena;
	struct node *body; /* NULL: nothing but blanks and comments */
	const char *text;
};

struct program *program_new(void);
void program_get(struct program *program);
void program_put(struct program *program);

#endif
