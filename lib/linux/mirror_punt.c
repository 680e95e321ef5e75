/* SPDX-License-Identifier: BSD-3-Clause */
/* From the punt rings to Linux: each packet one write() to the TAP that punt has chosen for it. */
#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rte_ether.h>

#include "mirror_private.h"
#include "punt.h"

#define MACS (2 * RTE_ETHER_ADDR_LEN)

/* In pieces: with the tags left out, there is one more. */
static ssize_t write_pieces(int fd, const struct rte_mbuf *pkt, unsigned tags)
{
	struct iovec iov[MIRROR_SEGS_MAX + 1];
	int n = 0;

	if (pkt->nb_segs > MIRROR_SEGS_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	for (const struct rte_mbuf *seg = pkt; seg; seg = seg->next)
		iov[n++] = (struct iovec){.iov_base = rte_pktmbuf_mtod(seg, void *),
					  .iov_len = seg->data_len};
	if (tags) {
		memmove(iov + 1, iov, (size_t)n++ * sizeof(*iov));
		iov[0].iov_len = MACS;
		iov[1].iov_base = rte_pktmbuf_mtod_offset(pkt, void *, MACS + tags);
		iov[1].iov_len -= MACS + tags;
	}
	return writev(fd, iov, n);
}

static ssize_t write_frame(int fd, const struct rte_mbuf *pkt, unsigned tags)
{
	if (fd < 0) {
		errno = EIO;
		return -1;
	}
	if (pkt->nb_segs > 1 || tags)
		return write_pieces(fd, pkt, tags);
	return write(fd, rte_pktmbuf_mtod(pkt, void *), pkt->data_len);
}

static void punt_one(struct mirror_set *m, struct rte_mbuf *pkt)
{
	struct mirror_tap *tap = &m->taps[punt_meta(pkt)->tap];
	enum drop_reason reason = DROP_mirror_full;
	unsigned tags = punt_meta(pkt)->tags;

	if (likely(write_frame(tap->fd, pkt, tags) >= 0)) {
		mirror_count(&tap->stats.punted_packets, 1);
		mirror_count(&tap->stats.punted_bytes, pkt->pkt_len - tags);
		mirror_count(&m->stats->copy_packets[COPY_tap_write], 1);
		mirror_count(&m->stats->copy_bytes[COPY_tap_write], pkt->pkt_len - tags);
		return;
	}
	/* EIO: the netdev is down. */
	if (errno == EIO || errno == EBADFD)
		reason = DROP_mirror_down;
	if (errno == EBADFD)
		mirror_tap_gone(m, tap);
	mirror_count(&tap->stats.punted_dropped, 1);
	mirror_count(&m->stats->drop[reason], 1);
}

void mirror_punt(struct mirror_set *m, unsigned worker, struct mirror_turn *turn)
{
	struct rte_ring *ring = m->workers->workers[worker]->punt_ring;
	struct rte_mbuf *pkts[MIRROR_BURST];
	unsigned n = rte_ring_sc_dequeue_burst(ring, (void **)pkts, MIRROR_BURST, NULL);

	for (unsigned i = 0; i < n; i++)
		punt_one(m, pkts[i]);
	rte_pktmbuf_free_bulk(pkts, n);
	m->ring_due[worker] =
		n < MIRROR_BURST ? 0 : m->ring_due[worker] - RTE_MIN(n, m->ring_due[worker]);
	turn->packets += n;
	turn->more |= n == MIRROR_BURST;
}
