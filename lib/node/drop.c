/* SPDX-License-Identifier: BSD-3-Clause */
/* The node drop: counts the reason of each packet and frees them all. */
#include "node.h"

void drop(struct worker *w, struct burst *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		w->stats->drop[b->meta[i].value]++;
	rte_pktmbuf_free_bulk(b->pkts, b->n);
	b->n = 0;
}
