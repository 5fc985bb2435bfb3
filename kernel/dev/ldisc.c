/* SPDX-License-Identifier: MIT */
/* Settings, input and reading; editing and echo are in ldisc_edit.c, output in ldisc_output.c. */
#include "dev/ldisc.h"

#include "dev/ldisc_edit.h"
#include "lib/abi/signal.h"

static const struct termios default_termios = {
	.c_iflag = ICRNL | IXON | IUTF8,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = B115200 | CS8 | CREAD | HUPCL,
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	.c_cc = {[VINTR] = 'C' & 31,
		 [VQUIT] = '\\' & 31,
		 [VERASE] = 127,
		 [VKILL] = 'U' & 31,
		 [VEOF] = 'D' & 31,
		 [VMIN] = 1,
		 [VSTART] = 'Q' & 31,
		 [VSTOP] = 'S' & 31,
		 [VSUSP] = 'Z' & 31,
		 [VREPRINT] = 'R' & 31,
		 [VDISCARD] = 'O' & 31,
		 [VWERASE] = 'W' & 31,
		 [VLNEXT] = 'V' & 31},
};

void ldisc_init(struct ldisc *ldisc, void (*echo)(const char *text, size_t length))
{
	*ldisc = (struct ldisc){.termios = default_termios, .echo = echo};
}

static bool is_canonical(const struct ldisc *ldisc)
{
	return ldisc->termios.c_lflag & ICANON;
}

/* ---- The ring ---- */

static void mark_end(struct ldisc *ldisc, size_t position, bool end)
{
	size_t place = position % LDISC_SIZE;

	if (end)
		ldisc->ends[place / 8] |= 1 << place % 8;
	else
		ldisc->ends[place / 8] &= ~(1 << place % 8);
}

static bool is_end(const struct ldisc *ldisc, size_t position)
{
	size_t place = position % LDISC_SIZE;

	return ldisc->ends[place / 8] & 1 << place % 8;
}

static bool is_end_of_file(const struct ldisc *ldisc, size_t position)
{
	return is_end(ldisc, position) && ldisc->buffer[position % LDISC_SIZE] == '\0';
}

static void store(struct ldisc *ldisc, unsigned char c, bool end)
{
	ldisc->buffer[ldisc->head % LDISC_SIZE] = c;
	mark_end(ldisc, ldisc->head, end);
	ldisc->head++;
	if (end)
		ldisc->committed = ldisc->head;
}

bool ldisc_has_room(const struct ldisc *ldisc)
{
	if (ldisc->head - ldisc->tail < LDISC_LINE_MAX)
		return true;
	return is_canonical(ldisc) && ldisc->committed == ldisc->tail;
}

void ldisc_flush_input(struct ldisc *ldisc)
{
	ldisc->tail = ldisc->committed = ldisc->head;
	ldisc->literal = false;
	ldisc->line_column = ldisc->column;
}

void ldisc_set_termios(struct ldisc *ldisc, const struct termios *termios)
{
	bool was_canonical = is_canonical(ldisc);

	ldisc->termios = *termios;
	ldisc->literal = false;
	if (!(termios->c_iflag & IXON))
		ldisc->stopped = false;
	if (!was_canonical && is_canonical(ldisc)) {
		for (size_t i = ldisc->tail; i != ldisc->head; i++)
			mark_end(ldisc, i, i + 1 == ldisc->head);
		ldisc->committed = ldisc->head;
		ldisc->line_column = ldisc->column;
	}
}

/* ---- Receiving ---- */

int ldisc_act(struct ldisc *ldisc, unsigned char c)
{
	tcflag_t iflag = ldisc->termios.c_iflag, lflag = ldisc->termios.c_lflag;
	int signal = 0;

	if (iflag & IXON) {
		if (ldisc_is(ldisc, VSTART, c)) {
			ldisc->stopped = false;
			return LDISC_DONE;
		}
		if (ldisc_is(ldisc, VSTOP, c)) {
			ldisc->stopped = true;
			return LDISC_DONE;
		}
	}
	if (!(lflag & ISIG))
		return LDISC_NOTHING;
	if (ldisc_is(ldisc, VINTR, c))
		signal = SIGINT;
	else if (ldisc_is(ldisc, VQUIT, c))
		signal = SIGQUIT;
	else if (ldisc_is(ldisc, VSUSP, c))
		signal = SIGTSTP;
	else
		return LDISC_NOTHING;
	if (!(lflag & NOFLSH))
		ldisc_flush_input(ldisc);
	if (iflag & IXON)
		ldisc->stopped = false;
	ldisc_echo(ldisc, c);
	ldisc->line_column = ldisc->column;
	return signal;
}

bool ldisc_is_quote(const struct ldisc *ldisc, unsigned char c)
{
	return (ldisc->termios.c_lflag & (ICANON | IEXTEN)) == (ICANON | IEXTEN) &&
	       ldisc_is(ldisc, VLNEXT, c);
}

/* Carriage return and newline as the settings have them; false: it is ignored. */
static bool map_newline(const struct ldisc *ldisc, unsigned char *c)
{
	tcflag_t iflag = ldisc->termios.c_iflag;

	if (*c == '\r') {
		if (iflag & IGNCR)
			return false;
		if (iflag & ICRNL)
			*c = '\n';
	} else if (*c == '\n' && (iflag & INLCR)) {
		*c = '\r';
	}
	return true;
}

/* The end of a line in canonical mode. There is always one place left for it. */
static bool receive_end(struct ldisc *ldisc, unsigned char c)
{
	bool newline = c == '\n';

	if (ldisc_is(ldisc, VEOF, c)) {
		store(ldisc, '\0', true);
		ldisc->line_column = ldisc->column;
		return true;
	}
	if (!newline && !ldisc_is(ldisc, VEOL, c) && !ldisc_is(ldisc, VEOL2, c))
		return false;
	if (newline && (ldisc->termios.c_lflag & ECHONL) && !(ldisc->termios.c_lflag & ECHO))
		ldisc_put(ldisc, c);
	ldisc_echo(ldisc, c);
	store(ldisc, c, true);
	ldisc->line_column = ldisc->column;
	return true;
}

static void receive_data(struct ldisc *ldisc, unsigned char c)
{
	if (ldisc->head - ldisc->tail >= (is_canonical(ldisc) ? LDISC_LINE_MAX : LDISC_SIZE)) {
		if (ldisc->termios.c_iflag & IMAXBEL)
			ldisc_put(ldisc, '\a');
		return;
	}
	ldisc_echo(ldisc, c);
	store(ldisc, c, false);
}

int ldisc_receive(struct ldisc *ldisc, unsigned char c)
{
	if (ldisc->termios.c_iflag & ISTRIP)
		c &= 0x7f;
	if (ldisc->literal) {
		ldisc->literal = false;
		receive_data(ldisc, c);
		return LDISC_NOTHING;
	}
	int action = ldisc_act(ldisc, c);
	if (action != LDISC_NOTHING)
		return action;
	if ((ldisc->termios.c_iflag & (IXON | IXANY)) == (IXON | IXANY))
		ldisc->stopped = false;
	if (!map_newline(ldisc, &c))
		return LDISC_NOTHING;
	if (!is_canonical(ldisc) || (!ldisc_edit(ldisc, c) && !receive_end(ldisc, c)))
		receive_data(ldisc, c);
	return LDISC_NOTHING;
}

/* ---- Reading ---- */

size_t ldisc_available(const struct ldisc *ldisc)
{
	return (is_canonical(ldisc) ? ldisc->committed : ldisc->head) - ldisc->tail;
}

bool ldisc_readable(const struct ldisc *ldisc, size_t wanted)
{
	size_t available = ldisc_available(ldisc);

	return is_canonical(ldisc) ? available > 0 : available >= wanted;
}

static size_t read_line(struct ldisc *ldisc, char *to, size_t size, bool *ended)
{
	size_t count = 0;

	while (ldisc->tail != ldisc->committed) {
		/* An end of file belongs to the line before it: also where the buffer is full. */
		if (is_end_of_file(ldisc, ldisc->tail)) {
			ldisc->tail++;
			*ended = true;
			break;
		}
		if (count == size)
			break;
		*ended = is_end(ldisc, ldisc->tail);
		to[count++] = ldisc->buffer[ldisc->tail++ % LDISC_SIZE];
		if (*ended)
			break;
	}
	return count;
}

size_t ldisc_read(struct ldisc *ldisc, char *to, size_t size, bool *ended)
{
	size_t count = 0;

	*ended = false;
	if (is_canonical(ldisc))
		return read_line(ldisc, to, size, ended);
	for (; count < size && ldisc->tail != ldisc->head; ldisc->tail++)
		if (!is_end_of_file(ldisc, ldisc->tail)) /* typed before the mode was raw */
			to[count++] = ldisc->buffer[ldisc->tail % LDISC_SIZE];
	ldisc->committed = ldisc->tail;
	return count;
}
