/* SPDX-License-Identifier: BSD-3-Clause */
/* From the punt rings to Linux: each packet one write() to the TAP that punt has chosen for it. */
#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rte_ether.h>

#include "iface.h"
#include "mirror_private.h"
#include "punt.h"

#define MACS (2 * RTE_ETHER_ADDR_LEN)

/* What a frame has behind its MAC addresses, in Linux and in its mbufs. */
struct tags {
	unsigned len; /* bytes */
	unsigned out; /* bytes that are left out */
	uint8_t bytes[IFACE_TAGS_MAX * RTE_VLAN_HLEN];
};

static struct tags tags_of(const struct iface_fwd *ifaces, const struct punt_meta *meta)
{
	const struct iface_fwd *fwd = &ifaces[meta->iface];
	struct tags tags = {.len = meta->own_tags * (unsigned)RTE_VLAN_HLEN, .out = meta->tags};

	if (!tags.len)
		return tags;
	memcpy(tags.bytes, &fwd->tags[fwd->n_tags - meta->own_tags], tags.len);
	tags.bytes[sizeof(rte_be16_t)] |= meta->priority;
	return tags;
}

/* In pieces: with other tags, there are up to two more. */
static ssize_t write_pieces(int fd, const struct rte_mbuf *pkt, const struct tags *tags)
{
	struct iovec iov[MIRROR_SEGS_MAX + 2];
	int n = 0;

	if (pkt->nb_segs > MIRROR_SEGS_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	if (tags->len || tags->out) {
		iov[n++] = (struct iovec){rte_pktmbuf_mtod(pkt, void *), MACS};
		iov[n++] = (struct iovec){(void *)(uintptr_t)tags->bytes, tags->len};
		iov[n++] = (struct iovec){rte_pktmbuf_mtod_offset(pkt, void *, MACS + tags->out),
					  pkt->data_len - MACS - tags->out};
		pkt = pkt->next;
	}
	for (; pkt; pkt = pkt->next)
		iov[n++] = (struct iovec){rte_pktmbuf_mtod(pkt, void *), pkt->data_len};
	return writev(fd, iov, n);
}

static ssize_t write_frame(int fd, const struct rte_mbuf *pkt, const struct tags *tags)
{
	if (fd < 0) {
		errno = EIO;
		return -1;
	}
	if (pkt->nb_segs > 1 || tags->len || tags->out)
		return write_pieces(fd, pkt, tags);
	return write(fd, rte_pktmbuf_mtod(pkt, void *), pkt->data_len);
}

static void punt_one(struct mirror_set *m, const struct iface_fwd *ifaces, struct rte_mbuf *pkt)
{
	struct mirror_tap *tap = &m->taps[punt_meta(pkt)->tap];
	struct tags tags = tags_of(ifaces, punt_meta(pkt));
	uint32_t len = pkt->pkt_len - tags.out + tags.len;
	enum drop_reason reason = DROP_mirror_full;

	if (likely(write_frame(tap->fd, pkt, &tags) >= 0)) {
		mirror_count(&tap->stats.punted_packets, 1);
		mirror_count(&tap->stats.punted_bytes, len);
		mirror_count(&m->stats->copy_packets[COPY_tap_write], 1);
		mirror_count(&m->stats->copy_bytes[COPY_tap_write], len);
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
	const struct worker *w = m->workers->workers[worker];
	struct rte_ring *ring = w->punt_ring;
	struct rte_mbuf *pkts[MIRROR_BURST];
	unsigned n = rte_ring_sc_dequeue_burst(ring, (void **)pkts, MIRROR_BURST, NULL);

	for (unsigned i = 0; i < n; i++)
		punt_one(m, w->ifaces, pkts[i]);
	rte_pktmbuf_free_bulk(pkts, n);
	m->ring_due[worker] =
		n < MIRROR_BURST ? 0 : m->ring_due[worker] - RTE_MIN(n, m->ring_due[worker]);
	turn->packets += n;
	turn->more |= n == MIRROR_BURST;
}
