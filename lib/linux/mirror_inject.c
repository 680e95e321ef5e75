/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From Linux to the workers: each read() one frame, into the mbufs that will leave by the port.
 *
 * Without mbufs the frames stay with Linux for a moment, in the queue of the TAP. If that does not
 * help they are dropped here, where it is counted, rather than by a queue that is full of old ones.
 */
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include "mirror_private.h"
#include "punt.h"

#define PATIENCE 20 /* turns without mbufs until frames are dropped: about 2 ms */

/* Enough mbufs in stock for a frame. */
static bool refill(struct mirror_set *m)
{
	if (likely(m->n_stock >= m->frame_segs))
		return true;
	if (!rte_pktmbuf_alloc_bulk(m->pool, m->stock + m->n_stock, MIRROR_BURST)) {
		m->n_stock += MIRROR_BURST;
	} else {
		unsigned n = m->frame_segs - m->n_stock;

		if (rte_pktmbuf_alloc_bulk(m->pool, m->stock + m->n_stock, n))
			return false;
		m->n_stock += n;
	}
	return m->n_stock >= m->frame_segs;
}

/* Its length, or -1 and errno; what does not fit is cut. The mbufs are the last of the stock, the
 * very last one first. */
static ssize_t read_frame(const struct mirror_set *m, int fd)
{
	struct iovec iov[MIRROR_SEGS_MAX];
	struct rte_mbuf *const *seg = m->stock + m->n_stock;

	if (m->frame_segs == 1)
		return read(fd, rte_pktmbuf_mtod(seg[-1], void *), m->seg_room);
	for (unsigned i = 0; i < m->frame_segs; i++) {
		seg--;
		iov[i] = (struct iovec){.iov_base = rte_pktmbuf_mtod(*seg, void *),
					.iov_len = m->seg_room};
	}
	return readv(fd, iov, (int)m->frame_segs);
}

/* Take from the stock what was read into. */
static struct rte_mbuf *take(struct mirror_set *m, uint32_t len)
{
	struct rte_mbuf *head = m->stock[--m->n_stock], *last = head;

	head->pkt_len = len;
	last->data_len = (uint16_t)RTE_MIN(len, m->seg_room);
	for (len -= last->data_len; len; len -= last->data_len) {
		last->next = m->stock[--m->n_stock];
		last = last->next;
		last->data_len = (uint16_t)RTE_MIN(len, m->seg_room);
		head->nb_segs++;
	}
	return head;
}

static void lose(struct mirror_set *m, struct mirror_tap *tap, enum drop_reason reason, unsigned n)
{
	mirror_count(&tap->stats.injected_dropped, n);
	mirror_count(&m->stats->drop[reason], n);
}

/* The next frame, or NULL: too long (dropped), nothing there or not readable (`end` is set). */
static struct rte_mbuf *next_frame(struct mirror_set *m, struct mirror_tap *tap, bool *end)
{
	ssize_t len = read_frame(m, tap->fd);

	if (len <= 0) {
		if (errno != EAGAIN && errno != EINTR)
			mirror_tap_gone(m, tap);
		*end = true;
		return NULL;
	}
	mirror_count(&m->stats->copy_packets[COPY_tap_read], 1);
	mirror_count(&m->stats->copy_bytes[COPY_tap_read], (uint64_t)len);
	if (unlikely(len > m->max_frame)) {
		lose(m, tap, DROP_mirror_long, 1);
		return NULL;
	}
	return take(m, (uint32_t)len);
}

/* All packets of a port go to one worker, in order. */
static void hand_over(struct mirror_set *m, uint16_t iface, struct rte_mbuf **pkts, unsigned n)
{
	struct mirror_tap *tap = &m->taps[iface];
	struct worker *worker = m->workers->workers[iface % m->workers->n];
	uint64_t bytes = 0;
	unsigned done;

	for (unsigned i = 0; i < n; i++)
		bytes += pkts[i]->pkt_len;
	done = rte_ring_sp_enqueue_burst(worker->inject_ring, (void **)pkts, n, NULL);
	if (done)
		doorbell_ring(&worker->bell);
	for (unsigned i = done; i < n; i++)
		bytes -= pkts[i]->pkt_len;
	if (unlikely(done < n)) {
		rte_pktmbuf_free_bulk(pkts + done, n - done);
		lose(m, tap, DROP_inject_full, n - done);
	}
	mirror_count(&tap->stats.injected_packets, done);
	mirror_count(&tap->stats.injected_bytes, bytes);
}

/* A byte of it is enough: the rest of the frame goes with it. */
static void discard(struct mirror_set *m, struct mirror_tap *tap)
{
	unsigned n = 0;
	char byte;

	while (n < MIRROR_BURST && read(tap->fd, &byte, 1) > 0)
		n++;
	lose(m, tap, DROP_mirror_mbufs, n);
}

void mirror_inject(struct mirror_set *m, uint16_t iface, struct mirror_turn *turn)
{
	struct mirror_tap *tap = &m->taps[iface];
	struct rte_mbuf *pkts[MIRROR_BURST];
	unsigned n = 0, tries = 0;
	bool end = false;

	for (; tries < MIRROR_BURST && !end; tries++) {
		struct rte_mbuf *pkt;

		if (unlikely(!refill(m))) {
			turn->starved = true;
			if (m->starved >= PATIENCE)
				discard(m, tap);
			break;
		}
		pkt = next_frame(m, tap, &end);
		if (!pkt)
			continue;
		*punt_meta(pkt) = (struct punt_meta){.iface = iface};
		pkts[n++] = pkt;
	}
	hand_over(m, iface, pkts, n);
	tap->due = end ? 0 : tap->due - RTE_MIN(tries, tap->due);
	turn->packets += tries - end;
	turn->more |= tries == MIRROR_BURST && !end;
}
