/* SPDX-License-Identifier: BSD-3-Clause */
/* Which frames the devices let pass: those for other MAC addresses than the port's, too, where
 * something on the port wants them. Context: control thread. */
#ifndef SLUICE_PORT_FILTER_H
#define SLUICE_PORT_FILTER_H

#include "iface.h"
#include "port_ctl.h"

/* A port that is in a bridge, or has a VLAN interface that is, or one with a MAC address of its
 * own, is promiscuous from now on; another is not any more. To be called now and then: it costs
 * nothing where nothing has changed. What a device fails to do is said once, and tried again. */
void port_filter_follow(struct port_table *t, const struct iface_table *ifaces);

#endif
