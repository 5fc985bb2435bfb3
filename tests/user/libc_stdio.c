/* SPDX-License-Identifier: MIT */
/*
 * Streams: what is written is read back, buffers are written when they must be and not before,
 * seeking and changing direction, lines, errors.
 */
#include "check.h"

static char path[64];

/* A fresh file with this text, open in this mode. */
static FILE *file_with(const char *text, const char *mode)
{
	FILE *f;

	snprintf(path, sizeof(path), "/tmp/libc_stdio.%d", (int)getpid());
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		check_fail(__FILE__, __LINE__, "cannot write %s: errno %d", path, errno);
	f = fopen(path, mode);
	if (!f) {
		check_fail(__FILE__, __LINE__, "cannot open %s: errno %d", path, errno);
		_exit(1);
	}
	return f;
}

static void discard(FILE *f)
{
	CHECK_EQ(fclose(f), 0);
	unlink(path);
}

/* The whole text of the file at `path`, through the system calls alone. */
static const char *contents(void)
{
	static char text[200];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void bytes_and_blocks(void)
{
	static char big[100000], back[100000];
	FILE *f = file_with("", "w+");

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7 + i / 251);
	/* Pieces of every size, such that they cross the buffer's end in many ways. */
	for (size_t i = 0, n = 1; i < sizeof(big); i += n, n = n * 3 % 9001 + 1) {
		if (n > sizeof(big) - i)
			n = sizeof(big) - i;
		CHECK_EQ(fwrite(big + i, 1, n, f), n);
	}
	CHECK_EQ(ftell(f), sizeof(big));
	rewind(f);
	for (size_t i = 0, n = 1; i < sizeof(back); i += n, n = n * 5 % 7001 + 1) {
		if (n > sizeof(back) - i)
			n = sizeof(back) - i;
		CHECK_EQ(fread(back + i, 1, n, f), n);
	}
	CHECK(memcmp(big, back, sizeof(big)) == 0);
	CHECK_EQ(feof(f), 0);
	CHECK_EQ(fgetc(f), EOF);
	CHECK(feof(f));
	CHECK_EQ(fseek(f, 3, SEEK_SET), 0);
	CHECK_EQ(feof(f), 0);
	CHECK_EQ(fread(back, 7, 1000000, f), (sizeof(big) - 3) / 7);
	CHECK(feof(f));
	discard(f);
}

static void seeking(void)
{
	FILE *f = file_with("0123456789", "r");

	CHECK_EQ(fgetc(f), '0');
	CHECK_EQ(fseek(f, 3, SEEK_CUR), 0);
	CHECK_EQ(fgetc(f), '4');
	CHECK_EQ(ftell(f), 5);
	CHECK_EQ(fseek(f, -2, SEEK_END), 0);
	CHECK_EQ(fgetc(f), '8');
	CHECK_EQ(fseek(f, -100, SEEK_CUR), -1);
	CHECK_EQ(fgetc(f), '9');
	CHECK_EQ(fgetc(f), EOF);
	CHECK_EQ(ftell(f), 10);
	discard(f);
}

static void ungetting(void)
{
	FILE *f = file_with("abc", "r");

	CHECK_EQ(ungetc('x', f), 'x');
	CHECK_EQ(fgetc(f), 'x');
	CHECK_EQ(fgetc(f), 'a');
	CHECK_EQ(ungetc('y', f), 'y');
	CHECK_EQ(fgetc(f), 'y');
	CHECK_EQ(fgetc(f), 'b');
	CHECK_EQ(fgetc(f), 'c');
	CHECK_EQ(fgetc(f), EOF);
	CHECK_EQ(ungetc('z', f), 'z');
	CHECK_EQ(feof(f), 0);
	CHECK_EQ(fgetc(f), 'z');
	CHECK_EQ(ungetc(EOF, f), EOF);
	discard(f);
}

/* Into a buffer that is smaller than what may be pushed back. */
static void ungetting_without_room(void)
{
	FILE *f = file_with("abc", "r");
	char buffer[16] = "";

	CHECK_EQ(setvbuf(f, buffer, _IOFBF, 4), 0);
	CHECK_EQ(ungetc('x', f), 'x');
	CHECK_EQ(memcmp(buffer + 4, (char[12]){0}, 12), 0);
	CHECK_EQ(fgetc(f), 'x');
	CHECK_EQ(fgetc(f), 'a');
	discard(f);
}

static void both_directions(void)
{
	FILE *f = file_with("0123456789", "r+");

	CHECK_EQ(fgetc(f), '0');
	CHECK_EQ(fseek(f, 0, SEEK_CUR), 0);
	CHECK_EQ(fputs("AB", f) >= 0, 1);
	CHECK_EQ(fseek(f, 0, SEEK_CUR), 0);
	CHECK_EQ(fgetc(f), '3');
	CHECK_EQ(fflush(f), 0);
	CHECK_STR(contents(), "0AB3456789");
	discard(f);

	f = file_with("old", "a+");
	CHECK_EQ(fgetc(f), 'o');
	CHECK_EQ(fseek(f, 0, SEEK_SET), 0);
	fputs("new", f);
	CHECK_EQ(fflush(f), 0);
	CHECK_STR(contents(), "oldnew");
	discard(f);
}

static void modes(void)
{
	FILE *f = file_with("text", "r");

	/* The wrong direction is an error of the stream. */
	CHECK_EQ(fputc('x', f), EOF);
	CHECK_EQ(errno, EBADF);
	CHECK(ferror(f));
	clearerr(f);
	CHECK_EQ(ferror(f), 0);
	fclose(f);
	f = fopen(path, "w");
	CHECK_EQ(fgetc(f), EOF);
	CHECK(ferror(f));
	fclose(f);

	CHECK(!fopen(path, "q"));
	CHECK_EQ(errno, EINVAL);
	CHECK(!fopen(path, "wx"));
	CHECK_EQ(errno, EEXIST);
	CHECK(!fopen("/tmp/no/such/directory", "w"));
	CHECK_EQ(errno, ENOENT);
	f = fopen(path, "re");
	CHECK_EQ(fcntl(fileno(f), F_GETFD), FD_CLOEXEC);
	discard(f);
}

/* How many bytes a reader of the pipe finds after each step. */
static void buffering(void)
{
	char own[64], text[64];
	int fds[2];
	FILE *f;

	CHECK_EQ(pipe2(fds, O_NONBLOCK), 0);
	f = fdopen(fds[1], "w");
	fputs("full\n", f);
	CHECK_ERRNO(read(fds[0], text, sizeof(text)), EAGAIN);
	CHECK_EQ(fflush(f), 0);
	CHECK_EQ(read(fds[0], text, sizeof(text)), 5);

	CHECK_EQ(setvbuf(f, NULL, _IOLBF, 0), 0);
	fputs("half a line", f);
	CHECK_ERRNO(read(fds[0], text, sizeof(text)), EAGAIN);
	fputs(" and the rest\n", f);
	CHECK_EQ(read(fds[0], text, sizeof(text)), 25);

	CHECK_EQ(setvbuf(f, NULL, _IONBF, 0), 0);
	fputc('u', f);
	CHECK_EQ(read(fds[0], text, sizeof(text)), 1);

	CHECK_EQ(setvbuf(f, own, _IOFBF, sizeof(own)), 0);
	for (int i = 0; i < 60; i++)
		fputc('o', f);
	CHECK_ERRNO(read(fds[0], text, sizeof(text)), EAGAIN);
	CHECK_EQ(fclose(f), 0);
	CHECK_EQ(read(fds[0], text, sizeof(text)), 60);
	CHECK_EQ(read(fds[0], text, sizeof(text)), 0);
	close(fds[0]);
}

/* A message to stderr goes out at once and in one piece. */
static void stderr_in_one_piece(void)
{
	char text[64];
	int fds[2];

	CHECK_EQ(pipe(fds), 0);
	CHECK_EQ(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	fprintf(stderr, "%s %d %s", "one", 2, "three");
	CHECK_EQ(read(fds[0], text, sizeof(text)), 11);
	CHECK(memcmp(text, "one 2 three", 11) == 0);
	errno = ENOENT;
	perror("what");
	CHECK_EQ(read(fds[0], text, sizeof(text)), 32);
	CHECK(memcmp(text, "what: No such file or directory\n", 32) == 0);
	CHECK_EQ(dprintf(fds[1], "<%5s>", "d"), 7);
	CHECK_EQ(read(fds[0], text, sizeof(text)), 7);
}

static void exit_child(void)
{
	printf("kept until exit");
	exit(0);
}

static void _exit_child(void)
{
	printf("lost");
	_exit(0);
}

static void exit_flushes(void)
{
	char text[64];
	int fds[2];

	CHECK_EQ(pipe(fds), 0);
	CHECK_EQ(dup2(fds[1], STDOUT_FILENO), STDOUT_FILENO);
	close(fds[1]);
	CHECK_EXITED(check_run(_exit_child, 5000), 0);
	CHECK_EXITED(check_run(exit_child, 5000), 0);
	CHECK_EQ(read(fds[0], text, sizeof(text)), 15);
	CHECK(memcmp(text, "kept until exit", 15) == 0);
}

static void write_errors(void)
{
	int fds[2];
	FILE *f;

	signal(SIGPIPE, SIG_IGN);
	CHECK_EQ(pipe(fds), 0);
	close(fds[0]);
	f = fdopen(fds[1], "w");
	CHECK(fputs("nobody reads this", f) >= 0);
	CHECK_EQ(fflush(f), EOF);
	CHECK_EQ(errno, EPIPE);
	CHECK(ferror(f));
	fclose(f);
	f = fopen("/dev/full", "w");
	if (f) {
		fputs("x", f);
		CHECK_EQ(fclose(f), EOF);
		CHECK_EQ(errno, ENOSPC);
		f = fopen("/dev/full", "w");
		CHECK_EQ(setvbuf(f, NULL, _IOLBF, BUFSIZ), 0);
		CHECK_EQ(fputs("a line is written at once\n", f), EOF);
		fputs("x", f);
		CHECK_EQ(fflush(NULL), EOF);
		fclose(f);
	}
}

/* A directory can be opened, but not read. */
static void read_errors(void)
{
	FILE *f = fopen("/", "r");
	char s[8];

	CHECK_EQ(ungetc('x', f), 'x');
	CHECK(!fgets(s, sizeof(s), f));
	CHECK_EQ(errno, EISDIR);
	CHECK(ferror(f));
	fclose(f);
}

static void lines(void)
{
	FILE *f = file_with("one\n\nthree is longer\nlast", "r");
	char *line = NULL;
	size_t size = 0;
	char s[8];

	CHECK_EQ(getline(&line, &size, f), 4);
	CHECK_STR(line, "one\n");
	CHECK_EQ(getline(&line, &size, f), 1);
	CHECK_STR(line, "\n");
	CHECK(fgets(s, sizeof(s), f) == s);
	CHECK_STR(s, "three i");
	CHECK_EQ(getdelim(&line, &size, ' ', f), 2);
	CHECK_STR(line, "s ");
	CHECK_EQ(getline(&line, &size, f), 7);
	CHECK_EQ(getline(&line, &size, f), 4);
	CHECK_STR(line, "last");
	CHECK_EQ(getline(&line, &size, f), -1);
	CHECK(feof(f));
	CHECK(!fgets(s, sizeof(s), f));
	free(line);
	discard(f);
}

static void long_lines(void)
{
	FILE *f = file_with("", "w+");
	char *line = NULL;
	size_t size = 0;

	for (int i = 0; i < 200000; i++)
		fputc(i % 70000 == 69999 ? '\n' : 'x', f);
	rewind(f);
	CHECK_EQ(getline(&line, &size, f), 70000);
	CHECK_EQ(getline(&line, &size, f), 70000);
	CHECK_EQ(strlen(line), 70000);
	CHECK_EQ(getline(&line, &size, f), 60000);
	CHECK_EQ(getline(&line, &size, f), -1);
	free(line);
	discard(f);
}

static void reopening(void)
{
	FILE *f = file_with("first", "r");
	char other[80], s[20];

	snprintf(other, sizeof(other), "%s.other", path);
	CHECK_EQ(fgetc(f), 'f');
	CHECK(freopen(other, "w", f) == f);
	fputs("second", f);
	CHECK_EQ(fflush(f), 0);
	CHECK(freopen(other, "r", f) == f);
	CHECK(fgets(s, sizeof(s), f) == s);
	CHECK_STR(s, "second");
	unlink(other);
	discard(f);
}

/* What a program read ahead is there for the next reader of the same description. */
static void input_given_back(void)
{
	FILE *f = file_with("line one\nline two\n", "r");
	char s[20];

	CHECK(fgets(s, sizeof(s), f) == s);
	CHECK_EQ(fflush(f), 0);
	CHECK_EQ(read(fileno(f), s, 8), 8);
	CHECK(memcmp(s, "line two", 8) == 0);
	discard(f);
}

static void formatted(void)
{
	FILE *f = file_with("", "w+");
	char *text, s[100];

	CHECK_EQ(fprintf(f, "%d-%s-%c|%5.2f|%-4x|%lu\n", -5, "str", 'c', 2.5, 0xabu, ~0UL), 41);
	CHECK_EQ(fflush(f), 0);
	CHECK_STR(contents(), "-5-str-c| 2.50|ab  |18446744073709551615\n");
	CHECK_EQ(sprintf(s, "<%3d>", 7), 5);
	CHECK_STR(s, "<  7>");
	CHECK_EQ(asprintf(&text, "%0*d", 300, 7), 300);
	CHECK_EQ(strlen(text), 300);
	free(text);
	discard(f);
}

static void removing(void)
{
	FILE *f = file_with("x", "r");
	char directory[] = "/tmp/libc_stdio.XXXXXX";

	CHECK_EQ(remove(path), 0);
	CHECK_ERRNO(remove(path), ENOENT);
	CHECK(mkdtemp(directory) != NULL);
	CHECK_EQ(remove(directory), 0);
	CHECK_ERRNO(access(directory, F_OK), ENOENT);
	fclose(f);
}

#define MODEL_SIZE 20000

/* A file as an array: what every operation on the stream must agree with. */
static struct {
	char bytes[MODEL_SIZE];
	long size;
	long position;
} model;

static void random_read(FILE *f, long n)
{
	static char got[MODEL_SIZE];
	long there = model.size - model.position;

	if (there < 0)
		there = 0;
	CHECK_EQ(fread(got, 1, n, f), n < there ? n : there);
	CHECK(memcmp(got, model.bytes + model.position, n < there ? n : there) == 0);
	CHECK_EQ(feof(f) != 0, n > there);
	model.position += n < there ? n : there;
}

static void random_write(FILE *f, long n, unsigned int *seed)
{
	static char put[MODEL_SIZE];

	if (n > MODEL_SIZE - model.position)
		n = MODEL_SIZE - model.position;
	for (long i = 0; i < n; i++)
		put[i] = (char)rand_r(seed);
	CHECK_EQ(fwrite(put, 1, n, f), n);
	if (model.position > model.size && n > 0)
		memset(model.bytes + model.size, 0, model.position - model.size);
	memcpy(model.bytes + model.position, put, n);
	model.position += n;
	if (n > 0 && model.position > model.size)
		model.size = model.position;
}

/* Reading, writing and seeking at random; ISO C wants a seek between the first two. */
static void random_operations(void)
{
	FILE *f = file_with("", "w+");
	unsigned int seed = (unsigned int)check_env("SEED", 1);

	for (int round = 0; round < 3000 && check_failures == 0; round++) {
		long n = rand_r(&seed) % (round % 3 == 0 ? 9000 : 50);

		if (rand_r(&seed) % 3 == 0) {
			model.position = rand_r(&seed) % MODEL_SIZE;
			CHECK_EQ(fseek(f, model.position, SEEK_SET), 0);
		} else {
			long by = rand_r(&seed) % 100 - 50;

			if (model.position + by >= 0 && model.position + by < MODEL_SIZE) {
				model.position += by;
				CHECK_EQ(fseek(f, by, SEEK_CUR), 0);
			} else {
				CHECK_EQ(fseek(f, 0, SEEK_CUR), 0);
			}
		}
		for (int i = rand_r(&seed) % 4; i >= 0; i--) {
			if (round % 2)
				random_read(f, n);
			else
				random_write(f, n, &seed);
			CHECK_EQ(ftell(f), model.position);
		}
		if (rand_r(&seed) % 50 == 0)
			CHECK_EQ(setvbuf(f, NULL, rand_r(&seed) % 3, BUFSIZ), 0);
	}
	discard(f);
}

static const struct check_case cases[] = {
	CASE(bytes_and_blocks),  CASE(seeking),
	CASE(ungetting),         CASE(ungetting_without_room),
	CASE(both_directions),   CASE(modes),
	CASE(buffering),         CASE(stderr_in_one_piece),
	CASE(exit_flushes),      CASE(write_errors),
	CASE(read_errors),       CASE(lines),
	CASE(long_lines),        CASE(reopening),
	CASE(input_given_back),  CASE(formatted),
	CASE(random_operations), CASE(removing),
};

int main(int argc, char **argv)
{
	return CHECK_MAIN(cases, argc, argv);
}
