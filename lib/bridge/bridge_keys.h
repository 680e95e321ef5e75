/* SPDX-License-Identifier: BSD-3-Clause */
/* Of the nodes bridge_input and bridge_output: the keys of a burst for the MAC table. Context:
 * worker. */
#ifndef SLUICE_BRIDGE_KEYS_H
#define SLUICE_BRIDGE_KEYS_H

#include <rte_byteorder.h>
#include <rte_ether.h>

#include "bridge_slow.h"
#include "vec.h"

/* As fdb_key(): of the address at the begin of 8 bytes, which the upper six of the word are. */
static inline uint64_t key_at(const uint8_t *mac, uint16_t fid)
{
	uint64_t word;

	memcpy(&word, mac, sizeof(word));
	return (rte_be_to_cpu_64(word) & ~UINT64_C(0xffff)) | fid;
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

		dst[i] = key_at(frame, fid);
		src[i] = key_at(frame + RTE_ETHER_ADDR_LEN, fid);
	}
	for (uint32_t i = n; i % VEC64_LANES; i++)
		dst[i] = src[i] = UINT64_C(0x0200000000000000);
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

/* To a port, as they are. */
static inline void send_mask(struct worker *w, const struct burst *b, uint64_t mask,
			     const struct bridge_member *out)
{
	uint32_t n = (uint32_t)__builtin_popcountll(mask);

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
