/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The node ip6_input: validate the header, look up the destination, choose the adjacency, age the
 * hop limit. RFC 8200, RFC 4291 2, RFC 4443; built like ip4_input.
 */
#include <netinet/in.h>
#include <rte_ether.h>

#include "fib6.h"
#include "flow_hash.h"
#include "forward.h"
#include "iface.h"
#include "node.h"
#include "packet.h"
#include "simd.h"
#include "vec.h"

#define IP6_HDR_LEN 40
#define IP6_WORDS   (IP6_HDR_LEN / 4)
#define IP6_SRC     8 /* in the header */
#define IP6_DST     24

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
	if (len > total && len > FORWARD_PADDED_LEN)
		packet_trim(pkt, meta->l2_len + RTE_MAX(total, (uint32_t)FORWARD_PADDED_LEN));
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

/* What the checks need of the headers of a burst, in network order, as vectors want it; and what
 * became of the checks. Behind the last packet there may be anything. */
struct headers {
	uint64_t first[BURST_MAX]; /* the 8 bytes before the addresses */
	uint64_t src[BURST_MAX];   /* the upper halves of the addresses */
	uint64_t dst[BURST_MAX];
	const uint8_t *addr[BURST_MAX]; /* where the destination address stands */
	struct verdict verdict;
} __rte_cache_aligned;

/* A pass that does nothing else. */
static inline void read_headers(const struct burst *b, struct headers *h)
{
	static const uint8_t none[IP6_HDR_LEN];
	uint32_t n = b->n;

	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *ip = likely(b->len[i] >= IP6_HDR_LEN) ? b->ip[i] : none;

		h->first[i] = word_at(ip);
		h->src[i] = word_at(ip + IP6_SRC);
		h->dst[i] = word_at(ip + IP6_DST);
		h->addr[i] = ip + IP6_DST;
	}
}

/* Of the upper halves of addresses: those that need not be the address of one host out there: 0xff
 * multicast, 0xfe link-local and the unassigned around it, and ::/64 with :: and ::1. */
static inline vec64 may_be_special(vec64 high)
{
	const uint64_t fe = RTE_BE64(UINT64_C(0xfe) << 56);

	return (vec64)((high & fe) == fe) | (vec64)(high == 0);
}

/* Everything that the header alone decides, of a vector of packets. */
static inline vec64 check_vector(const uint32_t *lens, struct headers *h, uint32_t i)
{
	vec64 first = vec64_load(&h->first[i]), src = vec64_load(&h->src[i]);
	vec64 dst = vec64_load(&h->dst[i]), len = vec64_load32(&lens[i]);
	vec64 total = IP6_HDR_LEN + (vec64_byte(first, 4) << 8 | vec64_byte(first, 5));
	vec64 version = (vec64)((first & 0xf0) != 0x60), old = (vec64)(vec64_byte(first, 7) <= 1);
	vec64 options = (vec64)(vec64_byte(first, 6) == IPPROTO_HOPOPTS);
	/* More bytes than the packet has, beyond the padding of the shortest frame. */
	vec64 trailer = (vec64)(len > total) & (vec64)(len > FORWARD_PADDED_LEN);
	vec64 local = (vec64)((src & RTE_BE64(UINT64_C(0xffc0) << 48)) ==
			      RTE_BE64(UINT64_C(0xfe80) << 48));
	vec64 odd = version | (vec64)(total > len) | trailer | options | may_be_special(src) |
		    may_be_special(dst);

	vec64_store32(&h->verdict.odd[i], odd);
	vec64_store32(&h->verdict.need[i], total | ((old | options | local) & ADJ_MTU_NONE));
	return odd;
}

/* Returns the packets that need a second look. */
static uint64_t check(const struct burst *b, struct headers *h)
{
	vec64 odd = {0};

	read_headers(b, h);
	for (uint32_t i = 0; i < b->n; i += VEC64_LANES)
		odd |= check_vector(b->len, h, i) & vec64_first(b->n - i);
	return verdict_odd(b, &h->verdict, vec64_any(odd));
}

static void hash_flows(const struct burst *b, const void *headers, uint32_t seed, uint32_t *hashes)
{
	uint32_t words[IP6_WORDS][BURST_MAX], l4[BURST_MAX], n = b->n;

	for (uint32_t i = 0; i < n; i++)
		l4[i] = forward_l4(b, i, IP6_HDR_LEN);
	for (uint32_t i = 0; i < n; i += 4) {
		/* Of the ten words the first two, then four and four: the addresses. */
		for (uint32_t at = 0; at < IP6_WORDS; at += at ? 4 : 2) {
			const uint8_t *ip[4];

			for (uint32_t j = 0; j < 4; j++)
				ip[j] = b->ip[RTE_MIN(i + j, n - 1)] + at * sizeof(**words);
			vec_transpose(ip,
				      (uint32_t *const[]){&words[at][i], &words[at + 1][i],
							  &words[at + 2][i], &words[at + 3][i]});
		}
	}
	for (uint32_t i = 0; i < n; i += VEC32_LANES) {
		vec32 word[IP6_WORDS];

		for (int k = 0; k < IP6_WORDS; k++)
			word[k] = vec32_load(&words[k][i]);
		vec32_store(&hashes[i], flow_hash6_vec(seed, word, vec32_load(&l4[i])));
	}
}

static inline void age(const struct burst *b, const void *headers, uint32_t i)
{
	((struct rte_ipv6_hdr *)b->ip[i])->hop_limits--;
}

void SIMD_NAMED(ip6_input)(struct worker *w, struct burst *b)
{
	struct headers h;
	uint32_t groups[BURST_MAX];
	uint64_t odd = check(b, &h);

	if (unlikely(odd)) {
		node_settle(w, b, odd, decided_by_header);
		if (!b->n)
			return;
		check(b, &h); /* what it still finds odd has been judged */
	}
	fib6_lookup_bulk(w->fib6, h.addr, groups, b->n);
	forward_choose(w->groups, b, groups, &h, hash_flows);
	odd = forward_age(w->adjs, b, &h.verdict, &h, age);
	if (unlikely(odd))
		node_settle(w, b, odd, decided_by_route);
	node_put_all(w, NODE_ip6_input, NODE_output);
}
