/* SPDX-License-Identifier: BSD-3-Clause */
/* What drivers do and do not say in their capabilities, above all with the mbufs that they send.
 * Context: control thread. */
#ifndef SLUICE_PORT_QUIRKS_H
#define SLUICE_PORT_QUIRKS_H

#include "port_ctl.h"

/* Would the driver write into the mbufs that it sends, or hand them on to somebody who does? Such a
 * port gets copies of shared ones. (That it frees them without a look at their reference count is
 * an offload, mbuf_fast_free, which offloads.def refuses.) port->info is known. */
bool port_quirk_no_sharing(const struct port *port);

/* Does the driver (or that of a member) put tags into frames in rte_eth_tx_prepare() only, though
 * it says that it can? port->info is known. */
bool port_quirk_inserts_in_prepare(const struct port *port);

/* net_af_packet hears all netdevs of the namespace until it binds its sockets, which already have
 * their rings. To be called when the device (or a bond over it) has started, before a worker polls
 * it: what it has received until now is thrown away, and not counted. */
void port_quirk_discard_others(const struct port *port);

/* Does the driver (or that of a member) show what comes with an 802.1ad tag as if it had one of
 * 802.1Q? port->info is known. */
bool port_quirk_shows_8021q(const struct port *port);

#endif
