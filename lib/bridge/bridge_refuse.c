/* SPDX-License-Identifier: BSD-3-Clause */
#include "bridge_refuse.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "ip_command.h"

static uint16_t vlan_of(const json_t *args)
{
	return (uint16_t)json_integer_value(json_object_get(args, "vlan"));
}

static void add_vlan(struct ip_command *c, const json_t *args)
{
	char vid[8];

	if (!vlan_of(args))
		return;
	snprintf(vid, sizeof(vid), "%u", vlan_of(args));
	ip_command_add(c, "vlan", vid);
}

/* An entry behind a member is the bridge's ("master"), an own address the netdev's itself. */
static void begin(struct ip_command *c, const struct router *r, const char *words,
		  const json_t *args, const char *port)
{
	bool own = !strcmp(port, command_text(args, "bridge"));

	bridge_command_begin(c, r->netns, words);
	ip_command_add(c, NULL, command_text(args, "mac"));
	ip_command_add(c, "dev", iface_netdev(r->ifaces, port));
	ip_command_add(c, own ? "self" : "master", NULL);
}

int bridge_refuse_add(const struct router *r, const json_t *args, struct error *err)
{
	const char *port = command_text(args, "port"), *type = command_text(args, "type");
	bool own = !strcmp(port, command_text(args, "bridge"));
	bool sticky = type && !strcmp(type, "sticky");
	struct ip_command c;

	begin(&c, r, "fdb replace", args, port);
	ip_command_add(&c, own ? "local" : sticky ? "sticky dynamic" : "static", NULL);
	add_vlan(&c, args);
	return ip_command_refuse(err, &c);
}

int bridge_refuse_del(const struct router *r, struct bridge *b, const json_t *args,
		      struct error *err)
{
	struct bridge_entry e;
	struct ip_command c;
	struct mac_addr mac;

	mac_parse(command_text(args, "mac"), &mac);
	/* The member that has it: bridge(8) wants it named. */
	if (!bridge_fdb_get(r->bridges, b, &mac, vlan_of(args), &e))
		return bridge_fdb_del(r->bridges, b, &mac, vlan_of(args), err);
	begin(&c, r, "fdb del", args, e.iface->name);
	add_vlan(&c, args);
	return ip_command_refuse(err, &c);
}

/* Without extern_learn, which is what Sluice learned, the entries set by hand would go too. */
int bridge_refuse_flush(const struct router *r, const json_t *args, struct error *err)
{
	const char *port = command_text(args, "port");
	struct ip_command c;

	bridge_command_begin(&c, r->netns, "fdb flush");
	ip_command_add(&c, "dev", iface_netdev(r->ifaces, command_text(args, "bridge")));
	if (port)
		ip_command_add(&c, "brport", iface_netdev(r->ifaces, port));
	add_vlan(&c, args);
	ip_command_add(&c, "extern_learn", NULL);
	return ip_command_refuse(err, &c);
}
