/* SPDX-License-Identifier: MIT */
/* $((expression)): C's operators on long integers, with the shell's variables. */
#ifndef SH_ARITH_H
#define SH_ARITH_H

#include <stdbool.h>

/* False, with a message, if the text is no expression or divides by zero. */
bool arith_evaluate(const char *text, long *result);

#endif
