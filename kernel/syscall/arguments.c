/* SPDX-License-Identifier: MIT */
/* Copying in what several system calls take. */
#include "syscall/arguments.h"

#include "lib/abi/limits.h"
#include "mm/slab.h"

uint64_t descriptor_limit(void)
{
	return process_limit(current_process(), RLIMIT_NOFILE);
}

int add_descriptor(struct file *file, int lowest, bool close_on_exec)
{
	int fd = fdtable_add(current_process()->files, file, lowest, close_on_exec,
			     descriptor_limit());
	if (fd < 0)
		file_put(file);
	return fd;
}

int add_descriptor_pair(struct file *pair[2], bool close_on_exec, user_addr_t result)
{
	struct fdtable *files = current_process()->files;
	int fds[2];

	/* The table's references; ours say until the end which files these are. */
	file_get(pair[0]);
	file_get(pair[1]);
	int rc = fdtable_add_pair(files, pair, fds, close_on_exec, descriptor_limit());
	bool added = rc == 0;

	if (added)
		rc = copy_to_user(result, fds, sizeof(fds));
	for (int i = 0; i < 2; i++) {
		if (!added)
			file_put(pair[i]);
		else if (rc)
			fdtable_take_back(files, fds[i], pair[i]);
		file_put(pair[i]);
	}
	return rc;
}

/* ---- Paths ---- */

static int copy_text(struct user_path *path, user_addr_t from)
{
	path->text = path->small;
	long length = copy_string_from_user(path->small, from, sizeof(path->small));
	if (length != -ENAMETOOLONG)
		return (int)length;

	path->text = kmalloc(PATH_MAX);
	if (!path->text)
		return -ENOMEM;
	length = copy_string_from_user(path->text, from, PATH_MAX);
	if (length < 0)
		kfree(path->text);
	return (int)length;
}

static void free_text(struct user_path *path)
{
	if (path->text != path->small)
		kfree(path->text);
}

static struct dentry *working_directory(void)
{
	return fs_context_cwd(current_process()->fs);
}

/* `any`: need not be a directory. */
static int dentry_of(int fd, bool any, struct dentry **entry)
{
	int rc = 0;

	if (fd == AT_FDCWD) {
		*entry = working_directory();
		return 0;
	}
	struct file *file = file_or_path_of(fd);
	if (!file)
		return -EBADF;
	if (!any && !S_ISDIR(file->inode->mode)) {
		rc = -ENOTDIR;
	} else {
		*entry = file->dentry;
		dentry_get(*entry);
	}
	file_put(file);
	return rc;
}

int user_path_get(struct user_path *path, int directory, user_addr_t text, unsigned at_flags)
{
	int length = copy_text(path, text);
	int rc;

	if (length < 0)
		return length;
	path->base = NULL;
	if (length == 0 && !(at_flags & AT_EMPTY_PATH))
		rc = -ENOENT;
	else if (path->text[0] == '/')
		return 0;
	else
		rc = dentry_of(directory, length == 0, &path->base);
	if (rc)
		free_text(path);
	return rc;
}

void user_path_put(struct user_path *path)
{
	if (path->base)
		dentry_put(path->base);
	free_text(path);
}

int user_path_lookup(int directory, user_addr_t text, unsigned at_flags, struct dentry **entry)
{
	unsigned flags = at_flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
	struct user_path path;
	int rc = user_path_get(&path, directory, text, at_flags);

	if (rc)
		return rc;
	if (path.text[0]) {
		rc = path_lookup(path.base, path.text, flags, entry);
	} else {
		*entry = path.base;
		dentry_get(*entry);
	}
	user_path_put(&path);
	return rc;
}

/* ---- The rest ---- */

mode_t mode_for_new(mode_t mode)
{
	return mode & 07777 & ~fs_context_umask(current_process()->fs);
}

int timespec_from_user(struct timespec *time, user_addr_t from)
{
	int rc = copy_from_user(time, from, sizeof(*time));

	if (rc)
		return rc;
	if (time->tv_sec < 0 || time->tv_nsec < 0 || time->tv_nsec >= (long)NS_PER_SEC)
		return -EINVAL;
	return 0;
}

uint64_t timespec_to_ns(const struct timespec *time)
{
	uint64_t seconds = (uint64_t)time->tv_sec;

	if (seconds >= TIME_NEVER / NS_PER_SEC)
		return TIME_NEVER;
	return seconds * NS_PER_SEC + (uint64_t)time->tv_nsec;
}

uint64_t deadline_of_realtime(const struct timespec *time)
{
	uint64_t ns = timespec_to_ns(time), base = clock_realtime_base();

	if (ns == TIME_NEVER)
		return ns;
	return ns > base ? ns - base : 0;
}

struct timespec timespec_from_ns(uint64_t ns)
{
	return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_SEC),
				 .tv_nsec = (long)(ns % NS_PER_SEC)};
}

struct timeval timeval_from_ns(uint64_t ns)
{
	return (struct timeval){.tv_sec = (time_t)(ns / NS_PER_SEC),
				.tv_usec = (suseconds_t)(ns % NS_PER_SEC / 1000)};
}

int sigset_from_user(kernel_sigset_t *set, user_addr_t from, size_t bytes)
{
	if (bytes != sizeof(*set))
		return -EINVAL;
	return copy_from_user(set, from, sizeof(*set));
}

/* ---- Buffers ---- */

STATIC_ASSERT(sizeof(struct uio_segment) == 16); /* as struct iovec */

/* Copies the vector in and checks it; what goes beyond TRANSFER_MAX in all is cut off. */
static int copy_vector(struct uio_segment *segments, user_addr_t vector, size_t count)
{
	size_t total = 0;
	int rc = copy_from_user(segments, vector, count * sizeof(*segments));

	if (rc)
		return rc;
	for (size_t i = 0; i < count; i++) {
		struct uio_segment *segment = &segments[i];

		if ((ssize_t)segment->length < 0)
			return -EINVAL;
		if (!user_range_ok(segment->base, segment->length))
			return -EFAULT;
		segment->length = MIN(segment->length, TRANSFER_MAX - total);
		total += segment->length;
	}
	return 0;
}

int user_vector_get(struct user_vector *vector, user_addr_t from, size_t count)
{
	vector->segments = vector->on_stack;
	if (count > ARRAY_SIZE(vector->on_stack))
		vector->segments = kmalloc(count * sizeof(*vector->segments));
	if (!vector->segments)
		return -ENOMEM;
	vector->count = count;
	int rc = copy_vector(vector->segments, from, count);
	if (rc)
		user_vector_put(vector);
	return rc;
}

void user_vector_put(struct user_vector *vector)
{
	if (vector->segments != vector->on_stack)
		kfree(vector->segments);
}

__attribute__((noinline)) void signal_broken_pipe(void)
{
	siginfo_t info;

	siginfo_init(&info, SIGPIPE, SI_USER);
	(void)signal_send_thread(current, &info);
}
