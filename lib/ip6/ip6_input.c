/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The node ip6_input: validate the header, look up the destination, choose the adjacency, age the
 * hop limit. RFC 8200, RFC 4291 2, RFC 4443; built like ip4_input.
 */
#include <netinet/in.h>
#include <rte_ether.h>

#include "adj.h"
#include "fib6.h"
#include "flow_hash.h"
#include "group.h"
#include "iface.h"
#include "node.h"
#include "packet.h"

#define IP6_HDR_LEN 40

static struct rte_ipv6_hdr *ip6_hdr(const struct rte_mbuf *pkt, const struct pkt_meta *meta)
{
	return rte_pktmbuf_mtod_offset(pkt, struct rte_ipv6_hdr *, meta->l2_len);
}

static inline uint64_t word_at(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

/* :: or ::1. */
static inline bool is_unspecified_or_loopback(const uint8_t *addr)
{
	return (word_at(addr) == 0) & (rte_be_to_cpu_64(word_at(addr + 8)) <= 1);
}

static inline bool is_link_local(const uint8_t *addr)
{
	return (addr[0] == 0xfe) & ((addr[1] & 0xc0) == 0x80);
}

/* Nothing about this header needs a second look. It must be in the first segment. Written without
 * branches: on nearly every packet all of it holds. */
static inline bool is_plain(const struct rte_mbuf *pkt, const struct rte_ipv6_hdr *ip,
			    const struct pkt_meta *meta)
{
	uint32_t len = pkt->pkt_len - meta->l2_len;
	uint32_t total = IP6_HDR_LEN + rte_be_to_cpu_16(ip->payload_len);
	bool trailer = (len > total) & (pkt->pkt_len > RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN);

	/* 0xfe: link-local and the unassigned around it; 0xff: multicast. */
	return ((ip->vtc_flow & RTE_BE32(0xf0000000)) == RTE_BE32(0x60000000)) & (total <= len) &
	       !trailer & (ip->proto != IPPROTO_HOPOPTS) & !meta->flags & (ip->src_addr[0] < 0xfe) &
	       (ip->dst_addr[0] < 0xfe) & !is_unspecified_or_loopback(ip->src_addr) &
	       !is_unspecified_or_loopback(ip->dst_addr);
}

/* The form of the packet: 0, or the reason to drop it plus 1. */
static int malformed(struct rte_mbuf *pkt, const struct pkt_meta *meta)
{
	const struct rte_ipv6_hdr *ip = ip6_hdr(pkt, meta);
	uint32_t len = pkt->pkt_len - meta->l2_len, total;

	if (pkt->data_len < meta->l2_len + IP6_HDR_LEN)
		return DROP_ip6_short + 1;
	if ((ip->vtc_flow & RTE_BE32(0xf0000000)) != RTE_BE32(0x60000000))
		return DROP_ip6_version + 1;
	/* RFC 2675: a jumbogram has payload length 0 and says its length in a hop-by-hop option;
	 * the slow path reads it. */
	if (ip->payload_len == 0 && ip->proto == IPPROTO_HOPOPTS)
		return 0;
	total = IP6_HDR_LEN + rte_be_to_cpu_16(ip->payload_len);
	if (total > len)
		return DROP_ip6_payload_length + 1;
	if (len > total && pkt->pkt_len > RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN)
		packet_trim(pkt, RTE_MAX(meta->l2_len + total,
					 (uint32_t)(RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN)));
	return 0;
}

/* The reason to drop what has such addresses, plus 1; or 0. */
static int bad_address(const struct rte_ipv6_hdr *ip)
{
	const uint8_t *src = ip->src_addr, *dst = ip->dst_addr;

	if (src[0] == 0xff)
		return DROP_ip6_src_multicast + 1;
	/* RFC 4291 2.7: scope 0 is reserved, 1 never leaves its node. */
	if (dst[0] == 0xff && (dst[1] & 0xf) <= 1)
		return DROP_ip6_dst_scope + 1;
	if (is_unspecified_or_loopback(src) && src[15])
		return DROP_ip6_src_loopback + 1;
	/* A host without an address yet speaks to multicast groups (RFC 4862 5.4.2). */
	if (is_unspecified_or_loopback(src) && dst[0] != 0xff)
		return DROP_ip6_src_unspecified + 1;
	if (is_unspecified_or_loopback(dst))
		return dst[15] ? DROP_ip6_dst_loopback + 1 : DROP_ip6_dst_unspecified + 1;
	return 0;
}

/* An odd packet before the lookup. Returns true when it has gone. */
static __rte_cold __rte_noinline bool decided_by_header(struct worker *w, struct rte_mbuf *pkt,
							const struct pkt_meta *meta)
{
	const struct rte_ipv6_hdr *ip = ip6_hdr(pkt, meta);
	int reason = malformed(pkt, meta);

	if (!reason)
		reason = bad_address(ip);
	if (reason) {
		node_drop(w, pkt, *meta, (enum drop_reason)(reason - 1));
		return true;
	}
	if (ip->dst_addr[0] == 0xff) {
		node_punt(w, pkt, *meta, punt_value(PUNT_multicast, 0, 0));
		return true;
	}
	/* The same link-local address may stand on every link: it is not in the FIB. */
	if (is_link_local(ip->dst_addr)) {
		bool own = iface_fwd_is_link_local(&w->ifaces[meta->iface], ip->dst_addr);

		node_punt(w, pkt, *meta, punt_value(own ? PUNT_local : PUNT_scope, 0, 0));
		return true;
	}
	return false;
}

/* The packet and its adjacency do not simply match: it goes elsewhere. Always returns true. */
static __rte_cold __rte_noinline bool decided_by_route(struct worker *w, struct rte_mbuf *pkt,
						       const struct pkt_meta *meta)
{
	const struct adj *adj = &w->adjs[meta->value];
	const struct rte_ipv6_hdr *ip = ip6_hdr(pkt, meta);

	if (adj->kind == ADJ_LOCAL)
		node_punt(w, pkt, *meta, punt_value(PUNT_local, 0, 0));
	else if (adj->kind == ADJ_BLACKHOLE)
		node_drop(w, pkt, *meta, DROP_ip6_blackhole);
	else if (meta->flags & PKT_L2_MULTICAST)
		node_drop(w, pkt, *meta, DROP_ip6_l2_multicast);
	else if (adj->kind == ADJ_KERNEL) /* which looks at all the rest itself */
		node_punt(w, pkt, *meta, punt_value(PUNT_kernel, 0, 0));
	else if (adj->kind > ADJ_GLEAN)
		node_punt(w, pkt, *meta, punt_value(PUNT_no_route, adj->kind, 0));
	else if (ip->proto == IPPROTO_HOPOPTS)
		node_punt(w, pkt, *meta, punt_value(PUNT_options, 0, 0));
	else if (ip->hop_limits <= 1)
		node_punt(w, pkt, *meta, punt_value(PUNT_ttl, 0, 0));
	else if (is_link_local(ip->src_addr)) /* RFC 4291 2.5.6: never forwarded */
		node_punt(w, pkt, *meta, punt_value(PUNT_scope, 0, 0));
	else if (IP6_HDR_LEN + rte_be_to_cpu_16(ip->payload_len) > adj->mtu)
		node_punt(w, pkt, *meta, punt_value(PUNT_mtu, 0, adj->mtu));
	else
		node_punt(w, pkt, *meta, punt_value(PUNT_glean, 0, 0));
	return true;
}

/* The adjacency of a packet from the group that the lookup found. */
static inline uint32_t choose_adj(const struct worker *w, uint32_t group,
				  const struct rte_mbuf *pkt, const struct pkt_meta *meta)
{
	uint64_t word = group_word(w->groups, group);

	if (likely(!group_word_is_multipath(word)))
		return (uint32_t)word;
	return group_bucket(
		w->groups, word,
		flow_hash6(w->groups->seed, ip6_hdr(pkt, meta), pkt->data_len - meta->l2_len));
}

/* The packets that need a second look, and the destinations of all. */
static uint64_t check_headers(const struct burst *b, const uint8_t **dsts)
{
	uint64_t odd = 0;

	for (uint32_t i = 0; i < b->n; i++) {
		const struct rte_mbuf *pkt = b->pkts[i];
		const struct rte_ipv6_hdr *ip = ip6_hdr(pkt, &b->meta[i]);
		bool whole = pkt->data_len >= b->meta[i].l2_len + IP6_HDR_LEN;

		if (unlikely(!whole || !is_plain(pkt, ip, &b->meta[i])))
			odd |= UINT64_C(1) << i;
		else
			dsts[i] = ip->dst_addr;
	}
	return odd;
}

/* Choose the adjacencies, and age what can go by them; returns the packets that cannot. */
static uint64_t check_routes(const struct worker *w, struct burst *b, const uint32_t *groups)
{
	uint64_t odd = 0;

	for (uint32_t i = 0; i < b->n; i++) {
		struct rte_ipv6_hdr *ip = ip6_hdr(b->pkts[i], &b->meta[i]);
		const struct adj *adj;

		b->meta[i].value = choose_adj(w, groups[i], b->pkts[i], &b->meta[i]);
		adj = &w->adjs[b->meta[i].value];
		if (likely((adj->kind == ADJ_REWRITE) & (ip->hop_limits > 1) &
			   (IP6_HDR_LEN + rte_be_to_cpu_16(ip->payload_len) <= adj->mtu) &
			   (ip->proto != IPPROTO_HOPOPTS) & !is_link_local(ip->src_addr) &
			   !b->meta[i].flags))
			ip->hop_limits--;
		else
			odd |= UINT64_C(1) << i;
	}
	return odd;
}

void ip6_input(struct worker *w, struct burst *b)
{
	const uint8_t *dsts[BURST_MAX];
	uint32_t groups[BURST_MAX];
	uint64_t odd = check_headers(b, dsts);

	if (unlikely(odd)) {
		node_settle(w, b, odd, decided_by_header);
		for (uint32_t i = 0; i < b->n; i++)
			dsts[i] = ip6_hdr(b->pkts[i], &b->meta[i])->dst_addr;
	}
	fib6_lookup_bulk(w->fib6, dsts, groups, b->n);
	odd = check_routes(w, b, groups);
	if (unlikely(odd))
		node_settle(w, b, odd, decided_by_route);
	node_put_all(w, NODE_ip6_input, NODE_output);
}
