/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer target of the whole pipeline: a burst of frames through the worker's walk, what it
 * punted through the slow path, the answers out by the worker. In real mbufs, with ASan around
 * every segment (guard.h); every frame is followed to its end (pipeline_check.h).
 * How an input is read: pipeline_frames.h.
 */
#include "pipeline_check.h"
#include "pipeline_frames.h"
#include "slowpath_ctl.h"
#include "span.h"
#include "walk.h"

#define BURST_EXHAUSTS 0x04
#define BURST_NO_SMALL 0x08
#define SMALL_MAX      4096
#define HELD_MAX       (16 * BURST_MAX)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pipeline pipe_;
static struct frame frames[BURST_MAX];

/* What has come out of ports: kept until all is done, so that nobody has the mbufs again, and
 * whoever writes into what is shared is found out. */
static struct held {
	struct rte_mbuf *pkt;
	uint16_t port;
} held[HELD_MAX];
static unsigned n_held;
static uint16_t sniff; /* the target of mirrors */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	pipeline_start(&pipe_);
	frames_init();
	sniff = iface_by_name(pipe_.r.ifaces, "sniff")->port;
	return 0;
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
	if (pkt->hash.usr >= n)
		check_fail(NULL, "forwarded in an mbuf that is of no frame");
	return &frames[pkt->hash.usr];
}

/* What came out of one port: net_ring gives it back as received. */
static unsigned hold_port(uint16_t port)
{
	struct rte_mbuf *pkts[BURST_MAX];
	unsigned sum = 0, got;

	while ((got = rte_eth_rx_burst(port, 0, pkts, BURST_MAX))) {
		for (unsigned i = 0; i < got; i++) {
			if (n_held == HELD_MAX)
				check_fail(NULL, "more has come out than can be");
			held[n_held++] = (struct held){.pkt = pkts[i], .port = port};
		}
		sum += got;
	}
	return sum;
}

/* What came out of all ports, which is what their interfaces counted, behind what is held. */
static void hold(void)
{
	static uint64_t sent[IFACE_MAX];

	for (unsigned i = IFACE_NONE + 1; i < pipe_.r.ifaces->n; i++) {
		const struct iface *out = pipe_.r.ifaces->ifaces[i];

		if (out->kind != IFACE_PORT)
			continue;
		sent[i] += hold_port(out->port);
		if (sent[i] != pipeline_sent(&pipe_, i))
			check_fail(NULL, "sent by another interface than was counted");
	}
}

static bool is_mirrored(const struct held *h)
{
	return h->port == sniff;
}

/* How many of the mirrored there have to be. */
static unsigned mirrors_of(const struct held *h, unsigned n, int direction)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < n; i++)
		if (!is_mirrored(&h[i]))
			sum += pipeline_mirrors(&pipe_, h[i].port, direction);
	return sum;
}

/* What is held is of n frames of this burst, which came in by iface: each is followed to its end,
 * the ends are as many as were counted. */
static void check_frames(unsigned n, unsigned n_out, uint16_t port, uint64_t counted, bool missed)
{
	uint64_t min = mirrors_of(held, n_out, SPAN_TX), max;

	min += n * pipeline_mirrors(&pipe_, port, SPAN_RX);
	max = min;
	for (int mirrored = 0; mirrored < 2; mirrored++)
		for (unsigned i = 0; i < n_out; i++) {
			struct frame *f = frame_of(held[i].pkt, n);

			if (mirrored && is_mirrored(&held[i]))
				check_mirrored(f, held[i].pkt);
			else if (!mirrored && !is_mirrored(&held[i]))
				check_forwarded(&pipe_, f, held[i].pkt, held[i].port);
		}
	for (unsigned i = 0; i < n; i++) {
		struct ends ends = check_ends(&pipe_, &frames[i], missed);

		min += ends.min;
		max += ends.max;
	}
	if (n_out + counted < min || n_out + counted > max)
		check_fail(NULL, "sent, dropped and punted are not what came in");
}

/* The router's own, what is held from `first` on. bridged: so many of them went into bridges. */
static void check_answers(unsigned first, uint16_t iface, uint64_t bridged, uint64_t straight)
{
	unsigned to_bridges = 0, others = 0, mirrored = 0;

	for (unsigned i = first; i < n_held; i++) {
		if (is_mirrored(&held[i]))
			mirrored++;
		else if (check_injected(&pipe_, iface, held[i].pkt, held[i].port))
			to_bridges++;
		else
			others++;
	}
	if (others != straight || (to_bridges && !bridged))
		check_fail(NULL, "answers are not what was injected");
	if (mirrored != mirrors_of(&held[first], n_held - first, SPAN_TX))
		check_fail(NULL, "answers are not mirrored");
}

static void release(void)
{
	for (unsigned i = 0; i < n_held; i++)
		rte_pktmbuf_free(held[i].pkt);
	n_held = 0;
}

/* Take all small mbufs, or give them back. */
static void take_small(bool take)
{
	static void *taken[SMALL_MAX];

	if (pipe_.small > SMALL_MAX)
		check_fail(NULL, "more small mbufs than are foreseen");
	if (!take)
		rte_mempool_put_bulk(pipe_.w->small, taken, pipe_.small);
	else if (rte_mempool_get_bulk(pipe_.w->small, taken, pipe_.small))
		check_fail(NULL, "small mbufs are missing");
}

static void reset_policers(bool exhausted, uint64_t now)
{
	for (int i = 0; i < PUNT_CLASS_MAX; i++)
		pipe_.w->policers[i].full_at = exhausted ? UINT64_MAX : now;
}

/* The worker's walk with n frames. */
static void walk_frames(unsigned head)
{
	uint64_t now = rte_rdtsc();

	reset_policers(head & BURST_EXHAUSTS, now);
	if (head & BURST_NO_SMALL)
		take_small(true);
	if (iface_fwd_flags(&pipe_.w->ifaces[pipe_.w->rxq->iface]) & IFACE_FWD_SPAN)
		span_rx(pipe_.w, pipe_.w->in[NODE_ether_input], pipe_.w->rxq->iface);
	walk_timed(pipe_.w, now, 1);
	if (head & BURST_NO_SMALL)
		take_small(false);
	check_rest();
}

/* The slow path's turn, and its answers out. A pause after each input, so that the responder's
 * bucket is full: no input depends on those before it. */
static void answer(uint64_t punted, uint16_t iface)
{
	uint64_t unanswered = pipeline_unanswered(&pipe_);
	uint64_t bridged = pipeline_injected(&pipe_, true);
	uint64_t straight = pipeline_injected(&pipe_, false);
	unsigned first = n_held;
	static uint64_t now_ns;

	now_ns += NS_PER_S;
	slowpath_poll(pipe_.r.slowpath, now_ns);
	while (walk_inject(pipe_.w))
		check_rest();
	hold();
	bridged = pipeline_injected(&pipe_, true) - bridged;
	straight = pipeline_injected(&pipe_, false) - straight;
	unanswered = pipeline_unanswered(&pipe_) - unanswered;
	if (bridged + straight + unanswered != punted)
		check_fail(NULL, "answered and unanswered are not what was punted");
	check_answers(first, iface, bridged, straight);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t dropped = pipeline_dropped(&pipe_), punted = pipeline_punted(&pipe_);
	uint64_t missed = pipeline_missed(&pipe_);
	const struct worker_rxq *rxq;
	unsigned n, n_out;

	if (!size)
		return -1;
	/* The last one is `sniff`. */
	rxq = &pipe_.w->rxqs->rxq[((data[0] & 3) | (data[0] >> 2 & 12)) % (pipe_.w->rxqs->n - 1)];
	pipe_.w->rxq = rxq;
	n = frames_read(&pipe_, frames, rxq->iface, data + 1, size - 1);
	/* What is mirrored is padded in a small mbuf. */
	for (unsigned i = 0; i < n; i++)
		frames[i].unpadded |= data[0] & BURST_NO_SMALL && frames[i].mirrored_rx;
	walk_frames(data[0]);
	hold();
	n_out = n_held;
	punted = pipeline_punted(&pipe_) - punted;
	dropped = pipeline_dropped(&pipe_) - dropped;
	missed = pipeline_missed(&pipe_) - missed;
	answer(punted, rxq->iface);
	check_frames(n, n_out, rxq->port, dropped + punted, missed);
	release();
	pipeline_learn(&pipe_);
	if (rte_mempool_avail_count(pipe_.pool) != pipe_.mbufs ||
	    rte_mempool_avail_count(pipe_.w->small) != pipe_.small)
		check_fail(NULL, "mbufs are missing");
	return 0;
}
