/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The node ether_input: whose frame is it, is it for us, and what is in it? IEEE 802.3 clause 3,
 * IEEE 802.1Q clause 9.
 *
 * The common burst is all unicast to this port and all IPv4 (or all IPv6): one pass finds that
 * out, and the whole burst is handed on by swapping two pointers. So is one whose frames all have
 * the same tags, of a VLAN interface.
 *
 * Frames count for the port, and for each VLAN interface that takes them: as on the wire, with all
 * tags.
 */
#include <rte_ether.h>
#include <rte_prefetch.h>

#include "ether_strip.h"
#include "ether_tags.h"
#include "iface.h"
#include "node.h"
#include "packet.h"
#include "simd.h"
#include "vec.h"

/* Shorter frames are looked at one by one: there is less than an IPv6 header in them. */
#define PLAIN_LEN (RTE_ETHER_HDR_LEN + 40)

/* n frames of the port have been taken by a VLAN interface, and those that it is on. */
static inline void count_vlans(struct worker *w, uint16_t iface, uint32_t n, uint64_t bytes)
{
	while (w->ifaces[iface].kind == IFACE_VLAN) {
		w->stats->iface[iface].rx_packets += n;
		w->stats->iface[iface].rx_bytes += bytes;
		iface = w->ifaces[iface].parent;
	}
}

/* Its headers, or all of it, into the first segment. False: it has gone. */
static bool gather(struct worker *w, struct rte_mbuf *pkt, struct pkt_meta meta)
{
	uint16_t want = (uint16_t)RTE_MIN(pkt->pkt_len, (uint32_t)PACKET_HEADERS_LEN);
	int copied;

	if (unlikely(pkt->pkt_len < sizeof(struct rte_ether_hdr))) {
		node_drop(w, pkt, meta, DROP_ether_short);
		return false;
	}
	if (likely(pkt->data_len >= want))
		return true;
	copied = packet_pull_up(pkt, want);
	if (copied < 0) {
		node_drop(w, pkt, meta, DROP_pull_up);
		return false;
	}
	w->stats->copy_packets[COPY_pull_up]++;
	w->stats->copy_bytes[COPY_pull_up] += (uint64_t)copied;
	return true;
}

/* What a frame for layer 3 of its interface is. */
static void sort_l3(struct worker *w, struct rte_mbuf *pkt, struct pkt_meta meta)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(pkt, const struct rte_ether_hdr *);
	uint64_t mac = iface_fwd_mac(&w->ifaces[meta.iface]);
	rte_be16_t type = tags_word((const uint8_t *)eth + meta.l2_len - sizeof(type));

	if (rte_is_multicast_ether_addr(&eth->dst_addr)) {
		if (!memcmp(&eth->src_addr, &mac, sizeof(eth->src_addr)))
			return node_drop(w, pkt, meta, DROP_ether_src_own);
		meta.flags |= PKT_L2_MULTICAST;
	} else if (memcmp(&eth->dst_addr, &mac, sizeof(eth->dst_addr))) {
		return node_drop(w, pkt, meta, DROP_ether_not_mine);
	}
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV4))
		node_put(w, NODE_ip4_input, pkt, meta);
	else if (type == RTE_BE16(RTE_ETHER_TYPE_IPV6))
		node_put(w, NODE_ip6_input, pkt, meta);
	else
		node_punt(w, pkt, meta, punt_value(PUNT_ethertype, 0, 0));
}

/* Where a frame goes when it is not plain, or not of the burst's type. */
static void sort_one(struct worker *w, struct rte_mbuf *pkt, struct pkt_meta meta)
{
	const uint8_t *frame = rte_pktmbuf_mtod(pkt, const uint8_t *);
	enum tags_end end;

	if (!gather(w, pkt, meta))
		return;
	end = tags_follow(w, frame, pkt->pkt_len, &meta);
	if (meta.flags)
		count_vlans(w, meta.iface, 1, pkt->pkt_len);
	if (end == TAGS_L3)
		sort_l3(w, pkt, meta);
	else if (end == TAGS_BRIDGE)
		node_put(w, NODE_bridge_input, pkt, meta);
	else
		node_put(w, NODE_drop, pkt, meta);
}

/* The interface is down: as in Linux, nothing comes in by it. */
static void drop_all(struct worker *w, struct burst *b, struct pkt_meta meta)
{
	for (uint32_t i = 0; i < b->n; i++) {
		w->stats->iface[meta.iface].rx_bytes += b->pkts[i]->pkt_len;
		node_drop(w, b->pkts[i], meta, DROP_iface_down);
	}
	w->stats->iface[meta.iface].rx_packets += b->n;
	b->n = 0;
}

/* Of a plain burst of both families: the packets of each go to its node. False: there are other
 * types, or packets wait there already; nothing has happened. */
static bool part(struct worker *w, struct burst *b, struct pkt_meta plain)
{
	struct burst *b4 = w->in[NODE_ip4_input], *b6 = w->in[NODE_ip6_input];
	uint16_t types[BURST_MAX] = {0};
	uint32_t n = b->n;
	uint64_t ip4, ip6;

	for (uint32_t i = 0; i < n; i++)
		memcpy(&types[i], b->ip[i] - sizeof(*types), sizeof(*types));
	ip4 = burst_equal(types, n, RTE_BE16(RTE_ETHER_TYPE_IPV4));
	ip6 = burst_equal(types, n, RTE_BE16(RTE_ETHER_TYPE_IPV6));
	if ((ip4 | ip6) != burst_mask(n) || b4->n || b6->n)
		return false;
	burst_set_meta(b4, plain);
	burst_set_meta(b6, plain);
	b4->n = burst_take(b4, 0, b, ip4);
	b6->n = burst_take(b6, 0, b, ip6);
	b->n = 0;
	return true;
}

/* pkt_len, and in the upper half data_len and vlan_tci, as they stand in the mbuf. */
static inline uint64_t mbuf_lengths(const struct rte_mbuf *pkt)
{
	uint64_t word;

	_Static_assert(offsetof(struct rte_mbuf, data_len) ==
			       offsetof(struct rte_mbuf, pkt_len) + 4,
		       "one load");
	memcpy(&word, (const uint8_t *)pkt + offsetof(struct rte_mbuf, pkt_len), sizeof(word));
	return word;
}

/* Where the packets begin, and the lengths in their mbufs. Their headers are on their way
 * meanwhile. */
static inline void find_packets(struct burst *b, uint64_t *lengths)
{
	uint32_t n = b->n;

	for (uint32_t i = 0; i < n; i++) {
		const struct rte_mbuf *pkt = b->pkts[i];

		b->ip[i] = rte_pktmbuf_mtod_offset(pkt, uint8_t *, RTE_ETHER_HDR_LEN);
		rte_prefetch0(b->ip[i]);
		lengths[i] = mbuf_lengths(pkt);
	}
	/* Plain ones fill up the last vector. */
	for (uint32_t i = n; i % VEC64_LANES; i++)
		lengths[i] = (uint64_t)PLAIN_LEN << 32 | PLAIN_LEN;
}

/* How long the packets are; *bytes: of all frames. Returns whether all have their headers in the
 * first segment. */
static inline bool measure_packets(struct burst *b, const uint64_t *lengths, uint64_t *bytes)
{
	vec64 odd = {0}, sum = {0};
	uint32_t n = b->n;

	for (uint32_t i = 0; i < n; i += VEC64_LANES) {
		vec64 word = vec64_load(&lengths[i]);
		vec64 pkt_len = word & UINT32_MAX, data_len = word >> 32 & UINT16_MAX;

		/* One segment has all of the packet. */
		odd |= (pkt_len ^ data_len) | (vec64)(data_len < PLAIN_LEN);
		sum += pkt_len;
		vec64_store32(&b->len[i], pkt_len - RTE_ETHER_HDR_LEN);
	}
	*bytes = vec64_sum(sum) - PLAIN_LEN * (RTE_ALIGN(n, VEC64_LANES) - n);
	return !vec64_any(odd);
}

/* The first 16 bytes of a frame with an Ethernet header. */
typedef uint64_t start __attribute__((vector_size(16)));

static inline start make_start(const struct rte_ether_hdr *hdr)
{
	start s = {0};

	memcpy(&s, hdr, sizeof(*hdr));
	return s;
}

/* The kinds of plain bursts. */
enum sight { ALL_IP4, ALL_IP6, MIXED, ODD };

static inline enum sight look_at(const struct burst *b, uint64_t mac)
{
	const struct rte_ether_hdr ip4 = {.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4)};
	const struct rte_ether_hdr ip6 = {.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV6)};
	struct rte_ether_hdr dst = {.ether_type = 0xffff};
	start want = make_start(&ip4) | (start){mac, 0};
	start type6 = make_start(&ip4) ^ make_start(&ip6), mask, any = {0}, all = ~any;
	uint32_t n = b->n;

	memset(&dst.dst_addr, 0xff, sizeof(dst.dst_addr));
	mask = make_start(&dst);
	for (uint32_t i = 0; i < n; i++) {
		start eth;

		memcpy(&eth, b->ip[i] - RTE_ETHER_HDR_LEN, sizeof(eth));
		eth ^= want;
		any |= eth;
		all &= eth;
	}
	any &= mask;
	all &= mask;
	if (any[0])
		return ODD;
	if (!any[1])
		return ALL_IP4;
	return any[1] == type6[1] && all[1] == type6[1] ? ALL_IP6 : MIXED;
}

/* What tagged frames have in common, of the 16 bytes from TAGGED_AT on: there the tags and the
 * EtherType are. */
struct tagged {
	uint64_t want[2], mask[2];
};

#define TAGGED_AT 8

/* All of the tags but priorities, and the EtherType. */
static struct tagged tagged_like(const uint8_t *frame, uint8_t l2_len)
{
	uint8_t mask[sizeof(uint64_t) * 2] = {0};
	struct tagged t;

	memset(mask + 2 * RTE_ETHER_ADDR_LEN - TAGGED_AT, 0xff, l2_len - 2u * RTE_ETHER_ADDR_LEN);
	for (unsigned at = RTE_ETHER_HDR_LEN; at < l2_len; at += RTE_VLAN_HLEN)
		mask[at - TAGGED_AT] = VLAN_VID_MASK >> 8;
	memcpy(t.want, frame + TAGGED_AT, sizeof(t.want));
	memcpy(t.mask, mask, sizeof(t.mask));
	return t;
}

/* Whether all are to this MAC address, with these tags. */
static inline bool are_tagged(const struct burst *b, uint64_t mac, const struct tagged *t)
{
	uint64_t other = 0, low = 0, high = 0;
	uint32_t n = b->n;

	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *frame = b->ip[i] - RTE_ETHER_HDR_LEN;
		uint64_t word[3];

		memcpy(word, frame, sizeof(word));
		other |= word[0] ^ mac;
		low |= word[1] ^ t->want[0];
		high |= word[2] ^ t->want[1];
	}
	return !(other << 16 | (low & t->mask[0]) | (high & t->mask[1]));
}

/* The burst, its headers in the first segments, begins with a tagged frame: hand it on if all of it
 * are such frames for layer 3. Else nothing has happened. */
static bool take_tagged(struct worker *w, struct burst *b, struct pkt_meta meta, uint64_t bytes)
{
	const uint8_t *frame = b->ip[0] - RTE_ETHER_HDR_LEN;
	uint32_t n = b->n, tags;
	enum node_id next;
	struct tagged like;
	rte_be16_t type;

	if (tags_follow(w, frame, PLAIN_LEN, &meta) != TAGS_L3 || meta.l2_len == RTE_ETHER_HDR_LEN)
		return false;
	type = tags_word(frame + meta.l2_len - sizeof(type));
	next = type == RTE_BE16(RTE_ETHER_TYPE_IPV4) ? NODE_ip4_input : NODE_ip6_input;
	if (next == NODE_ip6_input && type != RTE_BE16(RTE_ETHER_TYPE_IPV6))
		return false;
	like = tagged_like(frame, meta.l2_len);
	if (!are_tagged(b, iface_fwd_mac(&w->ifaces[meta.iface]), &like))
		return false;
	count_vlans(w, meta.iface, n, bytes);
	tags = meta.l2_len - (uint32_t)RTE_ETHER_HDR_LEN;
	for (uint32_t i = 0; i < n; i++)
		b->ip[i] += tags;
	for (uint32_t i = 0; i < n; i++)
		b->len[i] -= tags;
	burst_set_meta(b, meta);
	node_put_all(w, NODE_ether_input, next);
	return true;
}

static inline bool are_untagged(const struct burst *b)
{
	bool tagged = false;
	uint32_t n = b->n;

	for (uint32_t i = 0; i < n; i++)
		tagged |= vlan_is_tpid(tags_word(b->ip[i] - sizeof(rte_be16_t)));
	return !tagged;
}

/* The port is more than a port: bridged, or with VLAN interfaces. whole: all headers are in the
 * first segments. False: it is to be gone on with, as with a plain port. */
static __rte_noinline bool take_special(struct worker *w, struct burst *b, struct pkt_meta plain,
					uint8_t flags, bool whole, uint64_t bytes)
{
	if (flags & IFACE_FWD_MEMBER && whole && (!(flags & IFACE_FWD_VLANS) || are_untagged(b))) {
		burst_set_meta(b, plain);
		node_put_all(w, NODE_ether_input, NODE_bridge_input);
		return true;
	}
	if (flags & IFACE_FWD_VLANS && whole && vlan_is_tpid(tags_word(b->ip[0] - 2)) &&
	    take_tagged(w, b, plain, bytes))
		return true;
	return false;
}

/* Tags that the NIC has taken off: all of one VLAN interface's, for layer 3? Then the burst is
 * handed on. Else nothing has happened. */
static bool take_stripped(struct worker *w, struct burst *b, struct pkt_meta meta)
{
	const uint16_t port = meta.iface, id = strip_iface(b, &w->ifaces[port]);
	const struct iface_fwd *fwd = &w->ifaces[id];
	uint64_t lengths[BURST_MAX], bytes;
	enum sight sight;
	uint32_t n = b->n;

	if (id == IFACE_NONE || !iface_fwd_is_up(fwd) || iface_fwd_flags(fwd) & IFACE_FWD_MEMBER)
		return false;
	find_packets(b, lengths);
	if (!measure_packets(b, lengths, &bytes))
		return false;
	sight = look_at(b, iface_fwd_mac(fwd));
	if (sight != ALL_IP4 && sight != ALL_IP6)
		return false;
	bytes += (uint64_t)n * RTE_VLAN_HLEN;
	w->stats->iface[port].rx_packets += n;
	w->stats->iface[port].rx_bytes += bytes;
	count_vlans(w, id, n, bytes);
	meta.iface = id;
	meta.flags = strip_shortens(b) ? PKT_TAGGED : 0;
	burst_set_meta(b, meta);
	node_put_all(w, NODE_ether_input, sight == ALL_IP4 ? NODE_ip4_input : NODE_ip6_input);
	return true;
}

/* Returns true when the burst has gone. */
static __rte_noinline bool take_off(struct worker *w, struct burst *b, struct pkt_meta plain)
{
	if (!strip_any(b))
		return false;
	if (take_stripped(w, b, plain))
		return true;
	strip_undo_all(w, b, plain);
	return !b->n;
}

void SIMD_NAMED(ether_input)(struct worker *w, struct burst *b)
{
	const struct pkt_meta plain = {.iface = w->rxq->iface, .l2_len = RTE_ETHER_HDR_LEN};
	const struct iface_fwd *fwd = &w->ifaces[plain.iface];
	const uint64_t mac = iface_fwd_mac(fwd);
	const uint8_t flags = iface_fwd_flags(fwd);
	uint64_t lengths[BURST_MAX], bytes;
	enum sight sight = ODD;
	bool whole;

	if (unlikely(!iface_fwd_is_up(fwd)))
		return drop_all(w, b, plain);
	if (unlikely(flags & IFACE_FWD_STRIP) && take_off(w, b, plain))
		return;
	find_packets(b, lengths);
	whole = measure_packets(b, lengths, &bytes);
	w->stats->iface[plain.iface].rx_packets += b->n;
	w->stats->iface[plain.iface].rx_bytes += bytes;
	if (unlikely(flags) && take_special(w, b, plain, flags, whole, bytes))
		return;
	/* What comes in by a member is for layer 3 only if a VLAN interface says so. */
	if (likely(whole && !(flags & IFACE_FWD_MEMBER)))
		sight = look_at(b, mac);
	burst_set_meta(b, plain);
	if (likely(sight == ALL_IP4))
		return node_put_all(w, NODE_ether_input, NODE_ip4_input);
	if (sight == ALL_IP6)
		return node_put_all(w, NODE_ether_input, NODE_ip6_input);
	if (sight == MIXED && part(w, b, plain))
		return;
	for (uint32_t i = 0; i < b->n; i++)
		sort_one(w, b->pkts[i], plain);
	b->n = 0;
}
