/* SPDX-License-Identifier: BSD-3-Clause */
/* The node port_rx: pull a burst from the queue of this walk. The walk begins here, with nothing
 * in any burst. */
#include <rte_ethdev.h>

#include "node.h"

void port_rx(struct worker *w, struct burst *b)
{
	struct burst *to = w->in[NODE_ether_input];

	to->n = rte_eth_rx_burst(w->rxq->port, w->rxq->queue, to->pkts, w->rxq->burst);
}
