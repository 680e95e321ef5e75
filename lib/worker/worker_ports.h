/* SPDX-License-Identifier: BSD-3-Clause */
/* What a worker has for each port: receive queues, transmit vectors. Context: control thread. */
#ifndef SLUICE_WORKER_PORTS_H
#define SLUICE_WORKER_PORTS_H

#include "node.h"
#include "port_ctl.h"

/* No queue to poll. NULL: no memory. rte_free() frees it. */
struct worker_rxqs *worker_rxqs_none(const struct worker *w);

/* The worker's transmit vector of the port, which nothing can be sent to yet. */
void worker_set_tx(struct worker *w, const struct port *port, uint16_t iface);

#endif
