/* SPDX-License-Identifier: MIT */
/*
 * Processes as objects: making, finding, counting, letting go. What they do is in fork.c, exec.c,
 * exit.c, wait.c.
 *
 * Who may still look at a process? Everyone with a reference: the tree (until it is reaped), each
 * of its threads (until that thread's struct goes) and whoever found it by number. Its resources go
 * earlier, when its last thread leaves; so others reach them only through process_aspace() and
 * friends, which take a reference under resource_lock or say NULL. Only of the descriptor table
 * nobody else gets one: whoever drops the last closes all files, in the name of their process.
 */
#include "proc/process.h"

#include "base/boot_info.h"
#include "base/printk.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/session.h"
#include "proc/signal.h"
#include "proc/tables.h"
#include "sched/sched.h"
#include "sync/kthread.h"

#define STACK_LIMIT_DEFAULT (8UL << 20)
#define MESSAGE_BYTES       819200 /* in all message queues, as on Linux */
#define SIGPENDING_DEFAULT  4096

struct process kernel_process;
struct process *init_process;
struct spinlock tree_lock = SPINLOCK_INIT("process tree", RANK_PROCESS_TREE);

static struct slab_cache process_cache;

/* Numbers to processes and user threads. A process is in its tree from its publication until it is
 * forgotten, a thread until it leaves its process; neither tree counts as a reference. */
static struct spinlock table_lock = SPINLOCK_INIT("process table", RANK_PID);
static struct tree processes;       /* [table_lock] by pid */
static struct tree threads;         /* [table_lock] by tid */
static uint64_t total_of_processes; /* [table_lock] ever made */
static size_t count_of_processes;   /* [table_lock] */

/* ---- the tables ---- */

static struct process *process_of(struct tree_node *node)
{
	return container_of(node, struct process, pid_node);
}

static struct thread *thread_of(struct tree_node *node)
{
	return container_of(node, struct thread, tid_node);
}

static void table_add_process_locked(struct process *process)
{
	struct tree_node **link = &processes.root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = process->pid < process_of(parent)->pid ? &parent->left : &parent->right;
	}
	tree_insert(&processes, &process->pid_node, parent, link);
	count_of_processes++;
	total_of_processes++;
}

static void table_add_thread_locked(struct thread *thread)
{
	struct tree_node **link = &threads.root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = thread->tid < thread_of(parent)->tid ? &parent->left : &parent->right;
	}
	tree_insert(&threads, &thread->tid_node, parent, link);
}

void process_table_add_thread(struct thread *thread)
{
	uint64_t flags = spin_lock_irq_save(&table_lock);

	table_add_thread_locked(thread);
	spin_unlock_irq_restore(&table_lock, flags);
}

void process_table_remove_thread(struct thread *thread)
{
	uint64_t flags = spin_lock_irq_save(&table_lock);

	tree_remove(&threads, &thread->tid_node);
	spin_unlock_irq_restore(&table_lock, flags);
}

struct process *process_next(int from)
{
	uint64_t flags = spin_lock_irq_save(&table_lock);
	struct tree_node *node = processes.root;
	struct process *best = NULL;

	while (node) {
		struct process *process = process_of(node);

		if (process->pid >= from)
			best = process;
		node = process->pid >= from ? node->left : node->right;
	}
	if (best)
		process_get(best);
	spin_unlock_irq_restore(&table_lock, flags);
	return best;
}

struct process *process_find(int pid)
{
	struct process *process = process_next(pid);

	if (process && process->pid != pid) {
		process_put(process);
		return NULL;
	}
	return process;
}

struct thread *thread_find(int tid)
{
	uint64_t flags = spin_lock_irq_save(&table_lock);
	struct tree_node *node = threads.root;
	struct thread *thread = NULL;

	while (node) {
		thread = thread_of(node);
		if (thread->tid == tid)
			break;
		node = tid < thread->tid ? node->left : node->right;
	}
	/* A thread in the table has not left its process, so its run still holds a reference. */
	if (node)
		thread_get(thread);
	spin_unlock_irq_restore(&table_lock, flags);
	return node ? thread : NULL;
}

int process_next_thread(struct process *process, int from)
{
	uint64_t flags = spin_lock_irq_save(&table_lock);
	struct tree_node *node = threads.root, *best = NULL;

	while (node) {
		bool enough = thread_of(node)->tid >= from;

		if (enough)
			best = node;
		node = enough ? node->left : node->right;
	}
	while (best && thread_of(best)->process != process)
		best = tree_next(best);
	int tid = best ? thread_of(best)->tid : -1;
	spin_unlock_irq_restore(&table_lock, flags);
	return tid;
}

size_t process_count(void)
{
	uint64_t flags = spin_lock_irq_save(&table_lock);
	size_t count = count_of_processes;

	spin_unlock_irq_restore(&table_lock, flags);
	return count;
}

uint64_t process_total(void)
{
	uint64_t flags = spin_lock_irq_save(&table_lock);
	uint64_t total = total_of_processes;

	spin_unlock_irq_restore(&table_lock, flags);
	return total;
}

/* ---- life ---- */

static void init_lists(struct process *process)
{
	list_init(&process->children);
	list_init(&process->zombies);
	list_init(&process->news);
	list_init(&process->threads);
	list_init(&process->signal_queue);
	spin_init(&process->resource_lock, "process resources", RANK_PROCESS);
	spin_init(&process->signal_lock, "signals", RANK_SIGNAL);
	waitq_init(&process->child_events, "child events");
	waitq_init(&process->vfork_waiters, "vfork");
	waitq_init(&process->alone, "exec");
	waitq_init(&process->signal_waiters, "signal waiters");
}

struct process *process_create(const char *name)
{
	struct process *process = slab_alloc(&process_cache);

	if (!process)
		return NULL;
	memset(process, 0, sizeof(*process));
	ref_init(&process->references);
	init_lists(process);
	process->exit_signal = SIGCHLD;
	process->start_time = clock_now();
	for (unsigned i = 0; i < RLIM_NLIMITS; i++)
		process->limits[i] = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
	process->limits[RLIMIT_STACK].rlim_cur = STACK_LIMIT_DEFAULT;
	process->limits[RLIMIT_NOFILE] = (struct rlimit){FD_LIMIT_DEFAULT, FD_LIMIT_MAX};
	process->limits[RLIMIT_CORE].rlim_cur = 0;
	process->limits[RLIMIT_MSGQUEUE] = (struct rlimit){MESSAGE_BYTES, MESSAGE_BYTES};
	process->limits[RLIMIT_SIGPENDING] =
		(struct rlimit){SIGPENDING_DEFAULT, SIGPENDING_DEFAULT};
	strlcpy(process->name, name, sizeof(process->name));
	return process;
}

void process_get(struct process *process)
{
	ref_get(&process->references);
}

void process_put(struct process *process)
{
	if (!ref_put(&process->references))
		return;
	ASSERT(process != &kernel_process && !process->aspace && !process->files);
	signal_process_release(process);
	slab_free(&process_cache, process);
}

/* The last reference of a user thread is gone. */
static void release_thread(struct thread *thread)
{
	signal_thread_release(thread);
	process_put(thread->process);
}

/* tree_lock and signal_lock held. */
static void link_thread_locked(struct process *process, struct thread *thread)
{
	assert_held(&tree_lock);
	assert_held(&process->signal_lock);
	list_push_back(&process->threads, &thread->process_node);
	process->thread_count++;
	thread->pid = process->pid;
	if (process->held)
		thread_add_work(thread, WORK_STOP);
}

int process_publish(struct process *process, struct process *parent, struct thread *leader)
{
	uint64_t flags = spin_lock_irq_save(&tree_lock);

	/* A signal to a group or to everyone is sent under tree_lock: it finds the parent and the
	 * child, or the parent alone, and then there is no child until the parent has dealt with
	 * the signal. Otherwise one that is being made could escape `kill -9 -1`, or ^Z. */
	if (parent && signal_comes_first()) {
		spin_unlock_irq_restore(&tree_lock, flags);
		return -ERESTARTNOINTR;
	}
	process->pid = leader->tid;
	tid_hold(process->pid);
	process->parent = parent;
	if (parent) {
		process->parent_pid = parent->pid;
		memcpy(process->limits, parent->limits, sizeof(process->limits));
		list_push_back(&parent->children, &process->sibling_node);
	}
	session_join(process, parent);
	spin_lock(&process->signal_lock);
	link_thread_locked(process, leader);
	spin_unlock(&process->signal_lock);
	spin_lock(&table_lock);
	table_add_process_locked(process);
	table_add_thread_locked(leader);
	spin_unlock(&table_lock);
	spin_unlock_irq_restore(&tree_lock, flags);
	return 0;
}

int process_add_thread(struct process *process, struct thread *thread)
{
	uint64_t flags = spin_lock_irq_save(&tree_lock);

	/* Under the lock under which all threads of a process are told to end: either the new one
	 * is among them, or there is none. */
	spin_lock(&process->signal_lock);
	bool ends = process->dying || process->survivor;
	if (!ends)
		link_thread_locked(process, thread);
	spin_unlock(&process->signal_lock);
	if (!ends)
		process_table_add_thread(thread);
	spin_unlock_irq_restore(&tree_lock, flags);
	return ends ? -EAGAIN : 0;
}

void process_forget(struct process *process)
{
	uint64_t flags = spin_lock_irq_save(&table_lock);

	tree_remove(&processes, &process->pid_node);
	count_of_processes--;
	spin_unlock_irq_restore(&table_lock, flags);
	tid_free(process->pid);
	process_put(process);
}

/* ---- resources ---- */

struct aspace *process_aspace(struct process *process)
{
	spin_lock(&process->resource_lock);
	struct aspace *aspace = process->aspace;
	if (aspace)
		aspace_get(aspace);
	spin_unlock(&process->resource_lock);
	return aspace;
}

struct dentry *process_dentry(struct process *process, int fd)
{
	spin_lock(&process->resource_lock);
	struct dentry *dentry = process->files ? fdtable_dentry(process->files, fd) : NULL;
	spin_unlock(&process->resource_lock);
	return dentry;
}

int process_next_descriptor(struct process *process, int from)
{
	spin_lock(&process->resource_lock);
	int fd = process->files ? fdtable_next(process->files, from) : -1;
	spin_unlock(&process->resource_lock);
	return fd;
}

struct fs_context *process_fs(struct process *process)
{
	spin_lock(&process->resource_lock);
	struct fs_context *fs = process->fs;
	if (fs)
		fs_context_get(fs);
	spin_unlock(&process->resource_lock);
	return fs;
}

struct file *process_executable(struct process *process)
{
	spin_lock(&process->resource_lock);
	struct file *file = process->executable;
	if (file)
		file_get(file);
	spin_unlock(&process->resource_lock);
	return file;
}

void process_drop_resources(struct process *process)
{
	spin_lock(&process->resource_lock);
	struct aspace *aspace = process->aspace;
	struct fdtable *files = process->files;
	struct fs_context *fs = process->fs;
	struct file *executable = process->executable;
	process->aspace = NULL;
	process->files = NULL;
	process->fs = NULL;
	process->executable = NULL;
	spin_unlock(&process->resource_lock);

	if (files)
		fdtable_put(files);
	if (fs)
		fs_context_put(fs);
	if (executable)
		file_put(executable);
	if (aspace)
		aspace_put(aspace);
}

void process_set_name(struct process *process, const char *name)
{
	strlcpy(process->name, name, sizeof(process->name));
}

uint64_t process_limit(struct process *process, unsigned resource)
{
	return __atomic_load_n(&process->limits[resource].rlim_cur, __ATOMIC_RELAXED);
}

void process_times(struct process *process, uint64_t *user_ns, uint64_t *system_ns)
{
	uint64_t flags = spin_lock_irq_save(&tree_lock);
	uint64_t total = process->user_ns + process->system_ns;
	uint64_t system = process->system_ns;

	list_for_each(node, &process->threads) {
		struct thread *thread = container_of(node, struct thread, process_node);
		total += thread_run_time(thread);
		system += thread->system_time;
	}
	spin_unlock_irq_restore(&tree_lock, flags);
	*system_ns = system < total ? system : total;
	*user_ns = total - *system_ns;
}

/* ---- out of memory ---- */

/*
 * There is no reserve for those that leave: they need nothing. What an end takes apart is linked
 * through itself, never through memory that would have to be found first; a SIGCHLD for whose
 * details there is none is pending without them.
 *
 * A weakness: who faults in a copy to or from user memory waits here with the lock of the pipe or
 * file that he copies from or to. A victim that sleeps in a transfer of the same one takes that
 * lock again before it sees that it is to end. So its memory does not come, and when patience is
 * over a second process is killed for nothing. There is no deadlock: the one who waits is chosen
 * himself at last, and then the copy fails. To mend it such a copy would have to fail at once, its
 * callers drop their locks, wait for memory and repeat what is left, each in its own way.
 */

/* How long a killed process is given to leave before the next one is chosen, ms. */
#define OOM_PATIENCE_MS 1000

static size_t resident_pages(struct process *process)
{
	struct aspace *aspace = process_aspace(process);
	size_t pages = aspace ? aspace->resident_pages : 0;

	if (aspace)
		aspace_put(aspace);
	return pages;
}

/* It has been killed, or its last thread has left: its memory comes back by itself. */
static bool is_leaving(const struct process *process)
{
	/* relaxed: either may come true right afterwards, and process_kill_locked() looks again */
	return atomic_load_explicit(&process->dying, memory_order_relaxed) ||
	       atomic_load_explicit(&process->thread_count, memory_order_relaxed) == 0;
}

/* The process with most pages, init left out; referenced, or NULL. `leaving`: among those that are
 * leaving, or that are not. */
static struct process *find_largest(bool leaving)
{
	struct process *largest = NULL;
	size_t most = 0;
	int pid = 2;

	for (struct process *process; (process = process_next(pid)); process_put(process)) {
		size_t pages = is_leaving(process) == leaving ? resident_pages(process) : 0;

		pid = process->pid + 1;
		if (pages <= most)
			continue;
		most = pages;
		if (largest)
			process_put(largest);
		process_get(process);
		largest = process;
	}
	return largest;
}

/* Somebody is leaving and has not given its memory back yet. */
static bool memory_is_coming(void)
{
	struct process *leaving = find_largest(true);

	if (leaving)
		process_put(leaving);
	return leaving != NULL;
}

static bool wait_for_memory(void)
{
	for (int ms = 0; ms < OOM_PATIENCE_MS; ms++) {
		if (!memory_is_coming())
			return ms > 0;
		if (sleep_until(clock_now() + NS_PER_MS, WAIT_KILLABLE, "memory"))
			return true; /* it is our own turn to leave */
	}
	return false;
}

bool process_kill_largest(void)
{
	if (is_leaving(current_process()))
		return false;
	if (wait_for_memory())
		return true;
	struct process *victim = find_largest(false);
	if (!victim)
		return false;
	uint64_t flags = spin_lock_irq_save(&victim->signal_lock);
	/* Several CPUs that find no memory at the same time choose the same. */
	bool late = is_leaving(victim);
	process_kill_locked(victim, SIGKILL);
	spin_unlock_irq_restore(&victim->signal_lock, flags);
	if (!late)
		printk("out of memory: killing process %d (%s)\n", victim->pid, victim->name);
	process_put(victim);
	return true;
}

/* ---- boot ---- */

void process_init(void)
{
	slab_cache_init(&process_cache, "process", sizeof(struct process), 16);
	init_lists(&kernel_process);
	ref_init(&kernel_process.references);
	strlcpy(kernel_process.name, "kernel", sizeof(kernel_process.name));
	kthread_init(&kernel_process);
	thread_set_release_hook(release_thread);
	aspace_set_oom_hook(process_kill_largest);
}

static const char *const init_environment[] = {"HOME=/root", "PATH=/bin:/tests", "TERM=linux",
					       NULL};

/* The first code of pid 1: turns the new process into the program, then returns to the frame that
 * exec made. */
static void open_console(void)
{
	struct file *file;
	int rc = vfs_open(NULL, "/dev/console", O_RDWR | O_NOCTTY, 0, &file);

	if (rc)
		panic("no /dev/console for the first program: error %d", -rc);
	for (int fd = 0; fd < 3; fd++) {
		file_get(file);
		if (fdtable_add(current->process->files, file, fd, false, FD_LIMIT_DEFAULT) != fd)
			panic("no descriptor %d for the first program", fd);
	}
	file_put(file);
}

/* Runs on the thread of pid 1, in the kernel; returning from it leads to user mode. */
static void run_init(void *unused)
{
	char path[256];
	const char *arguments[2] = {path, NULL};

	(void)unused;
	if (!boot_option("init", path, sizeof(path)))
		strlcpy(path, "/bin/init", sizeof(path));
	open_console();
	int rc = process_exec_kernel(path, arguments, init_environment);
	if (rc)
		panic("cannot run %s as the first program: error %d "
		      "(is it in the initrd? init= names another)",
		      path, -rc);
}

void process_start_init(void)
{
	struct process *process = process_create("init");
	struct thread_params params = {
		.name = "init", .process = process, .entry = run_init, .user = true};
	struct thread *thread = process ? thread_create(&params) : NULL;

	if (!thread)
		panic("no memory for the first process");
	process->files = fdtable_create();
	process->fs = fs_context_create();
	process->handlers = signal_handlers_create();
	if (!process->files || !process->fs || !process->handlers)
		panic("no memory for the first process");
	process_get(process); /* the thread's */
	signal_thread_init(thread, NULL);
	if (process_publish(process, NULL, thread) || process->pid != 1)
		panic("the first process has pid %d, expected 1", process->pid);
	init_process = process;
	thread_start(thread);
}
