/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The node bridge_input: what came in by a member of a bridge (IEEE 802.1Q clause 8).
 *
 * The common burst has come in by one port that is a member as it is, without VLANs, from and to
 * known hosts: it is looked up as a whole, by source and by destination, and parted by the members
 * that it leaves by; of the packets nothing is written. What is for the router goes up likewise.
 * All else goes one by one (bridge_slow.c).
 */
#include <rte_cycles.h>

#include "bridge_keys.h"
#include "bridge_learn.h"
#include "fdb.h"
#include "simd.h"

/* So many ways of a burst are served one by one. */
#define FEW_WAYS 4

static __rte_noinline void report(struct worker *w, uint64_t news, const uint64_t *src,
				  uint16_t iface)
{
	uint64_t now = rte_rdtsc();
	bool some = false;

	for (; news; news &= news - 1)
		some |= learn_put(w->learn, src[__builtin_ctzll(news)], iface, now);
	if (some)
		doorbell_ring(w->learn->bell);
}

static inline void learn(struct worker *w, const uint64_t *src, uint32_t n, uint64_t odd,
			 uint16_t iface)
{
	uint16_t ifaces[BURST_MAX];
	uint64_t news;

	for (uint32_t i = 0; i < BURST_MAX; i++)
		ifaces[i] = iface;
	news = fdb_seen_bulk(w->fdb, src, ifaces, n) & ~odd;
	if (unlikely(news))
		report(w, news, src, iface);
}

/* Frames of one family for the router, to its IP node. all: they are the whole burst. */
static void go_up(struct worker *w, struct burst *b, uint64_t mask, enum node_id next,
		  struct pkt_meta meta)
{
	struct burst *to = w->in[next];

	if (mask == burst_mask(b->n)) {
		burst_set_meta(b, meta);
		node_put_all(w, NODE_bridge_input, next);
	} else if (!to->n) {
		burst_set_meta(to, meta);
		to->one_adj = false;
		to->n = burst_take(to, 0, b, mask);
	} else {
		for (; mask; mask &= mask - 1)
			node_put(w, next, b->pkts[__builtin_ctzll(mask)], meta);
	}
}

/* For the router, in no VLAN. Returns those that need a closer look. */
static __rte_noinline uint64_t to_router(struct worker *w, struct burst *b, uint64_t mask,
					 const uint64_t *dst, const struct bridge_fwd *bridge)
{
	const struct pkt_meta meta = {.iface = bridge->iface, .l2_len = RTE_ETHER_HDR_LEN};
	struct iface_stats *s = &w->stats->iface[bridge->iface];
	uint16_t types[BURST_MAX] = {0};
	uint64_t ip4, ip6, own = 0;
	uint32_t n = b->n;

	if (unlikely(!iface_fwd_is_up(&w->ifaces[bridge->iface])))
		return mask;
	for (uint32_t i = 0; i < n; i++) {
		memcpy(&types[i], b->ip[i] - sizeof(*types), sizeof(*types));
		own |= (uint64_t) !((dst[i] ^ bridge->own_key) >> 16) << i;
	}
	ip4 = burst_equal(types, n, RTE_BE16(RTE_ETHER_TYPE_IPV4)) & mask & own;
	ip6 = burst_equal(types, n, RTE_BE16(RTE_ETHER_TYPE_IPV6)) & mask & own;
	s->rx_packets += (uint32_t)__builtin_popcountll(ip4 | ip6);
	s->rx_bytes += bytes_of_mask(b, ip4 | ip6);
	if (ip4)
		go_up(w, b, ip4, NODE_ip4_input, meta);
	if (ip6)
		go_up(w, b, ip6, NODE_ip6_input, meta);
	return mask & ~(ip4 | ip6);
}

/* Returns the mask of frames that have to be looked at one by one. */
static inline uint64_t bridge_all(struct worker *w, struct burst *b, const struct bridge_member *in)
{
	uint64_t dst[BURST_MAX], src[BURST_MAX], odd, left;
	uint16_t ways[BURST_MAX] = {0};
	uint32_t n = b->n, longest = burst_longest(b);

	burst_keys(b, in->bridge->fid, dst, src);
	odd = odd_keys(dst, src, n, in->bridge->own_key);
	if (likely(in->flags & BRIDGE_LEARN))
		learn(w, src, n, odd, in->iface);
	fdb_lookup_bulk(w->fdb, dst, ways, n);
	left = burst_mask(n) & ~odd;
	for (int k = 0; left && k < FEW_WAYS; k++) {
		uint16_t way = ways[__builtin_ctzll(left)];
		uint64_t mask = burst_equal(ways, n, way) & left;
		const struct bridge_member *out = plain_way(in, way);

		left &= ~mask;
		if (likely(out))
			odd |= send_mask(w, b, mask, longest, out);
		else if (way == in->bridge->iface)
			odd |= to_router(w, b, mask, dst, in->bridge);
		else if (way == FDB_MISS)
			odd |= bridge_flood(w, b, mask, dst, longest, in);
		else
			odd |= mask;
	}
	return odd | left;
}

void SIMD_NAMED(bridge_input)(struct worker *w, struct burst *b)
{
	const struct bridge_member *in = bridge_member_of(&w->ifaces[b->meta[0].iface]);
	uint64_t left = burst_mask(b->n);

	if (likely(in && in->plain && in->state == BRIDGE_FORWARDING && burst_is_uniform(b)))
		left = bridge_all(w, b, in);
	for (; unlikely(left); left &= left - 1) {
		int i = __builtin_ctzll(left);

		bridge_from_member(w, b->pkts[i], b->meta[i]);
	}
	w->in[NODE_bridge_input]->n = 0; /* b itself may wait for another node now */
}
