/* SPDX-License-Identifier: MIT */
/* The boot information and the options on its command line: words `key` or `key=value`. */
#include "base/boot_info.h"

#include "base/printk.h"
#include "lib/ctype.h"
#include "lib/string.h"
#include "lib/util.h"

struct boot_info boot_info;

void boot_info_add_range(paddr_t start, paddr_t end, uint32_t kind)
{
	if (end <= start)
		return;
	if (boot_info.range_count == BOOT_MEMORY_RANGES) {
		printk("boot: the memory map has more than %d ranges\n", BOOT_MEMORY_RANGES);
		return;
	}
	/* Kinds that we do not know are nobody's to use. */
	if (kind < MEMORY_USABLE || kind > MEMORY_BAD)
		kind = MEMORY_RESERVED;
	boot_info.ranges[boot_info.range_count++] = (struct memory_range){start, end, kind};
}

/* The end of the word at `text`: the first blank outside quotes, or the NUL. */
static const char *word_end(const char *text)
{
	bool quoted = false;

	for (; *text && (quoted || !isspace((unsigned char)*text)); text++)
		if (*text == '"')
			quoted = !quoted;
	return text;
}

static int hex_digit(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * Copies [from, to) without its quotes, with %XX turned into the byte, cut to fit. tools/run
 * writes what is special as %XX: quotes and blanks would not come through GRUB as they were.
 */
static void copy_value(const char *from, const char *to, char *value, size_t size)
{
	size_t length = 0;

	for (; from < to; from++) {
		char c = *from;

		if (c == '"')
			continue;
		if (c == '%' && to - from > 2 && hex_digit(from[1]) >= 0 &&
		    hex_digit(from[2]) >= 0) {
			c = (char)(hex_digit(from[1]) << 4 | hex_digit(from[2]));
			from += 2;
		}
		if (length + 1 < size)
			value[length++] = c;
	}
	if (size > 0)
		value[length] = '\0';
}

bool boot_option(const char *key, char *value, size_t size)
{
	size_t key_length = strlen(key);
	bool found = false;
	const char *end;

	for (const char *word = boot_info.command_line; *word; word = end) {
		word += strspn(word, " \t\r\n");
		end = word_end(word);
		/* GRUB turns key="a b" into "key=a b". */
		const char *name = *word == '"' ? word + 1 : word;
		if (strncmp(name, key, key_length) != 0)
			continue;
		const char *after = name + key_length;
		if (after != end && *after != '=')
			continue;
		copy_value(after == end ? end : after + 1, end, value, size);
		found = true;
	}
	return found;
}

/* Decimal, or hexadecimal after 0x. False: it is no number, or does not fit. */
static bool parse_number(const char *text, uint64_t *number)
{
	unsigned base = 10;

	*number = 0;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	if (!*text)
		return false;
	for (; *text; text++) {
		int digit = hex_digit(*text);

		if (digit < 0 || (unsigned)digit >= base ||
		    __builtin_mul_overflow(*number, base, number) ||
		    __builtin_add_overflow(*number, digit, number))
			return false;
	}
	return true;
}

uint64_t boot_option_number(const char *key, uint64_t fallback, uint64_t min, uint64_t max)
{
	char text[32];
	uint64_t number;

	if (!boot_option(key, text, sizeof(text)))
		return fallback;
	if (parse_number(text, &number) && number >= min && number <= max)
		return number;
	printk_error("boot option %s=%s: not a number from %lu to %lu, using %lu\n", key, text, min,
		     max, fallback);
	return fallback;
}

bool boot_option_on(const char *key)
{
	char text[8];

	if (!boot_option(key, text, sizeof(text)))
		return false;
	if (strcmp(text, "on") == 0)
		return true;
	printk_error("boot option %s=%s: expected %s=on\n", key, text, key);
	return false;
}

/* ---- Words that nobody asks for ---- */

/* Those of the kernel, and what the first program reads in /proc/cmdline (docs/options.md). */
static const char *const known_options[] = {
	"cmd",   "cols", "init", "ktest", "limit", "memory_log",   "nonce",    "quantum",
	"quiet", "rows", "seed", "tests", "trace", "trace_events", "watchdog",
};

static bool is_known(const char *name, size_t length)
{
	/* NAME=value in capitals is for the environment of tests. */
	if (name[length] == '=' && name[0] >= 'A' && name[0] <= 'Z')
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(known_options); i++)
		if (strncmp(known_options[i], name, length) == 0 && !known_options[i][length])
			return true;
	return false;
}

void boot_options_check(void)
{
	const char *end;

	for (const char *word = boot_info.command_line; *word; word = end) {
		word += strspn(word, " \t\r\n");
		end = word_end(word);
		word += *word == '"';
		size_t length = strcspn(word, "=\" \t\r\n");

		if (word < end && !is_known(word, length))
			printk_error("boot option %.*s: unknown, not heeded\n", (int)length, word);
	}
}
