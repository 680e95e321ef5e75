/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Entries of the kernel's bridges. What an operator sets (static, sticky, local) counts. What the
 * kernel has learned by itself counts for its foreign members, those that Sluice does not have:
 * such an entry stands on the bridge's own interface, and the kernel gets the frames. For members
 * of Sluice it does not: the kernel sees no more than what is punted. Entries that are learned
 * outside of it (extern_learn) are Sluice's own, told by linux_fdb.c: those of an earlier run are
 * taken over, as if learned now; others that Sluice does not have are leftovers.
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <stdlib.h>
#include <string.h>

#include "bridge_ctl.h"
#include "log.h"
#include "sync_own.h"

static void key_of(const struct nl_fdb *fdb, struct sync_fdb_key *key)
{
	memset(key, 0, sizeof(*key));
	key->bridge = fdb->master;
	key->vid = fdb->vid;
	key->mac = fdb->mac;
}

static struct sync_fdb *find(const struct sync *s, const struct sync_fdb_key *key)
{
	struct sync_fdb *entry;

	HASH_FIND(hh, s->fdb, key, sizeof(*key), entry);
	return entry;
}

/* What was learned keeps that mark when an operator makes it static. */
bool sync_fdb_is_set(const struct nl_fdb *fdb)
{
	return fdb->state & (NUD_PERMANENT | NUD_NOARP) || (fdb->sticky && !fdb->ext_learned);
}

/* Set by an operator, and not one that the kernel has made for the address of a netdev. */
static bool is_set(const struct sync *s, const struct nl_fdb *fdb)
{
	const struct sync_link *link = sync_link_find(s, fdb->ifindex);

	return sync_fdb_is_set(fdb) && !(fdb->state & NUD_PERMANENT && link &&
					 !memcmp(&link->said.mac, &fdb->mac, sizeof(fdb->mac)));
}

static struct bridge *bridge_of_link(const struct sync *s, int ifindex)
{
	const struct sync_link *link = sync_link_find(s, ifindex);

	return link && link->iface ? bridge_by_iface(s->r->bridges, link->iface) : NULL;
}

static uint8_t flags_of(const struct nl_fdb *fdb)
{
	return (uint8_t)((fdb->state & (NUD_PERMANENT | NUD_NOARP) ? FDB_STATIC : 0) |
			 (fdb->sticky ? FDB_STICKY : 0));
}

/* Into the table, unless it stands there so. */
static void put(struct sync *s, struct bridge *b, const struct nl_fdb *fdb, uint8_t flags)
{
	bool local = fdb->state & NUD_PERMANENT;
	struct iface *iface = local ? bridge_iface(b) : sync_iface(s, fdb->ifindex);
	struct bridge_entry stands;
	struct error err;
	int ret;

	if (!iface || bridge_conf(b)->vlan_aware != (fdb->vid != 0))
		return;
	if (bridge_fdb_get(s->r->bridges, b, &fdb->mac, fdb->vid, &stands) &&
	    stands.iface == iface && stands.flags == flags)
		return;
	ret = bridge_fdb_add(s->r->bridges, b, iface, &fdb->mac, fdb->vid, flags, &err);
	if (ret && ret != -EEXIST && sync_may_say(s))
		log_warn("an entry of a bridge is left to the kernel: %s", err.msg);
}

static bool is_foreign(const struct sync *s, const struct nl_fdb *fdb)
{
	return !(fdb->state & NUD_PERMANENT) && fdb->ifindex != fdb->master &&
	       !sync_iface(s, fdb->ifindex);
}

static bool stands_foreign(const struct sync *s, struct bridge *b, const struct mac_addr *mac,
			   uint16_t vid, struct bridge_entry *stands)
{
	return bridge_fdb_get(s->r->bridges, b, mac, vid, stands) &&
	       stands->iface == bridge_iface(b) && !(stands->flags & FDB_STATIC);
}

bool sync_fdb_is_foreign(const struct sync *s, const struct iface *iface,
			 const struct mac_addr *mac)
{
	const struct iface *root = iface;
	struct bridge_entry stands;
	struct bridge *b;
	uint16_t vid = 0;

	for (; root->kind == IFACE_VLAN; root = root->parent)
		vid = root->vid;
	b = root->kind == IFACE_BRIDGE ? bridge_by_iface(s->r->bridges, root) : NULL;
	if (!b)
		return false;
	if (!bridge_conf(b)->vlan_aware)
		vid = 0;
	else if (!vid)
		bridge_vlans_of(b, root, NULL, &vid);
	return stands_foreign(s, b, mac, vid, &stands);
}

static void put_foreign(struct sync *s, struct bridge *b, const struct sync_fdb *entry)
{
	const struct sync_fdb_key *key = &entry->key;
	struct error err;
	int ret =
		bridge_fdb_add_foreign(s->r->bridges, b, &key->mac, key->vid, entry->sticky, &err);

	if (ret && ret != -EEXIST && sync_may_say(s))
		log_warn("an entry of a bridge is left to the kernel: %s", err.msg);
}

static struct sync_fdb *add(struct sync *s, const struct sync_fdb_key *key)
{
	struct sync_fdb *entry = calloc(1, sizeof(*entry));

	if (entry) {
		entry->key = *key;
		HASH_ADD(hh, s->fdb, key, sizeof(entry->key), entry);
	}
	if (!entry || entry->left_out) {
		free(entry);
		log_warn("an entry of a bridge is not kept: out of memory");
		return NULL;
	}
	return entry;
}

/* What is kept of it, with the mark of now. NULL: out of memory. */
static struct sync_fdb *keep(struct sync *s, const struct nl_fdb *fdb)
{
	struct sync_fdb_key key;
	struct sync_fdb *entry;

	key_of(fdb, &key);
	entry = find(s, &key);
	if (!entry)
		entry = add(s, &key);
	if (entry)
		entry->mark = s->mark;
	return entry;
}

static void set_foreign(struct sync *s, struct bridge *b, const struct nl_fdb *fdb)
{
	struct sync_fdb *entry;

	if (bridge_conf(b)->vlan_aware != (fdb->vid != 0))
		return;
	entry = keep(s, fdb);
	if (!entry)
		return;
	entry->foreign = true;
	entry->sticky = sync_fdb_is_set(fdb);
	put_foreign(s, b, entry);
	sync_neigh_moved(s, bridge_iface(b), &fdb->mac);
}

void sync_fdb_refresh(struct sync *s)
{
	struct sync_fdb *entry, *next;
	struct bridge_entry stands;

	HASH_ITER (hh, s->fdb, entry, next) {
		struct bridge *b = entry->foreign ? bridge_of_link(s, entry->key.bridge) : NULL;

		if (!b)
			continue;
		if (!bridge_fdb_get(s->r->bridges, b, &entry->key.mac, entry->key.vid, &stands) ||
		    (stands.iface == bridge_iface(b) && !(stands.flags & FDB_STATIC) &&
		     stands.age_cs > bridge_conf(b)->ageing_cs / 4))
			put_foreign(s, b, entry);
	}
}

static void set(struct sync *s, struct bridge *b, const struct nl_fdb *fdb)
{
	if (keep(s, fdb))
		put(s, b, fdb, flags_of(fdb));
}

static void unset(struct sync *s, struct sync_fdb *entry)
{
	struct bridge *b = bridge_of_link(s, entry->key.bridge);
	const struct sync_fdb_key *key = &entry->key;
	struct bridge_entry stands;

	/* A foreign one may have moved to a member. */
	if (b && (!entry->foreign || stands_foreign(s, b, &key->mac, key->vid, &stands)))
		bridge_fdb_del(s->r->bridges, b, &key->mac, key->vid, NULL);
	if (b && entry->foreign)
		sync_neigh_moved(s, bridge_iface(b), &key->mac);
	HASH_DEL(s->fdb, entry);
	free(entry);
}

/* One that Sluice has told, as it seems. dumped: it stands; else an operator may have deleted it.
 */
static void told(struct sync *s, struct bridge *b, const struct nl_msg *msg, bool dumped)
{
	const struct nl_fdb *fdb = &msg->fdb;
	const struct iface *iface = sync_iface(s, fdb->ifindex);
	struct bridge_entry stands;
	bool have = bridge_fdb_get(s->r->bridges, b, &fdb->mac, fdb->vid, &stands) &&
		    stands.iface == iface;

	if (!iface)
		return; /* of another's netdev */
	/* What Sluice had deleted may have been learned again. */
	if (msg->deleted && !s->calls->fdb_is_echo(s->ctx, fdb) && have && !stands.flags)
		bridge_fdb_del(s->r->bridges, b, &fdb->mac, fdb->vid, NULL);
	if (msg->deleted || have || !dumped)
		return;
	if (!s->fdb_known)
		put(s, b, fdb, 0);
	else
		s->calls->fdb_leftover(s->ctx, fdb);
}

void sync_fdb_apply(struct sync *s, const struct nl_msg *msg, bool dumped)
{
	const struct nl_fdb *fdb = &msg->fdb;
	struct bridge *b = bridge_of_link(s, fdb->master);
	struct sync_fdb_key key;
	struct sync_fdb *entry;

	if (!b)
		return;
	key_of(fdb, &key);
	entry = find(s, &key);
	if (is_foreign(s, fdb) && !msg->deleted) {
		set_foreign(s, b, fdb);
		return;
	}
	/* Whoever has it now; what is deleted elsewhere had gone from there before. */
	if (entry && entry->foreign && is_foreign(s, fdb) == msg->deleted) {
		unset(s, entry);
		entry = NULL;
	}
	if (fdb->ext_learned && !sync_fdb_is_set(fdb)) {
		told(s, b, msg, dumped);
		return;
	}
	if (!msg->deleted && is_set(s, fdb)) {
		set(s, b, fdb);
		return;
	}
	/* Deleted, or the kernel's own from now on. */
	if (entry && !entry->foreign)
		unset(s, entry);
}

void sync_fdb_sweep(struct sync *s)
{
	struct sync_fdb *entry, *next;

	HASH_ITER (hh, s->fdb, entry, next) {
		if (entry->mark != s->mark)
			unset(s, entry);
	}
	s->fdb_known = true;
}

void sync_fdb_free(struct sync *s)
{
	struct sync_fdb *entry, *next;

	HASH_ITER (hh, s->fdb, entry, next) {
		HASH_DEL(s->fdb, entry);
		free(entry);
	}
}
