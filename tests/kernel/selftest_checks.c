/* SPDX-License-Identifier: MIT */
/*
 * Mistakes that a checked kernel must stop at, with a message that names them:
 * tests/boot/checks.py makes each of them and reads the page. Being called selftest_*, they run
 * only when asked for by name.
 */
#include "arch/clock.h"
#include "arch/layout.h"
#include "arch/pagetable.h"
#include "base/assert.h"
#include "base/ktest.h"
#include "base/spinlock.h"
#include "mm/frame.h"
#include "sched/sched.h"
#include "sched/timeout.h"
#include "sync/kthread.h"
#include "sync/mutex.h"

static struct spinlock low = SPINLOCK_INIT("low", RANK_PROCESS);
static struct spinlock high = SPINLOCK_INIT("high", RANK_WAITQ);

KTEST(selftest_spin_twice)
{
	spin_lock(&low);
	spin_lock(&low);
}

KTEST(selftest_spin_rank)
{
	spin_lock(&high);
	spin_lock(&low);
}

KTEST(selftest_spin_not_held)
{
	spin_unlock(&low);
}

KTEST(selftest_spin_unlock_twice)
{
	spin_lock(&low);
	spin_unlock(&low);
	spin_unlock(&low);
}

static void take_low(void *unused)
{
	(void)unused;
	spin_lock(&low);
	for (;;)
		cpu_relax();
}

/* Needs two CPUs. */
KTEST(selftest_spin_foreign)
{
	sched_set_affinity(current, 1);
	kthread_run_on(1, "owner", take_low, NULL);
	while (!low.held)
		cpu_relax();
	spin_unlock(&low);
}

/* The owner goes on taking timer interrupts; so does whoever waits, on another CPU. */
KTEST(selftest_spin_stuck)
{
	sched_set_affinity(current, 1);
	kthread_run_on(1, "owner", take_low, NULL);
	while (!low.held)
		cpu_relax();
	spin_lock(&low);
}

KTEST(selftest_sleep_with_spinlock)
{
	spin_lock(&low);
	KTEST_EQUAL(sleep_until(clock_now() + NS_PER_MS, WAIT_UNINTERRUPTIBLE, "test"), 0);
}

static void lock_in_handler(struct timeout *timeout)
{
	(void)timeout;
	spin_lock_irqs_off(&low);
	spin_unlock_irqs_off(&low);
}

KTEST(selftest_spin_in_handler)
{
	static struct timeout timeout;

	spin_lock(&low); /* with interrupts on */
	spin_unlock(&low);
	timeout_init(&timeout, lock_in_handler);
	timeout_arm(&timeout, clock_now() + NS_PER_MS);
	KTEST_EQUAL(sleep_until(clock_now() + 10 * NS_PER_MS, WAIT_UNINTERRUPTIBLE, "test"), 0);
}

/* Not a tail call, and of a size that does not step over the guard page. */
static int recurse(volatile int *above)
{
	volatile int here[64];

	here[0] = *above + 1;
	if (here[0] < 0)
		return 0;
	return recurse(here) + here[1];
}

KTEST(selftest_stack_overflow)
{
	volatile int start = 0;

	recurse(&start);
}

KTEST(selftest_panic_with_mutex)
{
	static struct mutex precious;

	mutex_init(&precious, "precious", RANK_TEST_OUTER);
	mutex_lock(&precious);
	panic("with a mutex held");
}

/* ---- what the watchdog must find ---- */

static void wait_for_turn(void *unused)
{
	(void)unused;
}

/* Another thread waits for CPU `id`, and only for that. */
static void queue_thread_on(unsigned id)
{
	KTEST_CHECK(kthread_run_on(id, "waiting", wait_for_turn, NULL) != NULL);
}

KTEST(selftest_watchdog_preemption_off)
{
	sched_set_affinity(current, 1);
	preempt_disable();
	queue_thread_on(0);
	for (;;)
		cpu_relax();
}

static void hang_deaf(void *unused)
{
	(void)unused;
	irq_disable();
	for (;;)
		cpu_relax();
}

/* Needs two CPUs. */
KTEST(selftest_watchdog_interrupts_off)
{
	sched_set_affinity(current, 1);
	KTEST_CHECK(kthread_run_on(1, "deaf", hang_deaf, NULL) != NULL);
	queue_thread_on(1);
	for (;;)
		cpu_relax();
}

/* selftest_stack.asm */
void lose_stack(void);

KTEST(selftest_double_fault)
{
	lose_stack();
}

/* An address with the pattern of freed memory is none that the CPU can have. */
KTEST(selftest_protection)
{
	const int *field = (const int *)0x6b6b6b6b6b6b6b6b;

	__asm__ volatile("" : "+r"(field));
	KTEST_EQUAL(*field, 0);
}

/* selftest_last_call.asm */
void selftest_calls_last(void);

void selftest_no_return(void);

void selftest_no_return(void)
{
	panic("nobody comes back");
}

KTEST(selftest_last_call)
{
	selftest_calls_last();
}

static void bad_report(void)
{
	panic("the reporter is broken too");
}

static void good_report(void)
{
	panic("and the second");
}

KTEST(selftest_panic_in_panic)
{
	static struct panic_reporter bad = {.title = "Broken", .report = bad_report};
	static struct panic_reporter good = {.title = "Also broken", .report = good_report};

	panic_add_reporter(&bad);
	panic_add_reporter(&good);
	panic("the first");
}

KTEST(selftest_null)
{
	static int *volatile nowhere = (int *)8;

	*nowhere = 1;
}

/* ---- what the MMU must refuse the kernel ---- */

#define USER_PAGE 0x10000000UL

/* A page of user memory, loaded, that begins with a RET. */
static void map_user_page(void)
{
	static struct page_table table;
	struct frame *frame = frame_alloc(0, FRAME_ZERO);

	KTEST_CHECK(frame != NULL);
	*(unsigned char *)frame_vaddr(frame) = 0xc3;
	KTEST_EQUAL(pagetable_create(&table), 0);
	KTEST_EQUAL(pagetable_map(&table, USER_PAGE, frame_paddr(frame),
				  PAGE_USER | PAGE_READ | PAGE_WRITE | PAGE_EXEC),
		    0);
	sched_set_page_table(&table);
}

KTEST(selftest_smap)
{
	map_user_page();
	(void)*(volatile int *)USER_PAGE;
}

KTEST(selftest_smep)
{
	map_user_page();
	((void (*)(void))USER_PAGE)();
	ktest_fail(__FILE__, __LINE__, "came back");
}

KTEST(selftest_write_text)
{
	*(volatile char *)(vaddr_t)clock_now = 0;
}

KTEST(selftest_write_text_direct)
{
	*(volatile char *)phys_to_virt((vaddr_t)clock_now - KERNEL_IMAGE_BASE) = 0;
}

KTEST(selftest_execute_data)
{
	static volatile unsigned char ret = 0xc3;

	((void (*)(void))(vaddr_t)&ret)();
	ktest_fail(__FILE__, __LINE__, "came back");
}
