/* SPDX-License-Identifier: BSD-3-Clause */
#include "unicast.h"

#include <errno.h>
#include <stddef.h>

/* The first four bytes as a number. */
static uint32_t ip4_value(const struct ip_addr *addr)
{
	const uint8_t *b = addr->bytes;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

const char *unicast_not(const struct ip_addr *addr)
{
	if (ip_addr_is_unspecified(addr))
		return "the unspecified one";
	if (ip_addr_is_loopback(addr))
		return "a loopback one";
	if (ip_addr_is_multicast(addr))
		return "a multicast one";
	if (addr->family == IP4 && ip4_value(addr) == UINT32_MAX)
		return "the limited broadcast";
	return NULL;
}

const char *unicast_not_host(const struct ip_prefix *prefix, const struct ip_addr *addr)
{
	uint32_t host_mask;

	if (addr->family != IP4 || prefix->len >= 31 || !ip_prefix_contains(prefix, addr))
		return NULL;
	host_mask = UINT32_MAX >> prefix->len;
	if (!(ip4_value(addr) & host_mask))
		return "the network address";
	return (ip4_value(addr) & host_mask) == host_mask ? "the broadcast address" : NULL;
}

int unicast_check_iface(const struct ip_prefix *addr, struct error *expected)
{
	const char * not ;

	if (!addr->len)
		return error_set(expected, -EINVAL, "a length of at least 1");
	not = unicast_not(&addr->addr);
	if (not )
		return error_set(expected, -EINVAL, "a unicast address, not %s", not );
	not = unicast_not_host(addr, &addr->addr);
	if (not )
		return error_set(expected, -EINVAL, "the address of a host, not %s of its subnet",
				 not );
	if (ip_addr_is_link_local6(&addr->addr))
		return error_set(expected, -EINVAL,
				 "no link-local address: it follows from the MAC address");
	return 0;
}
