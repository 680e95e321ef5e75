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
	return f->len >= ETH && be16(f->bytes + 12) == type;
}

/* Bytes of the IP packet, as its header says. */
static uint32_t ip_len(const struct frame *f)
{
	return is_type(f, 0x0800) ? be16(f->bytes + 16) : 40 + be16(f->bytes + 18);
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
	const uint8_t *ip = f->bytes + ETH;
	struct ip_addr src;

	if (f->len < ETH + 20 || ip[0] != 0x45 || be16(ip + 2) < 20 || ip_len(f) > f->len - ETH)
		return false;
	if (!f->vouched && check_sum(ip, 20, 0))
		return false;
	src = addr_at(IP4, ip + 12);
	return ip[8] > 1 && !martian4(ip + 12) && !martian4(ip + 16) &&
	       !iface_by_addr(p->r.ifaces, &src);
}

static bool sound6(const struct frame *f)
{
	const uint8_t *ip = f->bytes + ETH;

	return f->len >= ETH + 40 && ip[0] >> 4 == 6 && ip_len(f) <= f->len - ETH && ip[6] != 0 &&
	       ip[7] > 1 && !martian6(ip + 8) && !martian6(ip + 24);
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
	struct ip_addr dst = addr_at(ip4 ? IP4 : IP6, f->bytes + ETH + (ip4 ? 16 : 24));
	const struct route *route = route_match(p->r.routes, &dst);

	return route ? nexthop_group_paths(route->group, paths) : 0;
}

static enum fate fate_of(const struct pipeline *p, const struct frame *f)
{
	const struct mac_addr *mac = &p->r.ifaces->ifaces[f->iface]->mac;
	const struct nexthop_path *paths;
	unsigned n, open = 0;

	if (f->len < ETH || memcmp(f->bytes, mac->bytes, 6))
		return KEPT;
	if (!(is_type(f, 0x0800) && sound4(p, f)) && !(is_type(f, 0x86dd) && sound6(f)))
		return KEPT;
	n = paths_of(p, f, &paths);
	for (unsigned i = 0; i < n; i++)
		open += leads_out(&paths[i], ip_len(f));
	if (!open)
		return KEPT;
	/* Of several paths the flow's hash decides; what cannot be gathered is dropped. */
	return open < n || f->cramped ? EITHER : FORWARDED;
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

/* The Ethernet header is that of one of the paths, by the port that it left by. */
static void check_link(const struct pipeline *p, const struct frame *f, const uint8_t *out,
		       uint16_t port)
{
	const struct nexthop_path *paths;
	unsigned n = paths_of(p, f, &paths);

	for (unsigned i = 0; i < n; i++) {
		const struct iface *iface = nexthop_iface(paths[i].nh);

		if (iface->port == port && leads_out(&paths[i], ip_len(f)) &&
		    !memcmp(out, nexthop_mac(paths[i].nh)->bytes, 6) &&
		    !memcmp(out + 6, iface->mac.bytes, 6))
			return;
	}
	check_fail(f, "forwarded by no path of its route");
}

/* All bytes behind the Ethernet header are as they were, but for what a router has to change. */
static void check_content(const struct frame *f, const uint8_t *out, uint32_t len)
{
	uint32_t whole = ETH + ip_len(f);
	static uint8_t want[FUZZ_FRAME_MAX];
	uint8_t *ip = want + ETH;

	/* A trailer is not carried on; the padding of a short frame may be. */
	whole = f->len <= MIN_LEN ? f->len : RTE_MAX(whole, (uint32_t)MIN_LEN);
	if (len != whole)
		check_fail(f, "length");
	memcpy(want, f->bytes, len);
	if (is_type(f, 0x0800)) {
		ip[8]--;
		/* One's complement: a wrong sum that the PMD vouched for stays wrong by as much. */
		if (check_sum(out + ETH, 20, 0) % 0xffff !=
		    check_sum(f->bytes + ETH, 20, 0) % 0xffff)
			check_fail(f, "IPv4 checksum");
		memcpy(ip + 10, out + ETH + 10, 2);
	} else {
		ip[7]--;
	}
	if (memcmp(want + 12, out + 12, len - 12))
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
	check_content(f, out, len);
	check_link(p, f, out, port);
	f->forwarded = true;
}

void check_injected(const struct pipeline *p, uint16_t iface, const struct rte_mbuf *pkt,
		    uint16_t port)
{
	const struct iface *in = p->r.ifaces->ifaces[iface];
	static struct frame f;
	const char *wrong;
	unsigned mtu;

	f.len = gather(NULL, pkt, f.bytes);
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
