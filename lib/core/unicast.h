/* SPDX-License-Identifier: BSD-3-Clause */
/* Which addresses an interface, a neighbour or a gateway cannot have. Context: any thread. */
#ifndef SLUICE_UNICAST_H
#define SLUICE_UNICAST_H

#include "addr.h"
#include "error.h"

/* Why the address is not one host's, as words for a sentence ("a multicast one"), or NULL if it can
 * be: unspecified, loopback, multicast, limited broadcast (RFC 1122 3.2.1.3, RFC 4291 2.5, 2.7). */
const char *unicast_not(const struct ip_addr *addr);

/* Whether addr is the network or broadcast address of the subnet, as words, or NULL: IPv4 with a
 * length below 31 (RFC 3021) only. prefix may have host bits. */
const char *unicast_not_host(const struct ip_prefix *prefix, const struct ip_addr *addr);

/* Whether an interface can have the address, with that length of its subnet: 0; or -EINVAL, and in
 * expected what would be right instead ("a unicast address, not a multicast one"). Link-local IPv6
 * addresses follow from MAC addresses, none is given. */
int unicast_check_iface(const struct ip_prefix *addr, struct error *expected);

#endif
