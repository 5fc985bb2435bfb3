/* SPDX-License-Identifier: MIT */
/*
 * Time is the TSC, scaled; interrupts come from the LAPIC's one-shot timer. Nothing says how fast
 * either runs, so at boot both are compared with a counter of known speed: the HPET, or the PIT
 * where there is none.
 *
 * The comparison is repeated over windows of doubling length until two agree, so it is short where
 * time is exact (QEMU's -icount, where the TSC counts executed instructions) and longer where the
 * host interferes. Every reading is the tightest of several: what happens between the two counters
 * is its error.
 *
 * The TSC is taken to run alike on all CPUs: an invariant TSC on hardware, one source in QEMU.
 */
#include "arch/clock.h"

#include "arch/boot.h"
#include "arch/lapic.h"
#include "arch/refclock.h"
#include "arch/regs.h"
#include "arch/rtc.h"
#include "base/assert.h"
#include "lib/util.h"

#define FIRST_WINDOW_NS (250 * 1000UL)
#define LAST_WINDOW_NS  (32 * NS_PER_MS)
#define AGREEMENT_PPM   100
#define READINGS        4

/* ns = (tsc - boot_tsc) * ns_per_tick >> 32; timer ticks = ns * ticks_per_ns >> 32. const after
 * clock_init(). */
static uint64_t boot_tsc;
static uint64_t tsc_hz, ns_per_tick;
static uint64_t timer_hz, ticks_per_ns;
static uint64_t realtime_base;

/* The three counters at (nearly) one moment. */
struct reading {
	uint64_t tsc;
	uint32_t timer; /* LAPIC, counts down */
	uint64_t reference;
};

static struct reading read_counters(void)
{
	struct reading best = {0};
	uint64_t best_gap = UINT64_MAX;

	for (unsigned i = 0; i < READINGS; i++) {
		struct reading now;
		uint64_t before = rdtsc();

		now.reference = refclock_read();
		now.tsc = rdtsc();
		now.timer = lapic_timer_left();
		if (now.tsc - before < best_gap) {
			best_gap = now.tsc - before;
			best = now;
		}
	}
	return best;
}

struct speeds {
	uint64_t tsc_hz, timer_hz;
};

/* Measured again when the timer ran out, after four seconds: a host may put a virtual CPU aside for
 * so long. */
static struct speeds measure(uint64_t window_ns)
{
	uint64_t window = window_ns * refclock_hz() / NS_PER_SEC;
	struct reading start, end;

	do {
		lapic_timer_start(UINT32_MAX);
		start = read_counters();
		do {
			end = read_counters();
		} while (refclock_elapsed(start.reference, end.reference) < window);
	} while (start.timer != 0 && end.timer == 0);

	uint64_t elapsed = refclock_elapsed(start.reference, end.reference);
	return (struct speeds){
		.tsc_hz = (end.tsc - start.tsc) * refclock_hz() / elapsed,
		.timer_hz = (uint64_t)(start.timer - end.timer) * refclock_hz() / elapsed,
	};
}

static bool agree(uint64_t a, uint64_t b)
{
	uint64_t difference = a > b ? a - b : b - a;

	return difference <= a / (1000000 / AGREEMENT_PPM);
}

/* A speed that the measurement cannot tell from a multiple of 100 MHz is that. */
static uint64_t rounded(uint64_t hz)
{
	uint64_t round = (hz + 50000000) / 100000000 * 100000000;

	return agree(hz, round) ? round : hz;
}

static void calibrate(void)
{
	struct speeds now, before = {0};

	lapic_timer_mask(true);
	for (uint64_t window = FIRST_WINDOW_NS;; window *= 2) {
		now = measure(window);
		if (window >= LAST_WINDOW_NS ||
		    (agree(now.tsc_hz, before.tsc_hz) && agree(now.timer_hz, before.timer_hz)))
			break;
		before = now;
	}
	lapic_timer_start(0);
	lapic_timer_mask(false);

	tsc_hz = rounded(now.tsc_hz);
	timer_hz = rounded(now.timer_hz);
	if (tsc_hz == 0 || timer_hz == 0)
		panic("the TSC or the LAPIC timer does not count");
	ns_per_tick = (NS_PER_SEC << 32) / tsc_hz;
	ticks_per_ns = (timer_hz << 32) / NS_PER_SEC;
}

void clock_init(void)
{
	refclock_init();
	calibrate();
	boot_tsc = rdtsc();
	realtime_base = rtc_read() * NS_PER_SEC;
}

uint64_t clock_now(void)
{
	return (uint64_t)((unsigned __int128)(rdtsc() - boot_tsc) * ns_per_tick >> 32);
}

uint64_t clock_realtime_base(void)
{
	return realtime_base;
}

uint64_t clock_tsc_hz(void)
{
	return tsc_hz;
}

uint64_t clock_first_tick(void)
{
	return boot_first_tick;
}

const char *clock_source(void)
{
	return refclock_is_hpet() ? "TSC, calibrated against HPET" : "TSC, calibrated against PIT";
}

void timer_arm(uint64_t deadline)
{
	uint64_t now, ticks;

	if (deadline == TIME_NEVER) {
		lapic_timer_start(0);
		return;
	}
	/* Rounded up, so that it does not go off before its time and have to be armed again; and
	 * never 0, which would stop it. What does not fit ends early: upcall_timer() arms again. */
	now = clock_now();
	ticks = deadline > now ? deadline - now : 0;
	ticks = (uint64_t)((unsigned __int128)ticks * ticks_per_ns >> 32) + 1;
	lapic_timer_start((uint32_t)MIN(ticks, (uint64_t)UINT32_MAX));
}

void clock_delay_us(unsigned microseconds)
{
	uint64_t start = rdtsc();
	/* Before calibration: what the fastest CPU needs. */
	uint64_t ticks = (tsc_hz ? tsc_hz : 5 * NS_PER_SEC) / 1000000 * microseconds;

	while (rdtsc() - start < ticks)
		__asm__ volatile("pause");
}
