/* SPDX-License-Identifier: BSD-3-Clause */
#include "bridge_keys.h"
#include "replica.h"
#include "storm.h"

/* The members that a burst is flooded to, in the order of the bridge. */
struct ways {
	const struct bridge_member *to[BURST_MAX];
	uint32_t n;
};

/* False: not all members get the same bytes, or there are none, or more than a burst. */
static bool find_ways(struct ways *ways, const struct bridge_member *in, uint32_t longest)
{
	const struct bridge_fwd *b = in->bridge;
	enum drop_reason reason;

	ways->n = 0;
	for (uint32_t i = 0; i < b->n; i++) {
		const struct bridge_member *m = &b->member[i];

		if (!(m->flags & BRIDGE_FLOOD) || !bridge_may_pass(in, m, &reason))
			continue;
		if (!m->plain || longest > m->mtu || ways->n == BURST_MAX)
			return false;
		ways->to[ways->n++] = m;
	}
	return ways->n;
}

/* Before they are put into the vectors: what does not leave is taken off again, in tx_flush() or
 * uncount(), and who reads a counter meanwhile must not find less than nothing. */
static void count(struct worker *w, const struct ways *ways, uint32_t n, uint64_t bytes)
{
	for (uint32_t k = 0; k < ways->n; k++) {
		w->stats->iface[ways->to[k]->iface].tx_packets += n;
		w->stats->iface[ways->to[k]->iface].tx_bytes += bytes;
	}
	w->in[NODE_port_tx]->n += n * ways->n;
}

/* Nothing leaves by the last ones: there were no mbufs. */
static __rte_noinline void uncount(struct worker *w, const struct ways *ways, uint32_t from,
				   uint64_t bytes)
{
	w->in[NODE_port_tx]->n -= ways->n - 1 - from;
	for (; from < ways->n - 1; from++) {
		w->stats->iface[ways->to[from]->iface].tx_packets--;
		w->stats->iface[ways->to[from]->iface].tx_bytes -= bytes;
	}
}

/* The last one gets the frame itself. */
static inline void flood_one(struct worker *w, struct rte_mbuf *pkt, const struct ways *ways)
{
	struct rte_mbuf *clones[BURST_MAX];
	uint32_t last = ways->n - 1, n = last ? node_clone(w, pkt, clones, last) : 0;

	if (unlikely(n < last))
		uncount(w, ways, n, pkt->pkt_len);
	for (uint32_t k = 0; k < n; k++)
		tx_put_clone(w, ways->to[k]->port, clones[k]);
	tx_put_clone(w, ways->to[last]->port, pkt);
}

static inline bool has_own(const uint64_t *dst, uint32_t n, uint64_t own)
{
	bool any = false;

	for (uint32_t i = 0; i < n; i++)
		any |= !((dst[i] ^ own) >> 16);
	return any;
}

uint64_t bridge_flood(struct worker *w, const struct burst *b, uint64_t mask, const uint64_t *dst,
		      uint32_t longest, const struct bridge_member *in)
{
	struct ways ways;

	if (has_own(dst, b->n, bridge_member_key(w, in)))
		return mask;
	if (in->bridge->foreign & BRIDGE_FLOOD || storm_limits_of(w, in->port) ||
	    !find_ways(&ways, in, longest))
		return mask;
	count(w, &ways, (uint32_t)__builtin_popcountll(mask), bytes_of_mask(b, mask));
	for (uint64_t left = mask; left; left &= left - 1)
		flood_one(w, b->pkts[__builtin_ctzll(left)], &ways);
	return 0;
}
