/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What ip4_input and ip6_input do alike: what the checks say of each packet, and the way from the
 * groups that the lookup found to adjacencies. Context: worker.
 */
#ifndef SLUICE_FORWARD_H
#define SLUICE_FORWARD_H

#include "adj.h"
#include "group.h"
#include "node.h"
#include "packet.h"
#include "vec.h"

/* By packet. Vectors write behind the last one, too. */
struct verdict {
	uint32_t odd[BURST_MAX];  /* not zero: needs a second look */
	uint32_t need[BURST_MAX]; /* the MTU that lets it pass, or ADJ_MTU_NONE */
};

/* Bytes of IP packet that the shortest Ethernet frame has room for. */
#define FORWARD_PADDED_LEN (PACKET_FRAME_MIN - RTE_ETHER_HDR_LEN)

/* The mask of the odd packets; any: whether there are some. Of what came in a frame to a group of
 * hosts, nothing is forwarded. */
static inline uint64_t verdict_odd(const struct burst *b, struct verdict *v, bool any)
{
	uint64_t odd = 0;

	if (likely(!any && !(b->flags & PKT_L2_MULTICAST)))
		return 0;
	for (uint32_t i = 0; i < b->n; i++) {
		if (b->meta[i].flags & PKT_L2_MULTICAST) {
			v->odd[i] = 1;
			v->need[i] = ADJ_MTU_NONE;
		}
		odd |= (uint64_t)(v->odd[i] != 0) << i;
	}
	return odd;
}

/* Whether all packets have the same group. */
static inline bool forward_is_one(const uint32_t *groups, uint32_t n)
{
	uint32_t i = 0, rest = 0;
	vec32 other = {0};

	for (; i + VEC32_LANES <= n; i += VEC32_LANES)
		other |= vec32_load(&groups[i]) ^ groups[0];
	for (; i < n; i++)
		rest |= groups[i] ^ groups[0];
	return !rest && !vec32_any(other);
}

/* The words of the groups, and their adjacencies as the values of the packets, for those of one
 * path. Returns whether some have several. */
static inline bool forward_groups(const struct group_table *t, struct burst *b,
				  const uint32_t *groups, uint64_t *words)
{
	uint32_t n = b->n;
	uint64_t all = 0;

	/* Often all go the same way: to the provider, say. */
	b->one_adj = false;
	if (forward_is_one(groups, n)) {
		all = group_word(t, groups[0]);
		if (likely(!group_word_is_multipath(all))) {
			burst_set_value(b, (uint32_t)all);
			b->one_adj = true;
			return false;
		}
	}
	for (uint32_t i = 0; i < n; i++) {
		words[i] = group_word(t, groups[i]);
		all |= words[i];
		b->meta[i].value = (uint32_t)words[i];
	}
	return group_word_is_multipath(all);
}

/* The four bytes behind the IP header of packet i, hdr_len bytes long; 0 if there are none. */
static inline uint32_t forward_l4(const struct burst *b, uint32_t i, uint32_t hdr_len)
{
	uint32_t l4 = 0;

	if (likely(b->len[i] >= hdr_len + sizeof(l4)))
		memcpy(&l4, b->ip[i] + hdr_len, sizeof(l4));
	return l4;
}

/* The adjacencies as the values of the packets whose group has several paths, by the hashes of the
 * flows. words: from forward_groups(). */
static inline void forward_paths(const struct group_table *t, struct burst *b,
				 const uint64_t *words, const uint32_t *hashes)
{
	uint32_t n = b->n;

	for (uint32_t i = 0; i < n; i++)
		if (group_word_is_multipath(words[i]))
			b->meta[i].value = group_bucket(t, words[i], hashes[i]);
}

/* Whether all have one adjacency, and can leave by it. */
static inline bool forward_all_pass(const struct adj *adjs, const struct burst *b,
				    const struct verdict *v)
{
	uint32_t mtu = adjs[b->meta[0].value].mtu_out, n = b->n, i = 0;
	vec32 over = {0};
	bool rest = false;

	if (!b->one_adj)
		return false;
	for (; i + VEC32_LANES <= n; i += VEC32_LANES)
		over |= (vec32)(vec32_load(&v->need[i]) > mtu);
	for (; i < n; i++)
		rest |= v->need[i] > mtu;
	return !rest && !vec32_any(over);
}

/* The hashes of the flows of all packets; the TTL or hop limit of packet i less one. headers: what
 * the node has read. */
typedef void forward_hash_fn(const struct burst *b, const void *headers, uint32_t seed,
			     uint32_t *hashes);
typedef void forward_age_fn(const struct burst *b, const void *headers, uint32_t i);

/* The adjacencies of all packets (at least one), from the groups that the lookup found. */
static inline void forward_choose(const struct group_table *t, struct burst *b,
				  const uint32_t *groups, const void *headers,
				  forward_hash_fn *hash)
{
	uint32_t hashes[BURST_MAX];
	uint64_t words[BURST_MAX];

	if (!forward_groups(t, b, groups, words))
		return;
	hash(b, headers, t->seed, hashes);
	forward_paths(t, b, words, hashes);
}

/* Age what can leave by its adjacency; returns the packets that cannot. */
static inline uint64_t forward_age(const struct adj *adjs, const struct burst *b,
				   const struct verdict *v, const void *headers,
				   forward_age_fn *age)
{
	uint32_t n = b->n;
	uint64_t held = 0;

	if (likely(forward_all_pass(adjs, b, v))) {
		for (uint32_t i = 0; i < n; i++)
			age(b, headers, i);
		return 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (likely(v->need[i] <= adjs[b->meta[i].value].mtu_out))
			age(b, headers, i);
		else
			held |= UINT64_C(1) << i;
	}
	return held;
}

#endif
