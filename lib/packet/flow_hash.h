/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hash that chooses among equal paths: addresses, protocol and ports (5-tuple); for fragments
 * addresses and protocol only (3-tuple), so that all fragments of a datagram take one path; for
 * IPv6 the flow label beside them (RFC 6437 3, RFC 6438). The same flow always has the same
 * hash, on every worker and after a restart; the seed is the router's own, because two routers in
 * a row that hash alike would leave the second with one path. Context: any thread.
 */
#ifndef SLUICE_FLOW_HASH_H
#define SLUICE_FLOW_HASH_H

#include <stdint.h>
#include <string.h>

#include <netinet/in.h>
#include <rte_hash_crc.h>
#include <rte_ip.h>

/* Mix the bits of a CRC, whose low bits are linear in the input, so that a mask may cut them. */
static inline uint32_t flow_hash_mix(uint32_t h)
{
	h ^= h >> 16;
	h *= 0x85ebca6bu;
	h ^= h >> 13;
	return h;
}

/* The four bytes of both ports (TCP, UDP, SCTP, DCCP, UDP-Lite), or 0. room: bytes at l4 in the
 * first segment. */
static inline uint32_t flow_hash_ports(uint8_t protocol, const uint8_t *l4, uint32_t room)
{
	uint32_t ports = 0;

	if (room >= 4 &&
	    (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP ||
	     protocol == IPPROTO_DCCP || protocol == IPPROTO_UDPLITE))
		memcpy(&ports, l4, 4);
	return ports;
}

/* ip: a checked header; room: bytes from ip to the end of the first segment. */
static inline uint32_t flow_hash4(uint32_t seed, const struct rte_ipv4_hdr *ip, uint32_t room)
{
	uint32_t len = (ip->version_ihl & 0xfu) * 4, ports = 0, h;
	uint64_t addrs;

	/* Any fragment, the first too: MF set or an offset. */
	if (!(ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK | RTE_IPV4_HDR_MF_FLAG)))
		ports = flow_hash_ports(ip->next_proto_id, (const uint8_t *)ip + len,
					room > len ? room - len : 0);
	memcpy(&addrs, &ip->src_addr, 8);
	h = rte_hash_crc_8byte(addrs, seed);
	h = rte_hash_crc_8byte((uint64_t)ports << 32 | ip->next_proto_id, h);
	return flow_hash_mix(h);
}

static inline uint32_t flow_hash6(uint32_t seed, const struct rte_ipv6_hdr *ip, uint32_t room)
{
	uint32_t ports =
		flow_hash_ports(ip->proto, (const uint8_t *)(ip + 1), room - (uint32_t)sizeof(*ip));
	uint32_t h = seed;
	uint64_t words[4];

	memcpy(words, ip->src_addr, sizeof(words));
	for (int i = 0; i < 4; i++)
		h = rte_hash_crc_8byte(words[i], h);
	h = rte_hash_crc_4byte(ip->vtc_flow & RTE_BE32(RTE_IPV6_HDR_FL_MASK), h);
	h = rte_hash_crc_8byte((uint64_t)ports << 32 | ip->proto, h);
	return flow_hash_mix(h);
}

#endif
