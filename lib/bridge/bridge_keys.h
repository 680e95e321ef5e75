/* SPDX-License-Identifier: BSD-3-Clause */
/* Of the nodes bridge_input and bridge_output: the keys of a burst for the MAC table. Context:
 * worker. */
#ifndef SLUICE_BRIDGE_KEYS_H
#define SLUICE_BRIDGE_KEYS_H

#include <rte_byteorder.h>
#include <rte_ether.h>

#include "bridge_slow.h"
#include "vec.h"

/* Whether all frames are of the interface of the first one, without tags that it took off. */
static inline bool burst_is_uniform(const struct burst *b)
{
	const struct pkt_meta want = {.iface = b->meta[0].iface, .l2_len = RTE_ETHER_HDR_LEN};
	const struct pkt_meta bits = {.iface = UINT16_MAX, .l2_len = UINT8_MAX};
	uint64_t word, mask;
	vec64 other = {0};
	uint32_t n = b->n, i = 0;

	_Static_assert(sizeof(want) == sizeof(word), "a word each");
	memcpy(&word, &want, sizeof(word));
	memcpy(&mask, &bits, sizeof(mask));
	for (; i + VEC64_LANES <= n; i += VEC64_LANES)
		other |= vec64_load((const uint64_t *)(const void *)&b->meta[i]) ^ word;
	if (i < n) /* what stands behind the last is anything */
		other |= (vec64_load((const uint64_t *)(const void *)&b->meta[i]) ^ word) &
			 vec64_first(n - i);
	return !vec64_any(other & mask);
}

/* 8 bytes each, of which the first six are an address, as fdb_key(). */
static inline vec64 keys_of_words(vec64 words, uint16_t fid)
{
	return (vec64_swap(words) & ~UINT64_C(0xffff)) | fid;
}

/* The addresses of all frames, whose Ethernet headers end at b->ip; behind the last there are
 * plain ones, up to a whole vector. */
static inline void burst_keys(const struct burst *b, uint16_t fid, uint64_t dst[BURST_MAX],
			      uint64_t src[BURST_MAX])
{
	uint32_t n = b->n;

	if (!n)
		__builtin_unreachable(); /* nodes have a packet */
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *frame = b->ip[i] - RTE_ETHER_HDR_LEN;

		memcpy(&dst[i], frame, sizeof(*dst));
		memcpy(&src[i], frame + RTE_ETHER_ADDR_LEN, sizeof(*src));
	}
	for (uint32_t i = n; i % VEC64_LANES; i++)
		dst[i] = src[i] = 2; /* 02:00:00:00:00:00 */
	for (uint32_t i = 0; i < n; i += VEC64_LANES) {
		vec64_store(&dst[i], keys_of_words(vec64_load(&dst[i]), fid));
		vec64_store(&src[i], keys_of_words(vec64_load(&src[i]), fid));
	}
}

#define KEY_MULTICAST (UINT64_C(1) << 56)

/* The mask of frames that are not plain ones, from one interface to another: to or from several,
 * from nobody, or from `own`. */
static inline uint64_t odd_keys(const uint64_t *dst, const uint64_t *src, uint32_t n, uint64_t own)
{
	uint64_t mask = 0;
	vec64 any = {0};

	for (uint32_t i = 0; i < n; i += VEC64_LANES) {
		vec64 d = vec64_load(&dst[i]), s = vec64_load(&src[i]);

		any |= (d | s) & KEY_MULTICAST;
		any |= (vec64)(s >> 16 == 0) | (vec64)((s ^ own) >> 16 == 0);
	}
	if (likely(!vec64_any(any)))
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		bool odd = ((dst[i] | src[i]) & KEY_MULTICAST) || !(src[i] >> 16) ||
			   !((src[i] ^ own) >> 16);

		mask |= (uint64_t)odd << i;
	}
	return mask;
}

/* Of the largest frame, the bytes behind its Ethernet header. */
static inline uint32_t burst_longest(const struct burst *b)
{
	uint32_t longest = 0, n = b->n;

	for (uint32_t i = 0; i < n; i++)
		longest = RTE_MAX(longest, b->len[i]);
	return longest;
}

/* Those of the mask that are too large for the member; tags do not count. */
static __rte_noinline uint64_t too_large(const struct burst *b, uint64_t mask,
					 const struct bridge_member *out)
{
	uint64_t large = 0;

	for (uint64_t left = mask; left; left &= left - 1) {
		int i = __builtin_ctzll(left);

		if (b->len[i] > out->mtu &&
		    b->len[i] > out->mtu + tags_beyond(b->ip[i] - sizeof(rte_be16_t), 0))
			large |= left & -left;
	}
	return large;
}

static inline uint64_t bytes_of_mask(const struct burst *b, uint64_t mask)
{
	uint64_t bytes = 0;
	uint32_t n = b->n;

	if (likely(mask == burst_mask(n)))
		for (uint32_t i = 0; i < n; i++)
			bytes += b->len[i];
	else
		for (uint64_t left = mask; left; left &= left - 1)
			bytes += b->len[__builtin_ctzll(left)];
	return bytes + (uint64_t)__builtin_popcountll(mask) * RTE_ETHER_HDR_LEN;
}

/* To a port, as they are. longest: burst_longest(). Returns those that are too large for it. */
static inline uint64_t send_mask(struct worker *w, const struct burst *b, uint64_t mask,
				 uint32_t longest, const struct bridge_member *out)
{
	uint64_t large = unlikely(longest > out->mtu) ? too_large(b, mask, out) : 0;
	uint32_t n;

	mask &= ~large;
	if (unlikely(!mask))
		return large;
	n = (uint32_t)__builtin_popcountll(mask);
	w->stats->iface[out->iface].tx_packets += n;
	w->stats->iface[out->iface].tx_bytes += bytes_of_mask(b, mask);
	if (likely(n == b->n)) {
		tx_put_all(w, out->port, b->pkts, n);
	} else {
		struct burst part;

		part.n = burst_take(&part, 0, b, mask);
		tx_put_all(w, out->port, part.pkts, n);
	}
	w->in[NODE_port_tx]->n += n;
	return large;
}

/* The member that frames may go to at once, without a thought for tags; NULL. */
static inline const struct bridge_member *plain_way(const struct bridge_member *in, uint16_t iface)
{
	const struct bridge_member *out = bridge_slot(in->bridge, iface);
	enum drop_reason reason;

	if (unlikely(!out || !out->plain || !bridge_may_pass(in, out, &reason)))
		return NULL;
	return out;
}

#endif
