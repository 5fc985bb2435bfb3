/* SPDX-License-Identifier: MIT */
/* The battery-backed clock (Motorola MC146818). */
#ifndef ARCH_RTC_H
#define ARCH_RTC_H

#include <stdint.h>

/* Seconds since 1970-01-01 00:00 UTC, if the clock is set to UTC. Boot only. */
uint64_t rtc_read(void);

#endif
