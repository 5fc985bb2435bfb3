/* SPDX-License-Identifier: MIT */
/*
 * Reads date and time from the CMOS clock. It is read twice until both agree: an update may fall
 * between two registers.
 */
#include "arch/rtc.h"

#include "arch/io.h"
#include "lib/string.h"

#define CMOS_INDEX         0x70
#define CMOS_DATA          0x71
#define STATUS_A           0x0a
#define UPDATE_IN_PROGRESS 0x80
#define STATUS_B           0x0b
#define MODE_BINARY        0x04
#define MODE_24_HOURS      0x02
#define HOUR_PM            0x80

enum field { SECOND, MINUTE, HOUR, DAY, MONTH, YEAR, CENTURY, FIELDS };
static const uint8_t register_of[FIELDS] = {0x00, 0x02, 0x04, 0x07, 0x08, 0x09, 0x32};

struct date {
	uint8_t field[FIELDS];
};

static uint8_t read_cmos(uint8_t index)
{
	outb(CMOS_INDEX, index);
	return inb(CMOS_DATA);
}

static struct date read_date(void)
{
	struct date date;

	while (read_cmos(STATUS_A) & UPDATE_IN_PROGRESS)
		;
	for (unsigned i = 0; i < FIELDS; i++)
		date.field[i] = read_cmos(register_of[i]);
	return date;
}

static unsigned decode(uint8_t value, uint8_t mode)
{
	return mode & MODE_BINARY ? value : (value >> 4) * 10U + (value & 0x0f);
}

/* Days from 1970-01-01; the year begins in March here, so that the leap day is its last. */
static uint64_t days_of(uint64_t year, unsigned month, unsigned day)
{
	if (month <= 2)
		year--;
	uint64_t march_month = (month + 9) % 12;
	uint64_t day_of_year = (153 * march_month + 2) / 5 + day - 1;
	return 365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719468;
}

uint64_t rtc_read(void)
{
	struct date date, again = read_date();
	uint8_t mode = read_cmos(STATUS_B);
	unsigned hour, year;

	do {
		date = again;
		again = read_date();
	} while (memcmp(&date, &again, sizeof(date)) != 0);

	hour = decode(date.field[HOUR] & ~HOUR_PM, mode);
	if (!(mode & MODE_24_HOURS))
		hour = hour % 12 + (date.field[HOUR] & HOUR_PM ? 12 : 0);
	year = decode(date.field[YEAR], mode);
	/* The century's register is there on all PCs of this century but not on every board. */
	year += date.field[CENTURY] ? decode(date.field[CENTURY], mode) * 100 : 2000;

	uint64_t days =
		days_of(year, decode(date.field[MONTH], mode), decode(date.field[DAY], mode));
	return ((days * 24 + hour) * 60 + decode(date.field[MINUTE], mode)) * 60 +
	       decode(date.field[SECOND], mode);
}
