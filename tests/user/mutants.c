/* SPDX-License-Identifier: MIT */
/*
 * Ten thousand executables, each a good one with random damage, run one after another: whatever a
 * mutant does or does not do, exec answers legally, the mutant ends or is ended, and the caller
 * goes on. SEED sets the seed, MUTANTS the count, FIRST the first mutant (each has a seed of its
 * own, so FIRST=N MUTANTS=1 repeats mutant N alone). More than one CPU runs a tenth unless told
 * otherwise.
 */
#include "tinyelf.h"

#define FILE_NAME "mutants.file"

static uint64_t random_state;

/* xorshift64*: the same numbers everywhere. */
static uint64_t random_next(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dULL;
}

static unsigned random_below(unsigned n)
{
	return (unsigned)(random_next() >> 33) % n;
}

/* A number that is wrong in an interesting way. */
static uint64_t random_value(uint64_t old)
{
	static const uint64_t edges[] = {
		0,
		1,
		0xfff,
		0x1000,
		0x7fffffff,
		0xffffffff,
		0x400000,
		0x401000,
		0x7fffffffe000,
		0x7ffffffff000,
		0x800000000000,
		0xffff800000000000,
		0xffffffff80000000,
		0xfffffffffffff000,
		0x7fffffffffffffff,
		0xffffffffffffffff,
	};

	switch (random_below(4)) {
	case 0:
		return edges[random_below(COUNT(edges))];
	case 1:
		return old + edges[random_below(COUNT(edges))];
	case 2:
		return old ^ (1ULL << random_below(64));
	default:
		return random_next();
	}
}

/* One field of the header or of a program header, at its own width. */
static void mutate_field(struct tiny *t)
{
	if (random_below(3) == 0) {
		static const int offsets[] = {16, 18, 24, 32, 48, 52, 54, 56};
		static const int sizes[] = {2, 2, 8, 8, 4, 2, 2, 2};
		int i = random_below(COUNT(offsets));
		uint64_t value = 0;

		memcpy(&value, (char *)t + offsets[i], sizes[i]);
		value = random_value(value);
		memcpy((char *)t + offsets[i], &value, sizes[i]);
	} else {
		uint64_t *words = (uint64_t *)&t->phdr[random_below(TINY_PHDRS)];
		int i = random_below(sizeof(Elf64_Phdr) / 8);

		words[i] = i ? random_value(words[i]) : words[i] ^ (1ULL << random_below(36));
	}
}

/* Where the code has the number of a system call: exit(42), and exit(1) further down. */
static int is_call_number(unsigned at)
{
	unsigned in_code = at - TINY_CODE;

	return (in_code >= 31 && in_code < 35) || (in_code >= 43 && in_code < 47);
}

/* Any byte but those: another call would act on the control machine, or leave a child behind. */
static void mutate_byte(struct tiny *t)
{
	unsigned at = random_below(sizeof(*t));

	if (is_call_number(at))
		at = 0x18;
	((unsigned char *)t)[at] ^= 1 + random_below(255);
}

static size_t mutate(struct tiny *t)
{
	int changes = 1 + random_below(4);

	tiny_make(t);
	while (changes--) {
		if (random_below(4))
			mutate_field(t);
		else
			mutate_byte(t);
	}
	return random_below(10) ? sizeof(*t) : random_below(sizeof(*t));
}

static int cpu_count(void)
{
	char text[4096], *p = text;
	int fd = open("/proc/stat", O_RDONLY), n, cpus = 0;

	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	while ((p = strstr(p, "\ncpu"))) {
		cpus++;
		p++;
	}
	return cpus > 0 ? cpus : 1;
}

/* The errnos of Linux's execve of a bad file, and what it says when there is no memory for it. */
static int legal_errno(int error)
{
	return error == 0 || error == ENOEXEC || error == EINVAL || error == ENOMEM ||
	       error == ENOENT || error == EACCES || error == EFAULT || error == EIO ||
	       error == ENOTDIR || error == ELIBBAD || error == EISDIR || error == ENAMETOOLONG;
}

int main(int argc, char **argv)
{
	long count = check_env("MUTANTS", cpu_count() == 1 ? 10000 : 1000);
	uint64_t seed = check_env("SEED", time(NULL));
	long first = check_env("FIRST", 0);
	long good = 0, refused = 0, killed = 0, ended = 0;

	check_print("SEED=%llu MUTANTS=%ld", (unsigned long long)seed, count);
	for (long i = first; i < first + count; i++) {
		struct tiny t;
		int status, error;
		size_t size;

		random_state = (seed + 1) * 0x9e3779b97f4a7c15ULL + i * 0xbf58476d1ce4e5b9ULL;
		random_state |= 1;
		size = mutate(&t);
		if (tiny_write(FILE_NAME, &t, size) != 0) {
			check_fail(__FILE__, __LINE__,
				   "SEED=%llu FIRST=%ld: cannot write, errno %d",
				   (unsigned long long)seed, i, errno);
			break;
		}
		status = tiny_run(FILE_NAME, 500, &error);
		if (!legal_errno(error))
			check_fail(__FILE__, __LINE__, "SEED=%llu FIRST=%ld: errno %d",
				   (unsigned long long)seed, i, error);
		refused += error != 0;
		ended += !error && status == CHECK_TIMEOUT;
		killed += !error && status != CHECK_TIMEOUT && WIFSIGNALED(status);
		good += !error && status == TINY_STATUS << 8;
	}
	unlink(FILE_NAME);
	check_print("%ld mutants: %ld ran well, %ld refused, %ld killed, %ld ended by us", count,
		    good, refused, killed, ended);
	CHECK(good > 0 || count < 100);
	CHECK(refused > 0 || count < 100);
	return check_failures ? 1 : 0;
}
