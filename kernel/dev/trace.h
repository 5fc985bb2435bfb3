/* SPDX-License-Identifier: MIT */
/*
 * /dev/trace. Reading it gives the events of before its opening as text (base/trace.h), one a
 * line, the oldest first, after a line `# tracing on|off, N events a CPU`; where events are
 * missing there is a line `# lost N`. Writing `on` or `off` does that.
 *
 * Boot options: trace=on turns it on once all CPUs run; trace_events=N is the size of the rings.
 */
#ifndef DEV_TRACE_H
#define DEV_TRACE_H

void trace_device_init(void); /* boot, thread context; all CPUs are started */

#endif
