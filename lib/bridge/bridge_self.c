/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bridge's own addresses in the MAC table: that of its interface in each of its own VLANs, and
 * that of each VLAN interface on it. The table has room for them beyond its limit.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge_own.h"
#include "log.h"

static bool is_own_key(const struct bridge *b, uint64_t key)
{
	return b->n_own && bsearch(&key, b->own, b->n_own, sizeof(key), key_order);
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
	char text[MAC_STRLEN];
	struct bridge_entry out;
	struct fdb_entry was;
	bool stood = fdb_get(t->fdb, key, &was);

	if (stood && is_own(t, &was))
		return;
	if (stood)
		entry_describe(t, &was, &out);
	if (stood && was.flags)
		log_warn("bridge %s: %s is its own address now: the entry that was set for it is "
			 "gone",
			 b->iface->name, mac_print(&out.mac, text));
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

static void note_members(struct bridge *b)
{
	uint64_t *macs = malloc((b->n_ports + 1) * sizeof(*macs));
	unsigned n = 0;

	if (!macs)
		return; /* those that were */
	for (const struct bridge_port *p = b->ports; p; p = p->next)
		macs[n++] = key_of(&p->iface->mac, 0);
	qsort(macs, n, sizeof(*macs), key_order);
	free(b->macs);
	b->macs = macs;
	b->n_macs = unique(macs, n);
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
	note_members(b);
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
