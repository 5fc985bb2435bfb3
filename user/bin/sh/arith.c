/* SPDX-License-Identifier: MIT */
/*
 * Arithmetic by precedence climbing: binary() takes all operators that bind at least as tightly
 * as asked, and for each one's right side asks for those that bind tighter.
 *
 * Where a value is not needed (the right side of 0 &&, the other arm of ?:) the text is still
 * read, with `skipping` counting, so that neither assignments nor divisions by zero happen there.
 */
#include "arith.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lexer.h"
#include "shell.h"
#include "vars.h"

#define MAX_DEPTH 100

struct arith {
	const char *p;
	const char *error;
	int skipping;
	int depth;
};

enum arith_op {
	OP_OR_OR,
	OP_AND_AND,
	OP_OR,
	OP_XOR,
	OP_AND,
	OP_EQ,
	OP_NE,
	OP_LE,
	OP_GE,
	OP_LT,
	OP_GT,
	OP_SHL,
	OP_SHR,
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_MOD,
};

/* Longer symbols come before those that they begin with. */
static const struct operator
{
	const char *symbol;
	int precedence;
	enum arith_op op;
}
operators[] = {
	{"||", 1, OP_OR_OR}, {"&&", 2, OP_AND_AND}, {"==", 6, OP_EQ}, {"!=", 6, OP_NE},
	{"<<", 8, OP_SHL},   {">>", 8, OP_SHR},     {"<=", 7, OP_LE}, {">=", 7, OP_GE},
	{"<", 7, OP_LT},     {">", 7, OP_GT},       {"|", 3, OP_OR},  {"^", 4, OP_XOR},
	{"&", 5, OP_AND},    {"+", 9, OP_ADD},      {"-", 9, OP_SUB}, {"*", 10, OP_MUL},
	{"/", 10, OP_DIV},   {"%", 10, OP_MOD},
};

static long expression(struct arith *a);

static void fail(struct arith *a, const char *what)
{
	if (!a->error)
		a->error = what;
	a->p = "";
}

static void skip_space(struct arith *a)
{
	a->p += strspn(a->p, " \t\n");
}

static bool accept(struct arith *a, const char *symbol)
{
	size_t length = strlen(symbol);

	skip_space(a);
	if (strncmp(a->p, symbol, length))
		return false;
	a->p += length;
	return true;
}

static long number(struct arith *a)
{
	char *end;
	long value = (long)strtoul(a->p, &end, 0);

	if (end == a->p || is_name_char((unsigned char)*end))
		fail(a, "not a number");
	else
		a->p = end;
	return value;
}

/* A variable's value is a number, or nothing. */
static long variable_value(struct arith *a, const char *name)
{
	const char *text = var_get(name);
	char *end;
	long value;

	if (!text || !*text)
		return 0;
	value = strtol(text, &end, 0);
	if (*end)
		fail(a, "a variable is not a number");
	return value;
}

static long apply(struct arith *a, enum arith_op op, long left, long right)
{
	/* Wraps around as the machine does; C leaves signed overflow undefined. */
	unsigned long ul = (unsigned long)left, ur = (unsigned long)right;

	switch (op) {
	case OP_OR_OR:
		return left || right;
	case OP_AND_AND:
		return left && right;
	case OP_OR:
		return left | right;
	case OP_XOR:
		return left ^ right;
	case OP_AND:
		return left & right;
	case OP_EQ:
		return left == right;
	case OP_NE:
		return left != right;
	case OP_LE:
		return left <= right;
	case OP_GE:
		return left >= right;
	case OP_LT:
		return left < right;
	case OP_GT:
		return left > right;
	case OP_SHL:
		return (long)(ul << (ur & 63));
	case OP_SHR:
		return left >> (ur & 63);
	case OP_ADD:
		return (long)(ul + ur);
	case OP_SUB:
		return (long)(ul - ur);
	case OP_MUL:
		return (long)(ul * ur);
	case OP_DIV:
	case OP_MOD:
		break;
	}
	if (a->skipping)
		return 0;
	if (!right) {
		fail(a, "division by zero");
		return 0;
	}
	if (left == LONG_MIN && right == -1)
		return op == OP_DIV ? left : 0;
	return op == OP_DIV ? left / right : left % right;
}

static bool assign(struct arith *a, const char *name, long value)
{
	struct strbuf text = {0};
	bool ok;

	if (a->skipping || a->error)
		return true;
	strbuf_put_number(&text, value);
	ok = var_set(name, text.data);
	strbuf_free(&text);
	return ok;
}

/* What stands after a name: = or an operator with =. False if it is no assignment. */
static bool accept_assignment(struct arith *a, const struct operator** op)
{
	*op = NULL;
	skip_space(a);
	if (a->p[0] == '=' && a->p[1] != '=') {
		a->p++;
		return true;
	}
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		size_t length = strlen(operators[i].symbol);
		int precedence = operators[i].precedence;

		if (precedence < 3 || precedence == 6 || precedence == 7)
			continue;
		if (strncmp(a->p, operators[i].symbol, length) || a->p[length] != '=')
			continue;
		a->p += length + 1;
		*op = &operators[i];
		return true;
	}
	return false;
}

static long name_or_assignment(struct arith *a)
{
	size_t length = name_length(a->p);
	char *name = arena_strndup(&temp_arena, a->p, length);
	const struct operator* op;
	long value;

	a->p += length;
	if (!accept_assignment(a, &op))
		return variable_value(a, name);
	value = expression(a);
	if (op)
		value = apply(a, op->op, variable_value(a, name), value);
	if (!assign(a, name, value))
		fail(a, "cannot assign");
	return value;
}

static long unary(struct arith *a)
{
	long value;

	skip_space(a);
	if (accept(a, "(")) {
		value = expression(a);
		if (!accept(a, ")"))
			fail(a, "missing )");
		return value;
	}
	if (is_name_start((unsigned char)*a->p))
		return name_or_assignment(a);
	if (*a->p >= '0' && *a->p <= '9')
		return number(a);
	if (!*a->p || !strchr("+-!~", *a->p)) {
		fail(a, "a value is missing");
		return 0;
	}
	if (++a->depth > MAX_DEPTH) {
		fail(a, "nested too deeply");
		return 0;
	}
	switch (*a->p++) {
	case '+':
		value = unary(a);
		break;
	case '-':
		value = (long)-(unsigned long)unary(a);
		break;
	case '!':
		value = !unary(a);
		break;
	default:
		value = ~unary(a);
		break;
	}
	a->depth--;
	return value;
}

static const struct operator* next_operator(struct arith *a)
{
	skip_space(a);
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (!strncmp(a->p, operators[i].symbol, strlen(operators[i].symbol)))
			return &operators[i];
	return NULL;
}

static long binary(struct arith *a, int precedence)
{
	long left = unary(a);

	for (;;) {
		const struct operator* op = next_operator(a);
		bool decided;
		long right;

		if (!op || op->precedence < precedence)
			return left;
		a->p += strlen(op->symbol);
		decided = (op->op == OP_OR_OR && left) || (op->op == OP_AND_AND && !left);
		a->skipping += decided;
		right = binary(a, op->precedence + 1);
		a->skipping -= decided;
		left = apply(a, op->op, left, right);
	}
}

static long expression(struct arith *a)
{
	long condition, then, otherwise;

	if (++a->depth > MAX_DEPTH) {
		fail(a, "nested too deeply");
		return 0;
	}
	condition = binary(a, 1);
	if (accept(a, "?")) {
		a->skipping += !condition;
		then = expression(a);
		a->skipping -= !condition;
		if (!accept(a, ":"))
			fail(a, "missing :");
		a->skipping += !!condition;
		otherwise = expression(a);
		a->skipping -= !!condition;
		condition = condition ? then : otherwise;
	}
	a->depth--;
	return condition;
}

bool arith_evaluate(const char *text, long *result)
{
	struct arith a = {.p = text};

	skip_space(&a);
	*result = *a.p ? expression(&a) : 0;
	skip_space(&a);
	if (!a.error && *a.p)
		a.error = "unexpected text";
	if (a.error)
		shell_error("arithmetic: %s: %s", text, a.error);
	return !a.error;
}
