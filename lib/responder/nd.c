/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbour discovery: solicitations for the addresses of the interface, anycast ones included. */
#include <netinet/icmp6.h>

#include <rte_ether.h>
#include <rte_ip.h>

#include "exchange.h"

#define ND_HOP_LIMIT 255 /* never forwarded, so from this link: RFC 4861 7.1.1 */
#define TARGET       8   /* bytes into the message; the options follow */
#define OPTIONS      24
#define OPTION_UNIT  8 /* what the length of an option counts; one holds an Ethernet address */

/* The options of a solicitation. *lladdr: the MAC of the source link-layer address option, or NULL.
 * False: the message is to be discarded (RFC 4861 7.1.1, 4.6). */
static bool options_parse(const uint8_t *msg, size_t len, const uint8_t **lladdr)
{
	*lladdr = NULL;
	for (size_t at = OPTIONS; at < len;) {
		const uint8_t *option = msg + at;
		size_t left = len - at;

		if (left < 2 || option[1] == 0 || option[1] * (size_t)OPTION_UNIT > left)
			return false;
		if (option[0] == ND_OPT_SOURCE_LINKADDR && !*lladdr) {
			/* Of another kind of link: RFC 2464 6 has one unit. */
			if (option[1] != 1)
				return false;
			*lladdr = option + 2;
		}
		at += option[1] * (size_t)OPTION_UNIT;
	}
	return true;
}

/* Where the advertisement goes (RFC 4861 7.2.4): its IP destination, and x->to. False: the
 * solicitation has no valid source. */
static bool reply_to(struct exchange *x, const struct ip_addr *src, const uint8_t *lladdr,
		     struct ip_addr *dst)
{
	static const struct ip_addr all_nodes = {.family = IP6, .bytes = {0xff, 2, [15] = 1}};
	static const struct mac_addr all_nodes_mac = {{0x33, 0x33, 0, 0, 0, 1}};
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)x->in;
	struct ip_addr solicited = exchange_addr6(ip->dst_addr);

	if (ip_addr_is_unspecified(src)) {
		/* Duplicate address detection: everybody is told. Such a probe has no link-layer
		 * address, and goes to a solicited-node address (RFC 4861 7.1.1). */
		if (lladdr || !responder_solicited_node(&solicited))
			return false;
		*dst = all_nodes;
		x->to = all_nodes_mac;
		return true;
	}
	if (!responder_one_host(x, src))
		return false;
	*dst = *src;
	if (lladdr)
		memcpy(x->to.bytes, lladdr, sizeof(x->to.bytes));
	return mac_is_unicast(&x->to);
}

size_t responder_nd(struct exchange *x, const uint8_t *msg, size_t len)
{
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)x->in;
	struct ip_addr src = exchange_addr6(ip->src_addr), dst, target;
	const struct ip_addr *from = &target;
	uint8_t *na = x->out + sizeof(*ip);
	const uint8_t *lladdr;
	bool anycast;

	if (ip->hop_limits != ND_HOP_LIMIT || msg[1] != 0 || len < OPTIONS)
		return 0;
	/* An address of this interface, not of the router: unlike ARP, and as Linux does. That also
	 * keeps multicast targets out. */
	target = exchange_addr6(msg + TARGET);
	anycast = responder_anycast(x, &target);
	if (!(anycast || responder_iface_has(x, &target)) || !options_parse(msg, len, &lladdr) ||
	    !reply_to(x, &src, lladdr, &dst))
		return 0;
	if (anycast)
		from = responder_source(x, &dst);
	if (!from)
		return 0;

	/* RFC 4861 4.4, 7.2.4: a router; solicited unless it answers a probe; the target option is
	 * always there, so that the answer may override what the neighbour knew. But not for an
	 * anycast address, of which another router may have told it (7.2.7). */
	memset(na, 0, TARGET);
	na[0] = ND_NEIGHBOR_ADVERT;
	na[4] = 0x80 | (ip_addr_is_unspecified(&src) ? 0 : 0x40) | (anycast ? 0 : 0x20);
	memcpy(na + TARGET, target.bytes, sizeof(target.bytes));
	na[OPTIONS] = ND_OPT_TARGET_LINKADDR;
	na[OPTIONS + 1] = 1;
	memcpy(na + OPTIONS + 2, x->q->iface->mac.bytes, RTE_ETHER_ADDR_LEN);
	x->count = &x->r->stats.neighbour_adverts;
	return responder_icmp6_close(x, from, &dst, 0, ND_HOP_LIMIT, OPTIONS + OPTION_UNIT);
}
