/* SPDX-License-Identifier: MIT */
/*
 * Semaphores with names: a file /dev/shm/sem.NAME that holds a sem_t, mapped shared by all who open
 * it.
 *
 * A new one must not be seen before its value is set. So it is made under a name of its own, and
 * then linked to the name wanted, which fails when somebody else was first.
 *
 * To open a name that is open already gives the same address again. Which it is, the file's device
 * and number tell, so that a name that was unlinked and made anew is not mistaken.
 *
 * Nothing here is a cancellation point, so that no file, descriptor or count stays behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lock.h"
#include "names.h"
#include "syscall.h"

#define DIRECTORY "/dev/shm/"
#define PREFIX    "sem."
#define PATH_SIZE (sizeof(DIRECTORY PREFIX) + NAME_MAX)

struct open_semaphore {
	struct open_semaphore *next;
	sem_t *sem;
	dev_t device;
	ino_t inode;
	unsigned int count; /* sem_open() less sem_close() */
};

struct lock libc_semaphores_lock;
static struct open_semaphore *open_list; /* [libc_semaphores_lock] */

/* 0, or -1 with errno. */
static int path_of(char path[PATH_SIZE], const char *name)
{
	name += strspn(name, "/");
	if (*name == '\0' || strchr(name, '/')) {
		errno = EINVAL;
		return -1;
	}
	if (strlen(name) > NAME_MAX - strlen(PREFIX)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(path, PATH_SIZE, DIRECTORY PREFIX "%s", name);
	return 0;
}

/* The descriptor of a new semaphore's file, which `path` names from now on; -1 with errno. */
static int create(const char *path, mode_t mode, unsigned int value)
{
	char temporary[] = DIRECTORY "newsem.XXXXXX";
	sem_t sem;
	int fd, result = -1;

	if (sem_init(&sem, 1, value) < 0)
		return -1;
	fd = libc_make_temporary(temporary, O_CLOEXEC, mode);
	if (fd < 0)
		return -1;
	if (sys(write, fd, &sem, sizeof(sem)) == sizeof(sem))
		result = link(temporary, path);
	unlink(temporary);
	if (result == 0)
		return fd;
	sys(close, fd);
	return -1;
}

static int open_or_create(const char *path, int flags, mode_t mode, unsigned int value)
{
	for (;;) {
		int fd = -1;

		errno = ENOENT;
		if ((flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL))
			fd = (int)sys(open, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 || errno != ENOENT || !(flags & O_CREAT))
			return fd;
		fd = create(path, mode, value);
		if (fd >= 0 || errno != EEXIST || (flags & O_EXCL))
			return fd;
	}
}

static sem_t *known_locked(const struct stat *st)
{
	for (struct open_semaphore *entry = open_list; entry; entry = entry->next) {
		if (entry->device == st->st_dev && entry->inode == st->st_ino) {
			entry->count++;
			return entry->sem;
		}
	}
	return NULL;
}

static sem_t *map_locked(int fd, const struct stat *st)
{
	struct open_semaphore *entry = malloc(sizeof(*entry));
	sem_t *sem;

	if (!entry)
		return SEM_FAILED;
	sem = mmap(NULL, sizeof(*sem), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (sem == MAP_FAILED) {
		free(entry);
		return SEM_FAILED;
	}
	*entry = (struct open_semaphore){open_list, sem, st->st_dev, st->st_ino, 1};
	open_list = entry;
	return sem;
}

sem_t *sem_open(const char *name, int flags, ...)
{
	char path[PATH_SIZE];
	unsigned int value = 0;
	sem_t *sem = SEM_FAILED;
	mode_t mode = 0;
	struct stat st;
	int fd;

	if (flags & O_CREAT) {
		va_list arguments;

		va_start(arguments, flags);
		mode = va_arg(arguments, mode_t);
		value = va_arg(arguments, unsigned int);
		va_end(arguments);
	}
	if (path_of(path, name) < 0)
		return SEM_FAILED;
	fd = open_or_create(path, flags, mode, value);
	if (fd < 0)
		return SEM_FAILED;
	lock_acquire(&libc_semaphores_lock);
	if (fstat(fd, &st) == 0) {
		sem = known_locked(&st);
		if (!sem)
			sem = map_locked(fd, &st);
	}
	lock_release(&libc_semaphores_lock);
	sys(close, fd);
	return sem;
}

int sem_close(sem_t *sem)
{
	struct open_semaphore **link = &open_list;
	struct open_semaphore *entry;
	int result = -1;

	lock_acquire(&libc_semaphores_lock);
	while (*link && (*link)->sem != sem)
		link = &(*link)->next;
	entry = *link;
	if (entry) {
		result = 0;
		if (--entry->count == 0) {
			*link = entry->next;
			result = munmap(entry->sem, sizeof(*entry->sem));
			free(entry);
		}
	}
	lock_release(&libc_semaphores_lock);
	if (!entry)
		errno = EINVAL;
	return result;
}

int sem_unlink(const char *name)
{
	char path[PATH_SIZE];

	return path_of(path, name) < 0 ? -1 : unlink(path);
}
