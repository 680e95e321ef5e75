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

#define REFRESH 4096 /* entries of one turn */

void sync_fdb_key(const struct nl_fdb *fdb, struct sync_fdb_key *key)
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

const struct sync_fdb *sync_fdb_find(const struct sync *s, const struct sync_fdb_key *key)
{
	return find(s, key);
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

struct bridge *sync_fdb_bridge(const struct sync *s, int ifindex)
{
	const struct sync_link *link = sync_link_find(s, ifindex);

	return link && link->iface ? bridge_by_iface(s->r->bridges, link->iface) : NULL;
}

static uint8_t flags_of(const struct nl_fdb *fdb)
{
	return (uint8_t)((fdb->state & (NUD_PERMANENT | NUD_NOARP) ? FDB_STATIC : 0) |
			 (fdb->sticky ? FDB_STICKY : 0));
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

static void warn_refused(struct sync *s, int ret, const struct error *err)
{
	if (ret && sync_may_say(s))
		log_warn("an entry of a bridge is left to the kernel: %s", err->msg);
}

/* What Sluice has learned by itself is newer than what is kept. */
static void take_out(struct sync *s, struct bridge *b, const struct sync_fdb_key *key)
{
	struct bridge_entry stands;

	if (bridge_fdb_get(s->r->bridges, b, &key->mac, key->vid, &stands) &&
	    (stands.flags || stands.iface == bridge_iface(b)))
		bridge_fdb_del(s->r->bridges, b, &key->mac, key->vid, NULL);
}

/* `was`: it stood foreign before. It may also have moved since the neighbours have followed. */
static void follow_neighs(struct sync *s, struct bridge *b, struct sync_fdb *entry, bool was)
{
	const struct sync_fdb_key *key = &entry->key;
	struct bridge_entry stands;
	bool is = stands_foreign(s, b, &key->mac, key->vid, &stands);

	if (is != was || is != entry->neighs_foreign)
		sync_neigh_moved(s, bridge_iface(b), &key->mac);
	entry->neighs_foreign = is;
}

/* Into the table; it replaces what stands there, also when it cannot be had. */
static void put(struct sync *s, struct bridge *b, const struct sync_fdb *entry, struct iface *iface)
{
	const struct sync_fdb_key *key = &entry->key;
	struct error err;
	int ret = entry->foreign ? bridge_fdb_add_foreign(s->r->bridges, b, &key->mac, key->vid,
							  entry->flags, &err)
				 : bridge_fdb_add(s->r->bridges, b, iface, &key->mac, key->vid,
						  entry->flags, &err);

	if (ret)
		take_out(s, b, key);
	warn_refused(s, ret, &err);
}

/* The table says what the kernel says. */
static void show(struct sync *s, struct bridge *b, struct sync_fdb *entry)
{
	const struct sync_fdb_key *key = &entry->key;
	struct iface *iface =
		entry->foreign || entry->local ? bridge_iface(b) : sync_iface(s, entry->ifindex);
	struct bridge_entry stands;
	bool was = stands_foreign(s, b, &key->mac, key->vid, &stands);

	if (!iface || bridge_conf(b)->vlan_aware != (key->vid != 0))
		return;
	if (!bridge_fdb_get(s->r->bridges, b, &key->mac, key->vid, &stands) ||
	    stands.iface != iface || stands.flags != entry->flags ||
	    (entry->foreign && stands.age_cs > bridge_conf(b)->ageing_cs / 4))
		put(s, b, entry, iface);
	follow_neighs(s, b, entry, was);
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

	sync_fdb_key(fdb, &key);
	entry = find(s, &key);
	if (!entry)
		entry = add(s, &key);
	if (entry)
		entry->mark = s->mark;
	return entry;
}

static void set(struct sync *s, struct bridge *b, const struct nl_fdb *fdb)
{
	struct sync_fdb *entry = keep(s, fdb);

	if (!entry)
		return;
	entry->ifindex = fdb->ifindex;
	entry->foreign = is_foreign(s, fdb);
	entry->local = fdb->state & NUD_PERMANENT;
	if (entry->foreign)
		entry->flags = sync_fdb_is_set(fdb) ? FDB_STICKY : 0;
	else
		entry->flags = entry->local ? FDB_STATIC : flags_of(fdb);
	show(s, b, entry);
}

/* One that has been learned at a member stays there, until the kernel says otherwise. */
static void refresh(struct sync *s, struct sync_fdb *entry)
{
	struct bridge *b = entry->foreign ? sync_fdb_bridge(s, entry->key.bridge) : NULL;
	const struct sync_fdb_key *key = &entry->key;
	struct bridge_entry stands;

	if (b && (!bridge_fdb_get(s->r->bridges, b, &key->mac, key->vid, &stands) ||
		  stands_foreign(s, b, &key->mac, key->vid, &stands)))
		show(s, b, entry);
}

void sync_fdb_refresh(struct sync *s, bool begin)
{
	if (begin && !s->fdb_refresh)
		s->fdb_refresh = s->fdb;
	for (unsigned n = 0; s->fdb_refresh && n < REFRESH; n++) {
		struct sync_fdb *entry = s->fdb_refresh;

		s->fdb_refresh = entry->hh.next;
		refresh(s, entry);
	}
}

static void unset(struct sync *s, struct sync_fdb *entry)
{
	struct bridge *b = sync_fdb_bridge(s, entry->key.bridge);
	const struct sync_fdb_key *key = &entry->key;
	struct bridge_entry stands;

	if (b) {
		bool was = stands_foreign(s, b, &key->mac, key->vid, &stands);

		take_out(s, b, key);
		follow_neighs(s, b, entry, was);
	}
	if (s->fdb_refresh == entry)
		s->fdb_refresh = entry->hh.next;
	HASH_DEL(s->fdb, entry);
	free(entry);
}

/* Taken over from an earlier run. */
static void take_over(struct sync *s, struct bridge *b, struct iface *iface,
		      const struct nl_fdb *fdb)
{
	struct error err;
	int ret;

	if (bridge_conf(b)->vlan_aware != (fdb->vid != 0))
		return;
	ret = bridge_fdb_add(s->r->bridges, b, iface, &fdb->mac, fdb->vid, 0, &err);
	warn_refused(s, ret, &err);
}

/* One that Sluice has told, as it seems. dumped: it stands; else an operator may have deleted it.
 */
static void told(struct sync *s, struct bridge *b, const struct nl_msg *msg, bool dumped)
{
	const struct nl_fdb *fdb = &msg->fdb;
	struct iface *iface = sync_iface(s, fdb->ifindex);
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
		take_over(s, b, iface, fdb);
	else
		s->calls->fdb_leftover(s->ctx, fdb);
}

/* Learned entries that Sluice tells while an operator sets them take the operator's along. */
static bool is_put_back(struct sync *s, const struct nl_fdb *fdb, const struct sync_fdb *entry)
{
	return fdb->ext_learned && sync_fdb_is_set(fdb) && entry && entry->flags &&
	       entry->ifindex != fdb->ifindex &&
	       s->calls->fdb_put_back(s->ctx, fdb, entry->ifindex);
}

void sync_fdb_apply(struct sync *s, const struct nl_msg *msg, bool dumped)
{
	const struct nl_fdb *fdb = &msg->fdb;
	struct bridge *b = sync_fdb_bridge(s, fdb->master);
	struct sync_fdb_key key;
	struct sync_fdb *entry;

	if (!b)
		return;
	sync_fdb_key(fdb, &key);
	entry = find(s, &key);
	if (!msg->deleted && (is_foreign(s, fdb) || is_set(s, fdb))) {
		if (dumped || !is_put_back(s, fdb, entry))
			set(s, b, fdb);
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
