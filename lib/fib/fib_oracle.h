/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The judge of the tests: longest prefix match as one would write it in a minute, over an unsorted
 * array and 128-bit integers, sharing no line with what it judges. An address is a number whose
 * most significant bit is the address's first. Also the random numbers of the tests.
 */
#ifndef SLUICE_FIB_ORACLE_H
#define SLUICE_FIB_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORACLE_MAX 4096

typedef unsigned __int128 oracle_addr;

struct oracle_route {
	oracle_addr addr;
	unsigned len;
	uint32_t nh;
	uint64_t user;
};

struct oracle {
	struct oracle_route route[ORACLE_MAX];
	unsigned n;
};

static inline oracle_addr oracle_mask(unsigned len)
{
	return len ? ~(oracle_addr)0 << (128 - len) : 0;
}

static inline bool oracle_covers(const struct oracle_route *route, oracle_addr addr)
{
	return (addr & oracle_mask(route->len)) == route->addr;
}

static inline struct oracle_route *oracle_get(struct oracle *o, oracle_addr addr, unsigned len)
{
	for (unsigned i = 0; i < o->n; i++)
		if (o->route[i].addr == addr && o->route[i].len == len)
			return &o->route[i];
	return NULL;
}

static inline void oracle_add(struct oracle *o, struct oracle_route route)
{
	struct oracle_route *old = oracle_get(o, route.addr, route.len);

	if (old)
		*old = route;
	else
		o->route[o->n++] = route;
}

static inline bool oracle_del(struct oracle *o, oracle_addr addr, unsigned len)
{
	struct oracle_route *old = oracle_get(o, addr, len);

	if (old)
		*old = o->route[--o->n];
	return old;
}

/* The longest route shorter than `below` bits that covers addr; NULL: none. */
static inline const struct oracle_route *oracle_match(const struct oracle *o, oracle_addr addr,
						      unsigned below)
{
	const struct oracle_route *best = NULL;

	for (unsigned i = 0; i < o->n; i++)
		if (oracle_covers(&o->route[i], addr) && o->route[i].len < below &&
		    (!best || o->route[i].len > best->len))
			best = &o->route[i];
	return best;
}

/* Order of a walk: by address, the shorter first. */
static inline bool oracle_before(const struct oracle_route *a, const struct oracle_route *b)
{
	return a->addr != b->addr ? a->addr < b->addr : a->len < b->len;
}

/* The first route after `after` (NULL: of all) inside the range. */
static inline const struct oracle_route *oracle_next(const struct oracle *o,
						     const struct oracle_route *range,
						     const struct oracle_route *after)
{
	const struct oracle_route *best = NULL;

	for (unsigned i = 0; i < o->n; i++) {
		const struct oracle_route *r = &o->route[i];

		if (oracle_covers(range, r->addr) && r->len >= range->len &&
		    (!after || oracle_before(after, r)) && (!best || oracle_before(r, best)))
			best = r;
	}
	return best;
}

/* xorshift64*: enough randomness for a test, the same everywhere. */
static inline uint64_t oracle_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545F4914F6CDD1D);
}

/* A prefix of up to `bits` bits in one of a few clusters, so that most lie inside one another.
 * Short ones are rare: they are many root words, hence slow to change. */
static inline struct oracle_route oracle_prefix(uint64_t *seed, unsigned bits)
{
	static const unsigned starts[] = {0, 9, 14, 18, 19, 20, 23, 24, 26, 27, 28, 31};
	unsigned start = starts[oracle_random(seed) % 12], len;
	uint64_t cluster = oracle_random(seed) % 3;
	oracle_addr addr = (oracle_addr)(0x0a0140c7f0000000 + (cluster << 61)) << 64;

	/* Leave the cluster after a random number of its bits. */
	addr |= (oracle_addr)0xdb8000000000000f;
	if (bits > 32)
		start += (unsigned)(oracle_random(seed) % 7) * 16;
	addr ^= ((oracle_addr)oracle_random(seed) << 64 | oracle_random(seed)) >> start;
	len = start + (unsigned)(oracle_random(seed) % 12);
	if (len < 12 && oracle_random(seed) % 32)
		len += 12;
	if (len > bits)
		len = bits;
	return (struct oracle_route){.addr = addr & oracle_mask(len), .len = len};
}

#endif
