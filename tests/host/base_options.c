/* SPDX-License-Identifier: MIT */
/* The kernel's command line: what each loader makes of an option, and random lines. */
#include "kernel/base/boot_info.c"
#include "tests/host/random.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

static unsigned complaints;
static char said[200]; /* the last complaint */

void printk(const char *format, ...)
{
	complaints++;
}

void printk_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(said, sizeof(said), format, arguments);
	va_end(arguments);
	complaints++;
}

static void expect_complaint(const char *text)
{
	assert(complaints == 1 && strcmp(said, text) == 0);
	complaints = 0;
}

static void line(const char *text)
{
	size_t length = strlen(text);

	assert(length < sizeof(boot_info.command_line));
	memcpy(boot_info.command_line, text, length + 1);
}

static void expect(const char *key, const char *value)
{
	char found[64];

	assert(boot_option(key, found, sizeof(found)));
	assert(strcmp(found, value) == 0);
}

static void expect_none(const char *key)
{
	char found[4] = "xxx";

	assert(!boot_option(key, found, sizeof(found)));
	assert(strcmp(found, "xxx") == 0);
}

static void test_words(void)
{
	line("  nonce=ab cmd=\"ls -l  /\" quiet\trows=12 rows=13 e= x=a=b\n");
	expect("nonce", "ab");
	expect("cmd", "ls -l  /");
	expect("quiet", "");
	expect("rows", "13");
	expect("e", "");
	expect("x", "a=b");
	expect_none("row");
	expect_none("rowss");
	expect_none("ls");
	expect_none("-l");
	line("");
	expect_none("quiet");
}

static void test_loaders(void)
{
	/* GRUB moves the quotes. */
	line("a=1 \"cmd=ls -l\" b=2");
	expect("a", "1");
	expect("cmd", "ls -l");
	expect("b", "2");
	/* tools/run needs none. */
	line("cmd=echo%20%22100%25%22%20%zz%2 c=%ed%95%9c");
	expect("cmd", "echo \"100%\" %zz%2");
	expect("c", "\xed\x95\x9c");
	/* An open quote reaches to the end. */
	line("cmd=\"a b c");
	expect("cmd", "a b c");
}

static void test_cutting(void)
{
	char small[4];

	line("k=abcdef");
	assert(boot_option("k", small, sizeof(small)) && strcmp(small, "abc") == 0);
	assert(boot_option("k", small, 1) && small[0] == '\0');
	assert(boot_option("k", NULL, 0));
}

static void test_numbers(void)
{
	line("a=7 b=0x1F c=12x d= e=99999999999999999999 f=-1 g=0x");
	assert(boot_option_number("a", 1, 0, 100) == 7);
	assert(boot_option_number("b", 1, 0, 100) == 31);
	assert(boot_option_number("none", 1, 0, 100) == 1);
	assert(complaints == 0);
	for (const char *key = "cdefg"; *key; key++)
		assert(boot_option_number((char[]){*key, '\0'}, 42, 0, UINT64_MAX) == 42);
	assert(boot_option_number("a", 42, 8, 100) == 42);
	assert(boot_option_number("a", 42, 0, 6) == 42);
	assert(complaints == 7);
	complaints = 0;
	line("quantum=abc");
	assert(boot_option_number("quantum", 10, 1, 1000) == 10);
	expect_complaint("boot option quantum=abc: not a number from 1 to 1000, using 10\n");
}

static void test_switches(void)
{
	line("trace=on");
	assert(boot_option_on("trace") && !boot_option_on("memory_log"));
	assert(complaints == 0);
	line("trace=one");
	assert(!boot_option_on("trace"));
	expect_complaint("boot option trace=one: expected trace=on\n");
	line("trace");
	assert(!boot_option_on("trace"));
	expect_complaint("boot option trace=: expected trace=on\n");
}

static void test_unknown(void)
{
	line("  nonce=ab cmd=\"ls -l  /\" \"init=/a b\" quiet\trows=12 rows=13 SECONDS=10 \n");
	boot_options_check();
	line("");
	boot_options_check();
	assert(complaints == 0);
	line("quiet quantm=5");
	boot_options_check();
	expect_complaint("boot option quantm: unknown, not heeded\n");
	line("\"row=1 2\" quiet");
	boot_options_check();
	expect_complaint("boot option row: unknown, not heeded\n");
	line("rowss \"=\" ONE x=\"a b\" =5\n");
	boot_options_check();
	assert(complaints == 5);
	complaints = 0;
}

static void test_ranges(void)
{
	complaints = 0;
	for (unsigned i = 0; i < BOOT_MEMORY_RANGES + 3; i++)
		boot_info_add_range(i, i + 1, 77);
	boot_info_add_range(5, 5, MEMORY_USABLE);
	boot_info_add_range(5, 4, MEMORY_USABLE);
	assert(boot_info.range_count == BOOT_MEMORY_RANGES && complaints == 3);
	assert(boot_info.ranges[9].kind == MEMORY_RESERVED);
}

/* Sanitizers do the judging. */
static void test_random_lines(void)
{
	static const char bytes[] = "k=\"% 0aZ\t";

	for (unsigned round = 0; round < 200000; round++) {
		unsigned length = random_below(24);
		char value[8];

		for (unsigned i = 0; i < length; i++)
			boot_info.command_line[i] = bytes[random_below(sizeof(bytes) - 1)];
		boot_info.command_line[length] = '\0';
		if (boot_option("k", value, 1 + random_below(sizeof(value))))
			assert(strlen(value) < sizeof(value));
		boot_options_check();
	}
}

int main(void)
{
	random_start();
	test_words();
	test_loaders();
	test_cutting();
	test_numbers();
	test_switches();
	test_unknown();
	test_ranges();
	test_random_lines();
	return 0;
}
