/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The node ip4_input: validate the header, look up the destination, choose the adjacency, age the
 * TTL. RFC 1812 5.2 and 5.3.
 *
 * Three loops over the burst: the first does the checks that need the header alone and notes the
 * odd packets in a mask; the lookup takes the whole burst; the last looks at the adjacency and
 * notes more odd ones. A burst without odd packets is handed on whole. The odd ones are looked at
 * again, one by one, by the functions that decide their fate in the order in which Linux does.
 */
#include <netinet/in.h>
#include <rte_ether.h>

#include "adj.h"
#include "fib4.h"
#include "flow_hash.h"
#include "group.h"
#include "iface.h"
#include "ip4_check.h"
#include "node.h"
#include "own4.h"
#include "packet.h"

static struct rte_ipv4_hdr *ip4_hdr(const struct rte_mbuf *pkt, const struct pkt_meta *meta)
{
	return rte_pktmbuf_mtod_offset(pkt, struct rte_ipv4_hdr *, meta->l2_len);
}

/* Nothing about this header needs a second look. It must be in the first segment. Written without
 * branches: on nearly every packet all of it holds. */
static inline bool is_plain(const struct worker *w, const struct rte_mbuf *pkt,
			    const struct rte_ipv4_hdr *ip, const struct pkt_meta *meta)
{
	uint32_t len = pkt->pkt_len - meta->l2_len, total = rte_be_to_cpu_16(ip->total_length);
	uint32_t src = rte_be_to_cpu_32(ip->src_addr), dst = rte_be_to_cpu_32(ip->dst_addr);
	/* More bytes than the packet has, beyond the padding of the shortest frame. */
	bool trailer = (len > total) & (pkt->pkt_len > RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN);
	bool vouched = (pkt->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD;

	return (ip->version_ihl == RTE_IPV4_VHL_DEF) & (total >= IP4_HDR_LEN) & (total <= len) &
	       !trailer & !ip4_is_special(src) & !ip4_is_special(dst) &
	       !own4_maybe(w->own4, ip->src_addr) & !meta->flags &
	       (vouched | (ip4_sum(ip) == 0xffff));
}

/* The form of the packet: 0, or the reason to drop it plus 1. */
static int malformed(struct rte_mbuf *pkt, const struct pkt_meta *meta)
{
	const struct rte_ipv4_hdr *ip = ip4_hdr(pkt, meta);
	uint32_t room = pkt->data_len - meta->l2_len, len = pkt->pkt_len - meta->l2_len;
	uint32_t hdr_len, total;

	if (room < IP4_HDR_LEN)
		return DROP_ip4_short + 1;
	hdr_len = (ip->version_ihl & 0xfu) * 4;
	if (ip->version_ihl >> 4 != 4)
		return DROP_ip4_version + 1;
	if (hdr_len < IP4_HDR_LEN || hdr_len > room)
		return DROP_ip4_header_length + 1;
	/* A PMD's word that it is good is taken, its word that it is bad is verified. */
	if ((pkt->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) != RTE_MBUF_F_RX_IP_CKSUM_GOOD &&
	    rte_raw_cksum(ip, hdr_len) != 0xffff)
		return DROP_ip4_checksum + 1;
	total = rte_be_to_cpu_16(ip->total_length);
	if (total < hdr_len || total > len)
		return DROP_ip4_total_length + 1;
	if (len > total && pkt->pkt_len > RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN)
		packet_trim(pkt, meta->l2_len + RTE_MAX(total, (uint32_t)(RTE_ETHER_MIN_LEN -
									  RTE_ETHER_CRC_LEN -
									  meta->l2_len)));
	return 0;
}

static bool is_own(const struct worker *w, rte_be32_t addr)
{
	uint64_t word = group_word(w->groups, fib4_lookup(w->fib4, addr));

	return !group_word_is_multipath(word) && w->adjs[(uint32_t)word].kind == ADJ_LOCAL;
}

static enum drop_reason bad_source(uint32_t src)
{
	if (src == 0)
		return DROP_ip4_src_unspecified;
	if (src == UINT32_MAX)
		return DROP_ip4_src_broadcast;
	return src >> 24 == 127 ? DROP_ip4_src_loopback : DROP_ip4_src_multicast;
}

/*
 * What the addresses alone decide. Returns true when the packet has gone.
 *
 * As Linux (ip_route_input): a broadcast may come from a host that has no address yet (RFC 2131
 * 4.1), likewise a multicast of the link (224.0.0.0/24) and IGMP to any group (RFC 3376 4.2.13).
 */
static bool decided_by_address(struct worker *w, struct rte_mbuf *pkt, const struct pkt_meta *meta)
{
	const struct rte_ipv4_hdr *ip = ip4_hdr(pkt, meta);
	uint32_t src = rte_be_to_cpu_32(ip->src_addr), dst = rte_be_to_cpu_32(ip->dst_addr);
	bool to_link = dst == UINT32_MAX || dst >> 8 == 0xe00000 ||
		       (dst >> 28 == 0xe && ip->next_proto_id == IPPROTO_IGMP);

	if (ip4_is_special(src) && !(src == 0 && to_link)) {
		node_drop(w, pkt, *meta, bad_source(src));
		return true;
	}
	if (dst == 0 || dst >> 24 == 127) {
		node_drop(w, pkt, *meta, dst ? DROP_ip4_dst_loopback : DROP_ip4_dst_unspecified);
		return true;
	}
	if (dst >> 28 == 0xe) {
		node_punt(w, pkt, *meta, punt_value(PUNT_multicast, 0, 0));
		return true;
	}
	if (own4_maybe(w->own4, ip->src_addr) && is_own(w, ip->src_addr)) {
		node_drop(w, pkt, *meta, DROP_ip4_src_own);
		return true;
	}
	if (dst == UINT32_MAX) {
		node_punt(w, pkt, *meta, punt_value(PUNT_local, 0, 0));
		return true;
	}
	return false;
}

/* An odd packet before the lookup. Returns true when it has gone. */
static __rte_cold __rte_noinline bool decided_by_header(struct worker *w, struct rte_mbuf *pkt,
							const struct pkt_meta *meta)
{
	int reason = malformed(pkt, meta);

	if (reason) {
		node_drop(w, pkt, *meta, (enum drop_reason)(reason - 1));
		return true;
	}
	return decided_by_address(w, pkt, meta);
}

/* The packet and its adjacency do not simply match: it goes elsewhere. Always returns true. */
static __rte_cold __rte_noinline bool decided_by_route(struct worker *w, struct rte_mbuf *pkt,
						       const struct pkt_meta *meta)
{
	const struct adj *adj = &w->adjs[meta->value];
	const struct rte_ipv4_hdr *ip = ip4_hdr(pkt, meta);

	if (adj->kind == ADJ_LOCAL)
		node_punt(w, pkt, *meta, punt_value(PUNT_local, 0, 0));
	else if (adj->kind == ADJ_BLACKHOLE)
		node_drop(w, pkt, *meta, DROP_ip4_blackhole);
	else if (meta->flags & PKT_L2_MULTICAST)
		node_drop(w, pkt, *meta, DROP_ip4_l2_multicast); /* RFC 1812 5.3.4 */
	else if (adj->kind == ADJ_KERNEL) /* which looks at all the rest itself */
		node_punt(w, pkt, *meta, punt_value(PUNT_kernel, 0, 0));
	else if (adj->kind > ADJ_GLEAN)
		node_punt(w, pkt, *meta, punt_value(PUNT_no_route, adj->kind, 0));
	else if ((ip->version_ihl & 0xf) > 5)
		node_punt(w, pkt, *meta, punt_value(PUNT_options, 0, 0));
	else if (ip->time_to_live <= 1)
		node_punt(w, pkt, *meta, punt_value(PUNT_ttl, 0, 0));
	else if (rte_be_to_cpu_16(ip->total_length) > adj->mtu)
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
		flow_hash4(w->groups->seed, ip4_hdr(pkt, meta), pkt->data_len - meta->l2_len));
}

/* The packets that need a second look, and the destinations of all. */
static uint64_t check_headers(const struct worker *w, const struct burst *b, rte_be32_t *dsts)
{
	uint64_t odd = 0;

	for (uint32_t i = 0; i < b->n; i++) {
		const struct rte_mbuf *pkt = b->pkts[i];
		const struct rte_ipv4_hdr *ip = ip4_hdr(pkt, &b->meta[i]);
		bool whole = pkt->data_len >= b->meta[i].l2_len + IP4_HDR_LEN;

		if (unlikely(!whole || !is_plain(w, pkt, ip, &b->meta[i])))
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
		struct rte_ipv4_hdr *ip = ip4_hdr(b->pkts[i], &b->meta[i]);
		const struct adj *adj;

		b->meta[i].value = choose_adj(w, groups[i], b->pkts[i], &b->meta[i]);
		adj = &w->adjs[b->meta[i].value];
		if (likely((adj->kind == ADJ_REWRITE) & (ip->time_to_live > 1) &
			   (rte_be_to_cpu_16(ip->total_length) <= adj->mtu) &
			   (ip->version_ihl == RTE_IPV4_VHL_DEF) & !b->meta[i].flags))
			ip4_age(ip);
		else
			odd |= UINT64_C(1) << i;
	}
	return odd;
}

void ip4_input(struct worker *w, struct burst *b)
{
	rte_be32_t dsts[BURST_MAX];
	uint32_t groups[BURST_MAX];
	uint64_t odd = check_headers(w, b, dsts);

	if (unlikely(odd)) {
		node_settle(w, b, odd, decided_by_header);
		for (uint32_t i = 0; i < b->n; i++)
			dsts[i] = ip4_hdr(b->pkts[i], &b->meta[i])->dst_addr;
	}
	fib4_lookup_bulk(w->fib4, dsts, groups, b->n);
	odd = check_routes(w, b, groups);
	if (unlikely(odd))
		node_settle(w, b, odd, decided_by_route);
	node_put_all(w, NODE_ip4_input, NODE_output);
}
