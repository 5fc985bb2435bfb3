/* SPDX-License-Identifier: MIT */
/* Time: the TSC, calibrated against PIT or HPET, and one one-shot LAPIC timer per CPU. */
#ifndef ARCH_CLOCK_H
#define ARCH_CLOCK_H

#include "arch/types.h"

#define NS_PER_SEC 1000000000UL
#define NS_PER_MS  1000000UL
#define TIME_NEVER UINT64_MAX

void clock_init(void);              /* boot CPU: calibrates, reads the RTC */
uint64_t clock_now(void);           /* ns since boot, monotonic on every CPU; any context */
uint64_t clock_realtime_base(void); /* ns of the epoch at boot: realtime = base + now */
/* That much later than now; TIME_NEVER when it does not fit. */
static inline uint64_t deadline_after(uint64_t ns)
{
	uint64_t now = clock_now();

	return ns > TIME_NEVER - now ? TIME_NEVER : now + ns;
}
uint64_t clock_tsc_hz(void);
uint64_t clock_first_tick(void); /* the TSC at the kernel's first instruction */
const char *clock_source(void);  /* "TSC, calibrated against HPET" */

/* Arms this CPU's timer for `deadline` (ns since boot; past: at once; TIME_NEVER: off). Interrupts
 * off. */
void timer_arm(uint64_t deadline);

/* Spins; boot only. */
void clock_delay_us(unsigned microseconds);

#endif
