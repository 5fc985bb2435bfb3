/* SPDX-License-Identifier: MIT */
/* Starting programs without copying the parent: ../spawn.c. */
#ifndef LIBC_SPAWN_H
#define LIBC_SPAWN_H

#include "lib/abi/sched.h"
#include "lib/abi/signal.h"
#include "lib/abi/types.h"

#define POSIX_SPAWN_RESETIDS      0x01
#define POSIX_SPAWN_SETPGROUP     0x02
#define POSIX_SPAWN_SETSIGDEF     0x04
#define POSIX_SPAWN_SETSIGMASK    0x08
#define POSIX_SPAWN_SETSCHEDPARAM 0x10
#define POSIX_SPAWN_SETSCHEDULER  0x20
#define POSIX_SPAWN_USEVFORK      0x40
#define POSIX_SPAWN_SETSID        0x80

typedef struct {
	short flags;
	pid_t group;
	kernel_sigset_t defaults;
	kernel_sigset_t mask;
} posix_spawnattr_t;

struct spawn_action;

typedef struct {
	struct spawn_action *first;
	struct spawn_action *last;
} posix_spawn_file_actions_t;

int posix_spawn(pid_t *restrict pid, const char *restrict path,
		const posix_spawn_file_actions_t *actions,
		const posix_spawnattr_t *restrict attributes, char *const argv[restrict],
		char *const envp[restrict]);
int posix_spawnp(pid_t *restrict pid, const char *restrict file,
		 const posix_spawn_file_actions_t *actions,
		 const posix_spawnattr_t *restrict attributes, char *const argv[restrict],
		 char *const envp[restrict]);

int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions);
int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions);
int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *restrict actions, int fd,
				     const char *restrict path, int flags, mode_t mode);
int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *actions, int fd);
int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int to);
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *restrict actions,
					 const char *restrict path);
int posix_spawn_file_actions_addfchdir_np(posix_spawn_file_actions_t *actions, int fd);

int posix_spawnattr_init(posix_spawnattr_t *attributes);
int posix_spawnattr_destroy(posix_spawnattr_t *attributes);
int posix_spawnattr_setflags(posix_spawnattr_t *attributes, short flags);
int posix_spawnattr_getflags(const posix_spawnattr_t *restrict attributes, short *restrict flags);
int posix_spawnattr_setpgroup(posix_spawnattr_t *attributes, pid_t group);
int posix_spawnattr_getpgroup(const posix_spawnattr_t *restrict attributes, pid_t *restrict group);
int posix_spawnattr_setsigdefault(posix_spawnattr_t *restrict attributes,
				  const kernel_sigset_t *restrict signals);
int posix_spawnattr_getsigdefault(const posix_spawnattr_t *restrict attributes,
				  kernel_sigset_t *restrict signals);
int posix_spawnattr_setsigmask(posix_spawnattr_t *restrict attributes,
			       const kernel_sigset_t *restrict mask);
int posix_spawnattr_getsigmask(const posix_spawnattr_t *restrict attributes,
			       kernel_sigset_t *restrict mask);

#endif
