/* SPDX-License-Identifier: MIT */
/*
 * What the rows of the benchmark are made of.
 *
 * A row is one operation and what it costs. Each runs in a process of its own, so that no row
 * inherits the memory, threads or files of another, and returns its figure or NOT_HERE.
 *
 * Figures are in ticks of the time-stamp counter, which under QEMU's -icount shift=0 are executed
 * instructions, or, with -w, in nanoseconds of the monotonic clock.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOT_HERE (-1.0) /* this system cannot run the row */

enum { PAGE = 4096, MIB = 1 << 20 };

struct row {
	const char *name;
	const char *title;
	const char *unit; /* NULL: instructions, or ns with -w */
	double (*run)(void);
};

/* By group, each ended by a row without a name. */
extern const struct row call_rows[], thread_rows[], process_rows[], memory_rows[];
extern const struct row space_rows[];    /* bytes and numbers of things */
extern const struct row parallel_rows[]; /* wall clock, several CPUs */

/* ---- measure.c ---- */

uint64_t ticks(void);
uint64_t nanoseconds(void);
extern bool wall_clock;

/* Does the operation about `count` times; returns how often it was done. */
typedef long body_function(long count);
/* The median cost of one operation in several batches of `count`, after one that is not counted. */
double measure(body_function *body, long count);
/* Ticks that an instruction takes. */
double ticks_per_instruction(void);
/* The profiler (tools/bench/profile) counts what runs between two calls of this. */
void profile_mark(void);

/* ---- share.c ---- */

/* Memory that a process and its children share. Ends the program where there is none. */
void *share(size_t bytes);
void die(const char *what) __attribute__((noreturn));
/* Waits for a child; false: it was killed or failed. */
bool child_succeeded(int pid);

/* ---- tiny.c ---- */

/* Writes the tiny program. Started with an argument of n characters it executes itself n times,
 * each time with one character less; with `sleeper` it then sleeps for ever. Returns its path. */
const char *tiny_program(bool sleeper);

#endif
