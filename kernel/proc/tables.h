/* SPDX-License-Identifier: MIT */
/* The table of user threads by number. Private to proc: others use thread_find(). */
#ifndef PROC_TABLES_H
#define PROC_TABLES_H

struct thread;

void process_table_add_thread(struct thread *thread);
void process_table_remove_thread(struct thread *thread);

#endif
