/* SPDX-License-Identifier: MIT */
/*
 * exec: a process gets another program. The new address space is built aside, down to the last byte
 * of the stack, while the old program is still whole; only when nothing can fail any more is it put
 * in the place of the old one. So a failed exec returns to its caller as if nothing had been.
 *
 *      open     the file, and by its "#!" line the interpreter instead, up to five deep
 *      strings  arguments and environment out of the old memory (exec_strings.c)
 *      load     the segments of the program, each a private mapping of the file (elf.c computes)
 *      stack    strings, auxiliary vector, pointers: what the first instruction finds
 *      alone    the other threads end
 *      commit   address space, descriptors, signals, registers
 *
 * The new stack, from its top down:
 *
 *      │ 8 bytes of 0                      │ ◄─ USER_TOP
 *      │ the path as it was given          │ ◄─ AT_EXECFN
 *      │ environment strings               │ ◄─ env_start
 *      │ argument strings                  │ ◄─ arg_start
 *      │ 16 random bytes                   │ ◄─ AT_RANDOM
 *      │ auxiliary vector, ends in AT_NULL │
 *      │ envp[0] … NULL                    │
 *      │ argv[0] … NULL                    │
 *      │ argc                              │ ◄─ RSP, 16-byte aligned
 */
#include "arch/regs.h"
#include "base/random.h"
#include "base/trace.h"
#include "lib/abi/auxv.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/elf.h"
#include "proc/exec_strings.h"
#include "proc/memory_log.h"
#include "proc/process.h"
#include "proc/script.h"
#include "proc/signal.h"
#include "proc/user_fpu.h"
#include "sched/sched.h"

#define HEAD_BYTES   512 /* of the file, read at once: program headers usually are among them */
#define SCRIPT_DEPTH 5
#define DYNAMIC_BASE 0x555555554000UL /* of position-independent programs, as on Linux */
#define STACK_ROOM   (32 * PAGE_SIZE) /* mapped below what is there; more comes on demand */
#define STRINGS_MAX  (6UL << 20)
#define STRINGS_MIN  (128UL << 10) /* however low the limit of the stack is */
#define RANDOM_BYTES 16
#define CLOCK_TICKS  100 /* of times(2), per second */

struct script {
	struct script *outer; /* whose interpreter this script is */
	struct script_line line;
};

struct exec {
	const char *path;       /* as given */
	struct file *file;      /* to be loaded: the program, or its interpreter */
	struct script *scripts; /* the innermost first: its interpreter is `file` */
	char head[HEAD_BYTES];
	size_t head_bytes;
	struct exec_strings strings;
	size_t argc, envc;
	size_t argument_bytes, environment_bytes;
	Elf64_Ehdr header;
	Elf64_Phdr *table; /* from kmalloc() */
	struct elf_image image;
	struct aspace *aspace;
	struct fdtable *files; /* a table of its own for a process that shares one; NULL: it has */
	vaddr_t random, stack_pointer;
};

/* Where the strings of a new program come from: the old program's memory, or for pid 1 the
 * kernel's. */
struct exec_source {
	user_addr_t arguments, environment;
	const char *const *kernel_arguments, *const *kernel_environment;
};

/* ---- The file ---- */

/* -EACCES: not a file, or not executable. -ETXTBSY. */
static int open_program(struct dentry *base, const char *path, struct file **file)
{
	struct dentry *entry;
	int rc = path_lookup(base, path, LOOKUP_FOLLOW, &entry);

	if (rc)
		return rc;
	if (!S_ISREG(entry->inode->mode))
		rc = -EACCES;
	if (!rc)
		rc = vfs_access(entry->inode, X_OK);
	if (!rc)
		rc = file_open(entry, O_RDONLY, file);
	dentry_put(entry);
	if (rc)
		return rc;
	rc = file_deny_write(*file);
	if (rc)
		file_put(*file);
	return rc;
}

/* Opens what is to be looked at next, in the place of the script that named it. */
static int exec_open(struct exec *exec, struct dentry *base, const char *path)
{
	struct file *file;
	int rc = open_program(base, path, &file);

	if (rc)
		return rc;
	if (exec->file)
		file_put(exec->file);
	exec->file = file;
	ssize_t got = file_read_kernel(file, exec->head, HEAD_BYTES, 0);
	if (got < 0)
		return (int)got;
	exec->head_bytes = (size_t)got;
	return 0;
}

static int open_interpreter(struct exec *exec)
{
	struct script *script = kmalloc(sizeof(*script));

	if (!script)
		return -ENOMEM;
	script->outer = exec->scripts;
	exec->scripts = script;
	int rc =
		script_parse(exec->head, MIN(exec->head_bytes, (size_t)SCRIPT_HEAD), &script->line);
	if (rc)
		return rc;
	struct dentry *directory = fs_context_cwd(current_process()->fs);
	rc = exec_open(exec, directory, script->line.interpreter);
	dentry_put(directory);
	return rc;
}

static int find_program(struct exec *exec, struct dentry *base)
{
	int rc = exec_open(exec, base, exec->path);

	for (int depth = 0; !rc && script_is(exec->head, exec->head_bytes); depth++)
		rc = depth < SCRIPT_DEPTH ? open_interpreter(exec) : -ELOOP;
	return rc;
}

/* ---- The strings ---- */

/* A quarter of the stack's limit for strings and the pointers to them, as on Linux. */
static size_t strings_limit(void)
{
	size_t quarter = process_limit(current_process(), RLIMIT_STACK) / 4;

	return MAX(MIN(quarter, STRINGS_MAX), STRINGS_MIN);
}

/* A script's interpreter gets its own name, the argument of the "#!" line and the script's name for
 * argv[0]. */
static int add_script_strings(struct exec *exec)
{
	int rc = 0;

	for (struct script *script = exec->scripts; script && !rc; script = script->outer) {
		rc = exec_strings_add(&exec->strings, script->line.interpreter);
		if (!rc && script->line.argument)
			rc = exec_strings_add(&exec->strings, script->line.argument);
	}
	return rc ? rc : exec_strings_add(&exec->strings, exec->path);
}

static int add_array(struct exec_strings *strings, user_addr_t user, const char *const *kernel,
		     size_t skip)
{
	int rc = 0;

	if (!kernel)
		return exec_strings_add_user(strings, user, skip);
	for (size_t i = skip; kernel[i] && !rc; i++)
		rc = exec_strings_add(strings, kernel[i]);
	return rc;
}

static int copy_strings(struct exec *exec, const struct exec_source *from)
{
	struct exec_strings *strings = &exec->strings;
	int rc = 0;

	exec_strings_init(strings, strings_limit());
	if (exec->scripts)
		rc = add_script_strings(exec);
	if (!rc)
		rc = add_array(strings, from->arguments, from->kernel_arguments,
			       exec->scripts ? 1 : 0);
	if (!rc && !strings->count) /* a program may rely on argv[0] */
		rc = exec_strings_add(strings, "");
	exec->argc = strings->count;
	exec->argument_bytes = strings->bytes;
	if (!rc)
		rc = add_array(strings, from->environment, from->kernel_environment, 0);
	exec->envc = strings->count - exec->argc;
	exec->environment_bytes = strings->bytes - exec->argument_bytes;
	return rc ? rc : exec_strings_add(strings, exec->path);
}

/* ---- The program ---- */

/* Exactly `bytes`, or -ENOEXEC. */
static int read_exactly(struct exec *exec, void *to, size_t bytes, uint64_t offset)
{
	if (offset <= exec->head_bytes && bytes <= exec->head_bytes - offset) {
		memcpy(to, exec->head + offset, bytes);
		return 0;
	}
	ssize_t got = file_read_kernel(exec->file, to, bytes, offset);
	if (got < 0)
		return (int)got;
	return (size_t)got == bytes ? 0 : -ENOEXEC;
}

/* Programs that ask for a run-time linker are not run; which error says so depends on whether it is
 * there. */
static int refuse_interpreter(struct exec *exec)
{
	char *path = kmalloc(exec->image.interpreter_size);
	struct file *file;

	if (!path)
		return -ENOMEM;
	int rc = read_exactly(exec, path, exec->image.interpreter_size,
			      exec->image.interpreter_offset);
	if (!rc && path[exec->image.interpreter_size - 1] != '\0')
		rc = -ENOEXEC;
	if (!rc) {
		struct dentry *directory = fs_context_cwd(current_process()->fs);
		rc = open_program(directory, path, &file);
		dentry_put(directory);
	}
	if (!rc) {
		file_put(file);
		rc = -ELIBBAD;
	}
	kfree(path);
	return rc;
}

static int read_headers(struct exec *exec)
{
	static const struct elf_space space = {
		.low = USER_MIN, .high = USER_TOP, .base = DYNAMIC_BASE};
	size_t table_size;
	int rc = read_exactly(exec, &exec->header, sizeof(exec->header), 0);

	if (!rc)
		rc = elf_check_header(&exec->header, &table_size);
	if (rc)
		return rc;
	exec->table = kmalloc(table_size);
	if (!exec->table)
		return -ENOMEM;
	rc = read_exactly(exec, exec->table, table_size, exec->header.e_phoff);
	if (!rc)
		rc = elf_check_image(&exec->header, exec->table, &space, &exec->image);
	if (!rc && exec->image.interpreter_size)
		rc = refuse_interpreter(exec);
	return rc;
}

static unsigned rights_of(unsigned flags)
{
	return (flags & PF_R ? REGION_READ : 0) | (flags & PF_W ? REGION_WRITE : 0) |
	       (flags & PF_X ? REGION_EXEC : 0);
}

/* A segment may lie over an earlier one: the later one counts, as on Linux. */
static int map_segment(struct exec *exec, const struct elf_segment *segment, struct memobj *object)
{
	static const char zeros[PAGE_SIZE];
	struct map_request request = {
		.address = segment->start,
		.length = segment->file_end - segment->start,
		.flags = rights_of(segment->flags),
		.fixed = true,
		.object = object,
		.page_offset = segment->file_page,
		.backing = &exec->file->backing,
	};
	long rc = 0;

	if (request.length)
		rc = aspace_map(exec->aspace, &request);
	if (rc >= 0 && segment->zero_bytes && (segment->flags & PF_W))
		rc = aspace_write(exec->aspace, segment->zero_start, zeros, segment->zero_bytes);
	if (rc >= 0 && segment->end > segment->file_end)
		rc = aspace_map(exec->aspace,
				&(struct map_request){.address = segment->file_end,
						      .length = segment->end - segment->file_end,
						      .flags = rights_of(segment->flags),
						      .fixed = true});
	return rc < 0 ? (int)rc : 0;
}

static int load_program(struct exec *exec)
{
	struct memobj *object;
	struct elf_segment segment;
	int rc = file_mmap(exec->file, false, false, &object);

	if (rc)
		return rc == -ENODEV ? -ENOEXEC : rc;
	for (unsigned i = 0; i < exec->header.e_phnum && !rc; i++) {
		if (elf_segment(&exec->table[i], &exec->image, &segment))
			rc = map_segment(exec, &segment, object);
	}
	memobj_put(object);
	return rc;
}

/* ---- The stack ---- */

/* Collects 64-bit words and writes them to the new stack some at a time. */
struct word_writer {
	struct aspace *aspace;
	vaddr_t at;
	size_t count;
	uint64_t words[64];
	int error;
};

static void flush_words(struct word_writer *writer)
{
	size_t bytes = writer->count * sizeof(uint64_t);

	if (!writer->error)
		writer->error = aspace_write(writer->aspace, writer->at, writer->words, bytes);
	writer->at += bytes;
	writer->count = 0;
}

static void put_word(struct word_writer *writer, uint64_t word)
{
	if (writer->count == ARRAY_SIZE(writer->words))
		flush_words(writer);
	writer->words[writer->count++] = word;
}

/* The addresses of `count` strings that lie one behind the other from *text on, and NULL. */
static void put_pointers(struct word_writer *writer, size_t count, struct exec_cursor *lengths,
			 vaddr_t *text)
{
	for (size_t i = 0; i < count; i++) {
		put_word(writer, *text);
		*text += exec_strings_next(lengths);
	}
	put_word(writer, 0);
}

#define AUX_COUNT 18

static int write_auxv(const struct exec *exec, vaddr_t to, uint64_t path)
{
	const uint64_t entries[AUX_COUNT][2] = {
		{AT_PHDR, exec->image.program_headers},
		{AT_PHENT, sizeof(Elf64_Phdr)},
		{AT_PHNUM, exec->header.e_phnum},
		{AT_PAGESZ, PAGE_SIZE},
		{AT_BASE, 0},
		{AT_FLAGS, 0},
		{AT_ENTRY, exec->image.entry},
		{AT_UID, 0},
		{AT_EUID, 0},
		{AT_GID, 0},
		{AT_EGID, 0},
		{AT_HWCAP, cpuid(1, 0).edx},
		{AT_CLKTCK, CLOCK_TICKS},
		{AT_SECURE, 0},
		{AT_RANDOM, exec->random},
		{AT_EXECFN, path},
		{AT_MINSIGSTKSZ, signal_frame_bytes()},
		{AT_NULL, 0},
	};

	return aspace_write(exec->aspace, to, entries, sizeof(entries));
}

/* argc, argv, envp and the auxiliary vector, at the stack pointer; `text` is where the strings
 * are. */
static int write_vectors(const struct exec *exec, vaddr_t text)
{
	struct exec_cursor lengths = exec_strings_begin(&exec->strings);
	struct word_writer writer;

	/* All but the words. */
	writer.aspace = exec->aspace;
	writer.at = exec->stack_pointer;
	writer.count = 0;
	writer.error = 0;
	put_word(&writer, exec->argc);
	put_pointers(&writer, exec->argc, &lengths, &text);
	put_pointers(&writer, exec->envc, &lengths, &text);
	flush_words(&writer);
	return writer.error ? writer.error : write_auxv(exec, writer.at, text);
}

static int map_stack(struct exec *exec)
{
	unsigned flags = REGION_READ | REGION_WRITE | REGION_STACK |
			 (exec->image.executable_stack ? REGION_EXEC : 0);
	vaddr_t start = ALIGN_DOWN(exec->stack_pointer, PAGE_SIZE) - STACK_ROOM;
	struct map_request request = {.address = start,
				      .length = USER_TOP - start,
				      .flags = flags,
				      .fixed = true,
				      .no_replace = true};
	long rc = aspace_map(exec->aspace, &request);

	if (rc == -EEXIST) /* a segment lies there */
		rc = -ENOMEM;
	return rc < 0 ? (int)rc : 0;
}

static int build_stack(struct exec *exec)
{
	const struct exec_strings *strings = &exec->strings;
	char random[RANDOM_BYTES];
	vaddr_t text = USER_TOP - sizeof(uint64_t) - strings->bytes;
	size_t words = 1 + (exec->argc + 1) + (exec->envc + 1) + 2 * AUX_COUNT;

	exec->random = ALIGN_DOWN(text - RANDOM_BYTES, 16UL);
	exec->stack_pointer = ALIGN_DOWN(exec->random - words * sizeof(uint64_t), 16UL);
	int rc = map_stack(exec);
	if (!rc)
		rc = exec_strings_write(strings, exec->aspace, text);
	random_bytes(random, sizeof(random));
	if (!rc)
		rc = aspace_write(exec->aspace, exec->random, random, sizeof(random));
	if (!rc)
		rc = write_vectors(exec, text);
	if (rc)
		return rc;

	/* Nobody else knows the address space yet: no lock. */
	struct aspace *aspace = exec->aspace;
	aspace->stack_start = exec->stack_pointer;
	aspace->arg_start = text;
	aspace->arg_end = aspace->env_start = text + exec->argument_bytes;
	aspace->env_end = aspace->env_start + exec->environment_bytes;
	return 0;
}

static int build_aspace(struct exec *exec)
{
	struct aspace *aspace = aspace_create();

	if (!aspace)
		return -ENOMEM;
	exec->aspace = aspace;
	atomic_store(&aspace->stack_limit, process_limit(current_process(), RLIMIT_STACK));
	int rc = load_program(exec);
	if (!rc)
		rc = build_stack(exec);
	aspace->brk_start = aspace->brk_end = exec->image.end;
	aspace->code_start = exec->image.code_start;
	aspace->code_end = exec->image.code_end;
	return rc;
}

/* Descriptors that close at exec must not close for others (CLONE_FILES), with whom another thread
 * may share them until it ends. */
static int unshare_files(struct exec *exec)
{
	struct process *process = current_process();
	if (process->thread_count == 1 && !fdtable_is_shared(process->files))
		return 0;
	exec->files = fdtable_clone(process->files);
	return exec->files ? 0 : -ENOMEM;
}

/* ---- The point of no return ---- */

static void swap_program(struct exec *exec)
{
	struct process *process = current_process();
	struct aspace *aspace = exec->aspace;
	struct file *file = exec->file;
	struct fdtable *files = exec->files;

	spin_lock(&process->resource_lock);
	exec->aspace = process->aspace;
	exec->file = process->executable;
	process->aspace = aspace;
	process->executable = file;
	if (files) {
		exec->files = process->files;
		process->files = files;
	}
	spin_unlock(&process->resource_lock);
	sched_set_page_table(&aspace->table);
}

static void set_names(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	strlcpy(current->name, name, sizeof(current->name));
	trace_named(TRACE_EXEC, 0, current->tid, current->pid, current->name);
	process_set_name(current_process(), name);
}

static void reset_thread(const struct exec *exec)
{
	current->restart.deadline = 0;
	sched_set_fs_base(0);
	user_fpu_reset();
	user_frame_init(user_frame(current->stack_top), exec->image.entry, exec->stack_pointer);
}

/* Nothing fails from here on. */
static void commit(struct exec *exec)
{
	struct process *process = current_process();

	process_leave_program();
	reset_thread(exec);
	swap_program(exec);
	set_names(exec->path);
	signal_exec(process);
	fdtable_close_on_exec(process->files);
	uint64_t flags = spin_lock_irq_save(&tree_lock);
	process->has_execed = true;
	process->exit_signal = SIGCHLD;
	spin_unlock_irq_restore(&tree_lock, flags);
	process_vfork_done(process);
	thread_add_work(current, WORK_SIGNAL); /* a stop may have waited for this */
}

/* What is left: all of it of a failed exec, the old program of one that went well. */
static void exec_free(struct exec *exec)
{
	for (struct script *script = exec->scripts; script;) {
		struct script *outer = script->outer;
		kfree(script);
		script = outer;
	}
	exec_strings_free(&exec->strings);
	kfree(exec->table);
	if (exec->file)
		file_put(exec->file);
	if (exec->files)
		fdtable_discard(exec->files);
	if (exec->aspace)
		aspace_put(exec->aspace);
}

static int do_exec(struct dentry *base, const char *path, const struct exec_source *from)
{
	struct exec exec;

	/* All but the buffers. */
	memset(&exec, 0, offsetof(struct exec, head));
	memset(&exec.strings, 0, sizeof(exec) - offsetof(struct exec, strings));
	exec.path = path;
	memory_log("before exec");
	int rc = find_program(&exec, base);
	if (!rc)
		rc = copy_strings(&exec, from);
	if (!rc)
		rc = read_headers(&exec);
	if (!rc)
		rc = build_aspace(&exec);
	if (!rc)
		rc = unshare_files(&exec);
	if (!rc)
		rc = process_kill_other_threads();
	if (!rc)
		commit(&exec);
	exec_free(&exec);
	if (!rc)
		memory_log("after exec");
	return rc;
}

int process_exec(struct dentry *base, const char *path, user_addr_t arguments,
		 user_addr_t environment)
{
	return do_exec(base, path,
		       &(struct exec_source){.arguments = arguments, .environment = environment});
}

int process_exec_kernel(const char *path, const char *const *arguments,
			const char *const *environment)
{
	return do_exec(NULL, path,
		       &(struct exec_source){.kernel_arguments = arguments,
					     .kernel_environment = environment});
}
