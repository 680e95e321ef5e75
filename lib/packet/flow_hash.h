/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hash that chooses among equal paths: addresses, protocol and ports (5-tuple); for fragments
 * addresses and protocol only (3-tuple), so that all fragments of a datagram take one path; for
 * IPv6 the flow label beside them (RFC 6437 3, RFC 6438). The same flow always has the same
 * hash, on every worker and after a restart; the seed is the router's own, because two routers in
 * a row that hash alike would leave the second with one path. Context: any thread.
 *
 * The hash is MurmurHash3's of 32 bits (Appleby, public domain) over words in network order, of a
 * vector of flows at once; that of one flow is a lane of it.
 */
#ifndef SLUICE_FLOW_HASH_H
#define SLUICE_FLOW_HASH_H

#include <stdint.h>
#include <string.h>

#include <netinet/in.h>
#include <rte_byteorder.h>
#include <rte_ip.h>

#include "vec.h"

static inline vec32 flow_hash_add(vec32 h, vec32 word)
{
	word *= 0xcc9e2d51u;
	word = (word << 15 | word >> 17) * 0x1b873593u;
	h ^= word;
	return (h << 13 | h >> 19) * 5 + 0xe6546b64u;
}

/* Every bit of the result depends on every bit, so that a mask may cut it. */
static inline vec32 flow_hash_end(vec32 h)
{
	h = (h ^ h >> 16) * 0x85ebca6bu;
	h = (h ^ h >> 13) * 0xc2b2ae35u;
	return h ^ h >> 16;
}

/* l4, but nothing where the protocol has no ports: all but TCP, UDP, SCTP, DCCP, UDP-Lite. */
static inline vec32 flow_hash_ports(vec32 protocol, vec32 l4)
{
	return l4 & ((vec32)(protocol == IPPROTO_TCP) | (vec32)(protocol == IPPROTO_UDP) |
		     (vec32)(protocol == IPPROTO_SCTP) | (vec32)(protocol == IPPROTO_DCCP) |
		     (vec32)(protocol == IPPROTO_UDPLITE));
}

/* word: those of the headers by their place, the first not used; l4: the four bytes behind the
 * headers, 0 where there are none. */
static inline vec32 flow_hash4_vec(uint32_t seed, const vec32 word[5], vec32 l4)
{
	vec32 protocol = vec32_byte(word[2], 1), h = vec32_set(seed);
	/* Any fragment, the first too: MF set or an offset. */
	vec32 whole =
		(vec32)((word[1] & RTE_BE32(RTE_IPV4_HDR_OFFSET_MASK | RTE_IPV4_HDR_MF_FLAG)) == 0);

	h = flow_hash_add(h, word[3]);
	h = flow_hash_add(h, word[4]);
	h = flow_hash_add(h, flow_hash_ports(protocol, l4 & whole));
	return flow_hash_end(h ^ protocol);
}

/* word: those of the headers, the second one only for the protocol. */
static inline vec32 flow_hash6_vec(uint32_t seed, const vec32 word[10], vec32 l4)
{
	vec32 protocol = vec32_byte(word[1], 2), h = vec32_set(seed);

	for (int i = 2; i < 10; i++)
		h = flow_hash_add(h, word[i]);
	h = flow_hash_add(h, word[0] & RTE_BE32(RTE_IPV6_HDR_FL_MASK));
	h = flow_hash_add(h, flow_hash_ports(protocol, l4));
	return flow_hash_end(h ^ protocol);
}

/* n words at `from` in the first lanes of as many vectors. */
static inline void flow_hash_words(vec32 *word, const void *from, unsigned n)
{
	uint32_t words[10];

	memcpy(words, from, n * sizeof(*words));
	for (unsigned i = 0; i < n; i++)
		word[i] = vec32_set(words[i]);
}

/* What stands at l4, if there is room for it. */
static inline vec32 flow_hash_l4(const uint8_t *l4, bool is_there)
{
	uint32_t word = 0;

	if (is_there)
		memcpy(&word, l4, sizeof(word));
	return vec32_set(word);
}

/* ip: a checked header; room: bytes from ip to the end of the first segment. */
static inline uint32_t flow_hash4(uint32_t seed, const struct rte_ipv4_hdr *ip, uint32_t room)
{
	uint32_t len = (ip->version_ihl & 0xfu) * 4;
	vec32 word[5];

	flow_hash_words(word, ip, 5);
	return flow_hash4_vec(seed, word,
			      flow_hash_l4((const uint8_t *)ip + len, room >= len + 4))[0];
}

static inline uint32_t flow_hash6(uint32_t seed, const struct rte_ipv6_hdr *ip, uint32_t room)
{
	vec32 word[10];

	flow_hash_words(word, ip, 10);
	return flow_hash6_vec(seed, word,
			      flow_hash_l4((const uint8_t *)(ip + 1), room >= sizeof(*ip) + 4))[0];
}

#endif
