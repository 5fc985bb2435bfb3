/* SPDX-License-Identifier: MIT */
#include "proc/memory_log.h"

#include "base/boot_info.h"
#include "mm/slab.h"
#include "proc/procfs_entry.h"

#define BATCH     64
#define BYTES_MAX (16 << 20) /* of text, in all */

/* One moment's text. The host knows this struct. */
struct memory_log {
	struct memory_log *next;
	char *text;
	size_t size;
};

bool memory_log_enabled;
struct memory_log *memory_log_first;                /* [lock] */
_Atomic size_t memory_log_dropped;                  /* moments that found no room or memory */
static struct memory_log **end = &memory_log_first; /* [lock] */
static size_t bytes;                                /* [lock] */
static struct mutex lock;                           /* and moments do not mix */

static void write_pages(struct proc_text *text, struct aspace *aspace, struct aspace_page *pages,
			const struct region_info *region)
{
	vaddr_t from = region->start;
	size_t count;

	do {
		count = aspace_pages(aspace, from, region->end, pages, BATCH);
		for (size_t i = 0; i < count; i++)
			proc_print(text, "page %lx %lx %u %s\n", pages[i].address,
				   pages[i].frame >> PAGE_SHIFT, pages[i].references,
				   pages[i].flags & PAGE_COW ? "cow" : "-");
		if (count > 0)
			from = pages[count - 1].address + PAGE_SIZE;
	} while (count == BATCH);
}

static void write_threads(struct proc_text *text, struct process *process)
{
	for (int tid = process_next_thread(process, 1); tid > 0;
	     tid = process_next_thread(process, tid + 1)) {
		struct thread *thread = thread_find(tid);

		if (!thread)
			continue;
		proc_print(text, "thread %d %lx %s\n", tid, thread->user_stack.raw, thread->name);
		thread_put(thread);
	}
}

static void write_process(struct proc_text *text, struct process *process)
{
	struct aspace *aspace = process_aspace(process);
	struct aspace_page *pages = kmalloc(BATCH * sizeof(*pages));
	struct region_info region = {.end = 0};

	if (aspace && pages) {
		proc_print(text, "process %d %d %lx %zu %s\n", process->pid, process->parent_pid,
			   aspace->table.root, pagetable_pages(&aspace->table), process->name);
		write_threads(text, process);
		while (aspace_region_info(aspace, region.end, false, &region)) {
			proc_print(text, "region %lx %lx %c%c%c%c %s\n", region.start, region.end,
				   region.flags & REGION_READ ? 'r' : '-',
				   region.flags & REGION_WRITE ? 'w' : '-',
				   region.flags & REGION_EXEC ? 'x' : '-',
				   region.flags & REGION_SHARED ? 's' : 'p', region.name);
			write_pages(text, aspace, pages, &region);
		}
	}
	kfree(pages);
	if (aspace)
		aspace_put(aspace);
}

/* In one piece: the host reads it. [lock] */
static void append(const struct proc_text *text)
{
	struct memory_log *entry = kmalloc(sizeof(*entry));
	char *whole = kmalloc(text->size);
	struct uio uio;

	uio_init_kernel(&uio, whole, text->size);
	if (!entry || !whole || text->error || bytes + text->size > BYTES_MAX ||
	    proc_text_copy(text, 0, &uio) < 0) {
		atomic_fetch_add(&memory_log_dropped, 1);
		kfree(entry);
		kfree(whole);
		return;
	}
	*entry = (struct memory_log){.text = whole, .size = text->size};
	bytes += text->size;
	*end = entry;
	end = &entry->next;
}

void memory_log_write(const char *moment)
{
	struct proc_text text;
	struct process *process;

	proc_text_init(&text);
	mutex_lock(&lock);
	proc_print(&text, "moment %lu %d %d %s\n", clock_now(), current->pid, current->tid, moment);
	for (int pid = 1; (process = process_next(pid)) != NULL; process_put(process)) {
		pid = process->pid + 1;
		write_process(&text, process);
	}
	append(&text);
	mutex_unlock(&lock);
	proc_text_destroy(&text);
}

void memory_log_init(void)
{
	mutex_init(&lock, "memory log", RANK_TTY);
	memory_log_enabled = boot_option_on("memory_log");
}
