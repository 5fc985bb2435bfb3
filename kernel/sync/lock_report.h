/* SPDX-License-Identifier: MIT */
/* The panic page's part on sleeping locks. */
#ifndef SYNC_LOCK_REPORT_H
#define SYNC_LOCK_REPORT_H

/* Makes the page name, in checked builds, the mutexes and rwlocks held, by whom and since where.
 * Boot, after thread_init(). */
void lock_report_init(void);

#endif
