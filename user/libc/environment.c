/* SPDX-License-Identifier: MIT */
/*
 * The environment: `environ`, an array of "NAME=value" strings ended by NULL.
 *
 * At first it lies on the stack, where the kernel put it. The first change that needs room moves
 * the array into memory of its own. Strings that setenv() made are freed when they are replaced,
 * which needs a note of whose they are: `owned` runs parallel to environ, NULL where the string
 * is not ours.
 *
 * One lock protects it all; but what getenv() returned may be freed by another thread's setenv().
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lock.h"

struct lock libc_environment_lock;
static char **array; /* [libc_environment_lock], as all here: environ, once it is ours */
static char **owned; /* owned[i] is environ[i] if setenv() allocated it, else NULL */
static size_t capacity;

/* The index of the variable of that name, or of the NULL at the end. */
static size_t find(const char *name, size_t length)
{
	size_t i = 0;

	if (!environ)
		return 0;
	while (environ[i] && (strncmp(environ[i], name, length) != 0 || environ[i][length] != '='))
		i++;
	return i;
}

char *getenv(const char *name)
{
	size_t length = strlen(name);
	char *value = NULL;
	size_t i;

	lock_acquire(&libc_environment_lock);
	i = find(name, length);
	if (environ && environ[i])
		value = environ[i] + length + 1;
	lock_release(&libc_environment_lock);
	return value;
}

/* Makes `environ` ours, with room for one more string and the NULL. */
static int make_room(size_t count)
{
	size_t wanted = capacity;
	char **grown;

	/* A program may have set `environ` to an array of its own. */
	bool ours = array && environ == array;

	if (ours && count + 2 <= capacity)
		return 0;
	while (wanted < count + 2)
		wanted = wanted ? 2 * wanted : 32;
	grown = calloc(2 * wanted, sizeof(*grown));
	if (!grown)
		return -1;
	if (environ)
		memcpy(grown, environ, count * sizeof(*grown));
	if (ours)
		memcpy(grown + wanted, owned, count * sizeof(*grown));
	free(array);
	array = grown;
	owned = grown + wanted;
	capacity = wanted;
	environ = array;
	return 0;
}

/* Puts `assignment` in place of the variable of its name, or at the end. */
static int put_locked(char *assignment, size_t name_length, bool allocated)
{
	size_t i = find(assignment, name_length);
	size_t count = i;

	while (environ && environ[count])
		count++;
	if (make_room(count) < 0)
		return -1;
	free(owned[i]);
	owned[i] = allocated ? assignment : NULL;
	environ[i] = assignment;
	/* The program may have cut the array shorter. */
	if (i == count)
		environ[i + 1] = NULL;
	return 0;
}

static int put(char *assignment, size_t name_length, bool allocated)
{
	int result;

	lock_acquire(&libc_environment_lock);
	result = put_locked(assignment, name_length, allocated);
	lock_release(&libc_environment_lock);
	return result;
}

static bool valid_name(const char *name)
{
	if (*name && !strchr(name, '='))
		return true;
	errno = EINVAL;
	return false;
}

int setenv(const char *name, const char *value, int overwrite)
{
	char *assignment;

	if (!valid_name(name))
		return -1;
	if (!overwrite && getenv(name))
		return 0;
	if (asprintf(&assignment, "%s=%s", name, value) < 0)
		return -1;
	if (put(assignment, strlen(name), true) < 0) {
		free(assignment);
		return -1;
	}
	return 0;
}

/* The string itself becomes part of the environment, not a copy. */
int putenv(char *assignment)
{
	char *equals = strchr(assignment, '=');

	if (!equals)
		return unsetenv(assignment);
	return put(assignment, (size_t)(equals - assignment), false);
}

int unsetenv(const char *name)
{
	size_t length = strlen(name);
	size_t i;

	if (!valid_name(name))
		return -1;
	lock_acquire(&libc_environment_lock);
	while (environ && environ[i = find(name, length)]) {
		bool ours = array && environ == array;

		if (ours)
			free(owned[i]);
		for (; environ[i]; i++) {
			environ[i] = environ[i + 1];
			if (ours)
				owned[i] = environ[i] ? owned[i + 1] : NULL;
		}
	}
	lock_release(&libc_environment_lock);
	return 0;
}

int clearenv(void)
{
	int result;

	lock_acquire(&libc_environment_lock);
	result = make_room(0);
	for (size_t i = 0; result == 0 && environ[i]; i++) {
		free(owned[i]);
		owned[i] = NULL;
		environ[i] = NULL;
	}
	lock_release(&libc_environment_lock);
	return result;
}
