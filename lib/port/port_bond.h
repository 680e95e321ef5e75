/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A port that is a bond of DPDK's own: what its driver leaves to others. Some members it cannot see
 * the links of: those on netdevs, whose drivers always say "up"; it is told here. And it lives from
 * being called: with LACP it hands the frames that it makes, up to ten a second, to the next
 * transmit burst, which may be an empty one; and members that are not in use fill up.
 *
 * Context: control thread, where nothing else is said.
 */
#ifndef SLUICE_PORT_BOND_H
#define SLUICE_PORT_BOND_H

#include "port_ctl.h"

#define PORT_BOND_UPKEEP_MS 10 /* between two looks of a worker after its bonds; at most 100 */

struct worker;
struct worker_rxq;

/* The members are in: learn what kind of bond it is. Does nothing where there are none. 0, or
 * -errno and err. */
int port_bond_init(struct port *port, struct error *err);

/* Refuse an LACP bond there is no memory for: its driver would end the process when it finds out.
 * When the queues are set up. 0 or -ENOMEM and err. */
int port_bond_reserve(const struct port *port, struct error *err);

/* A member has a link; with LACP one of those that frames may be sent by. */
bool port_bond_link_up(const struct port *port);

/* Several times in 100 ms: have an active-backup bond leave a member whose link has gone, where the
 * driver does not see it. */
void port_bond_poll(struct port *port);

/* To be called every PORT_BOND_UPKEEP_MS for each queue of a bond, besides the polls, by the worker
 * that polls it. Context: worker. */
void port_bond_upkeep(struct worker *w, const struct worker_rxq *q);

/* As rte_eth_dev_default_mac_addr_set(), for the members too. */
int port_bond_set_mac(const struct port *port, struct rte_ether_addr *mac);

#endif
