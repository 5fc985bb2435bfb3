/* SPDX-License-Identifier: MIT */
/* stty: shows and changes how the terminal that is standard input works. */
#include <sys/ioctl.h>
#include <termios.h>

#include "common.h"

static const char usage_text[] = "stty [-a] [size] [sane] [raw] [[-]FLAG...]";

enum field { INPUT, OUTPUT, LOCAL };

static const struct flag {
	const char *name;
	enum field field;
	tcflag_t bit;
} flags[] = {
	{"isig", LOCAL, ISIG},     {"icanon", LOCAL, ICANON}, {"iexten", LOCAL, IEXTEN},
	{"echo", LOCAL, ECHO},     {"echoe", LOCAL, ECHOE},   {"echok", LOCAL, ECHOK},
	{"echonl", LOCAL, ECHONL}, {"noflsh", LOCAL, NOFLSH}, {"tostop", LOCAL, TOSTOP},
	{"icrnl", INPUT, ICRNL},   {"inlcr", INPUT, INLCR},   {"igncr", INPUT, IGNCR},
	{"ixon", INPUT, IXON},     {"opost", OUTPUT, OPOST},  {"onlcr", OUTPUT, ONLCR},
};

static const struct {
	const char *name;
	int index;
} characters[] = {
	{"intr", VINTR}, {"quit", VQUIT},   {"erase", VERASE}, {"kill", VKILL},
	{"eof", VEOF},   {"start", VSTART}, {"stop", VSTOP},   {"susp", VSUSP},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static tcflag_t *flag_field(struct termios *modes, enum field field)
{
	switch (field) {
	case INPUT:
		return &modes->c_iflag;
	case OUTPUT:
		return &modes->c_oflag;
	default:
		return &modes->c_lflag;
	}
}

static void show_size(bool brief)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size))
		err(EXIT_FAILURE, "standard input");
	printf(brief ? "%u %u\n" : "rows %u; columns %u\n", size.ws_row, size.ws_col);
}

static void show_character(const char *name, unsigned char c)
{
	if (!c)
		printf("%s = <undef>; ", name);
	else if (c < ' ' || c == 127)
		printf("%s = ^%c; ", name, c ^ 0x40);
	else
		printf("%s = %c; ", name, c);
}

static void show(struct termios *modes)
{
	show_size(false);
	for (size_t i = 0; i < COUNT(characters); i++)
		show_character(characters[i].name, modes->c_cc[characters[i].index]);
	for (size_t i = 0; i < COUNT(flags); i++) {
		bool on = *flag_field(modes, flags[i].field) & flags[i].bit;

		printf("%s%s%s", i % 8 ? " " : "\n", on ? "" : "-", flags[i].name);
	}
	putchar('\n');
}

static void make_sane(struct termios *modes)
{
	modes->c_lflag |= ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK;
	modes->c_iflag |= ICRNL | IXON;
	modes->c_iflag &= ~(tcflag_t)(INLCR | IGNCR);
	modes->c_oflag |= OPOST | ONLCR;
}

static void make_raw(struct termios *modes)
{
	modes->c_lflag &= ~(tcflag_t)(ISIG | ICANON | IEXTEN | ECHO);
	modes->c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | IXON);
	modes->c_oflag &= ~(tcflag_t)OPOST;
	modes->c_cc[VMIN] = 1;
	modes->c_cc[VTIME] = 0;
}

static bool set_flag(struct termios *modes, const char *word)
{
	bool off = *word == '-';

	for (size_t i = 0; i < COUNT(flags); i++) {
		tcflag_t *field = flag_field(modes, flags[i].field);

		if (strcmp(flags[i].name, word + off))
			continue;
		*field = off ? *field & ~flags[i].bit : *field | flags[i].bit;
		return true;
	}
	return false;
}

static void change(struct termios *modes, const char *word)
{
	if (!strcmp(word, "sane") || !strcmp(word, "-raw") || !strcmp(word, "cooked"))
		make_sane(modes);
	else if (!strcmp(word, "raw"))
		make_raw(modes);
	else if (!set_flag(modes, word))
		usage(usage_text);
}

int main(int argc, char **argv)
{
	struct termios modes;
	bool changed = false;

	if (argc > 1 && !strncmp(argv[1], "--", 2))
		usage(usage_text);
	if (tcgetattr(STDIN_FILENO, &modes))
		err(EXIT_FAILURE, "standard input");
	if (argc == 1)
		show(&modes);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-a")) {
			show(&modes);
		} else if (!strcmp(argv[i], "size")) {
			show_size(true);
		} else {
			change(&modes, argv[i]);
			changed = true;
		}
	}
	if (changed && tcsetattr(STDIN_FILENO, TCSADRAIN, &modes))
		err(EXIT_FAILURE, "standard input");
	return finish(EXIT_SUCCESS);
}
