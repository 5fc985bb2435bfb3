/* SPDX-License-Identifier: MIT */
/*
 * The order of initialisation, and nothing else. Each step may use what stands above it.
 *
 * It runs on the boot CPU, on the boot stack, and ends as that CPU's idle thread.
 */
#include "arch/clock.h"
#include "arch/cpu.h"
#include "arch/fpu.h"
#include "arch/pagetable.h"
#include "arch/smp.h"
#include "arch/upcall.h"
#include "base/boot_info.h"
#include "base/ktest.h"
#include "base/printk.h"
#include "base/random.h"
#include "dev/devfs.h"
#include "dev/serial.h"
#include "dev/trace.h"
#include "dev/tty.h"
#include "dev/tty_session.h"
#include "fs/vfs.h"
#include "ipc/mqueue.h"
#include "ipc/pipe.h"
#include "ipc/socket.h"
#include "mm/frame.h"
#include "mm/kstack.h"
#include "mm/slab.h"
#include "proc/futex.h"
#include "proc/memory_log.h"
#include "proc/process.h"
#include "proc/procfs.h"
#include "proc/settle.h"
#include "proc/signal.h"
#include "sched/sched.h"
#include "sync/kthread.h"
#include "sync/lock_report.h"
#include "vm/aspace.h"

/* What the machine has. One line each, so that the prompt is still on the first screen. */
static void print_machine(void)
{
	struct frame_counts frames;

	frame_counts(&frames);
	printk("Tarae, loaded by %s\n", boot_info.loader);
	printk("memory  %zu MiB, %zu MiB free\n", frames.total * PAGE_SIZE >> 20,
	       frames.free * PAGE_SIZE >> 20);
	printk("cpus    %u x %s\n", cpu_count(), cpu_model_name());
	printk("clock   %s, %lu MHz\n", clock_source(), clock_tsc_hz() / 1000000);
}

static void init_memory(void)
{
	pagetable_init_kernel();
	frame_init();
	slab_init();
	kstack_init();
	memobj_init();
	aspace_init();
}

static void init_threads(void)
{
	sched_init();
	thread_init();
	lock_report_init();
	process_init();
	sched_adopt_boot_thread(&kernel_process);
	signal_init();
	futex_init();
	memory_log_init();
}

static void init_files(void)
{
	vfs_init();
	pipe_init();
	socket_init();
	mqueue_init();
	initrd_unpack();
	devfs_init();
	tty_init();
	tty_session_init();
	procfs_init();
}

static vaddr_t stack_top_of(struct thread *thread)
{
	return thread->stack_top;
}

/* ---- in-kernel tests ---- */

static void call(void *function)
{
	((void (*)(void))function)();
}

static void run_in_thread(void (*function)(void))
{
	struct kthread *thread = kthread_run("ktest", call, (void *)function);

	if (!thread)
		panic("no memory for a test's thread");
	kthread_join(thread);
}

static void run_tests(void *unused)
{
	(void)unused;
	ktest_set_runner(run_in_thread, kernel_settle);
	ktest_add_count("free frames", settled_frames);
	ktest_add_count("slab objects", slab_objects);
	ktest_add_count("threads", thread_count);
	ktest_add_count("processes", process_count);
	ktest_add_count("open files", file_count);
	ktest_run_all();
}

_Noreturn void kernel_main(void)
{
	char pattern[8];

	cpu_init_boot();
	init_memory();
	serial_init();
	interrupts_init();
	clock_init();
	random_init();
	init_threads();
	irq_enable();
	report("boot %lu", clock_first_tick()); /* `make bench` counts from there */
	init_files();
	smp_start(sched_make_idle, stack_top_of);
	sched_load_init();
	trace_device_init();
	print_machine();
	boot_options_check();

	if (boot_option("ktest", pattern, sizeof(pattern))) {
		if (!kthread_run("ktest", run_tests, NULL))
			panic("no memory for the test thread");
	} else {
		process_start_init();
	}
	printk("boot    took %lu ms\n", clock_now() / NS_PER_MS);
	sched_idle();
}
