/* SPDX-License-Identifier: MIT */
/*
 * With XSAVE every component that the CPU offers to user programs of today is on: x87, SSE, AVX,
 * AVX-512. (MPX and protection keys stay off: their state is useless without more kernel support.)
 * Areas have the standard, not the compacted format, because a signal frame shows them to
 * programs.
 */
#include "arch/fpu.h"

#include "arch/features.h"
#include "arch/regs.h"
#include "base/assert.h"
#include "lib/string.h"
#include "lib/util.h"

#define LEGACY_SIZE       512 /* what FXSAVE writes */
#define HEADER_SIZE       64
#define FCW_OFFSET        0
#define MXCSR_OFFSET      24
#define MXCSR_MASK_OFFSET 28
#define FCW_DEFAULT       0x37f
#define MXCSR_DEFAULT     0x1f80

#define STATE_X87    BIT(0)
#define STATE_SSE    BIT(1)
#define STATE_AVX    BIT(2)
#define STATE_AVX512 (BIT(5) | BIT(6) | BIT(7))

/* const after the boot CPU's fpu_init(): the others find, and write, the same. (Its lower half: all
 * components that there are.) */
static uint32_t xcr0;
static size_t area_size = LEGACY_SIZE;
static uint32_t mxcsr_mask;

static uint32_t choose_features(void)
{
	uint32_t offered = cpuid(0xd, 0).eax;
	uint32_t chosen = STATE_X87 | STATE_SSE;

	if (offered & STATE_AVX)
		chosen |= STATE_AVX;
	if ((offered & STATE_AVX) && (offered & STATE_AVX512) == STATE_AVX512)
		chosen |= STATE_AVX512;
	return chosen;
}

/* SDM vol. 1, 11.6.6: FXSAVE tells which bits of MXCSR exist; 0 stands for the oldest set. */
static void read_mxcsr_mask(void)
{
	static uint8_t area[LEGACY_SIZE] __attribute__((aligned(16)));

	__asm__ volatile("fxsave64 %0" : "=m"(area));
	memcpy(&mxcsr_mask, area + MXCSR_MASK_OFFSET, sizeof(mxcsr_mask));
	if (mxcsr_mask == 0)
		mxcsr_mask = 0xffbf;
}

void fpu_init(void)
{
	uint64_t cr4 = read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT;

	write_cr0((read_cr0() & ~(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE);
	if (cpu_features.xsave)
		cr4 |= CR4_OSXSAVE;
	write_cr4(cr4);
	if (cpu_features.xsave) {
		xcr0 = choose_features();
		write_xcr0(xcr0);
		area_size = cpuid(0xd, 0).ebx; /* for what is now in XCR0 */
	}
	read_mxcsr_mask();
}

size_t fpu_area_size(void)
{
	return area_size;
}

uint64_t fpu_features(void)
{
	return xcr0;
}

void fpu_area_init(void *area)
{
	static const uint16_t fcw = FCW_DEFAULT;
	static const uint32_t mxcsr = MXCSR_DEFAULT;

	/* XSTATE_BV 0: XRSTOR takes all components from their initial state, but MXCSR from
	 * memory. */
	memset(area, 0, area_size);
	memcpy((char *)area + FCW_OFFSET, &fcw, sizeof(fcw));
	memcpy((char *)area + MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
}

/* EDX:EAX choose the components. */
void fpu_save(void *area)
{
	if (xcr0)
		__asm__ volatile("xsave64 (%0)" ::"r"(area), "a"(xcr0), "d"(0) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" ::"r"(area) : "memory");
}

void fpu_load(const void *area)
{
	if (xcr0)
		__asm__ volatile("xrstor64 (%0)" ::"r"(area), "a"(xcr0), "d"(0) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" ::"r"(area) : "memory");
}

/* SDM vol. 1, 13.8: what makes XRSTOR of the standard format fault. */
bool fpu_area_sanitize(void *area)
{
	struct {
		uint64_t xstate_bv, xcomp_bv, reserved[6];
	} header;
	uint32_t mxcsr;

	STATIC_ASSERT(sizeof(header) == HEADER_SIZE);
	memcpy(&mxcsr, (char *)area + MXCSR_OFFSET, sizeof(mxcsr));
	if (mxcsr & ~mxcsr_mask)
		return false;
	if (!xcr0)
		return true;
	memcpy(&header, (char *)area + LEGACY_SIZE, sizeof(header));
	for (unsigned i = 0; i < ARRAY_SIZE(header.reserved); i++)
		if (header.reserved[i])
			return false;
	return (header.xstate_bv & ~(uint64_t)xcr0) == 0 && header.xcomp_bv == 0;
}
