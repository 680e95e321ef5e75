/* SPDX-License-Identifier: BSD-3-Clause */
/* Bridges: what can be a member, and VLANs where the bridge has them. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

/* What is a bridge, or on one, in a bridge could make a circle. */
static int check_no_bridge(const struct check *c, const struct config_member *member,
			   const struct index_l3 *l3)
{
	const struct index_l3 *parent =
		l3->interface ? index_named(&c->index, l3->interface->parent) : NULL;

	if (l3->bridge)
		return reader_expected_field(c->reader, member->port,
					     "a port or an interface, not a bridge");
	if (parent && parent->bridge)
		return reader_expected_field(
			c->reader, member->port,
			"a port, or an interface of one: '%s' is on the bridge "
			"'%s'",
			member->port, parent->l3.name);
	return 0;
}

/* The bridge's own tag would be a third. */
static int check_depth(const struct check *c, const struct config_bridge *bridge,
		       const struct config_member *member, const struct index_l3 *l3)
{
	const struct index_l3 *parent =
		l3->interface ? index_named(&c->index, l3->interface->parent) : NULL;

	if (!bridge->vlan_aware || !parent || !parent->interface)
		return 0;
	return reader_expected_field(c->reader, member->port,
				     "an interface with one tag at most in a bridge with 'vlans'");
}

static int check_member(const struct check *c, const struct config_bridge *bridge,
			const struct config_member *member)
{
	const struct index_l3 *l3 = index_named(&c->index, member->port);
	int ret;

	if (!l3)
		return reader_expected_field(c->reader, member->port,
					     "the name of a port or an interface");
	if (l3->of != bridge)
		return reader_expected_field(c->reader, member->port,
					     "what is in no other bridge: '%s' is in '%s'",
					     member->port, l3->of->name);
	if (l3->l3.n_addresses)
		return reader_expected_field(c->reader, member->port,
					     "a member without addresses: what comes by it is the "
					     "bridge's, so they belong to '%s'",
					     bridge->name);
	ret = check_no_bridge(c, member, l3);
	return ret ? ret : check_depth(c, bridge, member, l3);
}

static int check_no_vlans(const struct check *c, const struct config_member *member)
{
	static const char why[] = "none: the bridge has no 'vlans'";

	if (member->access)
		return reader_expected_field(c->reader, &member->access, "%s", why);
	if (member->has_trunk)
		return reader_expected_field(c->reader, &member->trunk, "%s", why);
	if (member->has_native)
		return reader_expected_field(c->reader, &member->native, "%s", why);
	return 0;
}

static int check_trunk(const struct check *c, const struct config_bridge *bridge,
		       const struct config_member *member)
{
	for (uint16_t vid = 1; vid <= CONFIG_MAX_VID; vid++)
		if (config_has_vlan(&member->vlans, vid) && !config_has_vlan(&bridge->vlans, vid))
			return reader_expected_field(c->reader, &member->trunk,
						     "vlans of the bridge: it has no %u", vid);
	if (member->native && !config_has_vlan(&member->vlans, member->native))
		return reader_expected_field(c->reader, &member->native,
					     "one of the bridge's vlans");
	return 0;
}

static int check_member_vlans(const struct check *c, const struct config_bridge *bridge,
			      const struct config_member *member)
{
	if (!bridge->vlan_aware)
		return check_no_vlans(c, member);
	if (!member->access)
		return check_trunk(c, bridge, member);
	if (member->has_trunk)
		return reader_expected_field(c->reader, &member->trunk,
					     "either 'access' or 'trunk'");
	if (member->has_native)
		return reader_expected_field(c->reader, &member->native,
					     "no 'native' beside 'access', which is it");
	if (!config_has_vlan(&bridge->vlans, member->access))
		return reader_expected_field(c->reader, &member->access,
					     "one of the bridge's vlans");
	return 0;
}

static int check_bridge_mtu(const struct check *c, const struct config_bridge *bridge)
{
	for (unsigned i = 0; i < bridge->n_members; i++) {
		const struct index_l3 *l3 = index_named(&c->index, bridge->members[i].port);

		if (*l3->l3.mtu && bridge->mtu > *l3->l3.mtu)
			return reader_expected_field(c->reader, &bridge->mtu,
						     "at most %u, the MTU of its member '%s'",
						     *l3->l3.mtu, l3->l3.name);
	}
	return 0;
}

static int check_own_vlan(const struct check *c, const struct config_bridge *bridge)
{
	if (!bridge->vlan_aware && bridge->native)
		return reader_expected_field(c->reader, &bridge->native,
					     "none: the bridge has no 'vlans'");
	if (!bridge->vlan_aware && bridge->protocol == CONFIG_8021AD)
		return reader_expected_field(c->reader, &bridge->protocol,
					     "none: the bridge has no 'vlans'");
	if (bridge->native && !config_has_vlan(&bridge->vlans, bridge->native))
		return reader_expected_field(c->reader, &bridge->native, "one of its vlans");
	if (bridge->vlan_aware && !bridge->native && bridge->n_addresses)
		return reader_refuse_field(c->reader, &bridge->addresses,
					   "found addresses, but no 'native', the VLAN that they "
					   "would be in");
	return 0;
}

static const struct config_member *member_of(const struct check *c,
					     const struct config_bridge *bridge, const char *name)
{
	const struct index_l3 *l3 = index_named(&c->index, name);

	for (unsigned i = 0; l3 && l3->of == bridge && i < bridge->n_members; i++)
		if (index_named(&c->index, bridge->members[i].port) == l3)
			return &bridge->members[i];
	return NULL;
}

/* The bridge itself is in the VLAN: by `native`, or by a VLAN interface on it. */
static bool is_own_vlan(const struct check *c, const struct config_bridge *bridge, uint16_t vlan)
{
	bool own = !bridge->vlan_aware || vlan == bridge->native;

	for (unsigned i = 0; !own && i < c->cfg->n_interfaces; i++) {
		const struct config_interface *iface = &c->cfg->interfaces[i];

		own = iface->vlan == vlan && !strcmp(iface->parent, bridge->name);
	}
	return own;
}

static int refuse_own(const struct check *c, const struct config_fdb *fdb, const char *name)
{
	return reader_expected_field(c->reader, &fdb->mac,
				     "the address of a host: this one is that of '%s' itself",
				     name);
}

static bool is_mac(const struct mac_addr *own, const struct config_fdb *fdb)
{
	return own && !memcmp(own, &fdb->mac, sizeof(*own));
}

/* What is sent to the router's own addresses is for no member. */
static int check_not_own(const struct check *c, const struct config_bridge *bridge,
			 const struct config_fdb *fdb)
{
	const struct index_l3 *l3 = index_named(&c->index, bridge->name);

	if (is_mac(index_mac(&c->index, l3), fdb) && is_own_vlan(c, bridge, fdb->vlan))
		return refuse_own(c, fdb, bridge->name);
	for (unsigned i = 0; i < c->cfg->n_interfaces; i++) {
		const struct config_interface *iface = &c->cfg->interfaces[i];

		if (iface->has_mac && is_mac(&iface->mac, fdb) && iface->vlan == fdb->vlan &&
		    !strcmp(iface->parent, bridge->name))
			return refuse_own(c, fdb, iface->name);
	}
	return 0;
}

static int check_fdb_entry(const struct check *c, const struct config_bridge *bridge,
			   const struct config_fdb *fdb)
{
	const struct config_member *member = member_of(c, bridge, fdb->port);

	if (!member)
		return reader_expected_field(c->reader, fdb->port, "the name of a member of '%s'",
					     bridge->name);
	if (!bridge->vlan_aware && fdb->vlan)
		return reader_expected_field(c->reader, &fdb->vlan,
					     "none: the bridge has no 'vlans'");
	if (bridge->vlan_aware && !fdb->vlan)
		return reader_refuse_field(c->reader, fdb,
					   "the key 'vlan' is missing: the bridge has 'vlans'");
	if (bridge->vlan_aware && !config_has_vlan(&member->vlans, fdb->vlan))
		return reader_expected_field(c->reader, &fdb->vlan, "one of the vlans of '%s'",
					     fdb->port);
	return check_not_own(c, bridge, fdb);
}

/* The key of an entry. */
struct fdb_id {
	struct mac_addr mac;
	uint16_t vlan;
	const struct config_fdb *fdb;
};

static_assert(offsetof(struct fdb_id, fdb) == sizeof(struct mac_addr) + 2, "a key has no padding");

static int check_fdb_twice(const struct check *c, const struct config_bridge *bridge)
{
	struct fdb_id *ids = calloc(bridge->n_fdb + 1u, sizeof(*ids));
	const void *first, *second;
	struct keyset set;
	int ret = 0;

	if (!ids)
		return reader_no_memory(c->reader);
	for (unsigned i = 0; i < bridge->n_fdb; i++)
		ids[i] = (struct fdb_id){.mac = bridge->fdb[i].mac,
					 .vlan = bridge->fdb[i].vlan,
					 .fdb = &bridge->fdb[i]};
	if (keyset_build(&set, ids, sizeof(*ids), bridge->n_fdb, offsetof(struct fdb_id, fdb)))
		ret = reader_no_memory(c->reader);
	else if (keyset_twice(&set, &first, &second))
		ret = check_again(c, &((const struct fdb_id *)first)->fdb->mac,
				  &((const struct fdb_id *)second)->fdb->mac, "a MAC address");
	keyset_free(&set);
	free(ids);
	return ret;
}

static int check_bridge(const struct check *c, const struct config_bridge *bridge)
{
	int ret = check_own_vlan(c, bridge);

	for (unsigned i = 0; !ret && i < bridge->n_members; i++) {
		ret = check_member(c, bridge, &bridge->members[i]);
		if (!ret)
			ret = check_member_vlans(c, bridge, &bridge->members[i]);
	}
	if (!ret && bridge->n_members)
		ret = check_array(c, bridge->members->port, sizeof(*bridge->members),
				  bridge->n_members, CONFIG_NAME_LEN, "a member");
	if (!ret)
		ret = check_bridge_mtu(c, bridge);
	for (unsigned i = 0; !ret && i < bridge->n_fdb; i++)
		ret = check_fdb_entry(c, bridge, &bridge->fdb[i]);
	return ret ? ret : check_fdb_twice(c, bridge);
}

int check_bridges(const struct check *c)
{
	int ret = 0;

	for (unsigned i = 0; !ret && i < c->cfg->n_bridges; i++)
		ret = check_bridge(c, &c->cfg->bridges[i]);
	return ret;
}
