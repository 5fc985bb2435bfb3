/* SPDX-License-Identifier: MIT */
/*
 * Variables: a hash table by name, the environment made of the exported ones, and scopes, which
 * remember what variables were before `local x` or `x=1 command` so as to put that back.
 */
#ifndef SH_VARS_H
#define SH_VARS_H

#include <stdbool.h>

/* The value, or NULL if the variable is not set. Valid until the variable changes. */
const char *var_get(const char *name);

/* False, with a message, if the variable is read-only. */
bool var_set(const char *name, const char *value);
bool var_unset(const char *name);

void var_export(const char *name);
void var_make_readonly(const char *name);

/* Takes over the environment, and sets what the shell needs to have set. */
void vars_init(char **environment);

/* The environment for a new program; valid until a variable changes. */
char **vars_environment(void);

/* Saves the variable in the innermost scope; its value stays. Outside any scope, nothing. */
void var_save(const char *name);
void scope_push(void);
void scope_pop(void);

/* Calls with each variable, in the order of their names. */
enum var_filter { VARS_ALL, VARS_EXPORTED, VARS_READONLY };
void vars_list(enum var_filter filter, const char *prefix);

#endif
