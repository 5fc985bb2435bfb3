/* SPDX-License-Identifier: MIT */
/* The files of /proc that speak of the whole machine, as Linux writes them. */
#include "arch/clock.h"
#include "arch/cpu.h"
#include "arch/smp.h"
#include "base/boot_info.h"
#include "base/printk.h"
#include "lib/abi/errno.h"
#include "lib/string.h"
#include "mm/kstack.h"
#include "mm/slab.h"
#include "proc/procfs_entry.h"
#include "proc/settle.h"
#include "sched/sched.h"

#define NS_PER_TICK (NS_PER_SEC / 100)
#define KIB(pages)  ((pages) * (PAGE_SIZE / 1024))

static int show_uptime(struct proc_text *text, const struct proc_subject *subject)
{
	uint64_t now = clock_now() / NS_PER_TICK, idle = 0;
	struct sched_counts counts;

	for (unsigned id = 0; id < cpu_count(); id++) {
		sched_cpu_counts(id, &counts);
		idle += counts.idle_ns;
	}
	idle /= NS_PER_TICK;
	proc_print(text, "%lu.%02lu %lu.%02lu\n", now / 100, now % 100, idle / 100, idle % 100);
	return 0;
}

static int show_loadavg(struct proc_text *text, const struct proc_subject *subject)
{
	struct sched_counts counts;
	unsigned runnable = 0;

	for (unsigned id = 0; id < cpu_count(); id++) {
		sched_cpu_counts(id, &counts);
		runnable += counts.runnable;
	}
	for (unsigned i = 0; i < 3; i++) {
		uint64_t load = sched_load_average(i); /* 11 bits of fraction */
		proc_print(text, "%lu.%02lu ", load >> 11, (load & 2047) * 100 >> 11);
	}
	proc_print(text, "%u/%zu %d\n", runnable, thread_count(), current_process()->pid);
	return 0;
}

static int show_meminfo(struct proc_text *text, const struct proc_subject *subject)
{
	struct frame_counts frames;

	frame_counts(&frames);
	proc_print(text, "MemTotal:       %8zu kB\n", KIB(frames.total));
	proc_print(text, "MemFree:        %8zu kB\n", KIB(frames.free));
	proc_print(text, "MemAvailable:   %8zu kB\n", KIB(frames.free));
	proc_print(text, "Buffers:        %8d kB\n", 0);
	proc_print(text, "Cached:         %8d kB\n", 0);
	proc_print(text, "SwapTotal:      %8d kB\n", 0);
	proc_print(text, "SwapFree:       %8d kB\n", 0);
	return 0;
}

/* The time of user code and of the kernel's are not told apart for a CPU: all that is not idle is
 * "user". */
static void print_cpu(struct proc_text *text, uint64_t busy, uint64_t idle)
{
	proc_print(text, " %lu 0 0 %lu 0 0 0 0 0 0\n", busy / NS_PER_TICK, idle / NS_PER_TICK);
}

static int show_stat(struct proc_text *text, const struct proc_subject *subject)
{
	uint64_t now = clock_now(), idle = 0, switches = 0;
	struct sched_counts counts[MAX_CPUS];
	unsigned runnable = 0, count = cpu_count();

	for (unsigned id = 0; id < count; id++) {
		sched_cpu_counts(id, &counts[id]);
		counts[id].idle_ns = MIN(counts[id].idle_ns, now);
		idle += counts[id].idle_ns;
		switches += counts[id].switches;
		runnable += counts[id].runnable;
	}
	proc_print(text, "cpu ");
	print_cpu(text, count * now - idle, idle);
	for (unsigned id = 0; id < count; id++) {
		proc_print(text, "cpu%u", id);
		print_cpu(text, now - counts[id].idle_ns, counts[id].idle_ns);
	}
	proc_print(text, "ctxt %lu\nbtime %lu\n", switches, clock_realtime_base() / NS_PER_SEC);
	proc_print(text, "processes %lu\n", process_total());
	proc_print(text, "procs_running %u\nprocs_blocked 0\n", runnable);
	return 0;
}

static int show_version(struct proc_text *text, const struct proc_subject *subject)
{
	proc_print(text, "Tarae version 6.1.0-tarae (%s) #1 SMP PREEMPT\n", __VERSION__);
	return 0;
}

static int show_cpuinfo(struct proc_text *text, const struct proc_subject *subject)
{
	uint64_t khz = clock_tsc_hz() / 1000;

	for (unsigned id = 0; id < cpu_count(); id++) {
		struct cpu_topology place;

		cpu_topology(id, &place);
		proc_print(text, "processor\t: %u\nvendor_id\t: %s\nmodel name\t: %s\n", id,
			   cpu_vendor(), cpu_model_name());
		proc_print(text, "cpu MHz\t\t: %lu.%03lu\nphysical id\t: %u\n", khz / 1000,
			   khz % 1000, place.package);
		proc_print(text, "core id\t\t: %u\napicid\t\t: %u\nsiblings\t: %u\n\n", place.core,
			   cpu_by_id(id)->apic_id, cpu_count());
	}
	return 0;
}

static int show_mounts(struct proc_text *text, const struct proc_subject *subject)
{
	proc_print(text, "tmpfs / tmpfs rw 0 0\nproc /proc proc rw 0 0\n");
	return 0;
}

static int show_filesystems(struct proc_text *text, const struct proc_subject *subject)
{
	proc_print(text, "nodev\ttmpfs\nnodev\tproc\n");
	return 0;
}

/* All words but the nonce, which only the host and the kernel may know. */
static int show_cmdline(struct proc_text *text, const struct proc_subject *subject)
{
	static const char secret[] = "nonce=";
	const char *line = boot_info.command_line, *nonce = line;

	while ((nonce = strstr(nonce, secret)) && nonce != line && nonce[-1] != ' ')
		nonce++;
	if (nonce) {
		const char *after = strchrnul(nonce, ' ');
		proc_write(text, line, (size_t)(nonce - line));
		line = *after ? after + 1 : after;
	}
	proc_print(text, "%s\n", line);
	return 0;
}

#define KMSG_BYTES (64UL << 10)

static int show_kmsg(struct proc_text *text, const struct proc_subject *subject)
{
	char *buffer = kmalloc(KMSG_BYTES);

	if (!buffer)
		return -ENOMEM;
	proc_write(text, buffer, printk_read_ring(buffer, KMSG_BYTES));
	kfree(buffer);
	return 0;
}

/* For leak checks: what is only cached is given back first, so that equal figures mean that nothing
 * leaked. */
static int show_counts(struct proc_text *text, const struct proc_subject *subject)
{
	kernel_settle();
	proc_print(text, "frames_free %zu\nslab_objects %zu\n", settled_frames(), slab_objects());
	proc_print(text, "processes %zu\nthreads %zu\nfiles %zu\n", process_count(), thread_count(),
		   file_count());
	return 0;
}

static int read_self(char *buffer, size_t size)
{
	int length = snprintf(buffer, size, "%d", current_process()->pid);

	return MIN(length, (int)size);
}

static int read_thread_self(char *buffer, size_t size)
{
	int length = snprintf(buffer, size, "%d/task/%d", current_process()->pid, current->tid);

	return MIN(length, (int)size);
}

#define FILE(entry_name)                                                               \
	{                                                                              \
		.name = #entry_name, .mode = S_IFREG | 0444, .show = show_##entry_name \
	}

const struct proc_entry proc_system_entries[] = {
	FILE(cmdline),
	FILE(counts),
	FILE(cpuinfo),
	FILE(filesystems),
	FILE(kmsg),
	FILE(loadavg),
	FILE(meminfo),
	FILE(mounts),
	{.name = "self", .mode = S_IFLNK | 0777, .read_link = read_self},
	FILE(stat),
	{.name = "thread-self", .mode = S_IFLNK | 0777, .read_link = read_thread_self},
	FILE(uptime),
	FILE(version),
};
const size_t proc_system_count = ARRAY_SIZE(proc_system_entries);
