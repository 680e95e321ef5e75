/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IP addresses, prefixes and MAC addresses as people write them, for configuration and output.
 * Both families in one type; all address bytes are in network order. Context: any thread.
 */
#ifndef SLUICE_ADDR_H
#define SLUICE_ADDR_H

#include <stdbool.h>
#include <stdint.h>

enum ip_family { IP4 = 4, IP6 = 6 };

struct ip_addr {
	uint8_t family;    /* enum ip_family */
	uint8_t bytes[16]; /* network order; an IPv4 address in the first 4, the rest zero */
};

struct ip_prefix {
	struct ip_addr addr;
	uint8_t len; /* bits: 0 to 32 or 0 to 128 */
};

struct mac_addr {
	uint8_t bytes[6];
};

#define IP_ADDR_STRLEN   46
#define IP_PREFIX_STRLEN 50
#define MAC_STRLEN       18

/* Bits in an address of the family: 32 or 128. */
static inline unsigned ip_bits(const struct ip_addr *addr)
{
	return addr->family == IP4 ? 32 : 128;
}

/* Parse an address of either family ("192.0.2.1", "2001:db8::1"). 0, or -EINVAL. */
int ip_addr_parse(const char *text, struct ip_addr *addr);

/* Parse "ADDRESS/LENGTH"; without "/LENGTH" the length is that of a host. Host bits are kept (an
 * interface address has them): see ip_prefix_mask(). 0, or -EINVAL. */
int ip_prefix_parse(const char *text, struct ip_prefix *prefix);

/* Six pairs of hex digits with colons. 0, or -EINVAL. */
int mac_parse(const char *text, struct mac_addr *mac);

/* Print into buf (at least the STRLEN above) and return buf. */
const char *ip_addr_print(const struct ip_addr *addr, char *buf);
const char *ip_prefix_print(const struct ip_prefix *prefix, char *buf);
const char *mac_print(const struct mac_addr *mac, char *buf);

/* Clear the host bits. Returns true when there were none. */
bool ip_prefix_mask(struct ip_prefix *prefix);

/* The prefix of an address alone: /32 or /128. */
struct ip_prefix ip_prefix_host(const struct ip_addr *addr);

bool ip_addr_equal(const struct ip_addr *a, const struct ip_addr *b);
bool ip_prefix_equal(const struct ip_prefix *a, const struct ip_prefix *b);
bool ip_prefix_contains(const struct ip_prefix *prefix, const struct ip_addr *addr);

/* 0.0.0.0 or ::. */
bool ip_addr_is_unspecified(const struct ip_addr *addr);
/* 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291 2.7). */
bool ip_addr_is_multicast(const struct ip_addr *addr);
/* 127.0.0.0/8 (RFC 1122 3.2.1.3) or ::1. */
bool ip_addr_is_loopback(const struct ip_addr *addr);
/* fe80::/10 (RFC 4291 2.5.6); never true for IPv4, whose 169.254/16 Linux forwards. */
bool ip_addr_is_link_local6(const struct ip_addr *addr);

/* Group bit set (multicast or broadcast), or all zeroes: not the address of one interface. */
bool mac_is_unicast(const struct mac_addr *mac);

/* fe80::/64 with the modified EUI-64 of mac (RFC 4291 appendix A). */
struct ip_addr ip6_link_local(const struct mac_addr *mac);

#endif
