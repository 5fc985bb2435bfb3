/* SPDX-License-Identifier: MIT */
/* Parameters: variables, arguments and the special ones, and what ${...} does with them. */
#ifndef SH_PARAMS_H
#define SH_PARAMS_H

#include "tree.h"

/* The value, or NULL if unset. Numbers are made in temp_arena. Not for @ and *. */
const char *param_value(const char *name);

/* True if set and, with not_empty, not empty. */
bool param_is_present(const char *name, bool not_empty);

/* The length of the value, or for @ and * the number of arguments, as a string. */
const char *param_length(const char *name);

/* The value without the prefix or suffix that matches the pattern. */
const char *param_trim(const char *value, const char *pattern, enum param_op op);

/* Reports that a parameter is not set, or what it is, and ends the script or command. */
void param_error(const char *name, const char *what);

#endif
