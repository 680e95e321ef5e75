/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VLANs of bridges, and the FIDs under which the MAC table has them. FIDs are given out in a
 * circle: a late report of a worker with one that has been given back seldom meets its next owner,
 * and does no harm there, as the member that it names is none of its.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge_own.h"

static uint32_t ageing_ticks(const struct bridge *b)
{
	return (b->conf.ageing_cs + BRIDGE_TICK_CS - 1) / BRIDGE_TICK_CS;
}

int fid_take(struct bridge_table *t, struct bridge *b, uint16_t vid)
{
	for (uint32_t i = 1; i < BRIDGE_FIDS; i++) {
		uint32_t fid = 1 + (t->last_fid + i - 1) % (BRIDGE_FIDS - 1);

		if (t->fids[fid].bridge)
			continue;
		t->fids[fid] = (struct fid_owner){.bridge = b, .vid = vid};
		t->last_fid = fid;
		b->fids[vid] = (uint16_t)fid;
		fdb_set_max_age(t->fdb, (uint16_t)fid, ageing_ticks(b));
		return 0;
	}
	return -ENOSPC;
}

/* VLANs that somebody is in. */
static void wanted(const struct bridge *b, uint64_t words[BRIDGE_VID_WORDS])
{
	memset(words, 0, BRIDGE_VID_WORDS * sizeof(*words));
	if (!b->conf.vlan_aware)
		return;
	memcpy(words, b->self.vlans.member, sizeof(b->self.vlans.member));
	for (const struct bridge_port *p = b->ports; p; p = p->next)
		for (int i = 0; i < BRIDGE_VID_WORDS; i++)
			words[i] |= p->vlans.member[i];
}

int fids_take(struct bridge_table *t, struct bridge *b)
{
	uint64_t words[BRIDGE_VID_WORDS];
	int ret = 0;

	wanted(b, words);
	for (uint16_t vid = 1; !ret && vid < BRIDGE_VIDS; vid++)
		if (!b->fids[vid] && bridge_vlan_has(words, vid))
			ret = fid_take(t, b, vid);
	return ret;
}

/* All entries of these FIDs, own addresses too. */
static void flush_fids(struct bridge_table *t, const uint64_t *gone)
{
	struct fdb_entry entries[64];
	uint64_t cursor = 0;
	unsigned n;

	while ((n = fdb_walk(t->fdb, &cursor, entries, RTE_DIM(entries))))
		for (unsigned i = 0; i < n; i++) {
			uint16_t fid = (uint16_t)entries[i].key;

			if (gone[fid / 64] >> fid % 64 & 1)
				entry_del(t, &entries[i]);
		}
}

void fid_flush(struct bridge_table *t, const struct bridge *b, uint16_t vid)
{
	uint64_t gone[BRIDGE_FIDS / 64] = {0};
	uint16_t fid = b->fids[vid];

	gone[fid / 64] |= UINT64_C(1) << fid % 64;
	flush_fids(t, gone);
}

void fids_release(struct bridge_table *t, struct bridge *b, bool all)
{
	uint64_t words[BRIDGE_VID_WORDS], gone[BRIDGE_FIDS / 64] = {0};
	bool some = false;

	wanted(b, words);
	for (uint16_t vid = all ? 0 : 1; vid < BRIDGE_VIDS; vid++) {
		uint16_t fid = b->fids[vid];

		if (!fid || (!all && bridge_vlan_has(words, vid)))
			continue;
		gone[fid / 64] |= UINT64_C(1) << fid % 64;
		some = true;
	}
	if (some && b->counts.entries)
		flush_fids(t, gone);
	for (uint16_t vid = 0; some && vid < BRIDGE_VIDS; vid++) {
		uint16_t fid = b->fids[vid];

		if (!(gone[fid / 64] >> fid % 64 & 1))
			continue;
		t->fids[fid] = (struct fid_owner){0};
		fdb_set_max_age(t->fdb, fid, 0);
		b->fids[vid] = 0;
	}
}

void fids_set_ageing(struct bridge_table *t, struct bridge *b)
{
	for (uint16_t vid = 0; vid < BRIDGE_VIDS; vid++)
		if (b->fids[vid])
			fdb_set_max_age(t->fdb, b->fids[vid], ageing_ticks(b));
}

static struct bridge_port *port_named(const struct bridge_table *t, struct bridge *b,
				      const struct iface *iface, struct error *err)
{
	struct bridge_port *port = iface == b->iface ? &b->self : bridge_port_of(t, iface);

	if (port && port->bridge == b)
		return port;
	error_set(err, -EINVAL, "%s is not a member of %s", iface->name, b->iface->name);
	return NULL;
}

static int check(uint16_t first, uint16_t last, unsigned flags, struct error *err)
{
	if (!first || first > last || last > 4094)
		return error_set(err, -EINVAL, "VLANs %u to %u: expected 1 to 4094, in order",
				 first, last);
	if (flags & BRIDGE_VLAN_PVID && first != last)
		return error_set(err, -EINVAL, "one VLAN at most is that of untagged frames");
	return 0;
}

static void set_range(uint64_t *words, uint16_t first, uint16_t last, bool on)
{
	for (uint16_t vid = first; vid <= last; vid++) {
		uint64_t bit = UINT64_C(1) << vid % 64;

		words[vid / 64] = on ? words[vid / 64] | bit : words[vid / 64] & ~bit;
	}
}

/* Publish; what nobody is in any more goes. No member's VLANs can fail from here on. */
static void apply(struct bridge_table *t, struct bridge *b, struct bridge_fwd *fwd)
{
	own_sync(t, b);
	snapshot_publish(t, b, fwd);
	fids_release(t, b, false);
}

int bridge_vlan_add(struct bridge_table *t, struct bridge *b, struct iface *iface, uint16_t first,
		    uint16_t last, unsigned flags, struct error *err)
{
	struct bridge_port *port = port_named(t, b, iface, err), was;
	struct bridge_fwd *fwd;
	int ret;

	if (!port || check(first, last, flags, err))
		return -EINVAL;
	fwd = snapshot_new(b->n_ports, b->conf.vlan_aware);
	if (!fwd)
		return error_set(err, -ENOMEM, "out of memory");
	was = *port;
	set_range(port->vlans.member, first, last, true);
	set_range(port->vlans.untagged, first, last, flags & BRIDGE_VLAN_UNTAGGED);
	if (flags & BRIDGE_VLAN_PVID)
		port->pvid = first;
	else if (port->pvid >= first && port->pvid <= last)
		port->pvid = 0;
	ret = fids_take(t, b);
	if (ret)
		error_set(err, ret, "%s: there are %u VLANs in all bridges, no more fit",
			  b->iface->name, BRIDGE_FIDS - 1);
	else if (port == &b->self)
		ret = own_check(t, b, err); /* by the FIDs */
	if (!ret) {
		apply(t, b, fwd);
		return 0;
	}
	*port = was;
	free(fwd);
	fids_release(t, b, false);
	return ret;
}

struct range {
	const struct iface *iface;
	uint16_t first, last;
};

static bool in_range(const struct bridge_entry *e, const void *arg)
{
	const struct range *r = arg;

	return e->iface == r->iface && e->vid >= r->first && e->vid <= r->last;
}

int bridge_vlan_del(struct bridge_table *t, struct bridge *b, struct iface *iface, uint16_t first,
		    uint16_t last, struct error *err)
{
	const struct range range = {.iface = iface, .first = first, .last = last};
	struct bridge_port *port = port_named(t, b, iface, err);
	struct bridge_fwd *fwd;

	if (!port || check(first, last, 0, err))
		return -EINVAL;
	fwd = snapshot_new(b->n_ports, b->conf.vlan_aware);
	if (!fwd)
		return error_set(err, -ENOMEM, "out of memory");
	set_range(port->vlans.member, first, last, false);
	set_range(port->vlans.untagged, first, last, false);
	if (port->pvid >= first && port->pvid <= last)
		port->pvid = 0;
	apply(t, b, fwd);
	if (b->conf.vlan_aware)
		entries_flush(t, b, in_range, &range);
	return 0;
}

bool bridge_vlans_of(const struct bridge *b, const struct iface *iface,
		     const struct bridge_vlans **vlans, uint16_t *pvid)
{
	const struct bridge_port *port = b->ports;

	if (iface == b->iface)
		port = &b->self;
	while (port && port->iface != iface)
		port = port->next;
	if (!port)
		return false;
	if (vlans)
		*vlans = &port->vlans;
	if (pvid)
		*pvid = port->pvid;
	for (int i = 0; i < BRIDGE_VID_WORDS; i++)
		if (port->vlans.member[i])
			return true;
	return false;
}
