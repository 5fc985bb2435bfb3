/* SPDX-License-Identifier: MIT */
/* The files of /proc/PID that speak of its memory. Those of a process that has ended are empty. */
#include "lib/abi/errno.h"
#include "lib/sort.h"
#include "mm/slab.h"
#include "proc/procfs_entry.h"

#define NAME_COLUMN 73 /* where Linux puts the name of a mapping */
#define KIB(pages)  ((pages) * (PAGE_SIZE / 1024))

/* The ends of the threads' stacks, as they were given to clone(2), in order. A region is a thread's
 * stack while the thread lives; nobody has to mark it and take the mark away again. */
struct stack_ends {
	size_t count;
	struct stack_end {
		vaddr_t end;
		int tid;
	} * ends; /* from kmalloc() */
};

static int compare_ends(const void *a, const void *b)
{
	vaddr_t first = ((const struct stack_end *)a)->end;
	vaddr_t second = ((const struct stack_end *)b)->end;

	return first < second ? -1 : first > second;
}

static void list_stacks_locked(struct process *process, size_t room, struct stack_ends *stacks)
{
	list_for_each(node, &process->threads) {
		const struct thread *thread = container_of(node, struct thread, process_node);

		if (thread->user_stack.raw && stacks->count < room)
			stacks->ends[stacks->count++] =
				(struct stack_end){thread->user_stack.raw, thread->tid};
	}
}

/* Without memory for it, or when threads come meanwhile, some have no name. */
static void list_stacks(struct process *process, struct stack_ends *stacks)
{
	size_t room = process->thread_count;

	*stacks = (struct stack_ends){.ends = kmalloc((room + 1) * sizeof(struct stack_end))};
	if (!stacks->ends)
		return;
	uint64_t flags = spin_lock_irq_save(&tree_lock);
	list_stacks_locked(process, room, stacks);
	spin_unlock_irq_restore(&tree_lock, flags);
	array_sort(stacks->ends, stacks->count, sizeof(struct stack_end), compare_ends);
}

/* Names a region that has no name but is a thread's stack. */
static void name_stack(struct region_info *region, const struct stack_ends *stacks)
{
	size_t low = 0, high = stacks->count;

	if (region->name[0])
		return;
	while (low < high) { /* the first stack that ends above the region's start */
		size_t middle = (low + high) / 2;

		if (stacks->ends[middle].end <= region->start)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < stacks->count && stacks->ends[low].end <= region->end)
		snprintf(region->name, sizeof(region->name), "[stack:%d]", stacks->ends[low].tid);
}

static void print_region(struct proc_text *text, const struct region_info *region)
{
	size_t start = text->size;

	proc_print(text, "%08lx-%08lx %c%c%c%c %08lx %02lx:%02lx %lu ", region->start, region->end,
		   region->flags & REGION_READ ? 'r' : '-',
		   region->flags & REGION_WRITE ? 'w' : '-',
		   region->flags & REGION_EXEC ? 'x' : '-',
		   region->flags & REGION_SHARED ? 's' : 'p', region->offset, region->device >> 8,
		   region->device & 0xff, region->inode);
	size_t column = text->size - start;
	if (region->name[0])
		proc_print(text, "%*s%s", column < NAME_COLUMN ? (int)(NAME_COLUMN - column) : 0,
			   "", region->name);
	proc_print(text, "\n");
}

int proc_show_maps(struct proc_text *text, const struct proc_subject *subject)
{
	struct aspace *aspace = process_aspace(subject->process);
	struct region_info region = {.end = 0};
	struct stack_ends stacks;

	if (!aspace)
		return 0;
	list_stacks(subject->process, &stacks);
	while (aspace_region_info(aspace, region.end, false, &region)) {
		name_stack(&region, &stacks);
		print_region(text, &region);
	}
	kfree(stacks.ends);
	aspace_put(aspace);
	return 0;
}

/* What pmap reads. A page that several share is not told from one's own. */
int proc_show_smaps(struct proc_text *text, const struct proc_subject *subject)
{
	struct aspace *aspace = process_aspace(subject->process);
	struct region_info region = {.end = 0};
	struct stack_ends stacks;

	if (!aspace)
		return 0;
	list_stacks(subject->process, &stacks);
	while (aspace_region_info(aspace, region.end, true, &region)) {
		size_t resident = KIB(region.resident_pages);
		bool written = region.flags & REGION_WRITE;

		name_stack(&region, &stacks);
		print_region(text, &region);
		proc_print(text, "Size:           %8lu kB\nRss:            %8zu kB\n",
			   (region.end - region.start) / 1024, resident);
		proc_print(text, "Pss:            %8zu kB\n", resident);
		proc_print(text, "Shared_Clean:   %8d kB\nShared_Dirty:   %8d kB\n", 0, 0);
		proc_print(text, "Private_Clean:  %8zu kB\nPrivate_Dirty:  %8zu kB\n",
			   written ? 0 : resident, written ? resident : 0);
		proc_print(text, "Swap:           %8d kB\n", 0);
	}
	kfree(stacks.ends);
	aspace_put(aspace);
	return 0;
}

int proc_show_statm(struct proc_text *text, const struct proc_subject *subject)
{
	struct aspace *aspace = process_aspace(subject->process);

	if (!aspace) {
		proc_print(text, "0 0 0 0 0 0 0\n");
		return 0;
	}
	size_t code = ALIGN_UP(aspace->code_end - aspace->code_start, PAGE_SIZE) / PAGE_SIZE;
	proc_print(text, "%zu %zu 0 %zu 0 %zu 0\n", aspace->mapped_pages, aspace->resident_pages,
		   code, aspace->mapped_pages - code);
	aspace_put(aspace);
	return 0;
}

/* A piece of the process's memory, as far as it can be read. */
static int show_piece(struct proc_text *text, struct aspace *aspace, vaddr_t start, vaddr_t end)
{
	char *buffer = kmalloc(PAGE_SIZE);

	if (!buffer)
		return -ENOMEM;
	while (start < end) {
		size_t bytes = aspace_read(aspace, start, buffer, MIN(end - start, PAGE_SIZE));
		if (!bytes)
			break;
		proc_write(text, buffer, bytes);
		start += bytes;
	}
	kfree(buffer);
	return 0;
}

int proc_show_cmdline(struct proc_text *text, const struct proc_subject *subject)
{
	struct aspace *aspace = process_aspace(subject->process);
	int rc = 0;

	if (aspace) {
		rc = show_piece(text, aspace, aspace->arg_start, aspace->arg_end);
		aspace_put(aspace);
	}
	return rc;
}

int proc_show_environ(struct proc_text *text, const struct proc_subject *subject)
{
	struct aspace *aspace = process_aspace(subject->process);
	int rc = 0;

	if (aspace) {
		rc = show_piece(text, aspace, aspace->env_start, aspace->env_end);
		aspace_put(aspace);
	}
	return rc;
}
