/* SPDX-License-Identifier: BSD-3-Clause */
#include "fib_race_set.h"

#include <assert.h>
#include <string.h>

/* All but the default route lie inside 10.0.0.0/8 (or a00::/8): the /8 itself, which stands always,
 * then any that are longer, each once. */
static void make_routes(struct race_set *set, unsigned bits)
{
	const oracle_addr ten = (oracle_addr)10 << 120;
	static struct oracle o;
	uint64_t seed = 32;

	o.n = 0;
	oracle_add(&o, (struct oracle_route){.addr = ten, .len = 8});
	while (o.n < RACE_DEFAULT - 1) {
		struct oracle_route route = oracle_prefix(&seed, bits);

		route.addr = ten | (route.addr & ~oracle_mask(8));
		/* A few beyond /64 are enough: readers need long for them. */
		if (route.len > 8 && (route.len <= 64 || o.n % 8 == 0))
			oracle_add(&o, route);
	}
	memset(&set->route[0], 0, sizeof(set->route[0]));
	memcpy(&set->route[1], o.route, o.n * sizeof(set->route[0]));
	set->route[RACE_DEFAULT] = (struct oracle_route){.len = 0};
}

/* An address outside 10/8, and of which race_set_nowhere() makes none. */
static oracle_addr outside(uint64_t *seed)
{
	return (oracle_addr)(oracle_random(seed) | UINT64_C(0x10) << 56) << 64;
}

/* The first and the last address of each route, and one that only the default route can cover for
 * every 32 of them. */
static void make_probes(struct race_set *set, unsigned bits)
{
	uint64_t seed = 34;

	for (unsigned i = 0; i < RACE_PROBES; i++) {
		const struct oracle_route *at = &set->route[1 + i % (RACE_ROUTES - 1)];
		oracle_addr last = at->addr | ~oracle_mask(at->len);

		set->probe[i] = (i < RACE_PROBES / 2 ? at->addr : last) & oracle_mask(bits);
		if (i % 32 == 0)
			set->probe[i] = outside(&seed) & oracle_mask(bits);
	}
	for (unsigned i = RACE_PROBES - 1; i > 0; i--) {
		unsigned k = (unsigned)(oracle_random(&seed) % (i + 1));
		oracle_addr addr = set->probe[i];

		set->probe[i] = set->probe[k];
		set->probe[k] = addr;
	}
}

static void allow(struct race_set *set, unsigned probe)
{
	uint64_t *bits = set->allowed[probe];
	oracle_addr addr = set->probe[probe];
	unsigned at_least = 0;
	bool covered = false;

	for (unsigned id = 1; id < RACE_STANDING; id++)
		if (oracle_covers(&set->route[id], addr) && set->route[id].len >= at_least) {
			at_least = set->route[id].len;
			covered = true;
		}
	memset(bits, 0, sizeof(set->allowed[probe]));
	for (unsigned id = 1; id < RACE_ROUTES; id++)
		if (oracle_covers(&set->route[id], addr) && set->route[id].len >= at_least)
			bits[id / 64] |= UINT64_C(1) << id % 64;
	bits[0] |= !covered;
}

void race_set_init(struct race_set *set, unsigned bits)
{
	make_routes(set, bits);
	make_probes(set, bits);
	for (unsigned i = 0; i < RACE_PROBES; i++)
		allow(set, i);
}
