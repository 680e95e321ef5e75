/* SPDX-License-Identifier: BSD-3-Clause */
#include "vlans.h"

static void give_member(const struct config_bridge *bridge, struct config_member *member)
{
	if (member->access) {
		member->vlans.bits[member->access / 64] = UINT64_C(1) << member->access % 64;
		if (!member->has_native)
			member->native = member->access;
		return;
	}
	member->vlans = member->has_trunk ? member->trunk : bridge->vlans;
	if (!member->has_native && config_has_vlan(&member->vlans, bridge->native))
		member->native = bridge->native;
	if (config_has_vlan(&bridge->vlans, member->native))
		member->vlans.bits[member->native / 64] |= UINT64_C(1) << member->native % 64;
}

void vlans_give(struct config *cfg)
{
	for (unsigned i = 0; i < cfg->n_bridges; i++) {
		const struct config_bridge *bridge = &cfg->bridges[i];

		for (unsigned j = 0; bridge->vlan_aware && j < bridge->n_members; j++)
			give_member(bridge, &bridge->members[j]);
	}
}
