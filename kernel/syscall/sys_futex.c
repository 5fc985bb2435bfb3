/* SPDX-License-Identifier: MIT */
/* futex(2) and the robust lists. */
#include "lib/abi/futex.h"

#include "lib/limits.h"
#include "proc/futex.h"
#include "syscall/arguments.h"
#include "syscall/syscall.h"

struct futex_call {
	user_addr_t address;
	int operation;
	uint32_t value;
	user_addr_t timeout; /* of waits; of others a number */
	user_addr_t second;
	uint32_t third;
};

static bool is_shared(const struct futex_call *call)
{
	return !(call->operation & FUTEX_PRIVATE_FLAG);
}

/* FUTEX_WAIT counts from now, FUTEX_WAIT_BITSET has a point in time. */
static int wait_deadline(const struct futex_call *call, bool relative, uint64_t *deadline)
{
	struct timespec time;

	*deadline = TIME_NEVER;
	if (!call->timeout.raw)
		return 0;
	int rc = timespec_from_user(&time, call->timeout);
	if (rc)
		return rc;
	if (relative)
		*deadline = deadline_after(timespec_to_ns(&time));
	else if (call->operation & FUTEX_CLOCK_REALTIME)
		*deadline = deadline_of_realtime(&time);
	else
		*deadline = timespec_to_ns(&time);
	if (*deadline != TIME_NEVER)
		*deadline = signal_deadline(*deadline);
	return 0;
}

static long do_wait(struct trap_frame *frame, const struct futex_call *call, bool relative,
		    uint32_t bitset)
{
	uint64_t deadline;
	long rc = wait_deadline(call, relative, &deadline);

	if (rc)
		return rc;
	rc = futex_wait(call->address, is_shared(call), call->value, bitset, deadline);
	if (rc != -EINTR)
		return rc;
	/* One with a deadline is never made again after a handler, whatever its SA_RESTART says. */
	return deadline != TIME_NEVER ? signal_restart_until(frame, deadline) : -ERESTARTSYS;
}

static long do_requeue(const struct futex_call *call, const uint32_t *compare)
{
	int wake = (int)call->value, move = (int)call->timeout.raw;

	if (wake < 0 || move < 0)
		return -EINVAL;
	return futex_requeue(call->address, call->second, is_shared(call), (unsigned)wake,
			     (unsigned)move, compare);
}

/* Linux wakes one even when asked for none. */
static unsigned at_least_one(uint32_t value)
{
	int count = (int)value;

	return count > 0 ? (unsigned)count : 1;
}

static long do_wake(const struct futex_call *call, uint32_t bitset)
{
	return futex_wake(call->address, is_shared(call), at_least_one(call->value), bitset);
}

static long do_wake_op(const struct futex_call *call)
{
	return futex_wake_op(call->address, call->second, is_shared(call),
			     at_least_one(call->value), at_least_one((uint32_t)call->timeout.raw),
			     call->third);
}

SYSCALL6(sys_futex, user_addr_t, address, int, operation, uint32_t, value, user_addr_t, timeout,
	 user_addr_t, second, uint32_t, third)
{
	struct futex_call call = {address, operation, value, timeout, second, third};
	int command = operation & FUTEX_CMD_MASK;

	if ((operation & FUTEX_CLOCK_REALTIME) && command != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	switch (command) {
	case FUTEX_WAIT:
		return do_wait(frame, &call, true, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAIT_BITSET:
		return third ? do_wait(frame, &call, false, third) : -EINVAL;
	case FUTEX_WAKE:
		return do_wake(&call, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return third ? do_wake(&call, third) : -EINVAL;
	case FUTEX_REQUEUE:
		return do_requeue(&call, NULL);
	case FUTEX_CMP_REQUEUE:
		return do_requeue(&call, &third);
	case FUTEX_WAKE_OP:
		return do_wake_op(&call);
	default:
		return -ENOSYS;
	}
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
