/* SPDX-License-Identifier: MIT */
#include "bench.h"
const struct row thread_rows[] = {{0}};
