/* SPDX-License-Identifier: MIT */
/*
 * Random bytes by ChaCha20 (RFC 8439, 2.3) with key erasure: every refill of the buffer begins
 * with the next key, and bytes are erased as they are given out, so what the kernel's memory holds
 * later does not tell what it gave out before.
 */
#include "base/random.h"

#include "arch/clock.h"
#include "arch/entropy.h"
#include "base/boot_info.h"
#include "base/spinlock.h"
#include "lib/string.h"
#include "lib/util.h"

#define KEY_WORDS     8
#define BLOCK_WORDS   16
#define BUFFER_BLOCKS 8

static struct spinlock random_lock = SPINLOCK_INIT("random", RANK_RANDOM);
/* [random_lock] */
static uint32_t key[KEY_WORDS];
static uint32_t buffer[BUFFER_BLOCKS * BLOCK_WORDS];
static size_t buffer_left; /* unused bytes, at the buffer's end */

static inline uint32_t rotate(uint32_t value, unsigned bits)
{
	return value << bits | value >> (32 - bits);
}

static inline void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
	*a += *b;
	*d = rotate(*d ^ *a, 16);
	*c += *d;
	*b = rotate(*b ^ *c, 12);
	*a += *b;
	*d = rotate(*d ^ *a, 8);
	*c += *d;
	*b = rotate(*b ^ *c, 7);
}

static void chacha_block(uint32_t counter, uint32_t out[BLOCK_WORDS])
{
	uint32_t start[BLOCK_WORDS] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
	uint32_t x[BLOCK_WORDS];

	memcpy(start + 4, key, sizeof(key));
	start[12] = counter; /* the nonce stays 0: no key is used twice */
	memcpy(x, start, sizeof(x));
	for (unsigned i = 0; i < 10; i++) {
		for (unsigned column = 0; column < 4; column++)
			quarter_round(&x[column], &x[4 + column], &x[8 + column], &x[12 + column]);
		for (unsigned j = 0; j < 4; j++)
			quarter_round(&x[j], &x[4 + (j + 1) % 4], &x[8 + (j + 2) % 4],
				      &x[12 + (j + 3) % 4]);
	}
	for (unsigned i = 0; i < BLOCK_WORDS; i++)
		out[i] = x[i] + start[i];
}

static void refill(void)
{
	for (uint32_t block = 0; block < BUFFER_BLOCKS; block++)
		chacha_block(block, buffer + block * BLOCK_WORDS);
	memcpy(key, buffer, sizeof(key));
	memset(buffer, 0, sizeof(key));
	buffer_left = sizeof(buffer) - sizeof(key);
}

void random_init(void)
{
	uint64_t seed = boot_option_number("seed", 0, 0, UINT64_MAX);
	uint64_t words[KEY_WORDS / 2] = {seed};

	if (seed == 0)
		for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
			words[i] = entropy_word() ^ (i == 0 ? clock_realtime_base() : 0);
	uint64_t flags = spin_lock_irq_save(&random_lock);
	memcpy(key, words, sizeof(key));
	refill();
	spin_unlock_irq_restore(&random_lock, flags);
}

void random_bytes(void *to, size_t bytes)
{
	uint64_t flags = spin_lock_irq_save(&random_lock);
	char *at = to;

	while (bytes > 0) {
		if (buffer_left == 0)
			refill();
		size_t chunk = MIN(bytes, buffer_left);
		char *from = (char *)buffer + sizeof(buffer) - buffer_left;

		memcpy(at, from, chunk);
		memset(from, 0, chunk);
		at += chunk;
		bytes -= chunk;
		buffer_left -= chunk;
	}
	spin_unlock_irq_restore(&random_lock, flags);
}

uint64_t random_u64(void)
{
	uint64_t value;

	random_bytes(&value, sizeof(value));
	return value;
}
