/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer target of the whole pipeline: a burst of frames through the worker's walk, what it
 * punted through the slow path, the answers out by the worker. In real mbufs, with ASan around
 * every segment (guard.h); every frame is followed to its end (pipeline_check.h).
 *
 * An input is one byte for all, and then frames (up to 64, as they fit), each behind five bytes:
 *
 *     burst:  bits 0-1 the port that all come in by; bit 2 all token buckets of punt are empty
 *     shape:  bits 0-2 segments less one; 3-4 where the data begins in its buffer;
 *             5-7 length of the first segment of several
 *     flags:  bits 0-1 what the PMD says of the checksum; 2 leave the checksums as they are;
 *             3 leave the destination MAC as it is, else it is the port's;
 *             4 set the lengths of IP right
 *     to:     0, or which of some destinations to write into the IP header
 *     length: two bytes, big endian; cut to what is there
 */
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "mend.h"
#include "pipeline_check.h"
#include "slowpath_ctl.h"
#include "walk.h"

#define HEAD_LEN       5
#define BURST_EXHAUSTS 0x04
#define FLAG_RAW_SUMS  0x04
#define FLAG_RAW_MAC   0x08
#define FLAG_LENGTHS   0x10

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pipeline pipe_;
static struct frame frames[BURST_MAX];

/* At least one behind each kind of route. */
static const char *const destinations4[] = {
	"10.0.0.1",    "10.0.0.2",  "10.0.0.77", "10.0.0.255", "10.1.0.1",        "10.1.0.3",
	"10.0.9.0",    "20.0.0.1",  "20.1.2.3",  "20.2.3.4",   "20.3.0.1",        "20.4.0.1",
	"20.5.0.1",    "20.5.5.5",  "20.6.0.1",  "20.7.0.1",   "20.8.0.1",        "20.9.0.1",
	"20.10.0.1",   "30.0.0.1",  "224.0.0.5", "239.1.2.3",  "255.255.255.255", "127.0.0.1",
	"169.254.0.1", "240.0.0.1", "0.0.0.0",
};
static const char *const destinations6[] = {
	"2001:db8:0:a::1",
	"2001:db8:0:a::2",
	"2001:db8:0:a::77",
	"2001:db8:0:a::",
	"2001:db8:0:b::1",
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

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	pipeline_start(&pipe_);
	for (unsigned i = 0; i < RTE_DIM(to4); i++)
		if (ip_addr_parse(destinations4[i], &to4[i]))
			abort();
	for (unsigned i = 0; i < RTE_DIM(to6); i++)
		if (ip_addr_parse(destinations6[i], &to6[i]))
			abort();
	return 0;
}

static void set_destination(struct frame *f, unsigned to)
{
	const uint8_t *type = f->bytes + 12;

	if (!to)
		return;
	if (f->len >= 34 && type[0] == 0x08 && type[1] == 0x00)
		memcpy(f->bytes + 30, to4[(to - 1) % RTE_DIM(to4)].bytes, 4);
	else if (f->len >= 54 && type[0] == 0x86 && type[1] == 0xdd)
		memcpy(f->bytes + 38, to6[(to - 1) % RTE_DIM(to6)].bytes, 16);
}

static void mend(struct frame *f, unsigned flags, unsigned to)
{
	if (!(flags & FLAG_RAW_MAC) && f->len >= 6)
		memcpy(f->bytes, pipe_.r.ifaces->ifaces[f->iface]->mac.bytes, 6);
	set_destination(f, to);
	if (flags & FLAG_LENGTHS)
		mend_lengths(f->bytes, f->len, RTE_ETHER_HDR_LEN);
	if (!(flags & FLAG_RAW_SUMS))
		mend_checksums(f->bytes, f->len, RTE_ETHER_HDR_LEN);
}

/* Where the data of a segment begins. The first one's address is even, as a PMD's is. */
static uint16_t data_offset(unsigned shape, unsigned segment, uint16_t len)
{
	static const uint16_t offsets[] = {RTE_PKTMBUF_HEADROOM, 0, 66};
	unsigned where = shape >> 3 & 3;

	if (segment)
		return (uint16_t)((segment * 37 + where) % RTE_PKTMBUF_HEADROOM);
	if (where < RTE_DIM(offsets))
		return offsets[where];
	/* With hardly any tailroom. */
	return (uint16_t)(rte_pktmbuf_data_room_size(pipe_.pool) - len - 4) & 0xfffe;
}

static uint16_t segment_length(unsigned shape, unsigned segment, uint32_t left)
{
	static const uint8_t firsts[] = {0, 1, 13, 14, 20, 34, 60};
	unsigned n = (shape & 7) + 1, first = shape >> 5;
	uint32_t room = rte_pktmbuf_data_room_size(pipe_.pool) - RTE_PKTMBUF_HEADROOM;
	uint32_t len = segment + 1 < n ? left / (n - segment) : left;

	if (segment == 0 && n > 1 && first < RTE_DIM(firsts))
		len = RTE_MIN(left, (uint32_t)firsts[first]);
	return (uint16_t)RTE_MIN(len, room);
}

static struct rte_mbuf *make_packet(struct frame *f, unsigned shape)
{
	struct rte_mbuf *pkt = NULL, **end = &pkt;
	unsigned segs = 0;

	for (uint32_t at = 0; at < f->len || segs <= (shape & 7); segs++) {
		struct rte_mbuf *seg = rte_pktmbuf_alloc(pipe_.pool);

		if (!seg)
			check_fail(f, "the pool is empty");
		seg->data_len = segment_length(shape, segs, f->len - at);
		seg->data_off = data_offset(shape, segs, seg->data_len);
		memcpy(rte_pktmbuf_mtod(seg, void *), f->bytes + at, seg->data_len);
		at += seg->data_len;
		*end = seg;
		end = &seg->next;
	}
	pkt->pkt_len = f->len;
	pkt->nb_segs = (uint16_t)segs;
	f->cramped = segs > 1 && rte_pktmbuf_tailroom(pkt) < f->len;
	f->pkt = pkt;
	guard_packet(pkt);
	return pkt;
}

/* One frame from the input; returns the bytes that it took, 0: there are too few. */
static size_t read_frame(struct frame *f, uint16_t iface, const uint8_t *data, size_t size)
{
	static const uint64_t sums[] = {RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN, RTE_MBUF_F_RX_IP_CKSUM_GOOD,
					RTE_MBUF_F_RX_IP_CKSUM_BAD, RTE_MBUF_F_RX_IP_CKSUM_NONE};
	struct burst *b = pipe_.w->in[NODE_ether_input];
	struct rte_mbuf *pkt;

	if (size < HEAD_LEN)
		return 0;
	f->len = (uint32_t)data[3] << 8 | data[4];
	f->len = RTE_MIN(f->len, (uint32_t)RTE_MIN(size - HEAD_LEN, (size_t)FUZZ_FRAME_MAX));
	f->iface = iface;
	f->vouched = (data[1] & 3) == 1;
	f->forwarded = false;
	memcpy(f->bytes, data + HEAD_LEN, f->len);
	mend(f, data[1], data[2]);
	pkt = make_packet(f, data[0]);
	pkt->port = pipe_.r.ifaces->ifaces[iface]->port;
	pkt->ol_flags = sums[data[1] & 3];
	b->pkts[b->n++] = pkt;
	return HEAD_LEN + f->len;
}

static unsigned read_frames(uint16_t iface, const uint8_t *data, size_t size)
{
	unsigned n = 0;

	for (size_t at = 0, took = 1; took && n < BURST_MAX; n += took != 0) {
		took = read_frame(&frames[n], iface, data + at, size - at);
		at += took;
	}
	return n;
}

static void check_rest(void)
{
	const struct worker *w = pipe_.w;

	for (int i = 0; i < NODE_MAX; i++)
		if (w->in[i]->n)
			check_fail(NULL, "a burst is not empty after the walk");
	if (w->n_tx_dirty)
		check_fail(NULL, "a vector is not sent after the walk");
}

static struct frame *frame_of(const struct rte_mbuf *pkt, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (frames[i].pkt == pkt)
			return &frames[i];
	check_fail(NULL, "forwarded in an mbuf that is not the frame's");
}

/* What came out of all ports: net_ring gives it back as received. n: frames of this burst, or 0
 * when what comes is the router's own. Returns how many came. */
static unsigned collect(unsigned n, uint16_t iface)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < pipe_.r.ports->n; i++) {
		uint16_t port = pipe_.r.ports->ports[i]->id, got;
		struct rte_mbuf *pkts[BURST_MAX];

		do {
			got = rte_eth_rx_burst(port, 0, pkts, BURST_MAX);
			for (uint16_t j = 0; j < got; j++) {
				if (n)
					check_forwarded(&pipe_, frame_of(pkts[j], n), pkts[j],
							port);
				else
					check_injected(&pipe_, iface, pkts[j], port);
				rte_pktmbuf_free(pkts[j]);
			}
			sum += got;
		} while (got);
	}
	return sum;
}

static void reset_policers(bool exhausted, uint64_t now)
{
	for (int i = 0; i < PUNT_CLASS_MAX; i++)
		pipe_.w->policers[i].full_at = exhausted ? UINT64_MAX : now;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t dropped = pipeline_dropped(&pipe_), punted = pipeline_punted(&pipe_);
	uint64_t unanswered = pipeline_unanswered(&pipe_), now = rte_rdtsc();
	unsigned n, forwarded, injected;
	static uint64_t now_ns;
	uint16_t iface;

	if (!size)
		return -1;
	iface = data[0] % pipe_.w->n_rxqs;
	n = read_frames(iface, data + 1, size - 1);
	reset_policers(data[0] & BURST_EXHAUSTS, now);
	pipe_.w->rxq = &pipe_.w->rxqs[iface];
	walk(pipe_.w, now);
	check_rest();
	forwarded = n ? collect(n, iface) : 0;
	for (unsigned i = 0; i < n; i++)
		if (!frames[i].forwarded)
			check_kept(&pipe_, &frames[i]);
	punted = pipeline_punted(&pipe_) - punted;
	dropped = pipeline_dropped(&pipe_) - dropped;
	if (forwarded + dropped + punted != n)
		check_fail(NULL, "forwarded, dropped and punted are not what came in");

	/* A pause after each input, so that the responder's bucket is full: no input depends on
	 * those before it. */
	now_ns += NS_PER_S;
	slowpath_poll(pipe_.r.slowpath, now_ns);
	while (walk_inject(pipe_.w))
		check_rest();
	injected = collect(0, iface);
	if (injected + pipeline_unanswered(&pipe_) - unanswered != punted)
		check_fail(NULL, "answered and unanswered are not what was punted");
	if (rte_mempool_avail_count(pipe_.pool) != pipe_.mbufs)
		check_fail(NULL, "mbufs are missing");
	return 0;
}
