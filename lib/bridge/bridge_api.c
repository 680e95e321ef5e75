/* SPDX-License-Identifier: BSD-3-Clause */
/* What users ask of bridges. Context: control thread. */
#include "bridge_api.h"

#include <errno.h>

#include "bridge_ctl.h"
#include "bridge_refuse.h"

static json_t *members_of(const struct bridge_table *t, const struct bridge *b)
{
	static const char *const states[] = {"disabled", "listening", "learning", "forwarding",
					     "blocking"};
	json_t *list = json_array();

	for (struct iface *m = NULL; (m = bridge_member_next(b, m));)
		json_array_append_new(list,
				      json_pack("{ss ss sI}", "port", m->name, "state",
						states[bridge_member_conf(t, m)->state], "learned",
						(json_int_t)bridge_member_learned(t, m)));
	return list;
}

static json_t *row_of_bridge(const struct bridge_table *t, const struct bridge *b)
{
	const struct bridge_conf *conf = bridge_conf(b);
	const struct iface *iface = bridge_iface(b);
	struct bridge_counts counts;
	char mac[MAC_STRLEN];

	bridge_counts(b, &counts);
	return json_pack("{ss ss sI sb sb sf sI sI sI sI sI sI so}", "bridge", iface->name, "mac",
			 mac_print(&iface->mac, mac), "mtu", (json_int_t)iface->mtu, "running",
			 bridge_is_running(b), "vlans", conf->vlan_aware, "ageing",
			 conf->ageing_cs / 100.0, "entries", (json_int_t)counts.entries, "learned",
			 (json_int_t)counts.learned, "max_macs", (json_int_t)conf->max_macs,
			 "moves", (json_int_t)counts.moves, "limited", (json_int_t)counts.limited,
			 "full", (json_int_t)counts.full, "members", members_of(t, b));
}

static int cmd_bridges(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;

	*result = json_array();
	for (struct bridge *b = NULL; (b = bridge_next(r->bridges, b));)
		json_array_append_new(*result, row_of_bridge(r->bridges, b));
	return 0;
}

static struct bridge *bridge_named(const struct router *r, const json_t *args, struct error *err)
{
	const char *name = command_text(args, "bridge");
	struct bridge *b = bridge_by_name(r->bridges, name);

	if (!b)
		error_set(err, -ENODEV, "there is no bridge '%s'", name);
	return b;
}

static uint16_t vlan_of(const json_t *args)
{
	return (uint16_t)json_integer_value(json_object_get(args, "vlan"));
}

static const char *type_of(const struct bridge_entry *e)
{
	if (e->iface == bridge_iface(e->bridge))
		return e->flags & FDB_STATIC ? "own" : "foreign";
	if (e->flags & FDB_STATIC)
		return "static";
	return e->flags & FDB_STICKY ? "sticky" : "learned";
}

static json_t *row_of_entry(const struct bridge_entry *e)
{
	char mac[MAC_STRLEN];
	json_t *row = json_pack("{ss ss}", "bridge", bridge_iface(e->bridge)->name, "mac",
				mac_print(&e->mac, mac));

	json_object_set_new(row, "vlan", e->vid ? json_integer(e->vid) : json_null());
	json_object_set_new(row, "port", json_string(e->iface->name));
	json_object_set_new(row, "type", json_string(type_of(e)));
	json_object_set_new(row, "age",
			    e->flags & FDB_STATIC ? json_null() : json_integer(e->age_cs / 100));
	return row;
}

/* Where a list stands. */
struct list_cursor {
	bool begun;
	uint64_t at;   /* of bridge_fdb_walk() */
	uint64_t rows; /* so far */
};

_Static_assert(sizeof(struct list_cursor) <= COMMAND_CURSOR_SIZE, "it is the cursor");

static int list_begin(const struct router *r, const json_t *args, const struct bridge *b,
		      struct list_cursor *c, struct error *err)
{
	const char *after = command_text(args, "after");
	struct mac_addr mac;

	c->begun = true;
	if (!after)
		return 0;
	if (!b)
		return error_set(err, -EINVAL, "after %s of which bridge? (bridge NAME)", after);
	if (bridge_conf(b)->vlan_aware && !vlan_of(args))
		return error_set(err, -EINVAL, "after %s in which VLAN of %s? (vlan VID)", after,
				 bridge_iface(b)->name);
	mac_parse(after, &mac);
	if (!bridge_fdb_walk_after(r->bridges, b, &mac, vlan_of(args), &c->at))
		return error_set(err, -ENOENT, "%s does not know %s any more: begin anew",
				 bridge_iface(b)->name, after);
	return 0;
}

static int cmd_fdb(void *ctx, const json_t *args, void *cursor, json_t *rows, struct error *err)
{
	const struct router *r = ctx;
	uint64_t count = (uint64_t)json_integer_value(json_object_get(args, "count"));
	const struct bridge *b = NULL;
	struct list_cursor *c = cursor;
	struct bridge_entry entries[64];
	unsigned n;
	int ret;

	if (command_text(args, "bridge")) {
		b = bridge_named(r, args, err);
		if (!b)
			return -ENODEV;
	}
	ret = c->begun ? 0 : list_begin(r, args, b, c, err);
	if (ret)
		return ret;
	/* So many looks at most, also where few are wanted. */
	for (unsigned i = 0; i < COMMAND_SLICE / RTE_DIM(entries); i++) {
		if (!bridge_fdb_walk(r->bridges, b, &c->at, entries, RTE_DIM(entries), &n))
			return 0;
		for (unsigned k = 0; k < n; k++) {
			if (vlan_of(args) && entries[k].vid != vlan_of(args))
				continue;
			if (count && c->rows == count)
				return 0;
			json_array_append_new(rows, row_of_entry(&entries[k]));
			c->rows++;
		}
	}
	return 1;
}

static bool is_linux_made(const struct router *r, const struct bridge *b)
{
	return r->linux_control && !bridge_conf(b)->own_tap;
}

static int cmd_add(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const char *type = command_text(args, "type");
	const struct router *r = ctx;
	struct bridge *b = bridge_named(r, args, err);
	struct iface *iface;
	struct mac_addr mac;

	if (!b)
		return -ENODEV;
	if (is_linux_made(r, b))
		return bridge_refuse_add(r, args, err);
	iface = iface_named(r->ifaces, command_text(args, "port"), err);
	if (!iface)
		return -ENODEV;
	mac_parse(command_text(args, "mac"), &mac);
	return bridge_fdb_add(r->bridges, b, iface, &mac, vlan_of(args),
			      type && type[2] == 'i' ? FDB_STICKY : FDB_STATIC, err);
}

static int cmd_del(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	struct bridge *b = bridge_named(r, args, err);
	struct mac_addr mac;

	if (!b)
		return -ENODEV;
	mac_parse(command_text(args, "mac"), &mac);
	if (is_linux_made(r, b))
		return bridge_refuse_del(r, b, args, err);
	return bridge_fdb_del(r->bridges, b, &mac, vlan_of(args), err);
}

static int cmd_flush(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const char *port = command_text(args, "port");
	const struct router *r = ctx;
	struct bridge *b = bridge_named(r, args, err);
	struct iface *iface = NULL;

	if (!b)
		return -ENODEV;
	if (is_linux_made(r, b))
		return bridge_refuse_flush(r, args, err);
	if (port && !(iface = iface_named(r->ifaces, port, err)))
		return -ENODEV;
	if (iface && bridge_of_member(r->bridges, iface) != b)
		return error_set(err, -EINVAL, "%s is not a member of %s", port,
				 bridge_iface(b)->name);
	*result =
		json_pack("{sI}", "flushed",
			  (json_int_t)bridge_fdb_flush(r->bridges, b, iface, vlan_of(args), false));
	return 0;
}

static const struct command commands[] = {
#define COMMAND COMMAND_ENTRY
#include "bridge_commands.def"
#undef COMMAND
};

int bridge_api_add(struct api *api, struct router *r)
{
	return api_add(api, commands, RTE_DIM(commands), r);
}
