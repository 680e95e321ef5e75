/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the ports, VLAN interfaces and bridges of a configuration are called, which addresses and
 * which subnets they have, for the checks of many routes. Refers to the configuration, which must
 * outlive it unchanged.
 */
#ifndef SLUICE_CONFIG_INDEX_H
#define SLUICE_CONFIG_INDEX_H

#include "config.h"
#include "keyset.h"

/* A port, a VLAN interface or a bridge. */
struct index_l3 {
	char key[CONFIG_NAME_LEN];
	struct config_l3 l3;
	const struct config_port *port;           /* NULL: it is none */
	const struct config_interface *interface; /* the same */
	const struct config_bridge *bridge;
	const struct config_bridge *of; /* the bridge that it is in; NULL: none */
};

/* An address of one. A link-local one belongs to its link, so that two may have the same: scope
 * then tells which it is, else it is 0 (RFC 4007 6). */
struct index_address {
	struct ip_addr addr;
	uint8_t scope[2];
	struct ip_prefix subnet;
	const struct ip_prefix *given; /* in the configuration; NULL: it follows from the MAC */
	const struct index_l3 *l3;
};

struct index {
	const struct config *cfg;
	struct index_l3 *l3s; /* at the places of config_l3() */
	unsigned n_l3s;
	struct index_address *addresses;
	struct keyset names; /* of l3s */
	struct keyset own;   /* addresses, with their scope */
	struct keyset subnets;
	bool lengths[129]; /* there is a subnet of this length */
};

/* 0 or -ENOMEM. After an error, too, index_free() frees what there is. */
int index_build(struct index *idx, const struct config *cfg);
void index_free(struct index *idx);

/* What has that name (CONFIG_NAME_LEN bytes, zeroes after the text), or NULL. */
const struct index_l3 *index_named(const struct index *idx, const char *name);

/* Its MAC address, or that of what it has it from; NULL: it does not stand in the configuration. */
const struct mac_addr *index_mac(const struct index *idx, const struct index_l3 *l3);

/* If addr, reached through via (NULL: not said), is the router's own: which one it is. */
const struct index_address *index_own(const struct index *idx, const struct ip_addr *addr,
				      const struct index_l3 *via);

/* The address whose subnet holds addr, the longest of several, or NULL. */
const struct index_address *index_subnet(const struct index *idx, const struct ip_addr *addr);

#endif
