/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_arp.h>
#include <rte_byteorder.h>
#include <rte_ether.h>

#include "exchange.h"

/* Ethernet and IPv4, in the lengths of both, and a question (RFC 826, "Packet Reception"). */
static bool arp_is_request(const struct rte_arp_hdr *arp)
{
	return arp->arp_hardware == rte_cpu_to_be_16(RTE_ARP_HRD_ETHER) &&
	       arp->arp_protocol == rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4) &&
	       arp->arp_hlen == RTE_ETHER_ADDR_LEN && arp->arp_plen == sizeof(rte_be32_t) &&
	       arp->arp_opcode == rte_cpu_to_be_16(RTE_ARP_OP_REQUEST);
}

/* May the sender be told? 0.0.0.0 is a probe, somebody who is about to take the address (RFC 5227
 * 2.1.1). A claim of an address of ours, gratuitous or not, gets no answer: Linux takes it for a
 * martian. What else an ARP sender may be is looser than for IP, in Linux and here: the answer goes
 * to one MAC, whatever the IP address. */
static bool arp_sender_valid(const struct exchange *x, const struct ip_addr *sender)
{
	static const struct ip_addr broadcast = {.family = IP4, .bytes = {255, 255, 255, 255}};

	if (ip_addr_is_unspecified(sender))
		return true;
	return !ip_addr_is_multicast(sender) && !ip_addr_is_loopback(sender) &&
	       !ip_addr_equal(sender, &broadcast) && !responder_own(x, sender);
}

/* Any address of the router is answered on any interface, with that interface's MAC: Linux's
 * default, arp_ignore = 0, and what a host with a route to it on the link needs. */
size_t responder_arp(struct exchange *x)
{
	struct rte_arp_hdr arp;
	struct rte_arp_ipv4 *d = &arp.arp_data;
	struct ip_addr sender, target;
	uint32_t asked;

	if (x->in_len < sizeof(arp))
		return 0;
	memcpy(&arp, x->in, sizeof(arp));
	sender = exchange_addr4(d->arp_sip);
	target = exchange_addr4(d->arp_tip);
	/* The answer goes to the sender's hardware address, which may differ from the frame's
	 * source (RFC 826). */
	memcpy(x->to.bytes, &d->arp_sha, sizeof(x->to));
	if (!arp_is_request(&arp) || !mac_is_unicast(&x->to) || !responder_own(x, &target) ||
	    !arp_sender_valid(x, &sender))
		return 0;

	arp.arp_opcode = rte_cpu_to_be_16(RTE_ARP_OP_REPLY);
	asked = d->arp_tip;
	d->arp_tha = d->arp_sha;
	d->arp_tip = d->arp_sip;
	memcpy(&d->arp_sha, &x->q->iface->mac, sizeof(d->arp_sha));
	d->arp_sip = asked;
	memcpy(x->out, &arp, sizeof(arp));
	x->count = &x->r->stats.arp_replies;
	return sizeof(arp);
}
