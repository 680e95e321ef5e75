/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The node punt: sorts what the nodes above give away into classes, polices each class, and hands
 * what passes to the slow path through a ring that never blocks.
 *
 * The classes of a reason are told apart by protocol, so that a flood of UDP or pings does not
 * starve a routing session or ssh. It looks at the fixed headers only: what hides behind IPv6
 * extension headers or in later fragments counts as `other`.
 */
#include "punt.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_ether.h>
#include <rte_ip.h>

#include "iface_vlans.h"
#include "node.h"

int punt_meta_offset = -1;

int punt_init(void)
{
	static const struct rte_mbuf_dynfield field = {
		.name = "sluice_punt_meta",
		.size = sizeof(struct punt_meta),
		.align = __alignof__(struct punt_meta),
	};

	punt_meta_offset = rte_mbuf_dynfield_register(&field);
	return punt_meta_offset < 0 ? -rte_errno : 0;
}

enum local_class { LOCAL_ROUTING, LOCAL_TCP, LOCAL_ICMP, LOCAL_ND, LOCAL_OTHER };

static bool is_routing_port(uint16_t port)
{
	switch (port) {
	case 179:  /* BGP, RFC 4271 */
	case 520:  /* RIP, RFC 2453 */
	case 521:  /* RIPng, RFC 2080 */
	case 646:  /* LDP, RFC 5036 */
	case 3784: /* BFD, RFC 5881 */
	case 3785:
	case 4784: /* multihop BFD, RFC 5883 */
	case 6784: /* BFD on LAG, RFC 7130 */
		return true;
	default:
		return false;
	}
}

/* l4: the bytes behind the IP header, room of them in the first segment. */
static enum local_class classify_l4(uint8_t protocol, const uint8_t *l4, uint32_t room)
{
	rte_be16_t ports[2];

	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		if (room < sizeof(ports))
			return LOCAL_OTHER;
		memcpy(ports, l4, sizeof(ports));
		if (is_routing_port(rte_be_to_cpu_16(ports[0])) ||
		    is_routing_port(rte_be_to_cpu_16(ports[1])))
			return LOCAL_ROUTING;
		return protocol == IPPROTO_TCP ? LOCAL_TCP : LOCAL_OTHER;
	case 88: /* EIGRP, RFC 7868 */
	case 89: /* OSPF, RFC 2328 */
	case IPPROTO_PIM:
	case 112: /* VRRP, RFC 5798 */
		return LOCAL_ROUTING;
	case IPPROTO_ICMP:
		return LOCAL_ICMP;
	case IPPROTO_ICMPV6:
		/* RFC 4861: router solicitation to redirect */
		if (room >= 1 && l4[0] >= ND_ROUTER_SOLICIT && l4[0] <= ND_REDIRECT)
			return LOCAL_ND;
		return LOCAL_ICMP;
	default:
		return LOCAL_OTHER;
	}
}

static enum local_class classify_ip(const struct rte_mbuf *pkt, uint8_t l2_len)
{
	const uint8_t *ip = rte_pktmbuf_mtod_offset(pkt, const uint8_t *, l2_len);
	uint32_t room = pkt->data_len > l2_len ? pkt->data_len - l2_len : 0;

	if (room >= sizeof(struct rte_ipv4_hdr) && ip[0] >> 4 == 4) {
		uint32_t len = (ip[0] & 0xfu) * 4;
		const struct rte_ipv4_hdr *ip4 = (const struct rte_ipv4_hdr *)ip;

		if (ip4->fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK))
			return LOCAL_OTHER;
		return classify_l4(ip4->next_proto_id, ip + len, room > len ? room - len : 0);
	}
	if (room >= sizeof(struct rte_ipv6_hdr)) {
		const struct rte_ipv6_hdr *ip6 = (const struct rte_ipv6_hdr *)ip;

		return classify_l4(ip6->proto, ip + sizeof(*ip6), room - sizeof(*ip6));
	}
	return LOCAL_OTHER;
}

/* The type behind the tags. */
static rte_be16_t type_of(const struct rte_mbuf *pkt, uint8_t l2_len)
{
	rte_be16_t type;

	memcpy(&type, rte_pktmbuf_mtod_offset(pkt, uint8_t *, l2_len - sizeof(type)), sizeof(type));
	return type;
}

static enum punt_class classify_l2(const struct rte_mbuf *pkt, uint8_t l2_len)
{
	if (ether_is_reserved(rte_pktmbuf_mtod(pkt, const struct rte_ether_addr *)))
		return PUNT_ethertype_control;
	return type_of(pkt, l2_len) == RTE_BE16(RTE_ETHER_TYPE_ARP) ? PUNT_ethertype_arp
								    : PUNT_ethertype_other;
}

static enum punt_class classify(const struct rte_mbuf *pkt, const struct pkt_meta *meta)
{
	static const enum punt_class single[PUNT_REASON_MAX] = {
		[PUNT_scope] = PUNT_scope_any,   [PUNT_options] = PUNT_options_any,
		[PUNT_ttl] = PUNT_ttl_any,       [PUNT_mtu] = PUNT_mtu_any,
		[PUNT_glean] = PUNT_glean_any,   [PUNT_no_route] = PUNT_no_route_any,
		[PUNT_kernel] = PUNT_kernel_any,
	};
	static const enum punt_class local[] = {
		[LOCAL_ROUTING] = PUNT_local_routing, [LOCAL_TCP] = PUNT_local_tcp,
		[LOCAL_ICMP] = PUNT_local_icmp,       [LOCAL_ND] = PUNT_local_nd,
		[LOCAL_OTHER] = PUNT_local_other,
	};
	static const enum punt_class multicast[] = {
		[LOCAL_ROUTING] = PUNT_multicast_routing, [LOCAL_TCP] = PUNT_multicast_other,
		[LOCAL_ICMP] = PUNT_multicast_other,      [LOCAL_ND] = PUNT_multicast_nd,
		[LOCAL_OTHER] = PUNT_multicast_other,
	};
	enum punt_reason reason = meta->value & 0xff;

	switch (reason) {
	case PUNT_ethertype:
		return classify_l2(pkt, meta->l2_len);
	case PUNT_bridge:
		return meta->value >> 8 & 0xff ? PUNT_bridge_flood : PUNT_bridge_known;
	case PUNT_local:
		return local[classify_ip(pkt, meta->l2_len)];
	case PUNT_multicast:
		return multicast[classify_ip(pkt, meta->l2_len)];
	default:
		return single[reason];
	}
}

/* Where the tags of a frame begin. */
#define TAGS_AT (2 * RTE_ETHER_ADDR_LEN)

static bool same_tag(const uint8_t *at, uint32_t want)
{
	const uint32_t priority = RTE_BE32(VLAN_TAG_PRIORITY);
	uint32_t tag;

	memcpy(&tag, at, sizeof(tag));
	return !((tag ^ want) & ~priority);
}

/* The last tags of the frame are these n, but for their priorities. */
static bool ends_with(const struct rte_mbuf *pkt, uint8_t l2_len, const uint32_t *want, uint32_t n)
{
	const uint8_t *at = rte_pktmbuf_mtod(pkt, const uint8_t *) + l2_len - sizeof(rte_be16_t) -
			    n * RTE_VLAN_HLEN;

	if (l2_len < RTE_ETHER_HDR_LEN + n * RTE_VLAN_HLEN)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!same_tag(at + i * RTE_VLAN_HLEN, want[i]))
			return false;
	return true;
}

/* For a bridge of Linux: as it came in, by the last TAP on its way to the member. */
static void choose_member(const struct worker *w, const struct rte_mbuf *pkt, uint8_t l2_len,
			  struct punt_meta *p)
{
	const uint8_t *frame = rte_pktmbuf_mtod(pkt, const uint8_t *);
	uint16_t id = w->rxq->iface;

	p->tap = id;
	for (uint8_t at = TAGS_AT; at + RTE_VLAN_HLEN < l2_len; at += RTE_VLAN_HLEN) {
		const struct iface_fwd *fwd = &w->ifaces[id];
		rte_be16_t tag[2];
		uint16_t vid, next;

		memcpy(tag, frame + at, sizeof(tag));
		vid = rte_be_to_cpu_16(tag[1]) & VLAN_VID_MASK;
		next = vid && vlan_is_tpid(tag[0]) ? iface_fwd_vlan(fwd, tag[0], vid) : IFACE_NONE;
		if (next == IFACE_NONE && (vid || iface_fwd_flags(fwd) & IFACE_FWD_MEMBER))
			return;
		if (next == IFACE_NONE)
			continue;
		id = next;
		if (!iface_fwd_has_tap(&w->ifaces[id]))
			continue;
		p->tap = id;
		p->tags = (uint8_t)(at + RTE_VLAN_HLEN - TAGS_AT);
	}
}

/*
 * The TAP that gets it, and the tags that it has there. An interface with a TAP of its own gets its
 * packets without tags. One that the kernel has made itself has none: the kernel tells its frames
 * apart by their tags, at the next interface below that has one; at the port in the end. They are
 * those of the frame where these are the last it has; else (the device has taken them off, a bridge
 * has given the frame its VLAN, a priority tag is behind them) those of the interface.
 */
static void choose_tap(const struct worker *w, const struct rte_mbuf *pkt,
		       const struct pkt_meta *meta, struct punt_meta *p)
{
	const struct iface_fwd *own = &w->ifaces[meta->iface], *fwd = own;
	uint16_t id = meta->iface;
	uint32_t n;

	while (fwd->kind == IFACE_VLAN && !iface_fwd_has_tap(fwd)) {
		id = fwd->parent;
		fwd = &w->ifaces[id];
	}
	if (fwd->kind == IFACE_BRIDGE && !iface_fwd_has_tap(fwd))
		return choose_member(w, pkt, meta->l2_len, p);
	n = own->n_tags - fwd->n_tags;
	p->tap = id;
	p->tags = (uint8_t)(meta->l2_len - RTE_ETHER_HDR_LEN);
	if (!n)
		return;
	if (ends_with(pkt, meta->l2_len, &own->tags[fwd->n_tags], n))
		p->tags = (uint8_t)(p->tags - n * RTE_VLAN_HLEN);
	else
		p->own_tags = (uint8_t)n;
}

/* Of the outer tag, if the device has not taken it off. */
static uint8_t priority_of(const struct rte_mbuf *pkt, uint8_t l2_len)
{
	if (pkt->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED)
		return (uint8_t)((pkt->vlan_tci & VLAN_TAG_PRIORITY) >> 8);
	if (l2_len == RTE_ETHER_HDR_LEN)
		return 0;
	return *rte_pktmbuf_mtod_offset(pkt, const uint8_t *, RTE_ETHER_HDR_LEN) &
	       VLAN_TAG_PRIORITY >> 8;
}

void punt(struct worker *w, struct burst *b)
{
	uint64_t now = rte_rdtsc();
	bool punted = false;

	for (uint32_t i = 0; i < b->n; i++) {
		struct rte_mbuf *pkt = b->pkts[i];
		const struct pkt_meta *meta = &b->meta[i];
		enum punt_class cls = classify(pkt, meta);

		if (!policer_pass(&w->policers[cls], now)) {
			w->stats->limited[cls]++;
			node_drop(w, pkt, *meta, DROP_punt_limited);
			continue;
		}
		*punt_meta(pkt) = (struct punt_meta){
			.iface = meta->iface,
			.mtu = meta->value >> 16,
			.cls = cls,
			.kind = (uint8_t)(meta->value >> 8),
			.l2_len = meta->l2_len,
			.priority = priority_of(pkt, meta->l2_len),
		};
		choose_tap(w, pkt, meta, punt_meta(pkt));
		if (unlikely(rte_ring_sp_enqueue(w->punt_ring, pkt))) {
			node_drop(w, pkt, *meta, DROP_punt_full);
			continue;
		}
		w->stats->punted[cls]++;
		w->stats->iface[meta->iface].punted++;
		punted = true;
	}
	b->n = 0;
	/* A system call only where the slow path has slept for some time. */
	if (punted && w->punt_bell)
		doorbell_ring(w->punt_bell);
}
