/* SPDX-License-Identifier: MIT */
/* Buffered streams and formatted input and output. */
#ifndef LIBC_STDIO_H
#define LIBC_STDIO_H

#include <stdarg.h>
#include <stddef.h>

#include "lib/abi/types.h"

#define EOF          (-1)
#define BUFSIZ       4096
#define FILENAME_MAX 4096

#ifndef SEEK_SET
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#endif

#define _IOFBF 0 /* written when the buffer is full */
#define _IOLBF 1 /* also at each newline */
#define _IONBF 2 /* at once */

typedef struct FILE FILE;

extern FILE *stdin;
extern FILE *stdout;
extern FILE *stderr;
#define stdin  stdin
#define stdout stdout
#define stderr stderr

FILE *fopen(const char *restrict path, const char *restrict mode);
FILE *fdopen(int fd, const char *mode);
FILE *freopen(const char *restrict path, const char *restrict mode, FILE *restrict stream);
int fclose(FILE *stream);
int fflush(FILE *stream);
int setvbuf(FILE *restrict stream, char *restrict buffer, int mode, size_t size);
void setbuf(FILE *restrict stream, char *restrict buffer);
void setlinebuf(FILE *stream);

size_t fread(void *restrict memory, size_t size, size_t count, FILE *restrict stream);
size_t fwrite(const void *restrict memory, size_t size, size_t count, FILE *restrict stream);
int fgetc(FILE *stream);
int getc(FILE *stream);
int getchar(void);
int ungetc(int c, FILE *stream);
char *fgets(char *restrict line, int size, FILE *restrict stream);
ssize_t getline(char **restrict line, size_t *restrict size, FILE *restrict stream);
ssize_t getdelim(char **restrict line, size_t *restrict size, int delimiter, FILE *restrict stream);
int fputc(int c, FILE *stream);
int putc(int c, FILE *stream);
int putchar(int c);
int fputs(const char *restrict s, FILE *restrict stream);
int puts(const char *s);

/* A stream is locked by each call; these hold it longer, for the calling thread. */
void flockfile(FILE *stream);
int ftrylockfile(FILE *stream);
void funlockfile(FILE *stream);
int getc_unlocked(FILE *stream);
int getchar_unlocked(void);
int putc_unlocked(int c, FILE *stream);
int putchar_unlocked(int c);

int fseek(FILE *stream, long offset, int whence);
int fseeko(FILE *stream, off_t offset, int whence);
long ftell(FILE *stream);
off_t ftello(FILE *stream);
void rewind(FILE *stream);
int feof(FILE *stream);
int ferror(FILE *stream);
void clearerr(FILE *stream);
int fileno(FILE *stream);
void perror(const char *message);

int snprintf(char *restrict buffer, size_t size, const char *restrict fmt, ...)
	__attribute__((format(printf, 3, 4)));
int vsnprintf(char *restrict buffer, size_t size, const char *restrict fmt, va_list arguments)
	__attribute__((format(printf, 3, 0)));
int printf(const char *restrict fmt, ...) __attribute__((format(printf, 1, 2)));
int fprintf(FILE *restrict stream, const char *restrict fmt, ...)
	__attribute__((format(printf, 2, 3)));
int dprintf(int fd, const char *restrict fmt, ...) __attribute__((format(printf, 2, 3)));
int sprintf(char *restrict to, const char *restrict fmt, ...) __attribute__((format(printf, 2, 3)));
int asprintf(char **restrict result, const char *restrict fmt, ...)
	__attribute__((format(printf, 2, 3)));
int vprintf(const char *restrict fmt, va_list arguments) __attribute__((format(printf, 1, 0)));
int vfprintf(FILE *restrict stream, const char *restrict fmt, va_list arguments)
	__attribute__((format(printf, 2, 0)));
int vdprintf(int fd, const char *restrict fmt, va_list arguments)
	__attribute__((format(printf, 2, 0)));
int vsprintf(char *restrict to, const char *restrict fmt, va_list arguments)
	__attribute__((format(printf, 2, 0)));
int vasprintf(char **restrict result, const char *restrict fmt, va_list arguments)
	__attribute__((format(printf, 2, 0)));

int sscanf(const char *restrict s, const char *restrict fmt, ...)
	__attribute__((format(scanf, 2, 3)));
int fscanf(FILE *restrict stream, const char *restrict fmt, ...)
	__attribute__((format(scanf, 2, 3)));
int scanf(const char *restrict fmt, ...) __attribute__((format(scanf, 1, 2)));
int vsscanf(const char *restrict s, const char *restrict fmt, va_list arguments)
	__attribute__((format(scanf, 2, 0)));
int vfscanf(FILE *restrict stream, const char *restrict fmt, va_list arguments)
	__attribute__((format(scanf, 2, 0)));

int remove(const char *path);
int rename(const char *from, const char *to);
int renameat(int from_dir, const char *from, int to_dir, const char *to);
int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags);

#endif
