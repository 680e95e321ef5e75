/* SPDX-License-Identifier: BSD-3-Clause */
/* VLAN interfaces: parents that there are, no more than two tags, each VLAN of a parent once. */
#include <stdlib.h>
#include <string.h>

#include "check.h"

/* Behind the interface of one tag there is a port or a bridge. */
static int check_second_tag(const struct check *c, const struct config_interface *iface,
			    const struct config_interface *outer)
{
	const struct index_l3 *root = index_named(&c->index, outer->parent);

	if (!root)
		return 0; /* outer is refused for it */
	if (root->interface == iface)
		return reader_expected_field(c->reader, iface->parent,
					     "a parent that is on a port or a bridge in the end: "
					     "'%s' is on '%s' itself",
					     outer->name, iface->name);
	if (root->interface)
		return reader_expected_field(c->reader, iface->parent,
					     "a parent with one tag at most: '%s' is on the "
					     "interface '%s' already",
					     outer->name, outer->parent);
	if (root->bridge)
		return reader_expected_field(c->reader, iface->parent,
					     "a port, a bridge or an interface of a port: '%s' is "
					     "on the bridge '%s'",
					     outer->name, outer->parent);
	if (iface->protocol == CONFIG_8021AD)
		return reader_expected_field(c->reader, &iface->protocol,
					     "802.1Q: the inner one of two tags");
	return 0;
}

/* The bridge takes the tag off, and has its own interface for what is native. */
static int check_on_bridge(const struct check *c, const struct config_interface *iface,
			   const struct config_bridge *bridge)
{
	if (!bridge->vlan_aware)
		return reader_expected_field(c->reader, iface->parent,
					     "a bridge with 'vlans': '%s' does not look at tags",
					     bridge->name);
	if (!config_has_vlan(&bridge->vlans, iface->vlan))
		return reader_expected_field(c->reader, &iface->vlan, "one of the vlans of '%s'",
					     bridge->name);
	if (bridge->native == iface->vlan)
		return reader_expected_field(c->reader, &iface->vlan,
					     "another VLAN than the native one of '%s', which its "
					     "own interface is in",
					     bridge->name);
	if (bridge->protocol != iface->protocol)
		return reader_refuse_field(c->reader, iface,
					   "found another 'protocol' than that of its bridge '%s'",
					   bridge->name);
	return 0;
}

static int check_parent(const struct check *c, const struct config_interface *iface)
{
	const struct index_l3 *parent = index_named(&c->index, iface->parent);

	if (!parent)
		return reader_expected_field(c->reader, iface->parent,
					     "the name of a port, an interface or a bridge");
	if (parent->interface == iface)
		return reader_expected_field(c->reader, iface->parent,
					     "another interface than itself");
	if (parent->interface)
		return check_second_tag(c, iface, parent->interface);
	return parent->bridge ? check_on_bridge(c, iface, parent->bridge) : 0;
}

static int check_iface_mtu(const struct check *c, const struct config_interface *iface)
{
	const struct index_l3 *parent = index_named(&c->index, iface->parent);
	uint16_t max = *parent->l3.mtu;

	if (!max || iface->mtu <= max)
		return 0;
	return reader_expected_field(c->reader, &iface->mtu, "at most %u, the MTU of its parent",
				     max);
}

/* What an interface is to its parent. */
struct tag {
	char parent[CONFIG_NAME_LEN];
	uint16_t vlan, protocol;
	const struct config_interface *iface;
};

static int check_tags(const struct check *c)
{
	unsigned n = c->cfg->n_interfaces;
	struct tag *tags = calloc(n + 1u, sizeof(*tags));
	const void *first, *second;
	struct keyset set;
	int ret = 0;

	if (!tags)
		return reader_no_memory(c->reader);
	for (unsigned i = 0; i < n; i++) {
		const struct config_interface *iface = &c->cfg->interfaces[i];

		tags[i] = (struct tag){
			.vlan = iface->vlan, .protocol = (uint16_t)iface->protocol, .iface = iface};
		memcpy(tags[i].parent, iface->parent, sizeof(tags[i].parent));
	}
	if (keyset_build(&set, tags, sizeof(*tags), n, CONFIG_NAME_LEN + 2 * sizeof(uint16_t)))
		ret = reader_no_memory(c->reader);
	else if (keyset_twice(&set, &first, &second))
		ret = check_again(c, &((const struct tag *)first)->iface->vlan,
				  &((const struct tag *)second)->iface->vlan,
				  "a VLAN of the parent");
	keyset_free(&set);
	free(tags);
	return ret;
}

int check_interfaces(const struct check *c)
{
	int ret = 0;

	for (unsigned i = 0; !ret && i < c->cfg->n_interfaces; i++) {
		const struct config_interface *iface = &c->cfg->interfaces[i];

		ret = check_parent(c, iface);
		if (!ret)
			ret = check_iface_mtu(c, iface);
	}
	return ret ? ret : check_tags(c);
}
