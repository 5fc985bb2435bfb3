/* SPDX-License-Identifier: MIT */
/* Waiting for several descriptors: poll and select, both on ipc/poll.h. */
#include "ipc/poll.h"

#include "lib/abi/poll.h"
#include "mm/slab.h"
#include "syscall/arguments.h"
#include "syscall/syscall.h"

/* ---- Time and mask of the newer calls ---- */

/* The deadline of a relative timeout in user memory; none: TIME_NEVER. */
static int deadline_from_user(uint64_t *deadline, user_addr_t from)
{
	struct timespec timeout;

	*deadline = TIME_NEVER;
	if (!from.raw)
		return 0;
	int rc = timespec_from_user(&timeout, from);
	if (!rc)
		*deadline = deadline_after(timespec_to_ns(&timeout));
	return rc;
}

static int set_mask_from_user(user_addr_t from, size_t bytes)
{
	kernel_sigset_t mask;

	if (!from.raw)
		return 0;
	int rc = sigset_from_user(&mask, from, bytes);
	if (!rc)
		signal_set_temporary_mask(mask);
	return rc;
}

static uint64_t time_left(uint64_t deadline)
{
	uint64_t now = clock_now();

	return deadline > now ? deadline - now : 0;
}

/* Tells the user what is left of a timeout; that it cannot be written is no error, as on Linux. */
static void left_to_user(user_addr_t to, uint64_t deadline)
{
	struct timespec left = timespec_from_ns(time_left(deadline));

	if (to.raw && deadline != TIME_NEVER)
		(void)!copy_to_user(to, &left, sizeof(left));
}

/* The mask comes back now, or, broken off, after the handler. */
static long end_wait(long result)
{
	if (result == -EINTR)
		return -ERESTARTNOHAND;
	signal_end_temporary_mask();
	return result;
}

/* ---- poll ---- */

/* How many are closed: their result is known. */
static size_t open_entries(const struct pollfd *fds, struct poll_entry *entries, size_t count)
{
	size_t closed = 0;

	for (size_t i = 0; i < count; i++) {
		entries[i] = (struct poll_entry){.events = (unsigned short)fds[i].events};
		if (fds[i].fd < 0)
			continue;
		entries[i].file = file_of(fds[i].fd);
		closed += !entries[i].file;
	}
	return closed;
}

static void close_entries(struct poll_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (entries[i].file)
			file_put(entries[i].file);
	}
}

static long poll_files(struct pollfd *fds, struct poll_entry *entries, size_t count,
		       uint64_t deadline)
{
	size_t closed = open_entries(fds, entries, count);
	long rc = poll_wait(entries, count, closed ? 0 : deadline);

	if (rc >= 0) {
		rc += (long)closed;
		for (size_t i = 0; i < count; i++) {
			bool is_closed = fds[i].fd >= 0 && !entries[i].file;
			fds[i].revents = is_closed ? POLLNVAL : (short)entries[i].result;
		}
	}
	close_entries(entries, count);
	return rc;
}

static int results_to_user(user_addr_t to, const struct pollfd *fds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		user_addr_t at =
			user_addr_add(to, i * sizeof(*fds) + offsetof(struct pollfd, revents));
		if (copy_to_user(at, &fds[i].revents, sizeof(fds[i].revents)))
			return -EFAULT;
	}
	return 0;
}

static long do_poll(user_addr_t fds_user, unsigned count, uint64_t deadline)
{
	struct pollfd *fds;
	long rc = -ENOMEM;

	if (count > process_limit(current_process(), RLIMIT_NOFILE))
		return -EINVAL;
	fds = kmalloc(count * (sizeof(*fds) + sizeof(struct poll_entry)) + 1);
	if (!fds)
		return rc;
	rc = copy_from_user(fds, fds_user, count * sizeof(*fds));
	if (!rc)
		rc = poll_files(fds, (struct poll_entry *)(fds + count), count, deadline);
	if (rc >= 0 && results_to_user(fds_user, fds, count))
		rc = -EFAULT;
	kfree(fds);
	return rc;
}

SYSCALL3(sys_poll, user_addr_t, fds, unsigned, count, int, timeout_ms)
{
	uint64_t deadline = TIME_NEVER;

	if (timeout_ms >= 0)
		deadline = signal_deadline(deadline_after((uint64_t)timeout_ms * NS_PER_MS));
	else
		deadline = signal_deadline(TIME_NEVER);
	long rc = do_poll(fds, count, deadline);
	return rc == -EINTR ? signal_restart_until(frame, deadline) : rc;
}

SYSCALL5(sys_ppoll, user_addr_t, fds, unsigned, count, user_addr_t, timeout, user_addr_t, mask,
	 size_t, mask_bytes)
{
	uint64_t deadline;
	int rc = deadline_from_user(&deadline, timeout);

	if (!rc)
		rc = set_mask_from_user(mask, mask_bytes);
	if (rc)
		return rc;
	long result = do_poll(fds, count, deadline);
	left_to_user(timeout, deadline);
	return end_wait(result);
}

/* ---- select ---- */

enum { SET_READ, SET_WRITE, SET_EXCEPT, SET_COUNT };

static const unsigned set_events[SET_COUNT] = {
	[SET_READ] = POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR,
	[SET_WRITE] = POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR,
	[SET_EXCEPT] = POLLPRI,
};

struct select_sets {
	size_t bytes;   /* of one set */
	unsigned count; /* of descriptors that the sets speak of */
	unsigned char
		*bits[SET_COUNT]; /* in one piece of memory; what a user leaves out is empty */
};

static bool set_has(const struct select_sets *sets, int set, unsigned fd)
{
	return sets->bits[set][fd / 8] >> fd % 8 & 1;
}

static void set_drop(struct select_sets *sets, int set, unsigned fd)
{
	sets->bits[set][fd / 8] &= (unsigned char)~(1U << fd % 8);
}

static unsigned events_of(const struct select_sets *sets, unsigned fd)
{
	unsigned events = 0;

	for (int set = 0; set < SET_COUNT; set++)
		events |= set_has(sets, set, fd) ? set_events[set] : 0;
	return events;
}

static int sets_from_user(struct select_sets *sets, int count, const user_addr_t from[SET_COUNT])
{
	if (count < 0)
		return -EINVAL;
	sets->count =
		(unsigned)MIN((uint64_t)count, process_limit(current_process(), RLIMIT_NOFILE));
	sets->bytes = ALIGN_UP(sets->count, 64U) / 8;
	sets->bits[0] = kzalloc(SET_COUNT * sets->bytes + 1);
	if (!sets->bits[0])
		return -ENOMEM;
	for (int set = 0; set < SET_COUNT; set++) {
		sets->bits[set] = sets->bits[0] + (size_t)set * sets->bytes;
		if (from[set].raw && copy_from_user(sets->bits[set], from[set], sets->bytes)) {
			kfree(sets->bits[0]);
			return -EFAULT;
		}
		/* What the last word holds besides never comes true. */
		for (unsigned fd = sets->count; fd < sets->bytes * 8; fd++)
			set_drop(sets, set, fd);
	}
	return 0;
}

static int sets_to_user(const struct select_sets *sets, const user_addr_t to[SET_COUNT])
{
	for (int set = 0; set < SET_COUNT; set++) {
		if (to[set].raw && copy_to_user(to[set], sets->bits[set], sets->bytes))
			return -EFAULT;
	}
	return 0;
}

/* Leaves in the sets what came true; how many bits that are. */
static long keep_results(struct select_sets *sets, const struct poll_entry *entries)
{
	long count = 0;
	size_t next = 0;

	for (unsigned fd = 0; fd < sets->count; fd++) {
		if (!events_of(sets, fd))
			continue;
		unsigned result = entries[next++].result;
		for (int set = 0; set < SET_COUNT; set++) {
			if (!set_has(sets, set, fd))
				continue;
			if (result & set_events[set])
				count++;
			else
				set_drop(sets, set, fd);
		}
	}
	return count;
}

/* An entry for each descriptor that is in any set. -EBADF: one is not open. */
static int open_selected(const struct select_sets *sets, struct poll_entry *entries, size_t *opened)
{
	for (unsigned fd = 0; fd < sets->count; fd++) {
		unsigned events = events_of(sets, fd);

		if (!events)
			continue;
		entries[*opened] = (struct poll_entry){.file = file_of((int)fd), .events = events};
		if (!entries[*opened].file)
			return -EBADF;
		++*opened;
	}
	return 0;
}

static size_t count_selected(const struct select_sets *sets)
{
	size_t count = 0;

	for (unsigned fd = 0; fd < sets->count; fd++)
		count += events_of(sets, fd) != 0;
	return count;
}

static long select_files(struct select_sets *sets, uint64_t deadline)
{
	size_t opened = 0;
	struct poll_entry *entries = kmalloc(count_selected(sets) * sizeof(*entries) + 1);

	if (!entries)
		return -ENOMEM;
	long rc = open_selected(sets, entries, &opened);
	if (!rc)
		rc = poll_wait(entries, opened, deadline);
	close_entries(entries, opened);
	if (rc >= 0)
		rc = keep_results(sets, entries);
	kfree(entries);
	return rc;
}

static long do_select(int count, const user_addr_t users[SET_COUNT], uint64_t deadline)
{
	struct select_sets sets;
	long rc = sets_from_user(&sets, count, users);

	if (rc)
		return rc;
	rc = select_files(&sets, deadline);
	if (rc >= 0 && sets_to_user(&sets, users))
		rc = -EFAULT;
	kfree(sets.bits[0]);
	return rc;
}

SYSCALL5(sys_select, int, count, user_addr_t, reads, user_addr_t, writes, user_addr_t, excepts,
	 user_addr_t, timeout_user)
{
	uint64_t deadline = TIME_NEVER;
	struct timeval timeout;

	if (timeout_user.raw) {
		if (copy_from_user(&timeout, timeout_user, sizeof(timeout)))
			return -EFAULT;
		if (timeout.tv_sec < 0 || timeout.tv_usec < 0)
			return -EINVAL;
		struct timespec span = {timeout.tv_sec + timeout.tv_usec / 1000000,
					timeout.tv_usec % 1000000 * 1000};
		deadline = deadline_after(timespec_to_ns(&span));
	}
	long rc = do_select(count, (user_addr_t[]){reads, writes, excepts}, deadline);
	if (timeout_user.raw && deadline != TIME_NEVER) {
		timeout = timeval_from_ns(time_left(deadline));
		(void)!copy_to_user(timeout_user, &timeout, sizeof(timeout));
	}
	return end_wait(rc);
}

SYSCALL6(sys_pselect6, int, count, user_addr_t, reads, user_addr_t, writes, user_addr_t, excepts,
	 user_addr_t, timeout, user_addr_t, mask_user)
{
	struct {
		user_addr_t set;
		size_t bytes;
	} mask = {{0}, 0};
	uint64_t deadline;

	if (mask_user.raw && copy_from_user(&mask, mask_user, sizeof(mask)))
		return -EFAULT;
	int rc = deadline_from_user(&deadline, timeout);
	if (!rc)
		rc = set_mask_from_user(mask.set, mask.bytes);
	if (rc)
		return rc;
	long result = do_select(count, (user_addr_t[]){reads, writes, excepts}, deadline);
	left_to_user(timeout, deadline);
	return end_wait(result);
}
