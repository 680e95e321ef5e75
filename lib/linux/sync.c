/* SPDX-License-Identifier: BSD-3-Clause */
#include "sync.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <stdlib.h>
#include <string.h>

#include "neigh_ctl.h"
#include "route_linux.h"
#include "sync_bridge.h"
#include "sync_own.h"

#define ASK_EVERY 5 /* seconds between questions for a next hop that does not resolve */

struct sync *sync_create(struct router *r, const struct sync_calls *calls, void *ctx)
{
	struct sync *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->r = r;
	s->calls = calls;
	s->ctx = ctx;
	s->n_ifaces = r->ifaces->max;
	s->indices = calloc(s->n_ifaces + 1u, sizeof(*s->indices));
	if (!s->indices) {
		free(s);
		errno = ENOMEM;
		return NULL;
	}
	return s;
}

static void forget_touched(struct sync *s)
{
	struct sync_touched *touched, *next;

	HASH_ITER (hh, s->touched, touched, next) {
		HASH_DEL(s->touched, touched);
		free(touched);
	}
}

void sync_destroy(struct sync *s)
{
	if (!s)
		return;
	sync_link_free(s);
	sync_neigh_free(s);
	sync_address_free(s);
	sync_nexthop_free(s);
	sync_route_free(s);
	sync_fdb_free(s);
	forget_touched(s);
	HASH_CLEAR(hh, s->by_ifindex);
	free(s->indices);
	free(s);
}

void sync_set_ifindex(struct sync *s, struct iface *iface, int ifindex)
{
	struct sync_index *index = &s->indices[iface->id];

	if (index->ifindex == ifindex)
		return;
	if (index->ifindex) {
		sync_bridge_leave(s, iface);
		sync_neigh_gone(s, index->ifindex);
		sync_address_gone(s, index->ifindex);
		if (!index->left_out)
			HASH_DEL(s->by_ifindex, index);
	}
	*index = (struct sync_index){.ifindex = ifindex, .iface = iface};
	s->links_changed = true;
	if (!ifindex)
		return;
	HASH_ADD_INT(s->by_ifindex, ifindex, index);
	sync_address_come(s, ifindex);
}

bool sync_may_say(struct sync *s)
{
	bool may = !s->said;

	s->said = true;
	return may;
}

int sync_ifindex(const struct sync *s, const struct iface *iface)
{
	return s->indices[iface->id].ifindex;
}

int sync_bridge_ifindex(const struct sync *s, const struct iface *member)
{
	const struct sync_link *link = sync_link_find(s, sync_ifindex(s, member));
	const struct sync_link *master = link ? sync_link_find(s, link->said.master) : NULL;

	return master && master->iface ? master->ifindex : 0;
}

bool sync_is_made(const struct sync *s, const struct iface *iface)
{
	const struct sync_link *link = sync_link_find(s, sync_ifindex(s, iface));

	return link && link->iface == iface;
}

struct iface *sync_iface(const struct sync *s, int ifindex)
{
	struct sync_index *index;

	if (!ifindex)
		return NULL;
	HASH_FIND_INT(s->by_ifindex, &ifindex, index);
	if (index)
		return index->iface;
	/* There was no memory to find it by a hash. */
	for (unsigned i = 0; i < s->n_ifaces; i++)
		if (s->indices[i].left_out && s->indices[i].ifindex == ifindex)
			return s->indices[i].iface;
	return NULL;
}

/* What tells the object of a message from others. False: it is not looked for. */
static bool key_of(const struct sync *s, const struct nl_msg *msg, struct sync_touched *touched)
{
	memset(touched, 0, sizeof(*touched));
	touched->key.kind = msg->kind;
	switch (msg->kind) {
	case NL_ADDRESS:
		touched->key.if_addr.ifindex = msg->address.ifindex;
		touched->key.if_addr.addr.addr = msg->address.addr.addr;
		touched->key.if_addr.addr.len = msg->address.addr.len;
		return true;
	case NL_NEIGHBOUR:
		touched->key.if_addr.ifindex = msg->neighbour.ifindex;
		touched->key.if_addr.addr.addr = msg->neighbour.addr;
		return true;
	case NL_ROUTE:
		return sync_route_key(s, &msg->route, &touched->key.route);
	case NL_NEXTHOP:
		touched->key.id = msg->nexthop.id;
		return true;
	case NL_LINK:
		touched->key.ifindex = msg->link.index;
		return true;
	case NL_PORT:
		touched->key.ifindex = msg->port.index;
		return true;
	case NL_FDB: /* what is learned is looked at when a dump says it */
		touched->key.fdb.bridge = msg->fdb.master;
		touched->key.fdb.vid = msg->fdb.vid;
		touched->key.fdb.mac = msg->fdb.mac;
		return sync_fdb_is_set(&msg->fdb) || !msg->fdb.ext_learned;
	}
	return false;
}

static void touch(struct sync *s, const struct nl_msg *msg)
{
	struct sync_touched key, *found;

	if (!key_of(s, msg, &key))
		return;
	HASH_FIND(hh, s->touched, &key.key, sizeof(key.key), found);
	if (found)
		return;
	found = malloc(sizeof(*found));
	if (found) {
		*found = key;
		HASH_ADD(hh, s->touched, key, sizeof(found->key), found);
	}
	if (!found || found->left_out) {
		free(found);
		s->stale = true; /* the dump may undo this event: another one has to follow */
	}
}

static bool is_touched(const struct sync *s, const struct nl_msg *msg)
{
	struct sync_touched key, *found;

	if (!s->touched || !key_of(s, msg, &key))
		return false;
	HASH_FIND(hh, s->touched, &key.key, sizeof(key.key), found);
	return found;
}

static void apply(struct sync *s, const struct nl_msg *msg, bool dumped)
{
	struct iface *iface;

	switch (msg->kind) {
	case NL_LINK:
		iface = sync_iface(s, msg->link.index);
		/* What goes, dies or comes to life with a link does so without a word. */
		if (sync_link_changed(s, &msg->link, msg->deleted) && !dumped)
			s->stale = true;
		if (iface && !sync_is_made(s, iface))
			s->calls->link(s->ctx, iface, &msg->link, msg->deleted);
		if (!dumped)
			sync_bridges_settle(s);
		break;
	case NL_ADDRESS:
		sync_address_apply(s, msg);
		/* With it may go what it was the source address of, or the last of the link. */
		if (msg->deleted)
			s->stale = true;
		break;
	case NL_NEIGHBOUR:
		sync_neigh_apply(s, msg);
		break;
	case NL_ROUTE:
		sync_route_apply(s, msg, dumped);
		break;
	case NL_NEXTHOP:
		sync_nexthop_apply(s, msg, dumped);
		break;
	case NL_PORT:
		sync_link_port(s, msg);
		if (!dumped)
			sync_bridges_settle(s);
		break;
	case NL_FDB:
		sync_fdb_apply(s, msg, dumped);
		break;
	}
}

void sync_event(struct sync *s, const struct nl_msg *msg)
{
	if (s->dumping)
		touch(s, msg);
	apply(s, msg, false);
}

void sync_dump_begin(struct sync *s, bool overrun)
{
	forget_touched(s);
	s->overrun = overrun;
	s->mark++;
	s->dumping = true;
	s->sweep_family = 0;
	s->links_changed = true; /* whatever it says */
	nexthop_forget_refused(s->r->nexthops);
}

void sync_dumped(struct sync *s, const struct nl_msg *msg)
{
	if (!is_touched(s, msg))
		apply(s, msg, true);
}

void sync_settle_links(struct sync *s)
{
	sync_bridges_settle(s);
}

int sync_dump_sweep(struct sync *s)
{
	if (!s->sweep_family) {
		sync_nexthop_settle(s);
		s->sweep_family = IP4;
		s->sweep_at = (struct ip_prefix){0};
		return 1;
	}
	if (sync_route_sweep(s))
		return 1;
	sync_neigh_sweep(s);
	sync_address_sweep(s);
	sync_nexthop_sweep(s);
	sync_link_sweep(s);
	sync_fdb_sweep(s);
	/* Events say what has changed: of a state that was not known, if some were lost before. */
	if (s->overrun && s->touched)
		s->stale = true;
	forget_touched(s);
	s->dumping = false;
	return 0;
}

bool sync_take_stale(struct sync *s)
{
	bool stale = s->stale;

	s->stale = false;
	return stale;
}

/*
 * Packets that Sluice forwards do not pass through the kernel, which would so let a neighbour go
 * stale and never notice that it has left. What is in use is said to be in use; a next hop of a
 * route that is not resolved is asked for, since of several paths the kernel may use another.
 */
static void keep_alive(void *ctx, const struct nexthop *nh, bool used)
{
	struct sync *s = ctx;
	int ifindex = sync_ifindex(s, nexthop_iface(nh));
	const struct sync_neigh *neigh;

	if (ip_addr_is_unspecified(nexthop_gateway(nh)))
		return;
	neigh = sync_neigh_find(s, ifindex, nexthop_gateway(nh));
	if (neigh && (neigh->state & (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_DELAY |
				      NUD_PROBE | NUD_INCOMPLETE)))
		return;
	if (nexthop_mac(nh) ? used : s->gateways_new)
		s->calls->use(s->ctx, nexthop_iface(nh), nexthop_gateway(nh));
}

/* What was refused is not kept: the kernel has to say it once more. Neighbours are. */
static void look_for_room(struct sync *s)
{
	bool no_room = route_linux_no_room(s->r->routes, IP4) ||
		       route_linux_no_room(s->r->routes, IP6) || sync_nexthop_no_room(s);

	sync_neigh_retry(s);
	if ((s->n_full[0] && route_has_room(s->r->routes, IP4)) ||
	    (s->n_full[1] && route_has_room(s->r->routes, IP6)) ||
	    (no_room && nexthop_has_room_again(s->r->nexthops)))
		s->stale = true;
	if (s->memory_in && !--s->memory_in)
		s->stale = true;
}

void sync_keepalive(struct sync *s)
{
	look_for_room(s);
	sync_fdb_refresh(s, true);
	if (s->ticks++ % ASK_EVERY == 0)
		s->gateways_new = true;
	nexthop_take_used(s->r->nexthops, keep_alive, s);
	s->said = false;
	s->gateways_new = false;
}

void sync_go_on(struct sync *s)
{
	sync_fdb_refresh(s, false);
}

bool sync_is_followed(const struct sync *s, const struct nl_msg *msg, enum sync_object *object)
{
	switch (msg->kind) {
	case NL_LINK:
		*object = SYNC_LINKS;
		return sync_iface(s, msg->link.index);
	case NL_ADDRESS:
		*object = SYNC_ADDRESSES;
		return true;
	case NL_NEIGHBOUR:
		*object = SYNC_NEIGHBOURS;
		return sync_neigh_is_followed(s, &msg->neighbour) &&
		       sync_neigh_is_usable(msg->neighbour.state) &&
		       !sync_fdb_is_foreign(s, sync_iface(s, msg->neighbour.ifindex),
					    &msg->neighbour.mac);
	case NL_NEXTHOP:
		*object = SYNC_NEXTHOPS;
		return !msg->nexthop.fdb;
	case NL_ROUTE:
		*object = msg->route.dst.addr.family == IP4 ? SYNC_ROUTES4 : SYNC_ROUTES6;
		return sync_route_is_followed(s, &msg->route);
	case NL_PORT:
	case NL_FDB:
		return false;
	}
	return false;
}

static struct sync_count routes_count(const struct sync *s, uint8_t family)
{
	return (struct sync_count){
		.in_sluice = route_linux_count(s->r->routes, family),
		.to_kernel = route_linux_no_room(s->r->routes, family),
		.refused = s->n_refused[family == IP6],
		.full = s->n_full[family == IP6],
	};
}

void sync_counts(const struct sync *s, struct sync_count counts[SYNC_OBJECTS])
{
	struct sync_address *address, *next_address;
	struct sync_neigh *neigh, *next_neigh;

	memset(counts, 0, SYNC_OBJECTS * sizeof(*counts));
	for (unsigned i = 0; i < s->n_ifaces; i++)
		counts[SYNC_LINKS].in_sluice += s->indices[i].ifindex != 0;
	HASH_ITER (hh, s->addresses, address, next_address)
		counts[SYNC_ADDRESSES].in_sluice += sync_address_stands(s, address);
	HASH_ITER (hh, s->neighs, neigh, next_neigh)
		if (neigh->refused && sync_neigh_is_usable(neigh->state)) {
			counts[SYNC_NEIGHBOURS].refused++;
			counts[SYNC_NEIGHBOURS].full += neigh->full;
		}
	counts[SYNC_NEIGHBOURS].in_sluice = neigh_count(s->r->neighs);
	counts[SYNC_NEXTHOPS].in_sluice = HASH_COUNT(s->nexthops);
	counts[SYNC_NEXTHOPS].to_kernel = sync_nexthop_no_room(s);
	counts[SYNC_ROUTES4] = routes_count(s, IP4);
	counts[SYNC_ROUTES6] = routes_count(s, IP6);
}
