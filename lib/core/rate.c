/* SPDX-License-Identifier: BSD-3-Clause */
#include "rate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Of each kind the largest first. */
static const struct unit {
	const char *name;
	uint64_t factor;
	bool bits;
} units[] = {
	{"Mpps", 1000000, false},   {"kpps", 1000, false},   {"pps", 1, false},
	{"Gbps", 1000000000, true}, {"Mbps", 1000000, true}, {"kbps", 1000, true},
	{"bps", 1, true},
};

#define N_UNITS (sizeof(units) / sizeof(*units))

int rate_parse(const char *text, struct rate *rate)
{
	size_t digits = strspn(text, "0123456789");
	uint64_t number = 0;

	if (!digits || *text == '0')
		return -EINVAL;
	for (size_t i = 0; i < digits; i++) {
		number = number * 10 + (uint64_t)(text[i] - '0');
		if (number > RATE_MAX)
			return -EINVAL;
	}
	for (size_t i = 0; i < N_UNITS; i++) {
		if (strcmp(text + digits, units[i].name))
			continue;
		if (number > RATE_MAX / units[i].factor)
			return -EINVAL;
		*rate = (struct rate){.per_s = number * units[i].factor, .bits = units[i].bits};
		return 0;
	}
	return -EINVAL;
}

const char *rate_print(const struct rate *rate, char *buf)
{
	const struct unit *unit = units;

	while (unit->bits != rate->bits || rate->per_s % unit->factor)
		unit++;
	snprintf(buf, RATE_STRLEN, "%" PRIu64 "%s", rate->per_s / unit->factor, unit->name);
	return buf;
}
