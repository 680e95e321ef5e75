/* SPDX-License-Identifier: BSD-3-Clause */
#include "packet.h"

#include <errno.h>
#include <string.h>

#include <rte_memcpy.h>

int packet_pull_up(struct rte_mbuf *pkt, uint16_t len)
{
	uint16_t missing = len > pkt->data_len ? len - pkt->data_len : 0;
	uint8_t *to = rte_pktmbuf_mtod_offset(pkt, uint8_t *, pkt->data_len);

	if (rte_pktmbuf_tailroom(pkt) < missing)
		return -ENOSPC;
	for (uint16_t left = missing; left;) {
		struct rte_mbuf *seg = pkt->next;
		uint16_t take = RTE_MIN(left, seg->data_len);

		rte_memcpy(to, rte_pktmbuf_mtod(seg, void *), take);
		to += take;
		left -= take;
		seg->data_off += take;
		seg->data_len -= take;
		if (seg->data_len == 0) {
			pkt->next = seg->next;
			pkt->nb_segs--;
			rte_pktmbuf_free_seg(seg);
		}
	}
	pkt->data_len += missing;
	return missing;
}

void packet_trim(struct rte_mbuf *pkt, uint32_t len)
{
	struct rte_mbuf *seg = pkt;
	uint16_t segs = 1;

	pkt->pkt_len = len;
	while (len > seg->data_len) {
		len -= seg->data_len;
		seg = seg->next;
		segs++;
	}
	seg->data_len = len;
	rte_pktmbuf_free(seg->next);
	seg->next = NULL;
	pkt->nb_segs = segs;
}

uint32_t packet_pad(struct rte_mbuf *pkt, uint32_t len)
{
	uint32_t more = len - pkt->pkt_len;

	if (pkt->data_len != pkt->pkt_len || rte_pktmbuf_tailroom(pkt) < more)
		return 0;
	memset(rte_pktmbuf_mtod_offset(pkt, uint8_t *, pkt->data_len), 0, more);
	pkt->data_len = (uint16_t)len;
	pkt->pkt_len = len;
	return more;
}
