/* SPDX-License-Identifier: BSD-3-Clause */
#include "pipeline_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer_check.h"
#include "route_ctl.h"
#include "span_ctl.h"

#define ETH        14
#define PADDED_LEN 46 /* of the shortest frame, behind its header */
#define IP6_MTU    1280

enum fate { KEPT, FORWARDED, EITHER };

static unsigned be16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

void check_fail(const struct frame *f, const char *what)
{
	fprintf(stderr, "fuzz_pipeline: wrong: %s\n", what);
	for (uint32_t i = 0; f && i < f->len; i++)
		fprintf(stderr, "%02x%s", f->bytes[i],
			i % 16 == 15 || i + 1 == f->len ? "\n" : " ");
	abort();
}

static struct ip_addr addr_at(enum ip_family family, const uint8_t *bytes)
{
	struct ip_addr addr = {.family = family};

	memcpy(addr.bytes, bytes, family == IP4 ? 4 : 16);
	return addr;
}

static bool is_type(const struct frame *f, unsigned type)
{
	return f->len >= f->l2_len && be16(f->bytes + f->l2_len - 2) == type;
}

static bool is_tag(unsigned type)
{
	return type == 0x8100 || type == 0x88a8;
}

/* On from the interface `in` and l2_len, in the order of Linux: a VLAN interface, a bridge. */
static void follow_tags(const struct pipeline *p, struct frame *f)
{
	f->taken = f->bridged = false;
	for (; f->len >= f->l2_len; f->l2_len += 4) {
		const struct iface *in = p->r.ifaces->ifaces[f->in], *next = NULL;
		unsigned type = be16(f->bytes + f->l2_len - 2), vid = 0;
		bool whole = f->l2_len < ETH + 8 && f->len >= f->l2_len + 4u;

		if (is_tag(type) && whole)
			vid = be16(f->bytes + f->l2_len) & 0xfff;
		if (vid)
			next = vlan_of(p, f->in, type, vid);
		if (next) {
			f->in = next->id;
			continue;
		}
		f->bridged = bridge_of_member(p->r.bridges, in) != NULL;
		f->taken = !f->bridged && !is_tag(type);
		if (f->bridged || !is_tag(type) || !whole || vid)
			return;
	}
}

static bool is_of(const struct mac_addr *mac, const uint8_t *bytes)
{
	return !memcmp(mac->bytes, bytes, 6);
}

/* What a bridge without STP takes no further: IEEE 802.1Q 8.6.3 but BPDUs, and sources that nobody
 * can have. */
static bool is_refused(const struct bridged *b, const uint8_t *bytes)
{
	static const uint8_t group[] = {1, 0x80, 0xc2, 0, 0}, none[6];

	return bytes[6] & 1 || !memcmp(bytes + 6, none, 6) ||
	       (!memcmp(bytes, group, 5) && bytes[5] > 0 && bytes[5] < 16) ||
	       is_of(&bridge_iface(b->b)->mac, bytes + 6);
}

/* It has come to the member `in`: by which ways it leaves; or on to the router. */
static void follow_bridge(const struct pipeline *p, struct frame *f)
{
	const struct iface *in = p->r.ifaces->ifaces[f->in], *l3;
	struct bridged *b = &f->in_bridge;

	*b = (struct bridged){.b = bridge_of_member(p->r.bridges, in),
			      .in = in,
			      .bytes = f->bytes,
			      .len = f->len,
			      .skip = (uint8_t)(f->l2_len - ETH)};
	if (is_refused(b, f->bytes) || !bridge_enter(b))
		return;
	f->to_router = bridge_leave(p, b, &f->ways);
	l3 = f->to_router ? bridge_l3(p, b) : NULL;
	if (!l3)
		return;
	f->in = l3->id;
	f->l2_len = (uint8_t)(ETH + b->skip);
	follow_tags(p, f);
	f->bridged = true;
}

void check_tags(const struct pipeline *p, struct frame *f)
{
	f->in = f->iface;
	f->l2_len = ETH;
	f->ways.n = f->ways.large = 0;
	f->to_router = false;
	follow_tags(p, f);
	if (f->bridged)
		follow_bridge(p, f);
}

/* Bytes of the IP packet, as its header says. */
static uint32_t ip_len(const struct frame *f)
{
	const uint8_t *ip = f->bytes + f->l2_len;

	return is_type(f, 0x0800) ? be16(ip + 2) : 40 + be16(ip + 4);
}

/* RFC 1812 4.2.2.11, 5.3.7: not the address of one host out there. */
static bool martian4(const uint8_t *addr)
{
	static const uint8_t none[4], all[4] = {255, 255, 255, 255};

	return !memcmp(addr, none, 4) || !memcmp(addr, all, 4) || addr[0] == 127 ||
	       (addr[0] >= 224 && addr[0] <= 239);
}

/* RFC 4291 2.4; link-local too, which stays on its link (2.5.6). */
static bool martian6(const uint8_t *addr)
{
	static const uint8_t none[15];

	return (!memcmp(addr, none, 15) && addr[15] <= 1) || addr[0] == 0xff ||
	       (addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80);
}

static bool sound4(const struct pipeline *p, const struct frame *f)
{
	const uint8_t *ip = f->bytes + f->l2_len;
	struct ip_addr src;

	if (f->len < f->l2_len + 20u || ip[0] != 0x45 || be16(ip + 2) < 20 ||
	    ip_len(f) > f->len - f->l2_len)
		return false;
	if (!f->vouched && check_sum(ip, 20, 0))
		return false;
	src = addr_at(IP4, ip + 12);
	return ip[8] > 1 && !martian4(ip + 12) && !martian4(ip + 16) &&
	       !iface_by_addr(p->r.ifaces, &src);
}

static bool sound6(const struct frame *f)
{
	const uint8_t *ip = f->bytes + f->l2_len;

	return f->len >= f->l2_len + 40u && ip[0] >> 4 == 6 && ip_len(f) <= f->len - f->l2_len &&
	       ip[6] != 0 && ip[7] > 1 && !martian6(ip + 8) && !martian6(ip + 24);
}

static uint8_t priority_of(const struct frame *f)
{
	return f->l2_len > ETH ? f->bytes[ETH] & 0xf0 : 0;
}

/* Bytes behind the Ethernet header of what the router sends: a trailer is not carried on; what may
 * be the padding of the shortest frame is. */
static uint32_t routed_len(const struct frame *f)
{
	uint32_t whole = f->len - f->l2_len;

	return whole > PADDED_LEN ? RTE_MAX(ip_len(f), (uint32_t)PADDED_LEN) : whole;
}

/* The ways of what the router sends by a path. */
static void path_ways(const struct pipeline *p, const struct frame *f,
		      const struct nexthop_path *path, struct ways *ways)
{
	const struct iface *iface = nexthop_iface(path->nh);
	const struct iface *own = iface->kind == IFACE_VLAN ? iface->parent : iface;
	uint8_t head[ETH + 8];
	struct bridged b = {.b = bridge_by_iface(p->r.bridges, own), .in = own, .bytes = head};
	struct way *way = ways->way;

	ways->n = 1;
	ways->large = 0;
	*way = (struct way){.port = iface->port};
	way->n_tags = iface_tags(iface, priority_of(f), way->tags);
	b.len = padded_len(ETH + way->n_tags + routed_len(f), way->n_tags, f->l2_len - ETH);
	way->len = b.len;
	if (!b.b)
		return;
	ways->n = 0;
	memcpy(head, nexthop_mac(path->nh)->bytes, 6);
	memcpy(head + 12, way->tags, way->n_tags);
	memcpy(head + 12 + way->n_tags, f->bytes + f->l2_len - 2, 2);
	if (bridge_enter(&b))
		bridge_leave(p, &b, ways);
}

/* Does the path lead out? *ways: by which ways then. */
static bool leads_out(const struct pipeline *p, const struct frame *f,
		      const struct nexthop_path *path, struct ways *ways)
{
	if (!nexthop_mac(path->nh) || ip_len(f) > nexthop_iface(path->nh)->mtu)
		return false;
	path_ways(p, f, path, ways);
	return ways->n;
}

static unsigned paths_of(const struct pipeline *p, const struct frame *f,
			 const struct nexthop_path **paths)
{
	bool ip4 = is_type(f, 0x0800);
	struct ip_addr dst = addr_at(ip4 ? IP4 : IP6, f->bytes + f->l2_len + (ip4 ? 16 : 24));
	const struct route *route = route_match(p->r.routes, &dst);

	return route ? nexthop_group_paths(route->group, paths) : 0;
}

static enum fate fate_of(const struct pipeline *p, const struct frame *f)
{
	const struct mac_addr *mac = &p->r.ifaces->ifaces[f->in]->mac;
	const struct nexthop_path *paths;
	unsigned n, open = 0;
	struct ways ways;

	if (!f->taken ||
	    (memcmp(f->bytes, mac->bytes, 6) && !(f->bridged && is_to_member(&f->in_bridge))))
		return KEPT;
	if (!(is_type(f, 0x0800) && sound4(p, f)) && !(is_type(f, 0x86dd) && sound6(f)))
		return KEPT;
	n = paths_of(p, f, &paths);
	for (unsigned i = 0; i < n; i++)
		open += leads_out(p, f, &paths[i], &ways);
	if (!open)
		return KEPT;
	/* Of several paths the flow's hash decides; what cannot be gathered is dropped, and what
	 * has no room in front for more tags than it came with. */
	return open < n || f->cramped || f->short_of_room ? EITHER : FORWARDED;
}

/* The bytes of the chain in a row. */
static uint32_t gather(const struct frame *f, const struct rte_mbuf *pkt, uint8_t *out)
{
	const char *why;
	uint32_t len = 0;

	if (rte_mbuf_check(pkt, 1, &why))
		check_fail(f, why);
	if (pkt->pkt_len > FUZZ_FRAME_MAX)
		check_fail(f, "longer than any frame that went in");
	for (const struct rte_mbuf *seg = pkt; seg; seg = seg->next) {
		memcpy(out + len, rte_pktmbuf_mtod(seg, const void *), seg->data_len);
		len += seg->data_len;
	}
	return len;
}

/* The way out of the port that has these tags and this type behind them. */
static struct way *find_way(struct ways *ways, uint16_t port, const uint8_t *out,
			    const uint8_t *type)
{
	for (unsigned i = 0; i < ways->n; i++) {
		struct way *way = &ways->way[i];

		if (way->port == port && !way->seen && !memcmp(out + 12, way->tags, way->n_tags) &&
		    !memcmp(out + 12 + way->n_tags, type, 2))
			return way;
	}
	return NULL;
}

/* The Ethernet header is that of one of the paths, by the port that it left by. Returns the way. */
static const struct way *check_link(const struct pipeline *p, struct frame *f, const uint8_t *out,
				    uint16_t port)
{
	const struct nexthop_path *paths;
	unsigned n = paths_of(p, f, &paths);

	for (unsigned i = 0; i < n; i++) {
		const struct nexthop_path *path = &paths[i];
		struct ways ways, *known = f->outs ? &f->ways : &ways;
		struct way *way;

		if (!leads_out(p, f, path, &ways) || !is_of(nexthop_mac(path->nh), out) ||
		    !is_of(&nexthop_iface(path->nh)->mac, out + 6))
			continue;
		way = find_way(known, port, out, f->bytes + f->l2_len - 2);
		if (!way)
			continue;
		way->seen = true;
		f->ways = *known;
		return &f->ways.way[way - known->way];
	}
	check_fail(f, "forwarded by no path of its route");
}

/* It is as long as by that way: what of it is not the packet's is zeroes. */
static void check_len(const struct frame *f, const uint8_t *out, uint32_t len, uint32_t packet_len,
		      const struct way *way)
{
	if (len != way->len && !(f->unpadded && len >= packet_len && len < way->len))
		check_fail(f, "length");
	for (uint32_t i = packet_len; i < len; i++)
		if (out[i])
			check_fail(f, "padded by other bytes than zeroes");
}

/* All bytes behind the Ethernet header are as they were, but for what a router has to change. */
static void check_content(const struct frame *f, const uint8_t *out, uint32_t out_len,
			  const struct way *way)
{
	static uint8_t want[FUZZ_FRAME_MAX];
	uint32_t len = routed_len(f);

	check_len(f, out, out_len, ETH + way->n_tags + len, way);
	out += ETH + way->n_tags;
	memcpy(want, f->bytes + f->l2_len, len);
	if (is_type(f, 0x0800)) {
		want[8]--;
		/* One's complement: a wrong sum that the PMD vouched for stays wrong by as much. */
		if (check_sum(out, 20, 0) % 0xffff !=
		    check_sum(f->bytes + f->l2_len, 20, 0) % 0xffff)
			check_fail(f, "IPv4 checksum");
		memcpy(want + 10, out + 10, 2);
	} else {
		want[7]--;
	}
	if (memcmp(want, out, len))
		check_fail(f, "changed on its way");
}

/* FNV-1a. */
static uint64_t sum_of(const uint8_t *bytes, uint32_t len)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (uint32_t i = 0; i < len; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3;
	return sum;
}

/* Not a byte of it is another, but for the tags. */
static void check_bridged(struct frame *f, const uint8_t *out, uint32_t len, uint16_t port)
{
	uint32_t rest = 12u + f->in_bridge.skip, left = f->len - rest;
	struct way *way = find_way(&f->ways, port, out, f->bytes + rest);

	if (!way)
		check_fail(f, "bridged where it must not");
	way->seen = true;
	check_len(f, out, len, 12 + way->n_tags + left, way);
	if (memcmp(out, f->bytes, 12) != 0 ||
	    memcmp(out + 12 + way->n_tags, f->bytes + rest, left) != 0)
		check_fail(f, "bridged: changed on its way");
}

void check_forwarded(const struct pipeline *p, struct frame *f, const struct rte_mbuf *pkt,
		     uint16_t port)
{
	static uint8_t out[FUZZ_FRAME_MAX];
	uint32_t len = gather(f, pkt, out);

	if (f->bridged && f->ways.n && !f->routed) {
		check_bridged(f, out, len, port);
	} else {
		if (fate_of(p, f) == KEPT)
			check_fail(f, "forwarded");
		check_content(f, out, len, check_link(p, f, out, port));
		f->routed = true;
	}
	f->outs++;
	f->mirrored_tx += pipeline_mirrors(p, port, SPAN_TX);
	f->mirrored_sum += pipeline_mirrors(p, port, SPAN_TX) * sum_of(out, len);
}

void check_mirrored(struct frame *f, const struct rte_mbuf *pkt)
{
	static uint8_t out[FUZZ_FRAME_MAX];
	uint32_t len = gather(f, pkt, out);

	if (f->mirrored_rx && len == f->len && !memcmp(out, f->bytes, len))
		f->mirrored_rx--;
	else if (f->mirrored_tx--)
		f->mirrored_sum -= sum_of(out, len);
	else
		check_fail(f, "mirrored: changed, or too often");
}

struct ends check_ends(const struct pipeline *p, const struct frame *f, bool short_of_mbufs)
{
	bool up = f->bridged && f->to_router && !f->routed;
	bool may_miss = short_of_mbufs || f->short_of_room || f->cramped;
	unsigned all = f->ways.n + up;

	/* Each member that it is too large for is a drop; if nobody gets it, they are one. */
	all = all ? all + f->ways.large : 1;
	if (!short_of_mbufs && (f->mirrored_rx || f->mirrored_tx || f->mirrored_sum))
		check_fail(f, "not mirrored as it was");
	if (!f->outs && !(f->bridged && f->ways.n)) {
		if (fate_of(p, f) == FORWARDED && !short_of_mbufs)
			check_fail(f, "not forwarded");
		return (struct ends){.min = f->cramped ? 1 : all,
				     .max = short_of_mbufs || f->short_of_room ? all + WAYS_MAX
									       : all};
	}
	for (unsigned i = 0; i < f->ways.n; i++)
		if (!f->ways.way[i].seen && !may_miss)
			check_fail(f, "did not leave by all its ways");
	/* What cannot be gathered is dropped as a whole. */
	return (struct ends){.min = f->cramped && !f->outs ? 1 : all, .max = all};
}

static bool has_member_on(const struct pipeline *p, const struct bridge *b, uint16_t iface)
{
	const struct iface *m = NULL;

	while ((m = bridge_member_next(b, m)))
		if (m->port == p->r.ifaces->ifaces[iface]->port)
			return true;
	return false;
}

/* The interface whose answer has come out of the port, when it came in by another perhaps: by the
 * tags, or by the bridge. Leaves behind which tags there are. */
static const struct iface *answering(const struct pipeline *p, struct frame *f, uint16_t port)
{
	struct bridge *b;
	const struct iface *l3;
	uint16_t came = f->iface;

	f->iface = pipeline_iface(p, port);
	f->in = f->iface;
	f->l2_len = ETH;
	follow_tags(p, f);
	if (f->taken) {
		if (f->iface != came)
			check_fail(f, "answered by another port");
		return p->r.ifaces->ifaces[f->in];
	}
	if (!f->bridged)
		check_fail(f, "answered with tags of no interface");
	b = bridge_of_member(p->r.bridges, p->r.ifaces->ifaces[f->in]);
	f->in_bridge = (struct bridged){.b = b,
					.in = p->r.ifaces->ifaces[f->in],
					.bytes = f->bytes,
					.len = f->len,
					.skip = (uint8_t)(f->l2_len - ETH)};
	if (!has_member_on(p, b, came))
		check_fail(f, "answered by another bridge");
	l3 = bridge_enter(&f->in_bridge) ? bridge_l3(p, &f->in_bridge) : NULL;
	if (!l3)
		check_fail(f, "answered into another VLAN of the bridge");
	f->l2_len = (uint8_t)(ETH + f->in_bridge.skip);
	return l3;
}

bool check_injected(const struct pipeline *p, uint16_t iface, const struct rte_mbuf *pkt,
		    uint16_t port)
{
	static struct frame f;
	const struct iface *in;
	const char *wrong;
	unsigned mtu, tags;

	f.len = gather(NULL, pkt, f.bytes);
	f.iface = iface;
	in = answering(p, &f, port);
	/* As it was before its tags were pushed. */
	tags = f.l2_len - ETH;
	memmove(f.bytes + 12, f.bytes + 12 + tags, f.len - 12 - tags);
	f.len -= tags;
	f.l2_len = ETH;
	wrong = check_answer(f.bytes, f.len, ETH);
	if (wrong)
		check_fail(&f, wrong);
	if (memcmp(f.bytes + 6, in->mac.bytes, 6))
		check_fail(&f, "source MAC of the answer");
	mtu = is_type(&f, 0x86dd) ? RTE_MAX(in->mtu, (unsigned)IP6_MTU) : in->mtu;
	if (f.len > ETH + mtu)
		check_fail(&f, "answer larger than the MTU");
	return f.bridged;
}
