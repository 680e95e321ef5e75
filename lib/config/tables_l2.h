/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of layer 2: VLAN interfaces, bridges, mirrors, storm control. */
#ifndef SLUICE_CONFIG_TABLES_L2_H
#define SLUICE_CONFIG_TABLES_L2_H

#include "schema.h"

extern const struct schema_key tables_storm_keys[]; /* of struct config_storm */
extern const struct schema_key tables_interface_item, tables_bridge_item, tables_mirror_item;
extern const struct schema_key tables_address_item; /* an address of an interface */

/* A list of VLANs and ranges of them ("10", "20-30"), each VLAN once, into struct config_vlans. */
int schema_read_vlans(struct reader *r, int node, const struct schema_key *key, void *base);
/* A rate with its unit, into struct rate. */
int schema_read_rate(struct reader *r, int node, const struct schema_key *key, void *base);

#endif
