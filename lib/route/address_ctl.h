/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses of the router, and the routes that come with each: the address itself and, for IPv4,
 * the broadcast address of its subnet (for IPv6 the subnet-router anycast address, RFC 4291 2.6.1)
 * are local, the subnet is on link. Context: control thread.
 */
#ifndef SLUICE_ADDRESS_CTL_H
#define SLUICE_ADDRESS_CTL_H

#include "route_ctl.h"

/* Assign an address (with the length of its subnet) to the interface.
 * 0; -EINVAL (not an address that an interface can have), -EEXIST (an interface has it),
 * -ENOSPC, -ENOMEM and err: nothing has changed. */
int address_add(struct route_table *t, const struct iface_table *ifaces, struct iface *iface,
		const struct ip_prefix *addr, struct error *err);

/* 0; -ENOENT, -EINVAL (the link-local address stays), -ENOMEM and err: nothing has changed. */
int address_del(struct route_table *t, const struct iface_table *ifaces, struct iface *iface,
		const struct ip_prefix *addr, struct error *err);

#endif
