/* SPDX-License-Identifier: BSD-3-Clause */
#include "pipeline_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer_check.h"
#include "route_ctl.h"

#define ETH     14
#define MIN_LEN 60 /* of a frame without its FCS */
#define IP6_MTU 1280

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

static const struct iface *vlan_of(const struct pipeline *p, uint16_t parent, unsigned tpid,
				   unsigned vid)
{
	const struct iface *iface = NULL;

	while ((iface = iface_next(p->r.ifaces, iface)))
		if (iface->parent && iface->parent->id == parent && iface->tpid == tpid &&
		    iface->vid == vid)
			break;
	return iface;
}

void check_tags(const struct pipeline *p, struct frame *f)
{
	f->in = f->iface;
	f->taken = false;
	for (f->l2_len = ETH; f->len >= f->l2_len; f->l2_len += 4) {
		unsigned type = be16(f->bytes + f->l2_len - 2);
		const struct iface *next;

		f->taken = !is_tag(type);
		if (f->taken || f->l2_len == ETH + 8 || f->len < f->l2_len + 4u)
			return;
		if (!(be16(f->bytes + f->l2_len) & 0xfff))
			continue;
		next = vlan_of(p, f->in, type, be16(f->bytes + f->l2_len) & 0xfff);
		if (!next)
			return;
		f->in = next->id;
	}
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

/* Does the path lead out, for a packet of so many bytes? */
static bool leads_out(const struct nexthop_path *path, uint32_t len)
{
	return nexthop_mac(path->nh) && len <= nexthop_iface(path->nh)->mtu;
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

	if (!f->taken || memcmp(f->bytes, mac->bytes, 6))
		return KEPT;
	if (!(is_type(f, 0x0800) && sound4(p, f)) && !(is_type(f, 0x86dd) && sound6(f)))
		return KEPT;
	n = paths_of(p, f, &paths);
	for (unsigned i = 0; i < n; i++)
		open += leads_out(&paths[i], ip_len(f));
	if (!open)
		return KEPT;
	/* Of several paths the flow's hash decides; what cannot be gathered is dropped, and what
	 * has no room in front for more tags than it came with. */
	return open < n || f->cramped || f->short_of_room ? EITHER : FORWARDED;
}

void check_kept(const struct pipeline *p, const struct frame *f)
{
	if (fate_of(p, f) == FORWARDED)
		check_fail(f, "not forwarded");
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

/* The tags of an interface, with the priority that the frame came with, at `tags`. Returns their
 * length. */
static uint32_t tags_of(const struct frame *f, const struct iface *iface, uint8_t *tags)
{
	const struct iface *stack[2];
	uint32_t n = 0;

	for (; iface->parent; iface = iface->parent)
		stack[n++] = iface;
	for (uint32_t i = 0; i < n; i++) {
		const struct iface *tag = stack[n - 1 - i];

		tags[4 * i] = (uint8_t)(tag->tpid >> 8);
		tags[4 * i + 1] = (uint8_t)tag->tpid;
		tags[4 * i + 2] = (uint8_t)(tag->vid >> 8);
		tags[4 * i + 3] = (uint8_t)tag->vid;
	}
	if (n && f->l2_len > ETH)
		tags[2] |= f->bytes[ETH] & 0xf0;
	return 4 * n;
}

/* The Ethernet header is that of one of the paths, by the port that it left by. Returns its length.
 */
static uint32_t check_link(const struct pipeline *p, const struct frame *f, const uint8_t *out,
			   uint16_t port)
{
	const struct nexthop_path *paths;
	unsigned n = paths_of(p, f, &paths);
	uint8_t tags[8];

	for (unsigned i = 0; i < n; i++) {
		const struct iface *iface = nexthop_iface(paths[i].nh);
		uint32_t len = tags_of(f, iface, tags);

		if (iface->port == port && leads_out(&paths[i], ip_len(f)) &&
		    !memcmp(out, nexthop_mac(paths[i].nh)->bytes, 6) &&
		    !memcmp(out + 6, iface->mac.bytes, 6) && !memcmp(out + 12, tags, len) &&
		    !memcmp(out + 12 + len, f->bytes + f->l2_len - 2, 2))
			return ETH + len;
	}
	check_fail(f, "forwarded by no path of its route");
}

/* All bytes behind the Ethernet header, l2_len long now, are as they were, but for what a router
 * has to change. */
static void check_content(const struct frame *f, const uint8_t *out, uint32_t len, uint32_t l2_len)
{
	static uint8_t want[FUZZ_FRAME_MAX];
	uint32_t whole = f->l2_len + ip_len(f);

	/* A trailer is not carried on; the padding of a short frame may be. */
	whole = f->len <= MIN_LEN ? f->len : RTE_MAX(whole, (uint32_t)MIN_LEN);
	if (len - l2_len != whole - f->l2_len)
		check_fail(f, "length");
	len -= l2_len;
	out += l2_len;
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

void check_forwarded(const struct pipeline *p, struct frame *f, const struct rte_mbuf *pkt,
		     uint16_t port)
{
	static uint8_t out[FUZZ_FRAME_MAX];
	uint32_t len = gather(f, pkt, out);

	if (f->forwarded)
		check_fail(f, "forwarded twice");
	if (fate_of(p, f) == KEPT)
		check_fail(f, "forwarded");
	check_content(f, out, len, check_link(p, f, out, port));
	f->forwarded = true;
}

void check_injected(const struct pipeline *p, uint16_t iface, const struct rte_mbuf *pkt,
		    uint16_t port)
{
	static struct frame f;
	const struct iface *in;
	const char *wrong;
	unsigned mtu, tags;

	f.len = gather(NULL, pkt, f.bytes);
	f.iface = iface;
	check_tags(p, &f);
	if (!f.taken)
		check_fail(&f, "answered with tags of no interface");
	in = p->r.ifaces->ifaces[f.in];
	/* As it was before its tags were pushed. */
	tags = f.l2_len - ETH;
	memmove(f.bytes + 12, f.bytes + 12 + tags, f.len - 12 - tags);
	f.len -= tags;
	f.l2_len = ETH;
	wrong = check_answer(f.bytes, f.len, ETH);
	if (wrong)
		check_fail(&f, wrong);
	if (port != in->port)
		check_fail(&f, "answered by another port");
	if (memcmp(f.bytes + 6, in->mac.bytes, 6))
		check_fail(&f, "source MAC of the answer");
	mtu = is_type(&f, 0x86dd) ? RTE_MAX(in->mtu, (unsigned)IP6_MTU) : in->mtu;
	if (f.len > ETH + mtu)
		check_fail(&f, "answer larger than the MTU");
}
