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
#include "walk.h"

#define BURST_EXHAUSTS 0x04

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pipeline pipe_;
static struct frame frames[BURST_MAX];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	pipeline_start(&pipe_);
	frames_init();
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
	for (unsigned i = 0; i < n; i++)
		if (frames[i].pkt == pkt)
			return &frames[i];
	check_fail(NULL, "forwarded in an mbuf that is not the frame's");
}

/* What came out of one port: net_ring gives it back as received. n: frames of this burst, or 0 when
 * what comes is the router's own. */
static unsigned collect_port(uint16_t port, unsigned n, uint16_t iface)
{
	struct rte_mbuf *pkts[BURST_MAX];
	unsigned sum = 0, got;

	do {
		got = rte_eth_rx_burst(port, 0, pkts, BURST_MAX);
		for (unsigned i = 0; i < got; i++) {
			if (n)
				check_forwarded(&pipe_, frame_of(pkts[i], n), pkts[i], port);
			else
				check_injected(&pipe_, iface, pkts[i], port);
			rte_pktmbuf_free(pkts[i]);
		}
		sum += got;
	} while (got);
	return sum;
}

/* What came out of all ports, which is what their interfaces counted. */
static unsigned collect(unsigned n, uint16_t iface)
{
	static uint64_t sent[RTE_MAX_ETHPORTS];
	unsigned sum = 0;

	for (unsigned i = IFACE_NONE + 1; i < pipe_.r.ifaces->n; i++) {
		const struct iface *out = pipe_.r.ifaces->ifaces[i];
		unsigned got;

		if (out->kind != IFACE_PORT)
			continue;
		got = collect_port(out->port, n, iface);
		sent[i] += got;
		if (sent[i] != pipeline_sent(&pipe_, i))
			check_fail(NULL, "sent by another interface than was counted");
		sum += got;
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
	pipe_.w->rxq = &pipe_.w->rxqs->rxq[data[0] % pipe_.w->rxqs->n];
	iface = pipe_.w->rxq->iface;
	n = frames_read(&pipe_, frames, iface, data + 1, size - 1);
	reset_policers(data[0] & BURST_EXHAUSTS, now);
	walk_timed(pipe_.w, now, 1);
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
