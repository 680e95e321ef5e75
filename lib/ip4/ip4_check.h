/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What must hold of an IPv4 header before it is forwarded: RFC 1812 5.2.2 and 5.3.7, with Linux's
 * reading where the two differ (240/4 and 169.254/16 are unicast; 0/8 but for 0.0.0.0 too).
 */
#ifndef SLUICE_IP4_CHECK_H
#define SLUICE_IP4_CHECK_H

#include <string.h>

#include <rte_ip.h>
#include <rte_mbuf.h>

#define IP4_HDR_LEN 20

/* Not the address of one host out there: 0.0.0.0, 127/8, 224/4, 255.255.255.255. Host order. */
static inline bool ip4_is_special(uint32_t addr)
{
	return (addr + 1 <= 1) | (addr >> 24 == 127) | (addr >> 28 == 0xe);
}

/* One's complement sum of the 20 bytes, folded: 0xffff when the checksum is right. Words of any
 * size add up to the same, with the carries brought round (RFC 1071 2). */
static inline uint32_t ip4_sum(const struct rte_ipv4_hdr *ip)
{
	uint64_t a, b, sum;
	uint32_t c;

	memcpy(&a, ip, 8);
	memcpy(&b, (const uint8_t *)ip + 8, 8);
	memcpy(&c, (const uint8_t *)ip + 16, 4);
	sum = (a >> 32) + (a & 0xffffffff) + (b >> 32) + (b & 0xffffffff) + c;
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	return (uint32_t)((sum & 0xffff) + (sum >> 16));
}

/* TTL less one, and the checksum with it (RFC 1624 3). */
static inline void ip4_age(struct rte_ipv4_hdr *ip)
{
	uint32_t sum = ip->hdr_checksum + (uint32_t)RTE_BE16(0x0100);

	ip->hdr_checksum = (uint16_t)(sum + (sum >= 0xffff));
	ip->time_to_live--;
}

#endif
