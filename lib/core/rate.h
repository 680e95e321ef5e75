/* SPDX-License-Identifier: BSD-3-Clause */
/* Rates of packets or of bits, as people write them: "1000pps", "10Mbps". Context: any thread. */
#ifndef SLUICE_RATE_H
#define SLUICE_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate {
	uint64_t per_s; /* packets or bits a second */
	bool bits;
};

#define RATE_STRLEN 24
#define RATE_MAX    UINT64_C(1000000000000000) /* per_s: 10^15 */

/* What rate_parse() takes, for sentences. */
#define RATE_FORM "a rate: a number from 1 and pps, kpps, Mpps, bps, kbps, Mbps or Gbps"

/* Digits and a unit (k: 1000), nothing between. 0; -EINVAL: no such form, 0, or over RATE_MAX. */
int rate_parse(const char *text, struct rate *rate);

/* In the largest unit that it is a whole number of. buf: RATE_STRLEN bytes; returns it. */
const char *rate_print(const struct rate *rate, char *buf);

#endif
