/* SPDX-License-Identifier: BSD-3-Clause */
#include "port_quirks.h"

#include <string.h>

/* Drivers that hand the very mbufs on: who receives them writes into them. */
static const char *const by_reference[] = {"net_ring", "net_failsafe", "net_softnic", "net_kni"};

static bool is_listed(const char *driver)
{
	for (unsigned i = 0; i < RTE_DIM(by_reference); i++)
		if (!strcmp(driver, by_reference[i]))
			return true;
	return false;
}

bool port_quirk_no_sharing(const struct port *port)
{
	bool no_sharing = is_listed(port->info.driver_name);

	for (unsigned i = 0; i < port->n_members; i++)
		no_sharing |= is_listed(port->member_info[i].driver_name);
	/* With this one the driver frees all to one pool, unseen. */
	return no_sharing || (port->tx_offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE);
}
