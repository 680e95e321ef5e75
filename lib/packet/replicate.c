/* SPDX-License-Identifier: BSD-3-Clause */
#include "replicate.h"

#include <errno.h>
#include <string.h>

#include <rte_memcpy.h>

/* As many as there are, of n; as rte_mbuf_raw_alloc() leaves them. */
static unsigned take(struct rte_mempool *pool, struct rte_mbuf **mbufs, unsigned n)
{
	unsigned got = 0;

	if (likely(!rte_mempool_get_bulk(pool, (void **)mbufs, n)))
		return n;
	while (got < n && !rte_mempool_get(pool, (void **)&mbufs[got]))
		got++;
	return got;
}

/* What a reference to a direct mbuf is, but for the reference count of that. */
static inline void refer(struct rte_mbuf *clone, const struct rte_mbuf *pkt)
{
	clone->buf_addr = pkt->buf_addr;
	rte_mbuf_iova_set(clone, rte_mbuf_iova_get(pkt));
	clone->data_off = pkt->data_off;
	clone->port = pkt->port;
	clone->ol_flags = pkt->ol_flags | RTE_MBUF_F_INDIRECT;
	clone->packet_type = pkt->packet_type;
	clone->pkt_len = pkt->pkt_len;
	clone->data_len = pkt->data_len;
	clone->vlan_tci = pkt->vlan_tci;
	clone->hash = pkt->hash;
	clone->vlan_tci_outer = pkt->vlan_tci_outer;
	clone->buf_len = pkt->buf_len;
	clone->tx_offload = pkt->tx_offload;
	clone->priv_size = pkt->priv_size;
}

static unsigned clone_each(struct rte_mempool *pool, struct rte_mbuf *pkt, struct rte_mbuf **clones,
			   unsigned n)
{
	unsigned i = 0;

	while (i < n && (clones[i] = rte_pktmbuf_clone(pkt, pool)))
		i++;
	return i;
}

unsigned replicate_clone(struct rte_mempool *pool, struct rte_mbuf *pkt, struct rte_mbuf **clones,
			 unsigned n)
{
	if (unlikely(pkt->nb_segs > 1 || !RTE_MBUF_DIRECT(pkt)))
		return clone_each(pool, pkt, clones, n);
	n = take(pool, clones, n);
	if (unlikely(!n))
		return 0;
	rte_mbuf_refcnt_update(pkt, (int16_t)n);
	for (unsigned i = 0; i < n; i++)
		refer(clones[i], pkt);
	return n;
}

/* What of a packet stands in its first mbuf, whichever that is. */
static void copy_meta(struct rte_mbuf *to, const struct rte_mbuf *from)
{
	to->port = from->port;
	to->ol_flags = from->ol_flags & ~(RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL);
	to->packet_type = from->packet_type;
	to->vlan_tci = from->vlan_tci;
	to->vlan_tci_outer = from->vlan_tci_outer;
	to->hash = from->hash;
	to->tx_offload = from->tx_offload;
	memcpy(to->dynfield1, from->dynfield1, sizeof(to->dynfield1));
}

/* The packet's bytes from `from` on (there are some), by reference; NULL: no mbufs. */
static struct rte_mbuf *refer_rest(struct rte_mempool *pool, struct rte_mbuf *pkt, uint32_t from)
{
	struct rte_mbuf *seg = pkt, *head = NULL, **last = &head;

	while (from >= seg->data_len) {
		from -= seg->data_len;
		seg = seg->next;
	}
	for (; seg; seg = seg->next, from = 0) {
		struct rte_mbuf *part;

		if (!seg->data_len)
			continue;
		part = rte_pktmbuf_alloc(pool);
		if (!part) {
			rte_pktmbuf_free(head);
			return NULL;
		}
		rte_pktmbuf_attach(part, seg);
		part->data_off += (uint16_t)from;
		part->data_len -= (uint16_t)from;
		part->pkt_len = 0;
		*last = part;
		last = &part->next;
		head->nb_segs += part != head;
		head->pkt_len += part->data_len;
	}
	return head;
}

/* Put a header in front; it takes the packet's place. */
static void put_in_front(struct rte_mbuf *header, struct rte_mbuf *rest)
{
	header->pkt_len = header->data_len + rest->pkt_len;
	header->nb_segs = (uint16_t)(1 + rest->nb_segs);
	header->next = rest;
	rest->nb_segs = 1;
	rest->pkt_len = rest->data_len;
}

static struct rte_mbuf *make_header(struct rte_mempool *pool, const struct rte_mbuf *pkt,
				    uint16_t len)
{
	struct rte_mbuf *header = rte_pktmbuf_alloc(pool);

	if (unlikely(!header))
		return NULL;
	copy_meta(header, pkt);
	header->data_len = len;
	header->pkt_len = len;
	return header;
}

unsigned replicate_with_header(struct rte_mempool *pool, struct rte_mbuf *pkt, uint32_t from,
			       const void *hdr, uint16_t hdr_len, struct rte_mbuf **copies,
			       unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct rte_mbuf *header = make_header(pool, pkt, hdr_len), *rest;

		if (unlikely(!header))
			return i;
		rte_memcpy(rte_pktmbuf_mtod(header, void *), hdr, hdr_len);
		if (from < pkt->pkt_len) {
			rest = refer_rest(pool, pkt, from);
			if (unlikely(!rest)) {
				rte_pktmbuf_free(header);
				return i;
			}
			put_in_front(header, rest);
		}
		copies[i] = header;
	}
	return n;
}

/* Take its first len bytes away from the packet, into `to`. Returns what is left of it, or NULL. */
static struct rte_mbuf *cut(struct rte_mbuf *pkt, uint8_t *to, uint16_t len)
{
	uint32_t left = pkt->pkt_len - len;
	uint16_t segs = pkt->nb_segs;

	while (len || (pkt && !pkt->data_len)) {
		uint16_t taken = RTE_MIN(len, pkt->data_len);
		struct rte_mbuf *next = pkt->next;

		memcpy(to, rte_pktmbuf_mtod(pkt, void *), taken);
		to += taken;
		len -= taken;
		pkt->data_off += taken;
		pkt->data_len -= taken;
		if (pkt->data_len)
			break;
		rte_pktmbuf_free_seg(pkt);
		pkt = next;
		segs--;
	}
	if (pkt) {
		pkt->pkt_len = left;
		pkt->nb_segs = segs;
	}
	return pkt;
}

int replicate_own_headers(struct rte_mempool *pool, struct rte_mbuf **pkt, uint16_t len)
{
	struct rte_mbuf *header, *rest;

	if (likely(!replicate_is_shared(*pkt)))
		return 0;
	len = (uint16_t)RTE_MIN((uint32_t)len, (*pkt)->pkt_len);
	header = make_header(pool, *pkt, len);
	if (unlikely(!header))
		return -ENOMEM;
	rest = cut(*pkt, rte_pktmbuf_mtod(header, uint8_t *), len);
	if (rest)
		put_in_front(header, rest);
	*pkt = header;
	return len;
}
