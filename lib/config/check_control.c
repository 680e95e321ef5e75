/* SPDX-License-Identifier: BSD-3-Clause */
/* What depends on who is in control: with Linux each port, VLAN interface
 * and bridge has a mirror, a netdev of its name. */
#include <string.h>

#include "check.h"
#include "port_name.h"

/* With `control: none` nothing would come of them. */
static int check_none(const struct check *c)
{
	static const char why[] = "none with 'control: none': nothing of Sluice is in Linux then";

	if (*c->cfg->netns)
		return reader_expected_field(c->reader, &c->cfg->netns, "%s", why);
	if (c->cfg->netlink_receive_buffer)
		return reader_expected_field(c->reader, &c->cfg->netlink_receive_buffer, "%s", why);
	return 0;
}

/* What schema_read_name() takes is right for a netdev (Linux, dev_valid_name()) but for the two
 * that /proc/sys/net and the namespace itself have. In the daemon's own namespace, no
 * mirror can have the name of the netdev that one works on. */
static int check_mirror(const struct check *c, const struct config_l3 *l3)
{
	if (!port_name_is_netdev(l3->name))
		return reader_expected_field(c->reader, l3->name,
					     "a name that a netdev can have, for its mirror: "
					     "not 'lo' or 'default'");
	if (*c->cfg->netns)
		return 0;
	for (unsigned i = 0; i < c->cfg->n_ports; i++)
		if (port_name_is_under(c->cfg->ports[i].device, l3->name))
			return reader_expected_field(c->reader, l3->name,
						     "another name, or a 'netns' for the mirrors: "
						     "the netdev under port '%s' has it already",
						     c->cfg->ports[i].name);
	return 0;
}

int check_control(const struct check *c)
{
	const char *netns = c->cfg->netns;
	int ret = 0;

	if (c->cfg->control == CONTROL_NONE)
		return check_none(c);
	if (!strcmp(netns, ".") || !strcmp(netns, ".."))
		return reader_expected_field(c->reader, &c->cfg->netns,
					     "the name of a network namespace (as `ip netns` lists "
					     "them), or a path");
	for (unsigned i = 0; !ret && i < c->index.n_l3s; i++)
		ret = check_mirror(c, &c->index.l3s[i].l3);
	return ret;
}
