/* SPDX-License-Identifier: MIT */
/*
 * The line discipline: what is read, echoed and signalled for what is typed, by hand; and random
 * typing against a model (a line is a list of characters) and a screen (what the echo leaves there
 * is what the line should look like).
 */
#include "kernel/dev/ldisc.c"
#include "kernel/dev/ldisc_edit.c"
#include "kernel/dev/ldisc_output.c"
#include "tests/host/random.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static struct ldisc tty;
static char echoed[1 << 16];
static size_t echoed_size;

static void echo(const char *text, size_t length)
{
	assert(echoed_size + length < sizeof(echoed));
	memcpy(echoed + echoed_size, text, length);
	echoed_size += length;
}

static void start(void)
{
	ldisc_init(&tty, echo);
	echoed_size = 0;
}

/* Types a text and returns the last signal that came of it. */
static int type(const char *text)
{
	int signal = 0;

	for (; *text; text++) {
		int action = ldisc_receive(&tty, (unsigned char)*text);

		if (action > 0)
			signal = action;
	}
	return signal;
}

static void expect_echo(const char *text)
{
	if (echoed_size != strlen(text) || memcmp(echoed, text, echoed_size) != 0) {
		printf("echo: expected \"%s\", got \"%.*s\"\n", text, (int)echoed_size, echoed);
		abort();
	}
	echoed_size = 0;
}

static void expect_read_of(size_t size, const char *text, bool ended)
{
	char got[LDISC_SIZE];
	bool got_end;
	size_t count = ldisc_read(&tty, got, size, &got_end);

	if (count != strlen(text) || memcmp(got, text, count) != 0 || got_end != ended) {
		printf("read: expected \"%s\" %d, got \"%.*s\" %d\n", text, ended, (int)count, got,
		       got_end);
		abort();
	}
}

static void expect_read(const char *text, bool ended)
{
	expect_read_of(LDISC_SIZE, text, ended);
}

static void set(tcflag_t lflag_on, tcflag_t lflag_off)
{
	struct termios termios = tty.termios;

	termios.c_lflag = (termios.c_lflag | lflag_on) & ~lflag_off;
	ldisc_set_termios(&tty, &termios);
}

/* ---- By hand ---- */

static void test_lines(void)
{
	start();
	type("hello");
	assert(!ldisc_readable(&tty, 1) && ldisc_available(&tty) == 0);
	expect_echo("hello");
	type("\r");
	expect_echo("\r\n");
	assert(ldisc_readable(&tty, 1) && ldisc_available(&tty) == 6);
	type("two\nthree");
	expect_read_of(3, "hel", false);
	expect_read("lo\n", true);
	expect_read("two\n", true);
	expect_read("", false);
	type("\n");
	expect_read("three\n", true);
}

static void test_end_of_file(void)
{
	start();
	type("\004");
	expect_echo("");
	expect_read("", true);
	type("abc\004");
	expect_read("abc", true);
	assert(!ldisc_readable(&tty, 1));
	/* A buffer that is just full takes the end of file along. */
	type("abc\004\004");
	expect_read_of(3, "abc", true);
	expect_read("", true);
	type("abc\004def\n");
	expect_read_of(2, "ab", false);
	expect_read("c", true);
	expect_read("def\n", true);
}

static void test_erase(void)
{
	start();
	type("ab\177c");
	expect_echo("ab\b \bc");
	type("\b\b\b\b\n");
	expect_echo("\b \b\b \b\r\n");
	expect_read("\n", true);
	type("a\001\177\n"); /* ^A was shown in two columns */
	expect_echo("a^A\b \b\b \b\r\n");
	expect_read("a\n", true);
	type("ab\tc\177\177d\n"); /* the tab went from column 2 to 8 */
	expect_echo("ab\tc\b \b\b \b\b \b\b \b\b \b\b \b\b \bd\r\n");
	expect_read("abd\n", true);
	type("x\xed\x95\x9c\177\177\n"); /* a Hangul syllable: three bytes, two columns */
	expect_echo("x\xed\x95\x9c\b \b\b \b\b \b\r\n");
	expect_read("\n", true);
	type("\xc3\xa9\177\n"); /* é: two bytes, one column */
	expect_echo("\xc3\xa9\b \b\r\n");
	expect_read("\n", true);
	set(0, ECHOE);
	type("ab\177\n");
	expect_echo("ab^?\r\n");
	expect_read("a\n", true);
}

static void test_words_and_lines(void)
{
	start();
	type("one two_2  \027x\n");
	expect_read("one x\n", true);
	type("one\025two\n");
	expect_read("two\n", true);
	echoed_size = 0;
	type("ab\022");
	expect_echo("ab^R\r\nab");
	type("\025\n");
	expect_echo("\b \b\b \b\r\n");
	expect_read("\n", true);
	type("a\026\004\026\003b\n");
	expect_read("a\004\003b\n", true);
	expect_echo("a^\b^D^\b^Cb\r\n");
}

static void test_signals(void)
{
	start();
	assert(type("abc\003") == SIGINT);
	expect_echo("abc^C");
	assert(type("\034") == SIGQUIT);
	assert(type("\032") == SIGTSTP);
	type("d\n");
	expect_read("d\n", true);
	set(NOFLSH, 0);
	assert(type("abc\003d\n") == SIGINT);
	expect_read("abcd\n", true);
	set(0, ISIG);
	assert(type("\003\n") == 0);
	expect_read("\003\n", true);
}

static void test_flow(void)
{
	start();
	type("a\023");
	assert(tty.stopped);
	type("b");
	assert(tty.stopped);
	type("\021");
	assert(!tty.stopped);
	type("\023\003");
	assert(!tty.stopped);
	type("x\n");
	expect_read("x\n", true);
}

static void test_raw(void)
{
	start();
	type("typed\004ahead");
	set(0, ICANON | ECHO | ISIG);
	assert(ldisc_readable(&tty, 10) && !ldisc_readable(&tty, 12));
	expect_read("typedahead", false);
	echoed_size = 0;
	type("\003\177\004\r");
	expect_read("\003\177\004\n", false);
	expect_echo("");
	type("left");
	set(ICANON | ECHO, 0);
	type("over\n");
	expect_read("left", true);
	expect_read("over\n", true);
}

static void test_newlines(void)
{
	start();
	tty.termios.c_iflag = INLCR;
	type("a\n\r");
	set(0, ICANON);
	expect_read("a\r\r", false);
	start();
	tty.termios.c_iflag = IGNCR;
	type("a\r\n");
	expect_read("a\n", true);
	start();
	set(0, ECHO);
	set(ECHONL, 0);
	type("secret\n");
	expect_echo("\r\n");
}

static void test_output(void)
{
	char out[LDISC_OUTPUT_MAX];

	start();
	assert(ldisc_output(&tty, '\n', out) == 2 && memcmp(out, "\r\n", 2) == 0);
	tty.termios.c_oflag |= XTABS;
	ldisc_output(&tty, 'x', out);
	assert(ldisc_output(&tty, '\t', out) == 7 && memcmp(out, "       ", 7) == 0);
	assert(ldisc_output(&tty, '\t', out) == 8);
	tty.termios.c_oflag = OPOST | OCRNL | ONOCR | OLCUC;
	assert(ldisc_output(&tty, 'a', out) == 1 && out[0] == 'A');
	assert(ldisc_output(&tty, '\r', out) == 1 && out[0] == '\n');
	tty.termios.c_oflag = 0;
	assert(ldisc_output(&tty, '\n', out) == 1 && out[0] == '\n');
}

/* A line without an end is cut, never blocks, and can be ended; lines that nobody reads block. */
static void test_full(void)
{
	start();
	tty.termios.c_lflag &= ~ECHO;
	for (int i = 0; i < 3 * LDISC_SIZE; i++) {
		assert(ldisc_has_room(&tty));
		type("x");
	}
	type("\n");
	assert(!ldisc_has_room(&tty) && ldisc_available(&tty) == LDISC_SIZE);
	assert(ldisc_act(&tty, 3) == SIGINT);
	assert(ldisc_has_room(&tty) && ldisc_available(&tty) == 0);

	size_t typed = 0;
	while (ldisc_has_room(&tty)) {
		type(typed % 100 == 99 ? "\n" : "y");
		typed++;
	}
	assert(typed == LDISC_LINE_MAX);
	char line[200];
	bool ended;
	assert(ldisc_read(&tty, line, sizeof(line), &ended) == 100 && ended);
	assert(ldisc_has_room(&tty));
}

/* ---- Random typing ---- */

static const char *const alphabet[] = {
	"a", "Z", "_", " ", ";", "\t", "\001", "\xc3\xa9", "\xed\x95\x9c", "\xf0\x9f\x98\x80"};
enum { WORD_1 = 0, WORD_2 = 2, FIRST_WIDE = 8, FIRST_HIGH = 7, CONTROL = 6, TAB = 5 };

static unsigned line[LDISC_SIZE]; /* indices into alphabet */
static size_t line_length;

static bool is_word(unsigned c)
{
	return c <= WORD_2 || c >= FIRST_HIGH;
}

/* What the screen should show, a byte per column; wide characters as "WW". */
static size_t render(char *screen)
{
	size_t column = 0;

	for (size_t i = 0; i < line_length; i++) {
		unsigned c = line[i];

		if (c == TAB) {
			do {
				screen[column++] = ' ';
			} while (column % 8);
		} else if (c == CONTROL) {
			screen[column++] = '^';
			screen[column++] = 'A';
		} else if (c >= FIRST_WIDE) {
			screen[column++] = 'W';
			screen[column++] = 'W';
		} else {
			screen[column++] = c == FIRST_HIGH ? 'H' : alphabet[c][0];
		}
	}
	return column;
}

/* A terminal that knows just enough: what the echo since the last newline has left. */
static size_t show(char *screen)
{
	size_t column = 0, width = 0;

	for (size_t i = 0; i < echoed_size; i++) {
		unsigned char c = echoed[i];

		if (c == '\b') {
			assert(column > 0);
			column--;
			continue;
		}
		if (c == '\t') {
			do {
				screen[column++] = ' ';
			} while (column % 8);
		} else if ((c & 0xc0) == 0x80) {
			continue;
		} else if (c >= 0xe0) {
			screen[column++] = 'W';
			screen[column++] = 'W';
		} else {
			screen[column++] = c >= 0xc0 ? 'H' : c;
		}
		width = column > width ? column : width;
	}
	while (width > column)
		assert(screen[--width] == ' ');
	return column;
}

static void check_screen(void)
{
	static char expected[LDISC_SIZE * 8], shown[sizeof(echoed) * 8];
	size_t width = render(expected);

	assert(show(shown) == width && memcmp(shown, expected, width) == 0);
}

static void check_line(void)
{
	char expected[LDISC_SIZE * 4], got[LDISC_SIZE];
	size_t length = 0;
	bool ended;

	for (size_t i = 0; i < line_length; i++) {
		memcpy(expected + length, alphabet[line[i]], strlen(alphabet[line[i]]));
		length += strlen(alphabet[line[i]]);
	}
	expected[length++] = '\n';
	type("\n");
	assert(ldisc_read(&tty, got, sizeof(got), &ended) == length && ended);
	assert(memcmp(got, expected, length) == 0);
	line_length = 0;
	echoed_size = 0;
}

static void erase_model_word(void)
{
	while (line_length > 0 && !is_word(line[line_length - 1]))
		line_length--;
	while (line_length > 0 && is_word(line[line_length - 1]))
		line_length--;
}

static void test_random(void)
{
	start();
	line_length = 0;
	for (int i = 0; i < 300000; i++) {
		unsigned what = random_below(40);

		if (what < 28) {
			line[line_length++] = random_below(ARRAY_SIZE(alphabet));
			if (line[line_length - 1] == CONTROL && random_below(2))
				type("\026");
			type(alphabet[line[line_length - 1]]);
		} else if (what < 36) {
			type(random_below(2) ? "\177" : "\b");
			line_length -= line_length > 0;
		} else if (what < 38) {
			type("\027");
			erase_model_word();
		} else if (what == 38) {
			type("\025");
			line_length = 0;
		}
		check_screen();
		if (what == 39 || line_length > 300 || echoed_size > sizeof(echoed) - 4096)
			check_line();
	}
}

/* Any bytes, any settings: no step outside, and the parts stay in order. */
static void test_chaos(void)
{
	start();
	for (int i = 0; i < 2000000; i++) {
		char got[300];
		bool ended;

		echoed_size = 0;
		switch (random_below(random_below(50) ? 4 : 6)) {
		case 4: {
			struct termios termios = tty.termios;

			termios.c_lflag = random_bits();
			termios.c_iflag = random_bits();
			termios.c_oflag = random_bits();
			termios.c_cc[random_below(NCCS)] = random_bits();
			ldisc_set_termios(&tty, &termios);
			break;
		}
		case 5:
			ldisc_read(&tty, got, random_below(sizeof(got)), &ended);
			break;
		default:
			if (ldisc_has_room(&tty))
				ldisc_receive(&tty, random_bits());
			else
				ldisc_act(&tty, random_bits());
		}
		assert(tty.head - tty.tail <= LDISC_SIZE);
		assert(tty.committed - tty.tail <= tty.head - tty.tail);
	}
}

int main(void)
{
	random_start();
	test_lines();
	test_end_of_file();
	test_erase();
	test_words_and_lines();
	test_signals();
	test_flow();
	test_raw();
	test_newlines();
	test_output();
	test_full();
	test_random();
	test_chaos();
	puts("ok");
	return 0;
}
