/* SPDX-License-Identifier: BSD-3-Clause */
/* The node port_tx: hand what was collected for each port to its transmit queue. */
#include "node.h"

void port_tx(struct worker *w, struct burst *b)
{
	for (uint16_t i = 0; i < w->n_tx_dirty; i++)
		tx_flush(w, w->tx_dirty[i]);
	w->n_tx_dirty = 0;
	w->replicated = false;
	b->n = 0;
}
