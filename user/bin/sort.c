/* SPDX-License-Identifier: MIT */
/*
 * sort: puts lines in order.
 *
 * All input is read into memory. Lines are compared by the keys, in turn, and if all are equal, by
 * the whole line; with -u lines whose keys are equal count as one.
 */
#include "lines.h"

static const char usage_text[] =
	"sort [-nrufb] [-t SEPARATOR] [-k FIRST[nrfb][,LAST[nrfb]]]... [-o FILE] [FILE...]";

#define MAX_KEYS 16

struct order {
	bool numeric, reverse, fold, skip_blanks;
};

struct key {
	int first, last; /* fields, from 1; last 0: to the line's end */
	struct order order;
};

struct line {
	const char *text;
	size_t length;
	size_t index; /* as read: equal lines stay in that order */
};

/* Part of a line. */
struct span {
	const char *text;
	size_t length;
};

static struct {
	struct order order;
	bool unique;
	int separator; /* -1: fields begin where blanks begin */
	struct key keys[MAX_KEYS];
	int key_count;
	const char *output;
} options = {.separator = -1};

static struct line *lines;
static size_t line_count, line_capacity;

/* ---- comparing ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span skip_blanks(struct span span)
{
	while (span.length && is_blank(*span.text)) {
		span.text++;
		span.length--;
	}
	return span;
}

static size_t count_digits(struct span span)
{
	size_t count = 0;

	while (count < span.length && span.text[count] >= '0' && span.text[count] <= '9')
		count++;
	return count;
}

/* A number of any size, taken apart: its whole digits without leading zeros, and its fraction. */
struct number {
	bool negative;
	struct span whole, fraction;
};

static struct number parse_number(struct span span)
{
	struct number number = {0};
	size_t digits;

	span = skip_blanks(span);
	if (span.length && *span.text == '-') {
		number.negative = true;
		span.text++;
		span.length--;
	}
	while (span.length && *span.text == '0') {
		span.text++;
		span.length--;
	}
	digits = count_digits(span);
	number.whole = (struct span){span.text, digits};
	span.text += digits;
	span.length -= digits;
	if (span.length && *span.text == '.') {
		span.text++;
		span.length--;
		digits = count_digits(span);
		while (digits && span.text[digits - 1] == '0')
			digits--;
		number.fraction = (struct span){span.text, digits};
	}
	if (!number.whole.length && !number.fraction.length)
		number.negative = false;
	return number;
}

static int compare_bytes(struct span a, struct span b)
{
	size_t shorter = a.length < b.length ? a.length : b.length;
	int order = shorter ? memcmp(a.text, b.text, shorter) : 0;

	return order ? order : (a.length > b.length) - (a.length < b.length);
}

static int compare_folded(struct span a, struct span b)
{
	for (size_t i = 0; i < a.length && i < b.length; i++) {
		unsigned char left = (unsigned char)a.text[i], right = (unsigned char)b.text[i];

		if (left >= 'a' && left <= 'z')
			left ^= 0x20;
		if (right >= 'a' && right <= 'z')
			right ^= 0x20;
		if (left != right)
			return left < right ? -1 : 1;
	}
	return (a.length > b.length) - (a.length < b.length);
}

static int compare_numbers(struct span left, struct span right)
{
	struct number a = parse_number(left), b = parse_number(right);
	int order;

	if (a.negative != b.negative)
		return a.negative ? -1 : 1;
	if (a.whole.length != b.whole.length)
		order = a.whole.length < b.whole.length ? -1 : 1;
	else
		order = compare_bytes(a.whole, b.whole);
	if (!order)
		order = compare_bytes(a.fraction, b.fraction);
	return a.negative ? -order : order;
}

static int compare_spans(struct span a, struct span b, const struct order *order)
{
	int result;

	if (order->skip_blanks) {
		a = skip_blanks(a);
		b = skip_blanks(b);
	}
	if (order->numeric)
		result = compare_numbers(a, b);
	else if (order->fold)
		result = compare_folded(a, b);
	else
		result = compare_bytes(a, b);
	return order->reverse ? -result : result;
}

/* Where field n (from 1) begins, or with end the place after it. */
static size_t field_edge(const struct line *line, int n, bool end)
{
	size_t i = 0;

	for (;;) {
		if (n == 1 && !end)
			return i;
		if (options.separator >= 0) {
			while (i < line->length && line->text[i] != options.separator)
				i++;
		} else {
			while (i < line->length && is_blank(line->text[i]))
				i++;
			while (i < line->length && !is_blank(line->text[i]))
				i++;
		}
		if (n == 1 || i == line->length)
			return i;
		i += options.separator >= 0;
		n--;
	}
}

static struct span key_span(const struct line *line, const struct key *key)
{
	size_t start = field_edge(line, key->first, false);
	size_t end = key->last ? field_edge(line, key->last, true) : line->length;

	return (struct span){line->text + start, end > start ? end - start : 0};
}

static int compare_keys(const struct line *a, const struct line *b)
{
	struct span left = {a->text, a->length}, right = {b->text, b->length};

	for (int i = 0; i < options.key_count; i++) {
		const struct key *key = &options.keys[i];
		int order = compare_spans(key_span(a, key), key_span(b, key), &key->order);

		if (order)
			return order;
	}
	return options.key_count ? 0 : compare_spans(left, right, &options.order);
}

static int compare_lines(const void *left, const void *right)
{
	const struct line *a = left, *b = right;
	int order = compare_keys(a, b);

	if (!order && !options.unique) {
		order = compare_bytes((struct span){a->text, a->length},
				      (struct span){b->text, b->length});
		if (options.order.reverse)
			order = -order;
	}
	return order ? order : (a->index > b->index) - (a->index < b->index);
}

/* ---- reading and writing ---- */

static void add_line(const char *text, size_t length)
{
	char *copy = check_memory(malloc(length + 1));

	if (line_count == line_capacity) {
		line_capacity = line_capacity ? 2 * line_capacity : 1024;
		lines = check_memory(realloc(lines, line_capacity * sizeof(*lines)));
	}
	memcpy(copy, text, length);
	lines[line_count] = (struct line){.text = copy, .length = length, .index = line_count};
	line_count++;
}

static void read_file(const char *path)
{
	struct line_reader reader;
	int fd = open_input(path);
	size_t length;
	char *line;

	if (fd < 0)
		exit(EXIT_USAGE);
	lines_open(&reader, fd);
	while ((line = lines_next(&reader, &length)))
		add_line(line, length);
	if (reader.error) {
		errno = reader.error;
		err(EXIT_USAGE, "%s", path);
	}
	lines_close(&reader);
	close_input(fd);
}

static void write_lines(void)
{
	if (options.output && !freopen(options.output, "w", stdout))
		err(EXIT_USAGE, "%s", options.output);
	for (size_t i = 0; i < line_count; i++) {
		if (options.unique && i && !compare_keys(&lines[i - 1], &lines[i]))
			continue;
		fwrite(lines[i].text, 1, lines[i].length, stdout);
		putchar('\n');
	}
}

/* ---- options ---- */

static bool set_order(struct order *order, int letter)
{
	switch (letter) {
	case 'n':
		order->numeric = true;
		return true;
	case 'r':
		order->reverse = true;
		return true;
	case 'f':
		order->fold = true;
		return true;
	case 'b':
		order->skip_blanks = true;
		return true;
	}
	return false;
}

/* FIRST[order][,LAST[order]] */
static void add_key(char *text)
{
	struct key key = {0};
	char *p = text;

	if (options.key_count == MAX_KEYS)
		errx(EXIT_USAGE, "too many keys");
	key.first = (int)strtol(p, &p, 10);
	while (set_order(&key.order, *p))
		p++;
	if (*p == ',') {
		key.last = (int)strtol(p + 1, &p, 10);
		while (set_order(&key.order, *p))
			p++;
		if (key.last < 1)
			errx(EXIT_USAGE, "%s: not a key", text);
	}
	if (*p || key.first < 1)
		errx(EXIT_USAGE, "%s: not a key", text);
	options.keys[options.key_count++] = key;
}

static void parse_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "nrufbt:k:o:")) != -1) {
		if (set_order(&options.order, option))
			continue;
		switch (option) {
		case 'u':
			options.unique = true;
			break;
		case 't':
			options.separator = !strcmp(optarg, "\\t") ? '\t' : *optarg;
			break;
		case 'k':
			add_key(optarg);
			break;
		case 'o':
			options.output = optarg;
			break;
		default:
			usage(usage_text);
		}
	}
}

/* A key without an order of its own takes the general one. */
static void inherit_orders(void)
{
	for (int i = 0; i < options.key_count; i++) {
		struct order *order = &options.keys[i].order;

		if (!order->numeric && !order->reverse && !order->fold && !order->skip_blanks)
			*order = options.order;
	}
}

int main(int argc, char **argv)
{
	parse_options(argc, argv);
	inherit_orders();
	if (optind == argc)
		read_file("-");
	for (int i = optind; i < argc; i++)
		read_file(argv[i]);
	if (line_count)
		qsort(lines, line_count, sizeof(*lines), compare_lines);
	write_lines();
	return finish(EXIT_SUCCESS);
}
