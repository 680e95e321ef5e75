/* SPDX-License-Identifier: BSD-3-Clause */
/* The node port_rx: pull a burst from the queue of this walk. The walk begins here, with nothing
 * in any burst. */
#include <rte_ethdev.h>

#include "span.h"

void port_rx(struct worker *w, struct burst *b)
{
	struct burst *to = w->in[NODE_ether_input];

	const struct worker_rxq *rxq = w->rxq;

	to->n = rte_eth_rx_burst(rxq->port, rxq->queue, to->pkts, rxq->burst);
	if (unlikely(iface_fwd_flags(&w->ifaces[rxq->iface]) & IFACE_FWD_SPAN))
		span_rx(w, to, rxq->iface);
}
