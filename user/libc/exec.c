/* SPDX-License-Identifier: MIT */
/* The exec family: arguments as a list, and the search along PATH. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_PATH "/bin:/usr/bin"

int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

/* A file that is no program for the kernel is a script for the shell (POSIX). */
static void execute_or_interpret(const char *path, char *const argv[], char *const envp[])
{
	size_t count = 0;

	execve(path, argv, envp);
	if (errno != ENOEXEC)
		return;
	while (argv[count])
		count++;
	char *script[count + 3];
	script[0] = (char *)"sh";
	script[1] = (char *)path;
	script[2] = NULL;
	for (size_t i = 1; i < count; i++) {
		script[i + 1] = argv[i];
		script[i + 2] = NULL;
	}
	execve("/bin/sh", script, envp);
	errno = ENOEXEC;
}

/*
 * Tries each directory of PATH. What is not there, or not reachable, is passed over; a file that
 * may not be executed is remembered, since a later directory may have another of the same name.
 * Allocates nothing, so that it can be called after vfork().
 */
int execvpe(const char *file, char *const argv[], char *const envp[])
{
	const char *directories = getenv("PATH");
	int denied = 0;

	if (*file == '\0') {
		errno = ENOENT;
		return -1;
	}
	if (strchr(file, '/')) {
		execute_or_interpret(file, argv, envp);
		return -1;
	}
	if (!directories)
		directories = DEFAULT_PATH;
	for (;;) {
		size_t length = strcspn(directories, ":");
		char path[PATH_MAX];
		int n;

		/* An empty directory name means the current one. */
		n = snprintf(path, sizeof(path), "%.*s%s%s", (int)length, directories,
			     length ? "/" : "", file);
		if (n < (int)sizeof(path)) {
			execute_or_interpret(path, argv, envp);
			if (errno == EACCES)
				denied = 1;
			else if (errno != ENOENT && errno != ENOTDIR)
				return -1;
		}
		directories += length;
		if (*directories++ == '\0')
			break;
	}
	errno = denied ? EACCES : ENOENT;
	return -1;
}

int execvp(const char *file, char *const argv[])
{
	return execvpe(file, argv, environ);
}

/* How many arguments a list has, the NULL not counted. */
static size_t count_arguments(const char *first, va_list list)
{
	va_list arguments;
	size_t count = 0;

	va_copy(arguments, list);
	for (const char *arg = first; arg; arg = va_arg(arguments, const char *))
		count++;
	va_end(arguments);
	return count;
}

int execl(const char *path, const char *arg, ...)
{
	va_list list;

	va_start(list, arg);
	char *argv[count_arguments(arg, list) + 1];
	argv[0] = (char *)arg;
	for (size_t i = 0; argv[i]; i++)
		argv[i + 1] = va_arg(list, char *);
	va_end(list);
	return execve(path, argv, environ);
}

int execlp(const char *file, const char *arg, ...)
{
	va_list list;

	va_start(list, arg);
	char *argv[count_arguments(arg, list) + 1];
	argv[0] = (char *)arg;
	for (size_t i = 0; argv[i]; i++)
		argv[i + 1] = va_arg(list, char *);
	va_end(list);
	return execvpe(file, argv, environ);
}

int execle(const char *path, const char *arg, ...)
{
	va_list list;
	char **envp;

	va_start(list, arg);
	char *argv[count_arguments(arg, list) + 1];
	argv[0] = (char *)arg;
	for (size_t i = 0; argv[i]; i++)
		argv[i + 1] = va_arg(list, char *);
	envp = va_arg(list, char **);
	va_end(list);
	return execve(path, argv, envp);
}
