/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What must hold of an IPv4 header before it is forwarded: RFC 1812 5.2.2 and 5.3.7, with Linux's
 * reading where the two differ (240/4 and 169.254/16 are unicast; 0/8 but for 0.0.0.0 too).
 */
#ifndef SLUICE_IP4_CHECK_H
#define SLUICE_IP4_CHECK_H

#include <rte_ip.h>

#include "vec.h"

#define IP4_HDR_LEN 20

/* Of addresses in network order: those that are not the address of one host out there: 0.0.0.0,
 * 127/8, 224/4, 255.255.255.255. */
static inline vec32 ip4_is_special(vec32 addr)
{
	vec32 ends = (vec32)(addr + 1 <= 1);
	vec32 loopback = (vec32)((addr & RTE_BE32(0xff000000)) == RTE_BE32(0x7f000000));
	vec32 multicast = (vec32)((addr & RTE_BE32(0xf0000000)) == RTE_BE32(0xe0000000));

	return ends | loopback | multicast;
}

/* One's complement sums of the five words of headers, folded: 0xffff when the checksum is right.
 * Halves of words add up to the same in any byte order (RFC 1071 2). */
static inline vec32 ip4_sum(vec32 w0, vec32 w1, vec32 w2, vec32 w3, vec32 w4)
{
	vec32 sum = (w0 & 0xffff) + (w0 >> 16) + (w1 & 0xffff) + (w1 >> 16) + (w2 & 0xffff) +
		    (w2 >> 16) + (w3 & 0xffff) + (w3 >> 16) + (w4 & 0xffff) + (w4 >> 16);

	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* The words of TTL (at least 1), protocol and checksum one hop on: TTL less one, and the checksum
 * with it (RFC 1624 3), which is one more, and once more for a carry; never 0xffff. */
static inline vec32 ip4_aged(vec32 word)
{
	vec32 carry = (vec32)(word >= 0xfffe0000);

	return word + 0xffff + (carry & 0x10000);
}

#endif
