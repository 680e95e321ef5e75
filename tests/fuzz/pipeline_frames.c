/* SPDX-License-Identifier: BSD-3-Clause */
#include "pipeline_frames.h"

#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "mend.h"
#include "span_ctl.h"

#define HEAD_LEN      5
#define FLAG_RAW_SUMS 0x04
#define FLAG_RAW_MAC  0x08
#define FLAG_LENGTHS  0x10

#define FLAG_TAGS_SHIFT 6

#define SHORTEST 60
#define TAGS_LEN 8 /* at most, that are taken off in front of it */

/* At least one behind each kind of route. The twelfth of both lie behind the port that cannot send
 * chains (see seeds.py). */
static const char *const destinations4[] = {
	"10.0.0.1",        "10.0.0.2",  "10.0.0.77",   "10.0.0.255", "10.1.0.1",  "10.1.0.3",
	"10.0.9.0",        "20.0.0.1",  "20.1.2.3",    "20.2.3.4",   "20.3.0.1",  "20.4.0.1",
	"20.5.0.1",        "20.5.5.5",  "20.6.0.1",    "20.7.0.1",   "20.8.0.1",  "20.9.0.1",
	"20.10.0.1",       "20.11.0.1", "20.12.0.1",   "10.5.0.1",   "10.6.0.2",  "30.0.0.1",
	"20.13.0.1",       "20.14.0.1", "20.15.0.1",   "20.16.0.1",  "20.17.0.1", "20.18.0.1",
	"10.20.0.1",       "10.20.0.2", "10.21.0.1",   "10.22.0.1",  "224.0.0.5", "239.1.2.3",
	"255.255.255.255", "127.0.0.1", "169.254.0.1", "240.0.0.1",  "0.0.0.0",
};
static const char *const destinations6[] = {
	"2001:db8:0:a::1",
	"2001:db8:0:a::2",
	"2001:db8:0:a::77",
	"2001:db8:0:a::",
	"2001:db8:0:b::1",
	"2001:db8:0:b::2",
	"2001:db8:0:c::2",
	"2001:db8:20::1",
	"2001:db8:21::1",
	"2001:db8:22::1",
	"2001:db8:23::1",
	"2001:db8:24::1",
	"2001:db8:25::1",
	"2001:db8:26::1",
	"2001:db8:27::1",
	"2001:db8:28::1",
	"2001:db8:29::1",
	"2001:db8:2a::1",
	"2001:db8:2b::1",
	"2001:db8:2c::1",
	"2001:db8:2d::1",
	"2001:db8:0:14::1",
	"2001:db8:0:15::1",
	"2001:db8:0:5::1",
	"2001:db8:0:6::2",
	"2001:db8:ffff::1",
	"fe80::ff:fe00:10",
	"fe80::99",
	"ff02::1",
	"ff02::1:ff00:1",
	"ff05::2",
	"ff01::1",
	"::1",
	"::",
};

static struct ip_addr to4[RTE_DIM(destinations4)], to6[RTE_DIM(destinations6)];

void frames_init(void)
{
	for (unsigned i = 0; i < RTE_DIM(to4); i++)
		if (ip_addr_parse(destinations4[i], &to4[i]))
			abort();
	for (unsigned i = 0; i < RTE_DIM(to6); i++)
		if (ip_addr_parse(destinations6[i], &to6[i]))
			abort();
}

static void set_destination(struct frame *f, unsigned to)
{
	uint8_t *ip = f->bytes + f->l2_len;

	if (!to)
		return;
	if (f->len >= f->l2_len + 20 && ip[-2] == 0x08 && ip[-1] == 0x00)
		memcpy(ip + 16, to4[(to - 1) % RTE_DIM(to4)].bytes, 4);
	else if (f->len >= f->l2_len + 40 && ip[-2] == 0x86 && ip[-1] == 0xdd)
		memcpy(ip + 24, to6[(to - 1) % RTE_DIM(to6)].bytes, 16);
}

struct tags {
	const char *port; /* that the frame comes in by */
	uint8_t len[3];
	uint8_t bytes[3][8];
};

static const struct tags tags[] = {
	{"in",
	 {4, 8, 8},
	 {{0x81, 0, 0xa0, 5},
	  {0x88, 0xa8, 0x60, 6, 0x81, 0, 0, 7},
	  {0x88, 0xa8, 0x60, 6, 0x81, 0, 0, 9}}},
	{"out",
	 {4, 4, 8},
	 {{0x81, 0, 0xa0, 8}, {0x81, 0, 0x50, 9}, {0x81, 0, 0, 9, 0x81, 0, 0, 5}}},
	{"unchained",
	 {8, 8, 4},
	 {{0x81, 0, 0xe0, 9, 0x81, 0, 0x20, 20},
	  {0x81, 0, 0, 9, 0x81, 0, 0x20, 30},
	  {0x81, 0, 0, 9}}},
	{"t1",
	 {4, 4, 8},
	 {{0x81, 0, 0xa0, 20}, {0x81, 0, 0x50, 10}, {0x81, 0, 0, 20, 0x81, 0, 0, 5}}},
	/* Others. */
	{NULL,
	 {4, 4, 8},
	 {{0x81, 0, 0xe0, 0}, {0x81, 0, 0xa0, 10}, {0x88, 0xa8, 0, 5, 0x81, 0, 0, 7}}},
};

/* The tags that the seventh and eighth bit of the flags ask for, in front of the type. */
static void put_tags(const struct pipeline *p, struct frame *f, unsigned flags)
{
	const char *port = p->r.ifaces->ifaces[f->iface]->name;
	unsigned which = flags >> FLAG_TAGS_SHIFT;
	const struct tags *t = tags;
	uint32_t len;

	while (t->port && strcmp(t->port, port) != 0)
		t++;
	len = which ? t->len[which - 1] : 0;
	if (!which || f->len < 14 || f->len + len > FUZZ_FRAME_MAX)
		return;
	memmove(f->bytes + 12 + len, f->bytes + 12, f->len - 12);
	memcpy(f->bytes + 12, t->bytes[which - 1], len);
	f->len += len;
}

/* Where a frame in a bridge goes: its own interface, hosts, nobody known, several. */
static void set_host(const struct pipeline *p, struct frame *f, unsigned which)
{
	static const uint8_t hosts[][6] = {
		{0}, /* the bridge */
		{2, 0, 0, 0, 0x20, 2},
		{2, 0, 0, 0, 0x20, 3},
		{2, 0, 0, 0, 0x20, 4},
		{2, 0, 0, 0, 0x20, 5},
		{2, 0, 0, 0, 0x20, 0x99},
		{0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		{1, 0, 0x5e, 0, 0, 5},
	};
	const struct iface *in =
		f->bridged ? bridge_iface(f->in_bridge.b) : p->r.ifaces->ifaces[f->in];

	memcpy(f->bytes, f->bridged && which ? hosts[which] : in->mac.bytes, 6);
}

static void mend(const struct pipeline *p, struct frame *f, unsigned flags, unsigned to)
{
	put_tags(p, f, flags);
	check_tags(p, f);
	if (!(flags & FLAG_RAW_MAC) && f->len >= 6) {
		set_host(p, f, to >> 5);
		check_tags(p, f);
	}
	set_destination(f, to);
	if (flags & FLAG_LENGTHS)
		mend_lengths(f->bytes, f->len, f->l2_len);
	if (!(flags & FLAG_RAW_SUMS))
		mend_checksums(f->bytes, f->len, f->l2_len);
}

/* Where the data of a segment begins. The first one's address is even, as a PMD's is; by default
 * its IP header is aligned, because of a word that lies across two grains ASan sees the first. */
static uint16_t data_offset(const struct pipeline *p, unsigned shape, unsigned segment,
			    uint16_t len)
{
	static const uint16_t offsets[] = {66, 0, RTE_PKTMBUF_HEADROOM};
	unsigned where = shape >> 3 & 3;

	if (segment)
		return (uint16_t)((segment * 37 + where) % RTE_PKTMBUF_HEADROOM);
	if (where < RTE_DIM(offsets))
		return offsets[where];
	/* With hardly any tailroom. */
	return (uint16_t)(rte_pktmbuf_data_room_size(p->pool) - len - 4) & 0xfffe;
}

static uint16_t segment_length(const struct pipeline *p, unsigned shape, unsigned segment,
			       uint32_t left)
{
	static const uint8_t firsts[] = {0, 1, 13, 14, 20, 34, 60};
	unsigned n = (shape & 7) + 1, first = shape >> 5;
	uint32_t room = rte_pktmbuf_data_room_size(p->pool) - RTE_PKTMBUF_HEADROOM;
	uint32_t len = segment + 1 < n ? left / (n - segment) : left;

	if (segment == 0 && n > 1 && first < RTE_DIM(firsts))
		len = RTE_MIN(left, (uint32_t)firsts[first]);
	return (uint16_t)RTE_MIN(len, room);
}

static struct rte_mbuf *make_packet(const struct pipeline *p, struct frame *f, unsigned shape)
{
	struct rte_mbuf *pkt = NULL, **end = &pkt;
	unsigned segs = 0;

	for (uint32_t at = 0; at < f->len || segs <= (shape & 7); segs++) {
		struct rte_mbuf *seg = rte_pktmbuf_alloc(p->pool);

		if (!seg)
			check_fail(f, "the pool is empty");
		seg->data_len = segment_length(p, shape, segs, f->len - at);
		seg->data_off = data_offset(p, shape, segs, seg->data_len);
		memcpy(rte_pktmbuf_mtod(seg, void *), f->bytes + at, seg->data_len);
		at += seg->data_len;
		*end = seg;
		end = &seg->next;
	}
	pkt->pkt_len = f->len;
	pkt->nb_segs = (uint16_t)segs;
	f->short_of_room = pkt->data_off < 8;
	f->unpadded = rte_pktmbuf_tailroom(pkt) + pkt->data_len < SHORTEST + TAGS_LEN;
	f->cramped = segs > 1 && rte_pktmbuf_tailroom(pkt) < f->len;
	guard_packet(pkt);
	return pkt;
}

/* One frame from the input, whose mbuf gets the mark; returns the bytes that it took, 0: there are
 * too few. */
static size_t read_frame(const struct pipeline *p, struct frame *f, uint32_t mark, uint16_t iface,
			 const uint8_t *data, size_t size)
{
	static const uint64_t sums[] = {RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN, RTE_MBUF_F_RX_IP_CKSUM_GOOD,
					RTE_MBUF_F_RX_IP_CKSUM_BAD, RTE_MBUF_F_RX_IP_CKSUM_NONE};
	struct burst *b = p->w->in[NODE_ether_input];
	struct rte_mbuf *pkt;
	size_t took;

	if (size < HEAD_LEN)
		return 0;
	f->len = (uint32_t)data[3] << 8 | data[4];
	f->len = RTE_MIN(f->len, (uint32_t)RTE_MIN(size - HEAD_LEN, (size_t)FUZZ_FRAME_MAX));
	f->iface = iface;
	f->vouched = (data[1] & 3) == 1;
	f->routed = false;
	f->outs = f->mirrored_tx = 0;
	f->mirrored_sum = 0;
	memcpy(f->bytes, data + HEAD_LEN, f->len);
	took = HEAD_LEN + f->len;
	mend(p, f, data[1], data[2]);
	pkt = make_packet(p, f, data[0]);
	pkt->port = p->r.ifaces->ifaces[iface]->port;
	pkt->ol_flags = sums[data[1] & 3];
	pkt->hash.usr = mark;
	f->mirrored_rx = pipeline_mirrors(p, pkt->port, SPAN_RX);
	b->pkts[b->n++] = pkt;
	return took;
}

unsigned frames_read(const struct pipeline *p, struct frame *frames, uint16_t iface,
		     const uint8_t *data, size_t size)
{
	unsigned n = 0;

	for (size_t at = 0, took = 1; took && n < BURST_MAX; n += took != 0) {
		took = read_frame(p, &frames[n], n, iface, data + at, size - at);
		at += took;
	}
	return n;
}
