/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The routes that the writer of a race (fib_race.h) changes, the addresses that its readers look
 * up, and which answers each address may have.
 *
 * Next hops name the route that they were given to: route id has RACE_VARIANTS of them, and id 0 is
 * no route at all. The routes with the first ids always stand, and are only replaced; any other may
 * stand or not. So an address may have the next hop of each route that covers it and is no shorter
 * than the longest of those that always stand; a miss only where none of them covers it. As this
 * does not change while the table does, it is a bit for each address and route, and to check an
 * answer is to look at one bit.
 *
 * A hole while a route is replaced, a cover's answer too early, a neighbour's answer and a word of
 * a run that was freed too early all show as an answer that is not allowed.
 *
 * Context: made before the threads, which then only read it.
 */
#ifndef SLUICE_FIB_RACE_SET_H
#define SLUICE_FIB_RACE_SET_H

#include "fib_suite.h"

#define RACE_ROUTES   1024 /* [0] is none, the last is the default route */
#define RACE_STANDING 17   /* routes 1 to 16 always stand */
#define RACE_DEFAULT  (RACE_ROUTES - 1)
#define RACE_VARIANTS 8
#define RACE_PROBES   2048
#define RACE_BURST    FIB_BULK_MAX

struct race_set {
	struct oracle_route route[RACE_ROUTES];
	oracle_addr probe[RACE_PROBES]; /* in no order */
	uint64_t allowed[RACE_PROBES][RACE_ROUTES / 64];
};

void race_set_init(struct race_set *set, unsigned bits);

/* An address that is neither inside a route of the set nor a probe. */
static inline oracle_addr race_set_nowhere(uint64_t *seed)
{
	uint64_t half = oracle_random(seed);

	return (oracle_addr)((half | UINT64_C(0x40) << 56) & ~(UINT64_C(0x10) << 56)) << 64;
}

static inline uint32_t race_nh(unsigned route, unsigned variant)
{
	return route * RACE_VARIANTS + variant % RACE_VARIANTS;
}

/* How many of the answers to n probes from `first` on are not allowed. Without a branch: readers
 * shall spend their time on lookups. */
static inline uint64_t race_set_wrong(const struct race_set *set, unsigned first,
				      const uint32_t *nh, unsigned n)
{
	uint64_t wrong = 0;

	for (unsigned i = 0; i < n; i++) {
		uint32_t route = nh[i] / RACE_VARIANTS;
		const uint64_t *bits = set->allowed[first + i];

		wrong += (route >= RACE_ROUTES) | (nh[i] - 1 < RACE_VARIANTS - 1) |
			 !(bits[route % RACE_ROUTES / 64] >> route % 64 & 1);
	}
	return wrong;
}

#endif
