/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbours: those that the kernel can use resolve next hops; all others leave them to be gleaned.
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "neigh_ctl.h"
#include "sync_own.h"

bool sync_neigh_is_usable(uint16_t state)
{
	return state &
	       (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE);
}

static struct sync_neigh *find(const struct sync *s, int ifindex, const struct ip_addr *addr,
			       struct sync_if_addr *key)
{
	struct sync_neigh *found;

	memset(key, 0, sizeof(*key));
	key->ifindex = ifindex;
	key->addr.addr = *addr;
	HASH_FIND(hh, s->neighs, key, sizeof(*key), found);
	return found;
}

const struct sync_neigh *sync_neigh_find(const struct sync *s, int ifindex,
					 const struct ip_addr *addr)
{
	struct sync_if_addr key;

	return find(s, ifindex, addr, &key);
}

static void set_refused(struct sync *s, struct sync_neigh *neigh, bool refused)
{
	s->neighs_refused += (unsigned)refused - (unsigned)neigh->refused;
	neigh->refused = refused;
}

static void take_out(struct sync *s, struct sync_neigh *neigh)
{
	const struct iface *iface = sync_iface(s, neigh->key.ifindex);
	int ret = iface ? neigh_unset(s->r->neighs, iface, &neigh->key.addr.addr, NULL) : 0;

	if (ret && ret != -ENOENT)
		log_warn("a neighbour that Linux does not have stays: %s", strerror(-ret));
	set_refused(s, neigh, false);
	HASH_DEL(s->neighs, neigh);
	free(neigh);
}

static struct sync_neigh *keep(struct sync *s, const struct sync_if_addr *key)
{
	struct sync_neigh *neigh = calloc(1, sizeof(*neigh));

	if (!neigh)
		return NULL;
	memcpy(&neigh->key, key, sizeof(*key));
	HASH_ADD(hh, s->neighs, key, sizeof(neigh->key), neigh);
	if (!neigh->left_out)
		return neigh;
	free(neigh);
	return NULL;
}

static void try(struct sync *s, struct sync_neigh *neigh, const struct iface *iface)
{
	struct error err;
	int ret = neigh_set(s->r->neighs, iface, &neigh->key.addr.addr, &neigh->mac, &err);

	if (ret && !neigh->refused && sync_may_say(s))
		log_warn("left to the kernel: %s", err.msg);
	/* It stands with the MAC address that it had before. */
	if (ret)
		neigh_unset(s->r->neighs, iface, &neigh->key.addr.addr, NULL);
	set_refused(s, neigh, ret != 0);
	neigh->full = ret == -ENOSPC;
}

static void set(struct sync *s, struct sync_neigh *neigh, const struct iface *iface,
		const struct nl_neighbour *n)
{
	bool resolved = neigh_get(s->r->neighs, iface, &n->addr);
	struct error err;

	neigh->mac = n->mac;
	/* Only the kernel reaches what is behind a foreign member of a bridge: as not resolved. */
	if (!sync_neigh_is_usable(n->state) || !n->has_mac ||
	    sync_fdb_is_foreign(s, iface, &n->mac)) {
		if (resolved && neigh_unset(s->r->neighs, iface, &n->addr, &err))
			log_warn("%s", err.msg);
		set_refused(s, neigh, false);
		return;
	}
	if (!resolved)
		s->calls->settle(s->ctx);
	try(s, neigh, iface);
}

void sync_neigh_moved(struct sync *s, const struct iface *bridge, const struct mac_addr *mac)
{
	struct sync_neigh *neigh, *next;

	HASH_ITER (hh, s->neighs, neigh, next) {
		const struct iface *iface = sync_iface(s, neigh->key.ifindex);
		const struct nl_neighbour n = {.ifindex = neigh->key.ifindex,
					       .addr = neigh->key.addr.addr,
					       .state = neigh->state,
					       .has_mac = true,
					       .mac = neigh->mac};

		if (iface_is_on(iface, bridge) && !memcmp(&neigh->mac, mac, sizeof(*mac)))
			set(s, neigh, iface, &n);
	}
}

/* Its host route needs room too; a link-local address has none. */
static bool has_room(const struct sync *s, const struct sync_neigh *neigh)
{
	const struct ip_addr *addr = &neigh->key.addr.addr;

	return neigh->refused && neigh->full && sync_iface(s, neigh->key.ifindex) &&
	       nexthop_has_room(s->r->nexthops) &&
	       (ip_addr_is_link_local6(addr) || route_has_own_room(s->r->routes, addr->family));
}

void sync_neigh_retry(struct sync *s)
{
	struct sync_neigh *neigh, *next;
	bool settled = false;
	struct usage usage;

	neigh_usage(s->r->neighs, &usage);
	if (!s->neighs_refused || usage.used == usage.max)
		return;
	HASH_ITER (hh, s->neighs, neigh, next) {
		if (!has_room(s, neigh))
			continue;
		if (!settled)
			s->calls->settle(s->ctx);
		settled = true;
		try(s, neigh, sync_iface(s, neigh->key.ifindex));
	}
}

bool sync_neigh_is_followed(const struct sync *s, const struct nl_neighbour *n)
{
	/* The kernel has entries for broadcast and multicast too, and says nothing of them. */
	return sync_iface(s, n->ifindex) && !ip_addr_is_multicast(&n->addr) &&
	       !ip_addr_is_unspecified(&n->addr) && !(n->has_mac && !mac_is_unicast(&n->mac));
}

void sync_neigh_apply(struct sync *s, const struct nl_msg *msg)
{
	const struct nl_neighbour *n = &msg->neighbour;
	const struct iface *iface = sync_iface(s, n->ifindex);
	struct sync_if_addr key;
	struct sync_neigh *neigh = find(s, n->ifindex, &n->addr, &key);

	if (!sync_neigh_is_followed(s, n))
		return;
	if (msg->deleted) {
		if (neigh)
			take_out(s, neigh);
		return;
	}
	if (!neigh)
		neigh = keep(s, &key);
	if (!neigh) {
		log_warn("a neighbour is not kept: out of memory");
		return;
	}
	neigh->mark = s->mark;
	neigh->state = n->state;
	set(s, neigh, iface, n);
}

void sync_neigh_sweep(struct sync *s)
{
	struct sync_neigh *neigh, *next;

	HASH_ITER (hh, s->neighs, neigh, next) {
		if (neigh->mark != s->mark)
			take_out(s, neigh);
	}
}

void sync_neigh_free(struct sync *s)
{
	struct sync_neigh *neigh, *next;

	HASH_ITER (hh, s->neighs, neigh, next) {
		HASH_DEL(s->neighs, neigh);
		free(neigh);
	}
}

void sync_neigh_gone(struct sync *s, int ifindex)
{
	struct sync_neigh *neigh, *next;

	HASH_ITER (hh, s->neighs, neigh, next) {
		if (neigh->key.ifindex == ifindex)
			take_out(s, neigh);
	}
}
