/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The entries of the MAC table as bridges see them: by hand, and their accounts. A bridge's own
 * addresses: bridge_self.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge_own.h"
#include "log.h"

#define WALK 64

bool is_own(const struct bridge_table *t, const struct fdb_entry *e)
{
	struct bridge *b = t->fids[(uint16_t)e->key].bridge;

	return b && e->iface == b->iface->id && e->flags & FDB_STATIC;
}

static bool is_foreign(const struct bridge_table *t, const struct fdb_entry *e)
{
	struct bridge *b = t->fids[(uint16_t)e->key].bridge;

	return b && e->iface == b->iface->id && !(e->flags & FDB_STATIC);
}

bool is_learned(const struct bridge_table *t, const struct fdb_entry *e)
{
	return !e->flags && !is_foreign(t, e);
}

void entry_describe(const struct bridge_table *t, const struct fdb_entry *e,
		    struct bridge_entry *out)
{
	const struct fid_owner *owner = &t->fids[(uint16_t)e->key];

	*out = (struct bridge_entry){
		.bridge = owner->bridge,
		.iface = t->r->ifaces->ifaces[e->iface],
		.vid = owner->vid,
		.flags = e->flags,
		.age_cs = e->age * BRIDGE_TICK_CS,
	};
	for (int i = 0; i < 6; i++)
		out->mac.bytes[i] = (uint8_t)(e->key >> (56 - 8 * i));
}

/* by: 1 or -1 */
static void account(struct bridge_table *t, const struct fdb_entry *e, int by)
{
	struct bridge *b = t->fids[(uint16_t)e->key].bridge;
	struct bridge_port *port = t->port_of[e->iface];

	b->counts.entries += (uint32_t)by;
	if (is_own(t, e)) {
		t->n_own += (uint32_t)by;
		return;
	}
	if (!is_learned(t, e))
		return;
	b->counts.learned += (uint32_t)by;
	if (port)
		port->learned += (uint32_t)by;
}

void entry_gone(struct bridge_table *t, const struct fdb_entry *e)
{
	struct bridge_entry out;

	account(t, e, -1);
	if (!is_learned(t, e) || !t->listener.forgotten)
		return;
	entry_describe(t, e, &out);
	t->listener.forgotten(t->listener.ctx, &out);
}

void entry_del(struct bridge_table *t, const struct fdb_entry *e)
{
	entry_gone(t, e);
	fdb_del(t->fdb, e->key);
}

int entry_set(struct bridge_table *t, uint64_t key, struct iface *iface, uint8_t flags)
{
	struct fdb_entry was = {0}, is = {.key = key, .iface = iface->id, .flags = flags};
	struct fdb_stats stats;
	bool stood = fdb_get(t->fdb, key, &was);
	int ret;

	fdb_stats(t->fdb, &stats);
	if ((!stood || is_own(t, &was)) && !is_own(t, &is) && stats.entries - t->n_own >= t->limit)
		ret = -ENOSPC;
	else
		ret = fdb_add(t->fdb, key, iface->id, flags);
	if (ret) {
		t->refused++;
		return ret;
	}
	if (stood)
		account(t, &was, -1);
	account(t, &is, 1);
	return 0;
}

uint64_t key_of(const struct mac_addr *mac, uint16_t fid)
{
	struct rte_ether_addr addr;

	memcpy(&addr, mac, sizeof(addr));
	return fdb_key(&addr, fid);
}

int key_order(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* An address of an interface on the bridge, and not only set by hand as one of the bridge's. */
static bool is_address(const struct bridge_table *t, const struct bridge *b,
		       const struct fdb_entry *e)
{
	return is_own(t, e) && bsearch(&e->key, b->own, b->n_own, sizeof(e->key), key_order);
}

/* The FID of a VLAN as the operator names it; 0 and err. */
static uint16_t fid_named(const struct bridge *b, uint16_t vid, struct error *err)
{
	uint16_t fid = vid < BRIDGE_VIDS ? bridge_fid(b, vid) : 0;

	if (!b->conf.vlan_aware && vid) {
		error_set(err, -EINVAL, "%s is not VLAN-aware: its entries are in no VLAN",
			  b->iface->name);
		return 0;
	}
	if (b->conf.vlan_aware && !vid)
		error_set(err, -EINVAL, "%s is VLAN-aware: say in which VLAN the address is",
			  b->iface->name);
	else if (!fid)
		error_set(err, -EINVAL, "%s has no VLAN %u", b->iface->name, vid);
	return b->conf.vlan_aware && !vid ? 0 : fid;
}

static int check_add(const struct bridge_table *t, const struct bridge *b,
		     const struct iface *iface, const struct mac_addr *mac, uint16_t vid,
		     struct error *err)
{
	const struct bridge_port *port = iface == b->iface ? &b->self : bridge_port_of(t, iface);

	if (!port || port->bridge != b)
		return error_set(err, -EINVAL, "%s is not a member of %s", iface->name,
				 b->iface->name);
	if (!mac_is_unicast(mac))
		return error_set(err, -EINVAL, "not the MAC address of one interface");
	if (!fid_named(b, vid, err))
		return -EINVAL;
	if (b->conf.vlan_aware && !bridge_vlan_has(port->vlans.member, vid))
		return error_set(err, -EINVAL, "%s is not in VLAN %u", iface->name, vid);
	return 0;
}

int bridge_fdb_add(struct bridge_table *t, struct bridge *b, struct iface *iface,
		   const struct mac_addr *mac, uint16_t vid, uint8_t flags, struct error *err)
{
	char text[MAC_STRLEN];
	struct bridge_entry out;
	struct fdb_entry was;
	uint64_t key;
	bool stood;
	int ret = check_add(t, b, iface, mac, vid, err);

	if (ret)
		return ret;
	key = key_of(mac, bridge_fid(b, vid));
	stood = fdb_get(t->fdb, key, &was);
	if (stood && is_address(t, b, &was))
		return error_set(err, -EEXIST, "%s is an address of %s itself",
				 mac_print(mac, text), b->iface->name);
	if (stood)
		entry_describe(t, &was, &out);
	ret = entry_set(t, key, iface, iface == b->iface ? FDB_STATIC : flags);
	if (ret)
		return error_set(err, ret,
				 ret == -ENOSPC ? "the table has its %u MAC addresses already"
						: "no memory for more than %u MAC addresses",
				 t->limit);
	if (stood && is_learned(t, &was) && flags && t->listener.forgotten)
		t->listener.forgotten(t->listener.ctx, &out);
	return 0;
}

int bridge_fdb_add_foreign(struct bridge_table *t, struct bridge *b, const struct mac_addr *mac,
			   uint16_t vid, bool sticky, struct error *err)
{
	uint16_t fid = fid_named(b, vid, err);
	char text[MAC_STRLEN];
	struct fdb_entry was;
	uint64_t key;
	int ret;

	if (!fid || !mac_is_unicast(mac))
		return error_set(err, -EINVAL, "%s: not the MAC address of one interface",
				 b->iface->name);
	key = key_of(mac, fid);
	if (fdb_get(t->fdb, key, &was) && is_address(t, b, &was))
		return error_set(err, -EEXIST, "%s is an address of %s itself",
				 mac_print(mac, text), b->iface->name);
	ret = entry_set(t, key, b->iface, sticky ? FDB_STICKY : 0);
	return ret ? error_set(err, ret, "%s: no room for %s", b->iface->name, mac_print(mac, text))
		   : 0;
}

int bridge_fdb_del(struct bridge_table *t, struct bridge *b, const struct mac_addr *mac,
		   uint16_t vid, struct error *err)
{
	uint16_t fid = fid_named(b, vid, err);
	char text[MAC_STRLEN];
	struct fdb_entry e;
	uint64_t key;

	if (!fid)
		return -EINVAL;
	key = key_of(mac, fid);
	if (!fdb_get(t->fdb, key, &e))
		return error_set(err, -ENOENT, "%s does not know %s", b->iface->name,
				 mac_print(mac, text));
	if (is_address(t, b, &e))
		return error_set(err, -EINVAL, "%s is an address of %s itself",
				 mac_print(mac, text), b->iface->name);
	entry_del(t, &e);
	return 0;
}

unsigned entries_flush(struct bridge_table *t, const struct bridge *b, entry_match *match,
		       const void *arg)
{
	struct fdb_entry entries[WALK];
	uint64_t cursor = 0;
	unsigned n, gone = 0;

	if (!b->counts.entries)
		return 0;
	while ((n = fdb_walk(t->fdb, &cursor, entries, WALK)))
		for (unsigned i = 0; i < n; i++) {
			struct bridge_entry out;

			if (t->fids[(uint16_t)entries[i].key].bridge != b || is_own(t, &entries[i]))
				continue;
			entry_describe(t, &entries[i], &out);
			if (!match(&out, arg))
				continue;
			entry_del(t, &entries[i]);
			gone++;
		}
	return gone;
}

struct flush {
	const struct iface *iface;
	uint16_t vid;
	bool all;
};

static bool flush_match(const struct bridge_entry *e, const void *arg)
{
	const struct flush *f = arg;

	return (!f->iface || e->iface == f->iface) && (!f->vid || e->vid == f->vid) &&
	       (f->all || !e->flags);
}

unsigned bridge_fdb_flush(struct bridge_table *t, struct bridge *b, const struct iface *iface,
			  uint16_t vid, bool all)
{
	const struct flush f = {.iface = iface, .vid = vid, .all = all};

	return entries_flush(t, b, flush_match, &f);
}

bool bridge_fdb_walk(struct bridge_table *t, const struct bridge *b, uint64_t *cursor,
		     struct bridge_entry *entries, unsigned max, unsigned *n)
{
	struct fdb_entry found[WALK];
	unsigned met = fdb_walk(t->fdb, cursor, found, RTE_MIN(max, (unsigned)WALK));

	*n = 0;
	for (unsigned i = 0; i < met; i++)
		if (!b || t->fids[(uint16_t)found[i].key].bridge == b)
			entry_describe(t, &found[i], &entries[(*n)++]);
	return met;
}

bool bridge_fdb_walk_after(const struct bridge_table *t, const struct bridge *b,
			   const struct mac_addr *mac, uint16_t vid, uint64_t *cursor)
{
	uint16_t fid = fid_named(b, vid, NULL);

	return fid && fdb_walk_after(t->fdb, key_of(mac, fid), cursor);
}

bool bridge_fdb_get(struct bridge_table *t, struct bridge *b, const struct mac_addr *mac,
		    uint16_t vid, struct bridge_entry *entry)
{
	uint16_t fid = fid_named(b, vid, NULL);
	struct fdb_entry e;

	if (!fid || !fdb_get(t->fdb, key_of(mac, fid), &e))
		return false;
	entry_describe(t, &e, entry);
	return true;
}

void bridge_counts(const struct bridge *b, struct bridge_counts *counts)
{
	*counts = b->counts;
	counts->members = b->n_ports;
}

uint32_t bridge_member_learned(const struct bridge_table *t, const struct iface *iface)
{
	const struct bridge_port *port = bridge_port_of(t, iface);

	return port ? port->learned : 0;
}

void bridge_fdb_usage(const struct bridge_table *t, struct usage *usage)
{
	struct fdb_stats stats;

	fdb_stats(t->fdb, &stats);
	*usage = (struct usage){
		.used = stats.entries - t->n_own, .max = t->limit, .refused = t->refused};
}
