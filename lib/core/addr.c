/* SPDX-License-Identifier: BSD-3-Clause */
#include "addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ip_addr_parse(const char *text, struct ip_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	if (inet_pton(AF_INET, text, addr->bytes) == 1)
		addr->family = IP4;
	else if (inet_pton(AF_INET6, text, addr->bytes) == 1)
		addr->family = IP6;
	else
		return -EINVAL;
	return 0;
}

int ip_prefix_parse(const char *text, struct ip_prefix *prefix)
{
	const char *slash = strchr(text, '/');
	char host[IP_ADDR_STRLEN];
	unsigned len = 0;
	int digits = 0;
	size_t n;

	memset(prefix, 0, sizeof(*prefix));
	n = slash ? (size_t)(slash - text) : strlen(text);
	if (n >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, n);
	host[n] = '\0';
	if (ip_addr_parse(host, &prefix->addr))
		return -EINVAL;
	prefix->len = ip_bits(&prefix->addr);
	if (!slash)
		return 0;
	for (const char *p = slash + 1; *p; p++, digits++) {
		if (*p < '0' || *p > '9' || digits == 3)
			return -EINVAL;
		len = len * 10 + (unsigned)(*p - '0');
	}
	if (!digits || len > ip_bits(&prefix->addr))
		return -EINVAL;
	prefix->len = len;
	return 0;
}

int mac_parse(const char *text, struct mac_addr *mac)
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < 6; i++) {
		unsigned byte = 0;

		if (i && *text++ != ':')
			return -EINVAL;
		for (int j = 0; j < 2; j++, text++) {
			const char *digit;

			if (!*text || !(digit = strchr(hex, *text | 0x20)))
				return -EINVAL;
			byte = byte << 4 | (unsigned)(digit - hex);
		}
		mac->bytes[i] = byte;
	}
	return *text ? -EINVAL : 0;
}

const char *ip_addr_print(const struct ip_addr *addr, char *buf)
{
	return inet_ntop(addr->family == IP4 ? AF_INET : AF_INET6, addr->bytes, buf,
			 IP_ADDR_STRLEN);
}

const char *ip_prefix_print(const struct ip_prefix *prefix, char *buf)
{
	ip_addr_print(&prefix->addr, buf);
	sprintf(buf + strlen(buf), "/%u", prefix->len);
	return buf;
}

const char *mac_print(const struct mac_addr *mac, char *buf)
{
	const uint8_t *b = mac->bytes;

	snprintf(buf, MAC_STRLEN, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
		 b[5]);
	return buf;
}

/* The mask of byte i of a prefix of len bits. */
static uint8_t mask_byte(unsigned len, unsigned i)
{
	if (len >= 8 * (i + 1))
		return 0xff;
	return len <= 8 * i ? 0 : (uint8_t)(0xff00 >> (len - 8 * i));
}

bool ip_prefix_mask(struct ip_prefix *prefix)
{
	bool clean = true;

	for (unsigned i = 0; i < 16; i++) {
		uint8_t masked = prefix->addr.bytes[i] & mask_byte(prefix->len, i);

		clean &= masked == prefix->addr.bytes[i];
		prefix->addr.bytes[i] = masked;
	}
	return clean;
}

struct ip_prefix ip_prefix_host(const struct ip_addr *addr)
{
	return (struct ip_prefix){.addr = *addr, .len = ip_bits(addr)};
}

bool ip_addr_equal(const struct ip_addr *a, const struct ip_addr *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool ip_prefix_equal(const struct ip_prefix *a, const struct ip_prefix *b)
{
	return a->len == b->len && ip_addr_equal(&a->addr, &b->addr);
}

bool ip_prefix_contains(const struct ip_prefix *prefix, const struct ip_addr *addr)
{
	if (prefix->addr.family != addr->family)
		return false;
	for (unsigned i = 0; i < 16; i++)
		if ((prefix->addr.bytes[i] ^ addr->bytes[i]) & mask_byte(prefix->len, i))
			return false;
	return true;
}

bool ip_addr_is_unspecified(const struct ip_addr *addr)
{
	static const uint8_t zero[16];

	return !memcmp(addr->bytes, zero, sizeof(zero));
}

bool ip_addr_is_multicast(const struct ip_addr *addr)
{
	return addr->family == IP4 ? (addr->bytes[0] & 0xf0) == 0xe0 : addr->bytes[0] == 0xff;
}

bool ip_addr_is_loopback(const struct ip_addr *addr)
{
	static const uint8_t one[16] = {[15] = 1};

	return addr->family == IP4 ? addr->bytes[0] == 127 : !memcmp(addr->bytes, one, sizeof(one));
}

bool ip_addr_is_link_local6(const struct ip_addr *addr)
{
	return addr->family == IP6 && addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80;
}

bool mac_is_unicast(const struct mac_addr *mac)
{
	static const struct mac_addr zero;

	return !(mac->bytes[0] & 1) && memcmp(mac, &zero, sizeof(zero));
}

struct ip_addr ip6_link_local(const struct mac_addr *mac)
{
	const uint8_t *b = mac->bytes;

	return (struct ip_addr){
		.family = IP6,
		.bytes = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, b[0] ^ 2, b[1], b[2], 0xff, 0xfe, b[3],
			  b[4], b[5]},
	};
}
