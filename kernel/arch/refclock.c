/* SPDX-License-Identifier: MIT */
/*
 * HPET: IA-PC HPET specification 1.0a, 2.3. PIT: Intel 8254, whose channel 0 counts down from
 * 65536 at 1.193182 MHz, wrapping after 54.9 ms; its interrupt is masked in the I/O APIC.
 */
#include "arch/refclock.h"

#include "arch/acpi.h"
#include "arch/io.h"
#include "arch/pagetable.h"
#include "lib/util.h"

#define HPET_CAPABILITIES       0x00 /* high half: femtoseconds per count */
#define HPET_CONFIGURATION      0x10
#define HPET_ENABLE             1
#define HPET_COUNTER            0xf0
#define FEMTOSECONDS_PER_SECOND 1000000000000000UL
#define PERIOD_MAX              100000000 /* fs; the specification's limit */

#define PIT_HZ             1193182
#define PIT_CHANNEL0       0x40
#define PIT_COMMAND        0x43
#define PIT_RATE_GENERATOR 0x34 /* channel 0, low then high byte, mode 2 */
#define PIT_LATCH          0x00

static volatile uint32_t *hpet; /* NULL: the PIT */
static uint64_t hz;

static void pit_init(void)
{
	hz = PIT_HZ;
	outb(PIT_COMMAND, PIT_RATE_GENERATOR);
	outb(PIT_CHANNEL0, 0);
	outb(PIT_CHANNEL0, 0);
}

static uint64_t pit_read(void)
{
	uint8_t low;

	outb(PIT_COMMAND, PIT_LATCH);
	low = inb(PIT_CHANNEL0);
	return 0xffff - (uint16_t)(inb(PIT_CHANNEL0) << 8 | low);
}

void refclock_init(void)
{
	uint32_t period = 0;

	if (acpi_info.hpet) {
		hpet = mmio_map(acpi_info.hpet, 1024);
		period = hpet[HPET_CAPABILITIES / 4 + 1];
	}
	if (period == 0 || period > PERIOD_MAX) {
		hpet = NULL;
		pit_init();
		return;
	}
	hz = FEMTOSECONDS_PER_SECOND / period;
	hpet[HPET_CONFIGURATION / 4] |= HPET_ENABLE;
}

bool refclock_is_hpet(void)
{
	return hpet != NULL;
}

uint64_t refclock_hz(void)
{
	return hz;
}

uint64_t refclock_read(void)
{
	return hpet ? hpet[HPET_COUNTER / 4] : pit_read();
}

uint64_t refclock_elapsed(uint64_t start, uint64_t end)
{
	return hpet ? (uint32_t)(end - start) : (uint16_t)(end - start);
}
