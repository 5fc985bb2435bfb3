/* SPDX-License-Identifier: MIT */
/* Variables, scopes and the environment: see vars.h. */
#include "vars.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lexer.h"
#include "mem.h"
#include "shell.h"

#define BUCKETS 64

struct variable {
	struct variable *next;
	bool exported;
	bool readonly;
	char *value; /* NULL: not set, though perhaps exported */
	char name[];
};

struct saved_variable {
	struct saved_variable *next;
	struct variable *variable;
	char *value;
	bool exported;
};

struct scope {
	struct scope *outer;
	struct saved_variable *saved;
};

static struct variable *buckets[BUCKETS];
static struct scope *innermost;

/* NAME=value strings and their vector, remade when an exported variable has changed. */
static char **environment_cache;
static bool environment_stale = true;

static struct variable **find_slot(const char *name)
{
	unsigned int hash = 5381;
	struct variable **slot;

	for (const char *p = name; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	slot = &buckets[hash % BUCKETS];
	while (*slot && strcmp((*slot)->name, name))
		slot = &(*slot)->next;
	return slot;
}

static struct variable *find_or_make(const char *name)
{
	struct variable **slot = find_slot(name);
	struct variable *variable = *slot;

	if (!variable) {
		size_t size = strlen(name) + 1;

		variable = mem_alloc(sizeof(*variable) + size);
		*variable = (struct variable){0};
		memcpy(variable->name, name, size);
		*slot = variable;
	}
	return variable;
}

const char *var_get(const char *name)
{
	struct variable *variable = *find_slot(name);

	return variable ? variable->value : NULL;
}

static bool check_writable(const struct variable *variable)
{
	if (!variable->readonly)
		return true;
	shell_error("%s: is read only", variable->name);
	shell_fail(EXIT_SYNTAX);
	return false;
}

bool var_set(const char *name, const char *value)
{
	struct variable *variable = find_or_make(name);
	char *copy;

	if (!check_writable(variable))
		return false;
	copy = mem_strdup(value); /* before the old one goes: value may be it */
	free(variable->value);
	variable->value = copy;
	if (variable->exported)
		environment_stale = true;
	return true;
}

bool var_unset(const char *name)
{
	struct variable *variable = *find_slot(name);

	if (!variable)
		return true;
	if (!check_writable(variable))
		return false;
	if (variable->exported)
		environment_stale = true;
	free(variable->value);
	variable->value = NULL;
	variable->exported = false;
	return true;
}

void var_export(const char *name)
{
	struct variable *variable = find_or_make(name);

	if (!variable->exported) {
		variable->exported = true;
		environment_stale = true;
	}
}

void var_make_readonly(const char *name)
{
	find_or_make(name)->readonly = true;
}

/* ---- scopes ---- */

void scope_push(void)
{
	struct scope *scope = mem_alloc(sizeof(*scope));

	*scope = (struct scope){.outer = innermost};
	innermost = scope;
}

void var_save(const char *name)
{
	struct variable *variable = find_or_make(name);
	struct saved_variable *saved;

	if (!innermost)
		return;
	for (saved = innermost->saved; saved; saved = saved->next)
		if (saved->variable == variable)
			return;
	saved = mem_alloc(sizeof(*saved));
	saved->variable = variable;
	saved->value = variable->value ? mem_strdup(variable->value) : NULL;
	saved->exported = variable->exported;
	saved->next = innermost->saved;
	innermost->saved = saved;
}

void scope_pop(void)
{
	struct scope *scope = innermost;

	while (scope->saved) {
		struct saved_variable *saved = scope->saved;

		if (saved->exported || saved->variable->exported)
			environment_stale = true;
		free(saved->variable->value);
		saved->variable->value = saved->value;
		saved->variable->exported = saved->exported;
		scope->saved = saved->next;
		free(saved);
	}
	innermost = scope->outer;
	free(scope);
}

/* ---- the environment ---- */

static void import_variable(const char *entry)
{
	size_t length = name_length(entry);
	char *name;

	if (!length || entry[length] != '=')
		return;
	name = mem_strdup(entry);
	name[length] = '\0';
	var_set(name, entry + length + 1);
	var_export(name);
	free(name);
}

static void set_default(const char *name, const char *value)
{
	if (!var_get(name))
		var_set(name, value);
}

void vars_init(char **environment)
{
	char directory[4096];
	char number[24];

	while (environment && *environment)
		import_variable(*environment++);
	set_default("PATH", "/bin:/usr/bin");
	set_default("PS1", geteuid() ? "$PWD $ " : "$PWD # ");
	set_default("PS2", "> ");
	set_default("PS4", "+ ");
	var_set("IFS", " \t\n");
	var_set("OPTIND", "1");
	snprintf(number, sizeof(number), "%ld", (long)getppid());
	var_set("PPID", number);
	if (getcwd(directory, sizeof(directory)))
		var_set("PWD", directory);
}

static void free_environment(void)
{
	if (!environment_cache)
		return;
	for (char **entry = environment_cache; *entry; entry++)
		free(*entry);
	free(environment_cache);
}

static char *environment_entry(const struct variable *variable)
{
	size_t name = strlen(variable->name), value = strlen(variable->value);
	char *entry = mem_alloc(name + value + 2);

	memcpy(entry, variable->name, name);
	entry[name] = '=';
	memcpy(entry + name + 1, variable->value, value + 1);
	return entry;
}

static bool variable_passes(const struct variable *variable, enum var_filter filter)
{
	if (filter == VARS_READONLY)
		return variable->readonly;
	return variable->value && (filter == VARS_ALL || variable->exported);
}

static size_t count_variables(enum var_filter filter)
{
	size_t count = 0;

	for (int i = 0; i < BUCKETS; i++)
		for (struct variable *variable = buckets[i]; variable; variable = variable->next)
			count += variable_passes(variable, filter);
	return count;
}

char **vars_environment(void)
{
	char **entry;

	if (!environment_stale)
		return environment_cache;
	free_environment();
	environment_cache = mem_alloc((count_variables(VARS_EXPORTED) + 1) * sizeof(char *));
	entry = environment_cache;
	for (int i = 0; i < BUCKETS; i++)
		for (struct variable *variable = buckets[i]; variable; variable = variable->next)
			if (variable_passes(variable, VARS_EXPORTED))
				*entry++ = environment_entry(variable);
	*entry = NULL;
	environment_stale = false;
	return environment_cache;
}

/* ---- listing ---- */

static int compare_names(const void *a, const void *b)
{
	const struct variable *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

/* In single quotes, so that the shell reads it back: it's becomes 'it'\''s'. */
static void print_quoted(const char *value)
{
	putchar('\'');
	for (; *value; value++) {
		if (*value == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*value);
	}
	putchar('\'');
}

void vars_list(enum var_filter filter, const char *prefix)
{
	size_t count = 0;
	struct variable **list = mem_alloc((count_variables(filter) + 1) * sizeof(*list));

	for (int i = 0; i < BUCKETS; i++)
		for (struct variable *variable = buckets[i]; variable; variable = variable->next)
			if (variable_passes(variable, filter))
				list[count++] = variable;
	qsort(list, count, sizeof(*list), compare_names);
	for (size_t i = 0; i < count; i++) {
		printf("%s%s", prefix, list[i]->name);
		if (list[i]->value) {
			putchar('=');
			print_quoted(list[i]->value);
		}
		putchar('\n');
	}
	free(list);
}
