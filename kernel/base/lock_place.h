/* SPDX-License-Identifier: MIT */
/* Where in the code, and by which thread, something was done to a lock: for the messages of checked
 * builds. A number and not a pointer, because the thread may have ended by the time of the message.
 */
#ifndef BASE_LOCK_PLACE_H
#define BASE_LOCK_PLACE_H

#include "arch/types.h"

struct lock_place {
	vaddr_t address; /* the return address of the call; 0: never done */
	int tid;         /* 0: an idle thread, or boot */
};

struct lock_place_text {
	char text[96];
};

/* What the current thread does at `address`. */
struct lock_place lock_place_here(vaddr_t address);
/* "function+0x12 by thread 7", "nowhere". */
struct lock_place_text lock_place_text(struct lock_place place);

#endif
