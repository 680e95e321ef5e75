/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands of port_commands.def, and the statistics behind them. Context: control thread. */
#ifndef SLUICE_PORT_API_H
#define SLUICE_PORT_API_H

#include "api.h"
#include "port_ctl.h"

struct router;

/* Register the module's commands. 0 or -errno. */
int port_api_add(struct api *api, struct router *r);

/* The PMD's counters since the last clear. */
void port_stats_get(const struct port *port, struct rte_eth_stats *out);
void port_stats_clear(struct port *port);

#endif
