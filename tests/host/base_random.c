/* SPDX-License-Identifier: MIT */
/* The random bytes against the published test vector of ChaCha20, and that none comes out twice. */
#include "tests/host/kernel_shim.h"

#include "kernel/base/random.c"

static uint64_t seed;

/* Not used here: */
static const vaddr_t image __attribute__((unused)) = (vaddr_t)__kernel_end;

uint64_t boot_option_number(const char *key, uint64_t fallback, uint64_t min, uint64_t max)
{
	return seed;
}

uint64_t clock_realtime_base(void)
{
	return 0;
}

uint64_t entropy_word(void)
{
	return 0;
}

/* RFC 8439, A.1, test vector 1: key, nonce and counter 0. */
static void test_vector(void)
{
	static const uint8_t expected[] = {
		0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90, 0x40, 0x5d, 0x6a, 0xe5, 0x53,
		0x86, 0xbd, 0x28, 0xbd, 0xd2, 0x19, 0xb8, 0xa0, 0x8d, 0xed, 0x1a, 0xa8, 0x36,
		0xef, 0xcc, 0x8b, 0x77, 0x0d, 0xc7, 0xda, 0x41, 0x59, 0x7c, 0x51, 0x57, 0x48,
		0x8d, 0x77, 0x24, 0xe0, 0x3f, 0xb8, 0xd8, 0x4a, 0x37, 0x6a, 0x43, 0xb8, 0xf4,
		0x15, 0x18, 0xa1, 0x1c, 0xc3, 0x87, 0xb6, 0x69, 0xb2, 0xee, 0x65, 0x86,
	};
	uint32_t block[BLOCK_WORDS];

	chacha_block(0, block);
	assert(sizeof(block) == sizeof(expected));
	assert(memcmp(block, expected, sizeof(block)) == 0);
}

static void test_bytes(void)
{
	enum { COUNT = 300 };
	static uint64_t words[COUNT];
	uint8_t odd[3];

	seed = 1;
	random_init();
	for (unsigned i = 0; i < COUNT; i++) {
		words[i] = random_u64();
		random_bytes(odd, i % sizeof(odd));
		for (unsigned j = 0; j < i; j++)
			assert(words[i] != words[j]);
	}
	/* The same seed, the same numbers; another seed, others. */
	random_init();
	assert(random_u64() == words[0]);
	seed = 2;
	random_init();
	assert(random_u64() != words[0]);
	/* What was given out is not in the buffer any more. */
	static const char erased[8];
	assert(memcmp((char *)buffer + sizeof(buffer) - buffer_left - 8, erased, 8) == 0);
}

int main(void)
{
	test_vector();
	test_bytes();
	return 0;
}
