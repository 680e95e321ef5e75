/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The node ip4_input: validate the header, look up the destination, choose the adjacency, age the
 * TTL. RFC 1812 5.2 and 5.3.
 *
 * The burst goes through it in loops that do one thing each: read the headers into arrays, check
 * them (vectors), look up, choose the adjacencies, age what can leave by them. Nothing is decided
 * on the way: what is not plain is noted as odd, and a burst without odd packets is handed on
 * whole. The odd ones are looked at again, one by one, by the functions that decide their fate in
 * the order in which Linux does.
 */
#include <netinet/in.h>
#include <rte_ether.h>

#include "fib4.h"
#include "flow_hash.h"
#include "forward.h"
#include "iface.h"
#include "ip4_check.h"
#include "node.h"
#include "own4.h"
#include "packet.h"
#include "simd.h"
#include "vec.h"

static struct rte_ipv4_hdr *ip4_hdr(const struct rte_mbuf *pkt, const struct pkt_meta *meta)
{
	return rte_pktmbuf_mtod_offset(pkt, struct rte_ipv4_hdr *, meta->l2_len);
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
	if (len > total && len > FORWARD_PADDED_LEN)
		packet_trim(pkt, meta->l2_len + RTE_MAX(total, (uint32_t)FORWARD_PADDED_LEN));
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

	if (ip4_is_special(vec32_set(ip->src_addr))[0] && !(src == 0 && to_link)) {
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

/* The headers of a burst by words, in network order, as vectors want them; and what became of the
 * checks. Behind the last packet there may be anything. */
struct headers {
	uint32_t word[5][BURST_MAX];
	uint32_t aged[BURST_MAX]; /* word 2 one hop on: TTL, protocol, checksum */
	struct verdict verdict;
} __rte_cache_aligned;

/* A pass that does nothing else; four packets at a time change places with their words. */
static inline void read_headers(const struct burst *b, struct headers *h)
{
	static const uint8_t none[IP4_HDR_LEN];
	uint32_t n = b->n;

	for (uint32_t i = 0; i < n; i += 4) {
		const uint8_t *ip[4];

		for (uint32_t j = 0; j < 4; j++) {
			bool whole = i + j < n && b->len[i + j] >= IP4_HDR_LEN;

			ip[j] = likely(whole) ? b->ip[i + j] : none;
			memcpy(&h->word[4][i + j], ip[j] + 16, sizeof(h->word[4][i]));
		}
		vec_transpose(ip, (uint32_t *const[]){&h->word[0][i], &h->word[1][i],
						      &h->word[2][i], &h->word[3][i]});
	}
}

/* Everything that the header alone decides, of a vector of packets. */
static inline vec32 check_vector(const uint32_t *lens, const uint32_t *own4, struct headers *h,
				 uint32_t i)
{
	vec32 w0 = vec32_load(&h->word[0][i]), w1 = vec32_load(&h->word[1][i]);
	vec32 w2 = vec32_load(&h->word[2][i]), src = vec32_load(&h->word[3][i]);
	vec32 dst = vec32_load(&h->word[4][i]), len = vec32_load(&lens[i]);
	vec32 total = vec32_byte(w0, 2) << 8 | vec32_byte(w0, 3);
	vec32 options = (vec32)(vec32_byte(w0, 0) != RTE_IPV4_VHL_DEF),
	      old = (vec32)(vec32_byte(w2, 0) <= 1);
	/* More bytes than the packet has, beyond the padding of the shortest frame. */
	vec32 trailer = (vec32)(len > total) & (vec32)(len > FORWARD_PADDED_LEN);
	vec32 odd = options | (vec32)(total < IP4_HDR_LEN) | (vec32)(total > len) | trailer |
		    ip4_is_special(src) | ip4_is_special(dst) | own4_maybe_vec(own4, src) |
		    (vec32)(ip4_sum(w0, w1, w2, src, dst) != 0xffff);

	vec32_store(&h->verdict.odd[i], odd);
	vec32_store(&h->verdict.need[i], total | ((options | old) & ADJ_MTU_NONE));
	vec32_store(&h->aged[i], ip4_aged(w2));
	return odd;
}

/* Returns the packets that need a second look. */
static uint64_t check(const struct worker *w, const struct burst *b, struct headers *h)
{
	vec32 odd = {0};

	read_headers(b, h);
	for (uint32_t i = 0; i < b->n; i += VEC32_LANES)
		odd |= check_vector(b->len, w->own4, h, i) & vec32_first(b->n - i);
	return verdict_odd(b, &h->verdict, vec32_any(odd));
}

/* Of packets with options, which are punted anyway, it takes options for ports. */
static void hash_flows(const struct burst *b, const void *headers, uint32_t seed, uint32_t *hashes)
{
	const struct headers *h = headers;
	uint32_t l4[BURST_MAX], n = b->n;

	for (uint32_t i = 0; i < n; i++)
		l4[i] = forward_l4(b, i, IP4_HDR_LEN);
	for (uint32_t i = 0; i < n; i += VEC32_LANES) {
		vec32 word[5];

		for (int k = 1; k < 5; k++)
			word[k] = vec32_load(&h->word[k][i]);
		vec32_store(&hashes[i], flow_hash4_vec(seed, word, vec32_load(&l4[i])));
	}
}

static inline void age(const struct burst *b, const void *headers, uint32_t i)
{
	const struct headers *h = headers;

	memcpy(b->ip[i] + 8, &h->aged[i], sizeof(h->aged[i]));
}

void SIMD_NAMED(ip4_input)(struct worker *w, struct burst *b)
{
	struct headers h;
	uint32_t groups[BURST_MAX];
	uint64_t odd = check(w, b, &h);

	if (unlikely(odd)) {
		node_settle(w, b, odd, decided_by_header);
		if (!b->n)
			return;
		check(w, b, &h); /* what it still finds odd has been judged */
	}
	fib4_lookup_bulk(w->fib4, h.word[4], groups, b->n);
	forward_choose(w->groups, b, groups, &h, hash_flows);
	odd = forward_age(w->adjs, b, &h.verdict, &h, age);
	if (unlikely(odd))
		node_settle(w, b, odd, decided_by_route);
	node_put_all(w, NODE_ip4_input, NODE_output);
}
