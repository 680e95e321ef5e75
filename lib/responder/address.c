/* SPDX-License-Identifier: BSD-3-Clause */
#include "exchange.h"

bool responder_iface_has(const struct exchange *x, const struct ip_addr *addr)
{
	const struct responder_iface *iface = x->q->iface;

	for (unsigned i = 0; i < iface->n_addrs; i++)
		if (ip_addr_equal(&iface->addrs[i].addr, addr))
			return true;
	return false;
}

bool responder_own(const struct exchange *x, const struct ip_addr *addr)
{
	if (responder_iface_has(x, addr))
		return true;
	/* A link-local address of another interface is another host's here (RFC 4007 6). */
	return !ip_addr_is_link_local6(addr) && x->r->router.is_local(x->r->ctx, addr);
}

bool responder_solicited_node(const struct ip_addr *addr)
{
	static const uint8_t prefix[13] = {0xff, 2, [11] = 1, [12] = 0xff};

	return addr->family == IP6 && !memcmp(addr->bytes, prefix, sizeof(prefix));
}

/* Has the subnet an address of the whole link? Not one of two addresses or one: RFC 3021 2.1,
 * RFC 6164 6. */
static bool has_whole_link(const struct ip_prefix *own)
{
	return own->len + 1u < ip_bits(&own->addr);
}

/* Is group the solicited-node one of the address, or of the subnet-router anycast address of its
 * subnet? RFC 4291 2.8 */
static bool solicits(const struct ip_prefix *own, const struct ip_addr *group)
{
	struct ip_prefix subnet = *own;

	if (own->addr.family != IP6)
		return false;
	if (!memcmp(&own->addr.bytes[13], &group->bytes[13], 3))
		return true;
	ip_prefix_mask(&subnet);
	return has_whole_link(own) && !memcmp(&subnet.addr.bytes[13], &group->bytes[13], 3);
}

bool responder_joined(const struct exchange *x, const struct ip_addr *group)
{
	static const struct ip_addr groups[] = {
		{.family = IP6, .bytes = {0xff, 2, [15] = 1}}, /* all nodes of the link */
		{.family = IP6, .bytes = {0xff, 2, [15] = 2}}, /* all routers of the link */
		{.family = IP6, .bytes = {0xff, 5, [15] = 2}}, /* all routers of the site */
	};
	const struct responder_iface *iface = x->q->iface;

	for (unsigned i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		if (ip_addr_equal(group, &groups[i]))
			return true;
	if (!responder_solicited_node(group))
		return false;
	for (unsigned i = 0; i < iface->n_addrs; i++)
		if (solicits(&iface->addrs[i], group))
			return true;
	return false;
}

/* The host part of addr within prefix is all ones (bit = 1) or all zeroes (bit = 0). */
static bool host_bits(const struct ip_prefix *prefix, const struct ip_addr *addr, unsigned bit)
{
	if (!ip_prefix_contains(prefix, addr))
		return false;
	for (unsigned i = prefix->len; i < ip_bits(addr); i++)
		if ((addr->bytes[i / 8] >> (7 - i % 8) & 1u) != bit)
			return false;
	return true;
}

/* The address of a whole link of the interface: the directed broadcast (RFC 1122 3.2.1.3 (d)), or
 * the subnet-router anycast address (RFC 4291 2.6.1). An IPv4 host part of zeroes is a host, as in
 * Linux. */
static bool whole_link(const struct exchange *x, const struct ip_addr *addr)
{
	const struct responder_iface *iface = x->q->iface;

	for (unsigned i = 0; i < iface->n_addrs; i++)
		if (has_whole_link(&iface->addrs[i]) &&
		    host_bits(&iface->addrs[i], addr, addr->family == IP4))
			return true;
	return false;
}

bool responder_anycast(const struct exchange *x, const struct ip_addr *addr)
{
	return addr->family == IP6 && whole_link(x, addr);
}

/* Addresses that stand for no host in any network: 0.0.0.0 and 255.255.255.255 (RFC 1122 3.2.1.3;
 * the rest of 0/8 is of hosts, as in Linux), ::, and the IPv4-mapped ones, which are no addresses
 * of packets (RFC 4291 2.5.5.2). */
static bool reserved(const struct ip_addr *addr)
{
	static const uint8_t broadcast[4] = {255, 255, 255, 255};
	static const uint8_t mapped[12] = {[10] = 255, [11] = 255};

	if (ip_addr_is_unspecified(addr))
		return true;
	if (addr->family == IP4)
		return !memcmp(addr->bytes, broadcast, sizeof(broadcast));
	return !memcmp(addr->bytes, mapped, sizeof(mapped));
}

bool responder_one_host(const struct exchange *x, const struct ip_addr *addr)
{
	/* Class E is a host like any other, as in Linux. The router itself is not: an answer to
	 * one's own address on a wire goes to whoever forged it. */
	return !reserved(addr) && !ip_addr_is_multicast(addr) && !ip_addr_is_loopback(addr) &&
	       !whole_link(x, addr) && !responder_own(x, addr);
}

/* Of link scope: what is sent there, is sent from a link-local address (RFC 6724 5 rule 2). */
static bool link_scope(const struct ip_addr *addr)
{
	return ip_addr_is_link_local6(addr) ||
	       (addr->family == IP6 && addr->bytes[0] == 0xff && (addr->bytes[1] & 0xf) == 2);
}

const struct ip_addr *responder_source(const struct exchange *x, const struct ip_addr *peer)
{
	const struct responder_iface *iface = x->q->iface;
	const struct ip_addr *best = NULL, *other;
	bool link = link_scope(peer);
	int best_score = -1;

	/* The peer's scope first, then its subnet (RFC 1812 4.3.2.4: an address of the interface
	 * the error leaves by), then the order of the configuration. */
	for (unsigned i = 0; i < iface->n_addrs; i++) {
		const struct ip_prefix *own = &iface->addrs[i];
		int score = ip_prefix_contains(own, peer);

		if (own->addr.family != peer->family)
			continue;
		if (ip_addr_is_link_local6(&own->addr) == link)
			score += 2;
		if (score > best_score) {
			best = &own->addr;
			best_score = score;
		}
	}
	if (best_score >= 2 || link)
		return best;
	/* None to speak from beyond the link: any other of the router's, as Linux does, so that
	 * traceroute and path MTU discovery get over unnumbered interfaces (RFC 1812 2.2.7). */
	other = x->r->router.address(x->r->ctx, peer->family);
	return other ? other : best;
}
