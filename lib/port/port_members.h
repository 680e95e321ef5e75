/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The members of a port that is a bond of DPDK's own. That takes names of ethdevs which are there
 * (slave=NAME in its arguments), so they are opened before it and closed after it.
 * Context: control thread, init.
 */
#ifndef SLUICE_PORT_MEMBERS_H
#define SLUICE_PORT_MEMBERS_H

#include "port_ctl.h"

/* Open the devices of port->conf.members. Returns the arguments to open the port's own device with,
 * which live as long as the port; NULL and err: what was opened is closed. */
const char *port_members_open(const struct port_table *t, struct port *port, struct error *err);

/* Let the device, which is open, take its members in: only then does it know what it can. Does
 * nothing where there are none. 0 or -errno and err. */
int port_members_join(struct port *port, struct error *err);

/* The NUMA node of the port: that of its device; of a bond, that of all its members; else -1. */
int port_members_node(const struct port *port);

/* Close what port_members_open() has opened. The port's device is closed already. */
void port_members_close(struct port *port);

#endif
