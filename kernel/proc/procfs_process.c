/* SPDX-License-Identifier: MIT */
/* The files of /proc that speak of a process or of one of its threads; procfs_memory.c has those of
 * its memory. */
#include "lib/abi/errno.h"
#include "lib/limits.h"
#include "lib/sort.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/procfs_entry.h"
#include "proc/session.h"
#include "proc/signal.h"

#define NS_PER_TICK (NS_PER_SEC / 100)

/* ---- What several files tell ---- */

struct summary {
	const char *state; /* a letter, and in brackets what it stands for */
	int parent, group, session, foreground;
	dev_t terminal;
	unsigned threads;
	int exit_signal, exit_status;
	uint64_t user_ns, system_ns;
	kernel_sigset_t pending, process_pending, blocked, ignored, caught;
	unsigned cpu;
	uint64_t voluntary, forced, system_calls;
	struct thread_activity activity; /* .state is THREAD_DEAD when there is no thread */
};

#define RUNNING  "R (running)"
#define SLEEPING "S (sleeping)"

/* With the letters of proc(5). No signal reaches the kernel's own threads: those that wait for work
 * are idle, nothing that keeps a program. tree_lock and signal_lock held. */
static const char *state_text(const struct process *process, const struct thread *thread,
			      const struct thread_activity *activity)
{
	if (process->state == PROCESS_ZOMBIE)
		return "Z (zombie)";
	if (!thread) /* the kernel's, or one whose last thread has left and is taking it down */
		return process == &kernel_process ? SLEEPING : RUNNING;
	if (thread->signal.halted)
		return "T (stopped)";
	switch (activity->state) {
	case THREAD_NEW:
	case THREAD_RUNNABLE:
	case THREAD_RUNNING:
		return RUNNING;
	case THREAD_DEAD:
		return "X (dead)";
	default:
		return activity->interruptible || process == &kernel_process ? SLEEPING
									     : "D (disk sleep)";
	}
}

static void summarise_signals_locked(const struct process *process, const struct thread *thread,
				     struct summary *summary)
{
	for (int signal = 1; process->handlers && signal < NSIG; signal++) {
		uintptr_t handler = process->handlers->actions[signal - 1].handler;

		if (handler == KERNEL_SIG_IGN)
			summary->ignored |= SIGSET_BIT(signal);
		else if (handler != KERNEL_SIG_DFL)
			summary->caught |= SIGSET_BIT(signal);
	}
	summary->process_pending = process->pending;
	if (thread) {
		summary->pending = thread->signal.pending;
		summary->blocked = thread->signal.blocked;
	}
}

/* The thread that is asked about; for a process its first, NULL when it has none. tree_lock
 * held. */
static struct thread *thread_of_locked(const struct proc_subject *subject)
{
	struct list_node *first = list_first(&subject->process->threads);

	if (subject->thread)
		return subject->thread;
	return first ? container_of(first, struct thread, process_node) : NULL;
}

static void summarise(const struct proc_subject *subject, struct summary *summary)
{
	struct process *process = subject->process;

	memset(summary, 0, sizeof(*summary));
	summary->activity.state = THREAD_DEAD;
	if (subject->thread)
		summary->user_ns = thread_run_time(subject->thread);
	else
		process_times(process, &summary->user_ns, &summary->system_ns);

	uint64_t flags = spin_lock_irq_save(&tree_lock);
	struct thread *thread = thread_of_locked(subject);
	summary->parent = process->parent ? process->parent->pid : 0;
	summary->group = process_group_id(process);
	summary->session = process_session_id(process);
	summary->threads = process->thread_count;
	summary->exit_signal = process->exit_signal;
	summary->exit_status = process->exit_status;
	if (thread) {
		summary->cpu = thread->cpu;
		summary->voluntary = thread->switches_voluntary;
		summary->forced = thread->switches_forced;
		summary->system_calls = __atomic_load_n(&thread->system_calls, __ATOMIC_RELAXED);
		thread_activity(thread, &summary->activity);
	}
	spin_lock(&process->signal_lock);
	summary->state = state_text(process, thread, &summary->activity);
	summarise_signals_locked(process, thread, summary);
	spin_unlock(&process->signal_lock);
	spin_unlock_irq_restore(&tree_lock, flags);
	session_terminal(summary->session, &summary->terminal, &summary->foreground);
}

static int number_of(const struct proc_subject *subject)
{
	if (!subject->thread)
		return subject->process->pid;
	return subject->process == &kernel_process ? kernel_thread_number(subject->thread)
						   : subject->thread->tid;
}

static const char *name_of(const struct proc_subject *subject)
{
	return subject->thread ? subject->thread->name : subject->process->name;
}

/* ---- stat and status ---- */

/* Fields 1 to 52 of proc(5). */
int proc_show_stat(struct proc_text *text, const struct proc_subject *subject)
{
	struct process *process = subject->process;
	struct aspace *aspace = process_aspace(process);
	struct summary s;

	summarise(subject, &s);
	proc_print(text, "%d (%s) %c %d %d %d %lu %d 0 ", number_of(subject), name_of(subject),
		   s.state[0], s.parent, s.group, s.session, s.terminal, s.foreground);
	proc_print(text, "%lu %lu 0 0 ", process->minor_faults, process->children_minor_faults);
	proc_print(text, "%lu %lu %lu %lu ", s.user_ns / NS_PER_TICK, s.system_ns / NS_PER_TICK,
		   process->children_user_ns / NS_PER_TICK,
		   process->children_system_ns / NS_PER_TICK);
	proc_print(text, "20 0 %u 0 %lu ", s.threads,
		   (subject->thread ? subject->thread->start_time : process->start_time) /
			   NS_PER_TICK);
	if (aspace)
		proc_print(text, "%zu %zu %lu %lu %lu %lu ", aspace->mapped_pages * PAGE_SIZE,
			   aspace->resident_pages, process_limit(process, RLIMIT_RSS),
			   aspace->code_start, aspace->code_end, aspace->stack_start);
	else
		proc_print(text, "0 0 %lu 0 0 0 ", process_limit(process, RLIMIT_RSS));
	/* esp, eip, signals (the low words), wchan, swapped pages */
	proc_print(text, "0 0 %lu %lu %lu %lu 0 0 0 ", s.pending & INT_MAX, s.blocked & INT_MAX,
		   s.ignored & INT_MAX, s.caught & INT_MAX);
	proc_print(text, "%d %u 0 0 0 0 0 ", s.exit_signal, s.cpu);
	if (aspace)
		proc_print(text, "0 0 %lu %lu %lu %lu %lu ", aspace->brk_start, aspace->arg_start,
			   aspace->arg_end, aspace->env_start, aspace->env_end);
	else
		proc_print(text, "0 0 0 0 0 0 0 ");
	proc_print(text, "%d\n", s.exit_status);
	if (aspace)
		aspace_put(aspace);
	return 0;
}

static void print_memory(struct proc_text *text, struct process *process)
{
	struct aspace *aspace = process_aspace(process);

	if (!aspace)
		return;
	proc_print(text, "VmSize:\t%8zu kB\nVmRSS:\t%8zu kB\n", aspace->mapped_pages * 4,
		   aspace->resident_pages * 4);
	proc_print(text, "VmExe:\t%8lu kB\n", (aspace->code_end - aspace->code_start) / 1024);
	proc_print(text, "VmPTE:\t%8zu kB\n", pagetable_pages(&aspace->table) * 4);
	aspace_put(aspace);
}

/* What Linux does not tell: the scheduler's own state, what the thread waits for and how many
 * milliseconds it has done so, and its system calls. */
static void print_activity(struct proc_text *text, const struct summary *s)
{
	const struct thread_activity *activity = &s->activity;

	proc_print(text, "ThreadState:\t%s\n", thread_state_name(activity->state));
	if (activity->reason)
		proc_print(text, "WaitsFor:\t%s\nWaitsSince:\t%lu ms\n", activity->reason,
			   (clock_now() - activity->since) / NS_PER_MS);
	proc_print(text, "syscalls:\t%lu\n", s->system_calls);
}

int proc_show_status(struct proc_text *text, const struct proc_subject *subject)
{
	struct process *process = subject->process;
	struct summary s;

	summarise(subject, &s);
	proc_print(text, "Name:\t%s\nState:\t%s\n", name_of(subject), s.state);
	proc_print(text, "Tgid:\t%d\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n", process->pid,
		   number_of(subject), s.parent);
	proc_print(text, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t\n");
	print_memory(text, process);
	proc_print(text, "Threads:\t%u\n", s.threads);
	proc_print(text, "SigPnd:\t%016lx\nShdPnd:\t%016lx\n", s.pending, s.process_pending);
	proc_print(text, "SigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n", s.blocked,
		   s.ignored, s.caught);
	proc_print(text, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n",
		   s.voluntary, s.forced);
	print_activity(text, &s);
	return 0;
}

int proc_show_comm(struct proc_text *text, const struct proc_subject *subject)
{
	proc_print(text, "%s\n", name_of(subject));
	return 0;
}

/* Threads of one process name each other; others may not, as on Linux. */
static int store_comm(const char *bytes, size_t size, const struct proc_subject *subject)
{
	struct process *process = subject->process;
	char name[THREAD_NAME_MAX];

	if (process != current_process())
		return -EINVAL;
	size = MIN(size, sizeof(name) - 1);
	memcpy(name, bytes, size);
	name[size] = '\0';
	*strchrnul(name, '\n') = '\0';
	if (subject->thread)
		strlcpy(subject->thread->name, name, sizeof(name));
	if (!subject->thread || subject->thread->tid == process->pid)
		process_set_name(process, name);
	return 0;
}

/* ---- Links ---- */

static int follow_cwd(const struct proc_subject *subject, struct dentry **target)
{
	struct fs_context *fs = process_fs(subject->process);

	if (!fs)
		return -ENOENT;
	*target = fs_context_cwd(fs);
	fs_context_put(fs);
	return 0;
}

static int follow_root(const struct proc_subject *subject, struct dentry **target)
{
	*target = vfs_root();
	dentry_get(*target);
	return 0;
}

static int follow_exe(const struct proc_subject *subject, struct dentry **target)
{
	struct file *file = process_executable(subject->process);

	if (!file)
		return -ENOENT;
	*target = file->dentry;
	dentry_get(*target);
	file_put(file);
	return 0;
}

/* ---- Numbered entries ---- */

static int next_descriptor(const struct proc_subject *subject, int from)
{
	return process_next_descriptor(subject->process, from);
}

static int next_thread(const struct proc_subject *subject, int from)
{
	if (subject->process == &kernel_process)
		return kernel_thread_next(from);
	return process_next_thread(subject->process, from);
}

static unsigned count_threads(const struct proc_subject *subject)
{
	if (subject->process == &kernel_process)
		return kernel_thread_count();
	uint64_t flags = spin_lock_irq_save(&tree_lock);
	unsigned count = subject->process->thread_count;
	spin_unlock_irq_restore(&tree_lock, flags);
	return count;
}

static const struct proc_entry descriptor_entry = {.mode = S_IFLNK | 0700};

static const struct proc_directory descriptors = {
	.numbered = &descriptor_entry,
	.next_number = next_descriptor,
	.number = NUMBER_DESCRIPTOR,
};

static const struct proc_entry thread_entry = {
	.mode = S_IFDIR | 0555,
	.directory = &proc_thread_directory,
};

static const struct proc_directory tasks = {
	.numbered = &thread_entry,
	.next_number = next_thread,
	.count_numbers = count_threads,
	.number = NUMBER_THREAD,
};

/* ---- The tables ---- */

#define FILE(entry_name)                                                                    \
	{                                                                                   \
		.name = #entry_name, .mode = S_IFREG | 0444, .show = proc_show_##entry_name \
	}

#define COMM                                                                    \
	{                                                                       \
		.name = "comm", .mode = S_IFREG | 0644, .show = proc_show_comm, \
		.store = store_comm                                             \
	}

static const struct proc_entry process_entries[] = {
	FILE(cmdline),
	COMM,
	{.name = "cwd", .mode = S_IFLNK | 0777, .follow = follow_cwd},
	{.name = "environ", .mode = S_IFREG | 0400, .show = proc_show_environ},
	{.name = "exe", .mode = S_IFLNK | 0777, .follow = follow_exe},
	{.name = "fd", .mode = S_IFDIR | 0500, .directory = &descriptors},
	FILE(maps),
	{.name = "root", .mode = S_IFLNK | 0777, .follow = follow_root},
	FILE(smaps),
	FILE(stat),
	FILE(statm),
	FILE(status),
	{.name = "task", .mode = S_IFDIR | 0555, .directory = &tasks},
};

static const struct proc_entry thread_entries[] = {
	COMM,
	FILE(stat),
	FILE(status),
};

const struct proc_directory proc_process_directory = {
	.entries = process_entries,
	.count = ARRAY_SIZE(process_entries),
};
const struct proc_directory proc_thread_directory = {
	.entries = thread_entries,
	.count = ARRAY_SIZE(thread_entries),
};
