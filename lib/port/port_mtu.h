/* SPDX-License-Identifier: BSD-3-Clause */
/* The MTU of a port. Context: control thread, init. */
#ifndef SLUICE_PORT_MTU_H
#define SLUICE_PORT_MTU_H

#include "port_ctl.h"

/* Give the device the MTU of port->conf, if it has one, and set port->mtu to what is in force:
 * bytes of IP packet. Between configuration and start. 0, or -errno and a sentence in err. */
int port_mtu_set(struct port *port, struct error *err);

/* A netdev under the port may have got another MTU: take it over, up to the one at the start. True
 * when the port's has changed. */
bool port_mtu_follow(struct port *port);

#endif
