/* SPDX-License-Identifier: BSD-3-Clause */
/* What else than port_tx sends. */
#ifndef SLUICE_PORT_TX_H
#define SLUICE_PORT_TX_H

#include <stdint.h>

struct worker;

/* Call the port's transmit burst with no packets: a driver may have some of its own (port_bond.h).
 * Context: worker. */
void port_tx_empty(struct worker *w, uint16_t port);

#endif
