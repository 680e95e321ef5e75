/* SPDX-License-Identifier: BSD-3-Clause */
/* The link of a port, and its MAC address, while it runs. Context: control thread. */
#ifndef SLUICE_PORT_LINK_H
#define SLUICE_PORT_LINK_H

#include "port_ctl.h"

struct ifreq;

/* The link is there: the carrier of the netdev under the port, if it has one that can be seen from
 * here, else what the PMD says. Does not block. */
bool port_link_up(const struct port *port);

/* The device of a bond with those of its members. 0 or -errno. */
int port_device_set_mac(const struct port *port, struct rte_ether_addr *mac);

/* Give the port another MAC address. A device that cannot change its own lets everything pass from
 * then on. 0 or -errno and err: nothing has changed. */
int port_set_mac(struct port *port, const struct mac_addr *mac, struct error *err);

/* The link of the netdev with this index. 0; or -errno: it cannot be seen from this namespace. */
int port_netdev_link(unsigned index, bool *up);

/* An ioctl of netdevice(7) on the netdev with this index. 0 or -errno. */
int port_netdev_ioctl(unsigned index, unsigned long request, struct ifreq *req);

/* In which time the smallest frames can fill the half of a receive ring of n descriptors, at the
 * highest of these speeds (RTE_ETH_LINK_SPEED_...): ns; UINT32_MAX: none is said. Any thread. */
uint32_t port_fill_ns_at(uint32_t speed_capa, uint16_t n);
/* The same of a port. Devices in software claim speeds that their wires do not have: UINT32_MAX. */
uint32_t port_fill_ns(const struct port *port);

#endif
