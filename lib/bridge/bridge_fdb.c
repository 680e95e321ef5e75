/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The entries of the MAC table as bridges see them: by hand, their accounts, and the bridge's own
 * addresses, for which the table has room beyond its limit.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge_own.h"
#include "log.h"

#define WALK 64

static bool is_own(const struct bridge_table *t, const struct fdb_entry *e)
{
	struct bridge *b = t->fids[(uint16_t)e->key].bridge;

	return b && e->iface == b->iface->id && e->flags & FDB_STATIC;
}

static bool is_foreign(const struct bridge_table *t, const struct fdb_entry *e)
{
	struct bridge *b = t->fids[(uint16_t)e->key].bridge;

	return b && e->iface == b->iface->id && !(e->flags & FDB_STATIC);
}

static bool is_learned(const struct bridge_table *t, const struct fdb_entry *e)
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
	if (!stood && !is_own(t, &is) && stats.entries - t->n_own >= t->limit)
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

static uint64_t key_of(const struct mac_addr *mac, uint16_t fid)
{
	struct rte_ether_addr addr;

	memcpy(&addr, mac, sizeof(addr));
	return fdb_key(&addr, fid);
}

/* For qsort(). */
static int key_order(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static bool is_own_key(const struct bridge *b, uint64_t key)
{
	return b->n_own && bsearch(&key, b->own, b->n_own, sizeof(key), key_order);
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
	if (stood && is_own(t, &was))
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
	if (fdb_get(t->fdb, key, &was) && was.flags && !is_foreign(t, &was))
		return error_set(err, -EEXIST, "%s: %s is set by hand", b->iface->name,
				 mac_print(mac, text));
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
	if (is_own(t, &e) && is_own_key(b, key))
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

/* In the bridge's own VLANs one has the address of the bridge, and of each VLAN interface. */
static bool is_own_vid(const struct bridge *b, uint16_t vid)
{
	return b->conf.vlan_aware ? b->fids[vid] && bridge_vlan_has(b->self.vlans.member, vid)
				  : !vid;
}

/* The key of a VLAN interface on the bridge; 0: the bridge is not in that VLAN. */
static uint64_t own_key_vlan(const struct bridge *b, const struct iface *iface)
{
	const struct iface *outer = iface;
	uint16_t vid;

	while (outer->parent != b->iface)
		outer = outer->parent;
	vid = b->conf.vlan_aware ? outer->vid : 0;
	return is_own_vid(b, vid) ? key_of(&iface->mac, b->fids[vid]) : 0;
}

/* The keys of the bridge itself and of what is on it, into keys (if not NULL). */
static unsigned own_all(const struct bridge_table *t, const struct bridge *b, uint64_t *keys)
{
	unsigned n = 0;
	uint64_t key;

	for (uint16_t vid = 0; vid < BRIDGE_VIDS - 1; vid++) {
		if (is_own_vid(b, vid) && keys)
			keys[n] = key_of(&b->iface->mac, b->fids[vid]);
		n += is_own_vid(b, vid);
	}
	for (struct iface *iface = NULL; (iface = iface_next(t->r->ifaces, iface));) {
		if (iface == b->iface || bridge_root(iface) != b->iface)
			continue;
		key = own_key_vlan(b, iface);
		if (key && keys)
			keys[n] = key;
		n += key != 0;
	}
	return n;
}

static void own_del(struct bridge_table *t, const struct bridge *b, uint64_t key)
{
	struct fdb_entry e;

	if (fdb_get(t->fdb, key, &e) && e.iface == b->iface->id)
		entry_del(t, &e);
}

static void own_add(struct bridge_table *t, const struct bridge *b, uint64_t key)
{
	struct bridge_entry out;
	struct fdb_entry was;
	bool stood = fdb_get(t->fdb, key, &was);

	if (stood && is_own(t, &was))
		return;
	if (stood)
		entry_describe(t, &was, &out);
	if (entry_set(t, key, b->iface, FDB_STATIC))
		log_warn("bridge %s: no room for its own address in the table of MAC addresses",
			 b->iface->name);
	else if (stood && is_learned(t, &was) && t->listener.forgotten)
		t->listener.forgotten(t->listener.ctx, &out);
}

/* Of sorted keys. */
static unsigned unique(uint64_t *keys, unsigned n)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++)
		if (!kept || keys[kept - 1] != keys[i])
			keys[kept++] = keys[i];
	return kept;
}

int own_check(const struct bridge_table *t, const struct bridge *b, struct error *err)
{
	if (t->n_own - b->n_own + own_all(t, b, NULL) <= BRIDGE_OWN_ROOM)
		return 0;
	return error_set(err, -ENOSPC,
			 "%s: no room for its own address in so many VLANs: all bridges together "
			 "have %u",
			 b->iface->name, BRIDGE_OWN_ROOM);
}

static void note_own(struct bridge_table *t, const struct bridge *b)
{
	for (unsigned id = 0; id < IFACE_MAX; id++)
		if (t->fids[(uint16_t)t->own_of[id]].bridge == b)
			t->own_of[id] = 0; /* also of what has gone */
	for (struct iface *iface = NULL; (iface = iface_next(t->r->ifaces, iface));)
		if (iface != b->iface && bridge_root(iface) == b->iface)
			t->own_of[iface->id] = own_key_vlan(b, iface);
}

void own_sync(struct bridge_table *t, struct bridge *b)
{
	unsigned n = own_all(t, b, NULL), old = 0;
	uint64_t *keys = malloc((n + 1) * sizeof(*keys));

	if (!keys) {
		log_warn("bridge %s: no memory for its own addresses", b->iface->name);
		return;
	}
	own_all(t, b, keys);
	qsort(keys, n, sizeof(*keys), key_order);
	n = unique(keys, n);
	for (unsigned i = 0; i < n; i++) {
		while (old < b->n_own && b->own[old] < keys[i])
			own_del(t, b, b->own[old++]);
		if (old < b->n_own && b->own[old] == keys[i])
			old++;
		own_add(t, b, keys[i]);
	}
	while (old < b->n_own)
		own_del(t, b, b->own[old++]);
	free(b->own);
	b->own = keys;
	b->n_own = n;
	note_own(t, b);
}

/* One more key. -ENOMEM. */
static int own_insert(struct bridge_table *t, struct bridge *b, uint64_t key)
{
	uint64_t *keys = reallocarray(b->own, b->n_own + 1, sizeof(*keys));
	unsigned at = b->n_own;

	if (!keys)
		return -ENOMEM;
	b->own = keys;
	while (at && keys[at - 1] > key)
		at--;
	memmove(&keys[at + 1], &keys[at], (b->n_own - at) * sizeof(*keys));
	keys[at] = key;
	b->n_own++;
	own_add(t, b, key);
	return 0;
}

void own_sync_vlan(struct bridge_table *t, struct bridge *b, const struct iface *iface)
{
	uint64_t key = own_key_vlan(b, iface), *had = &t->own_of[iface->id];

	if (*had == key)
		return;
	/* Another one may have the key that it had. */
	if (*had || (!is_own_key(b, key) && own_insert(t, b, key)))
		own_sync(t, b);
	else
		*had = key;
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
