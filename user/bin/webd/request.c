/* SPDX-License-Identifier: MIT */
#include "request.h"

#include "../web.h"

#include <poll.h>

/* What has been read so far. */
struct input {
	int fd;
	long long deadline; /* web_now_ms() */
	size_t length;
	char text[HEAD_MAX + 1]; /* terminated */
};

/* Reads some more, up to `room` bytes to `to`. Their number, or -408, or 0: the client has gone. */
static int read_more(const struct input *input, char *to, size_t room)
{
	for (;;) {
		long long left = input->deadline - web_now_ms();
		struct pollfd client = {.fd = input->fd, .events = POLLIN};
		ssize_t got;

		if (left <= 0 || (poll(&client, 1, (int)left) == 0))
			return -408;
		got = recv(input->fd, to, room, MSG_DONTWAIT);
		if (got > 0)
			return (int)got;
		if (got == 0 || (errno != EAGAIN && errno != EINTR))
			return 0;
	}
}

/* Where the empty line ends that ends the head; NULL: not yet. */
static char *head_end(struct input *input)
{
	char *end = strstr(input->text, "\r\n\r\n");

	return end ? end + 4 : NULL;
}

/* Reads until the head is complete: 200, 400, 408, 413, 0. */
static int read_head(struct input *input)
{
	while (!head_end(input)) {
		int got;

		if (input->length == HEAD_MAX)
			return 413;
		got = read_more(input, input->text + input->length, HEAD_MAX - input->length);
		if (got <= 0)
			return -got;
		if (memchr(input->text + input->length, '\0', (size_t)got))
			return 400;
		input->length += (size_t)got;
		input->text[input->length] = '\0';
	}
	return 200;
}

static int is_token(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] < 'A' || text[i] > 'Z')
			return 0;
	return length > 0 && length < 16;
}

/* "GET /path HTTP/1.1", cut out of the head. */
static int parse_line(char *line, struct request *request)
{
	char *path = strchr(line, ' '), *version = path ? strchr(path + 1, ' ') : NULL;

	if (!version || !is_token(line, (size_t)(path - line)))
		return 400;
	*path++ = *version++ = '\0';
	if (*path != '/' || (strcmp(version, "HTTP/1.1") && strcmp(version, "HTTP/1.0")))
		return 400;
	if (strlen(path) >= sizeof(request->path))
		return 413;
	strcpy(request->path, path);
	request->head_only = !strcmp(line, "HEAD");
	return request->head_only || !strcmp(line, "GET") ? 200 : 405;
}

/* The value of a header line of this name, or NULL. */
static const char *value_of(const char *line, const char *name)
{
	size_t length = strlen(name);

	if (strncasecmp(line, name, length) || line[length] != ':')
		return NULL;
	line += length + 1;
	return line + strspn(line, " \t");
}

/* Looks at the header lines: what the body's length is. 200, 400, 413. */
static int parse_headers(char *text, long *body)
{
	char *end;

	for (char *line = text; *line != '\r'; line = end + 2) {
		const char *length = value_of(line, "content-length");
		char *stop;

		end = strstr(line, "\r\n");
		if (!memchr(line, ':', (size_t)(end - line)))
			return 400;
		if (value_of(line, "transfer-encoding")) /* chunks are not understood */
			return 413;
		if (!length)
			continue;
		errno = 0;
		*body = strtol(length, &stop, 10);
		if (*length < '0' || *length > '9' || stop != end)
			return 400;
		if (errno || *body > BODY_MAX)
			return 413;
	}
	return 200;
}

/* Takes the body off the line, so that the client can finish sending. */
static int skip_body(struct input *input, long left)
{
	char text[1024];

	while (left > 0) {
		size_t room = left < (long)sizeof(text) ? (size_t)left : sizeof(text);
		int got = read_more(input, text, room);

		if (got <= 0)
			return -got;
		left -= got;
	}
	return 200;
}

int request_read(int fd, int limit_ms, struct request *request)
{
	struct input input = {.fd = fd, .deadline = web_now_ms() + limit_ms};
	long body = 0, have;
	char *headers;
	int line_status, status = read_head(&input);

	if (status != 200)
		return status;
	have = input.text + input.length - head_end(&input);
	headers = strstr(input.text, "\r\n");
	*headers = '\0';
	line_status = parse_line(input.text, request);
	if (line_status == 400)
		return 400;
	status = parse_headers(headers + 2, &body);
	if (status == 200)
		status = skip_body(&input, body - have);
	return status == 200 ? line_status : status;
}
