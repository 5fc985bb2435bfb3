/* SPDX-License-Identifier: MIT */
/* futex(2) and the robust lists. */
#include "lib/abi/futex.h"

#include "arch/rare.h"
#include "lib/limits.h"
#include "proc/futex.h"
#include "syscall/arguments.h"
#include "syscall/syscall.h"

/* FUTEX_WAIT counts from now, FUTEX_WAIT_BITSET has a point in time. */
static int wait_deadline(user_addr_t timeout, int operation, uint64_t *deadline)
{
	struct timespec time;
	int rc = timespec_from_user(&time, timeout);

	if (rc)
		return rc;
	if ((operation & FUTEX_CMD_MASK) == FUTEX_WAIT)
		*deadline = deadline_after(timespec_to_ns(&time));
	else if (operation & FUTEX_CLOCK_REALTIME)
		*deadline = deadline_of_realtime(&time);
	else
		*deadline = timespec_to_ns(&time);
	if (*deadline != TIME_NEVER)
		*deadline = signal_deadline(*deadline);
	return 0;
}

static long wait_until(struct trap_frame *frame, user_addr_t address, int operation, uint32_t value,
		       user_addr_t timeout, uint32_t bitset)
{
	uint64_t deadline;
	int rc = wait_deadline(timeout, operation, &deadline);

	if (rc)
		return rc;
	rc = futex_wait(address, !(operation & FUTEX_PRIVATE_FLAG), value, bitset, deadline);
	/* It is never made again after a handler, whatever its SA_RESTART says. */
	return rc == -EINTR ? signal_restart_until(frame, deadline) : rc;
}

static long do_requeue(user_addr_t from, user_addr_t to, bool shared, int wake, int move,
		       const uint32_t *compare)
{
	if (wake < 0 || move < 0)
		return -EINVAL;
	return futex_requeue(from, to, shared, (unsigned)wake, (unsigned)move, compare);
}

/* Linux wakes one even when asked for none. */
static unsigned at_least_one(uint32_t value)
{
	int count = (int)value;

	return count > 0 ? (unsigned)count : 1;
}

/* sys_futex() jumps to one of three functions. Each fetches the arguments that it has, and saves no
 * registers for another's sake: 50 instructions of a round trip. */

static HOT __attribute__((noinline)) syscall_function futex_wake_any;
static __attribute__((noinline)) syscall_function futex_seldom;

SYSCALL3(futex_wake_any, user_addr_t, address, int, operation, uint32_t, value)
{
	return futex_wake(address, !(operation & FUTEX_PRIVATE_FLAG), at_least_one(value),
			  FUTEX_BITSET_MATCH_ANY);
}

static HOT __attribute__((noinline)) long futex_wait_without_end(struct trap_frame *frame,
								 uint32_t bitset)
{
	return restartable(futex_wait(user_addr(frame->rdi), !(frame->rsi & FUTEX_PRIVATE_FLAG),
				      (uint32_t)frame->rdx, bitset, TIME_NEVER));
}

/* Waits with a deadline, bit sets and what takes two addresses. */
SYSCALL6(futex_seldom, user_addr_t, address, int, operation, uint32_t, value, user_addr_t, timeout,
	 user_addr_t, second, uint32_t, third)
{
	int command = operation & FUTEX_CMD_MASK;
	bool shared = !(operation & FUTEX_PRIVATE_FLAG);
	uint32_t number = (uint32_t)timeout.raw; /* unless it is a wait */

	if ((operation & FUTEX_CLOCK_REALTIME) && command != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	if ((command == FUTEX_WAIT_BITSET || command == FUTEX_WAKE_BITSET) && !third)
		return -EINVAL;
	switch (command) {
	case FUTEX_WAIT:
		third = FUTEX_BITSET_MATCH_ANY;
		/* fall through */
	case FUTEX_WAIT_BITSET:
		return wait_until(frame, address, operation, value, timeout, third);
	case FUTEX_WAKE_BITSET:
		return futex_wake(address, shared, at_least_one(value), third);
	case FUTEX_REQUEUE:
		return do_requeue(address, second, shared, (int)value, (int)number, NULL);
	case FUTEX_CMP_REQUEUE:
		return do_requeue(address, second, shared, (int)value, (int)number, &third);
	case FUTEX_WAKE_OP:
		return futex_wake_op(address, second, shared, at_least_one(value),
				     at_least_one(number), third);
	default:
		return -ENOSYS;
	}
}

SYSCALL6(sys_futex, user_addr_t, address, int, operation, uint32_t, value, user_addr_t, timeout,
	 user_addr_t, second, uint32_t, third)
{
	switch (operation & ~FUTEX_PRIVATE_FLAG) {
	case FUTEX_WAKE:
		return futex_wake_any(frame);
	case FUTEX_WAIT:
		third = FUTEX_BITSET_MATCH_ANY;
		/* fall through */
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME:
		if (!timeout.raw && third)
			return futex_wait_without_end(frame, third);
	}
	return futex_seldom(frame);
}

SYSCALL2(sys_set_robust_list, user_addr_t, head, size_t, bytes)
{
	if (bytes != sizeof(struct robust_list_head))
		return -EINVAL;
	current->robust_list = head;
	return 0;
}

SYSCALL3(sys_get_robust_list, int, tid, user_addr_t, head_to, user_addr_t, bytes_to)
{
	struct thread *thread = tid ? thread_find(tid) : current;
	size_t bytes = sizeof(struct robust_list_head);

	if (!thread)
		return -ESRCH;
	uint64_t head = thread->robust_list.raw;
	if (tid)
		thread_put(thread);
	if (copy_to_user(bytes_to, &bytes, sizeof(bytes)))
		return -EFAULT;
	return copy_to_user(head_to, &head, sizeof(head));
}
