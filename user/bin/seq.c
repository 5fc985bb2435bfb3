/* SPDX-License-Identifier: MIT */
/*
 * seq: numbers from FIRST to LAST. Fractions are exact: all numbers are whole multiples of the
 * smallest decimal place that any of them has.
 */
#include "common.h"

static const char usage_text[] = "seq [-w] [-s SEPARATOR] [FIRST [STEP]] LAST";

#define MAX_DECIMALS 9

/* How many digits follow the point; -1 if the text is no number. */
static int count_decimals(const char *text)
{
	const char *p = text + (*text == '-' || *text == '+');
	size_t whole = strspn(p, "0123456789"), decimals = 0;

	p += whole;
	if (*p == '.') {
		decimals = strspn(++p, "0123456789");
		p += decimals;
	}
	if (*p || whole + decimals == 0 || whole + decimals > 17 || decimals > MAX_DECIMALS)
		return -1;
	return (int)decimals;
}

/* The number times 10^decimals. */
static long long scaled(const char *text, int decimals)
{
	bool negative = *text == '-';
	const char *p = text + (*text == '-' || *text == '+');
	bool point = false;
	long long value = 0;

	for (; *p; p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		value = value * 10 + (*p - '0');
		decimals -= point;
	}
	while (decimals-- > 0)
		value *= 10;
	return negative ? -value : value;
}

static unsigned long long magnitude(long long value)
{
	return value < 0 ? 0ull - (unsigned long long)value : (unsigned long long)value;
}

static unsigned long long power_of_ten(int exponent)
{
	unsigned long long power = 1;

	while (exponent-- > 0)
		power *= 10;
	return power;
}

/* How many characters the number takes. */
static int printed_length(long long value, int decimals)
{
	unsigned long long whole = magnitude(value) / power_of_ten(decimals);
	int length = 1 + (value < 0) + (decimals ? decimals + 1 : 0);

	while (whole >= 10) {
		whole /= 10;
		length++;
	}
	return length;
}

static void print(long long value, int decimals, int width)
{
	unsigned long long unit = power_of_ten(decimals);

	if (value < 0)
		putchar('-');
	width -= (value < 0) + (decimals ? decimals + 1 : 0);
	printf("%0*llu", width > 0 ? width : 1, magnitude(value) / unit);
	if (decimals)
		printf(".%0*llu", decimals, magnitude(value) % unit);
}

static struct {
	const char *separator;
	bool equal_width;
} options = {.separator = "\n"};

/* Not getopt: -5 is a number here. Returns the index of the first number. */
static int parse_options(int argc, char **argv)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-' && count_decimals(argv[i]) < 0; i++) {
		if (!strcmp(argv[i], "-w"))
			options.equal_width = true;
		else if (!strcmp(argv[i], "-s") && i + 1 < argc)
			options.separator = argv[++i];
		else if (!strncmp(argv[i], "-s", 2) && argv[i][2])
			options.separator = argv[i] + 2;
		else
			usage(usage_text);
	}
	return i;
}

static int max(int a, int b)
{
	return a > b ? a : b;
}

int main(int argc, char **argv)
{
	int i = parse_options(argc, argv), decimals = 0, width = 0;
	long long first, step, last;

	if (argc - i < 1 || argc - i > 3)
		usage(usage_text);
	for (int j = i; j < argc; j++) {
		int own = count_decimals(argv[j]);

		if (own < 0)
			errx(EXIT_USAGE, "%s: not a number that fits here", argv[j]);
		decimals = max(decimals, own);
	}
	first = scaled(argc - i > 1 ? argv[i] : "1", decimals);
	step = scaled(argc - i > 2 ? argv[i + 1] : "1", decimals);
	last = scaled(argv[argc - 1], decimals);
	if (!step)
		errx(EXIT_USAGE, "the step must not be 0");
	if (options.equal_width)
		width = max(printed_length(first, decimals), printed_length(last, decimals));
	for (long long value = first; step > 0 ? value <= last : value >= last; value += step) {
		if (value != first)
			fputs(options.separator, stdout);
		print(value, decimals, width);
		check_output();
	}
	if (step > 0 ? first <= last : first >= last)
		putchar('\n');
	return finish(EXIT_SUCCESS);
}
