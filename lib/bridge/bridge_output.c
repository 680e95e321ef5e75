/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The node bridge_output: what the router sends by a bridge, or by a VLAN interface on one, with
 * its Ethernet header. Known destinations of a bridge without VLANs are looked up as a whole; all
 * else goes one by one (bridge_slow.c).
 */
#include "bridge_keys.h"
#include "fdb.h"
#include "simd.h"

#define FEW_WAYS 4

/* Returns the mask of frames that have to be looked at one by one. */
static inline uint64_t send_all(struct worker *w, struct burst *b, const struct bridge_fwd *bridge)
{
	uint64_t dst[BURST_MAX], src[BURST_MAX], odd, left;
	uint16_t ways[BURST_MAX] = {0};
	uint32_t n = b->n, longest = burst_longest(b);

	burst_keys(b, bridge->fid, dst, src);
	odd = odd_keys(dst, src, n, 0);
	fdb_lookup_bulk(w->fdb, dst, ways, n);
	left = burst_mask(n) & ~odd;
	for (int k = 0; left && k < FEW_WAYS; k++) {
		uint16_t way = ways[__builtin_ctzll(left)];
		uint64_t mask = burst_equal(ways, n, way) & left;
		const struct bridge_member *out = plain_way(&bridge->self, way);

		left &= ~mask;
		if (likely(out))
			odd |= send_mask(w, b, mask, longest, out);
		else
			odd |= mask;
	}
	return odd | left;
}

void SIMD_NAMED(bridge_output)(struct worker *w, struct burst *b)
{
	const struct bridge_fwd *bridge = bridge_of(&w->ifaces[b->meta[0].iface]);
	uint64_t left = burst_mask(b->n);

	if (likely(bridge && !bridge->vlan_aware && burst_is_uniform(b)))
		left = send_all(w, b, bridge);
	for (; unlikely(left); left &= left - 1) {
		int i = __builtin_ctzll(left);

		bridge_from_router(w, b->pkts[i], b->meta[i]);
	}
	b->n = 0;
}
