/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What stands in the configuration file goes into the kernel, and from there into the tables, like
 * everything else. It is marked as Sluice's (NL_PROTOCOL), so that what a later file does not have
 * any more can be taken out again.
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "linux_own.h"
#include "log.h"

#define RETRIES_PER_TURN 256

static int ifindex_of(const struct linux_ctl *l, const char *port)
{
	const struct iface *iface = *port ? iface_by_name(l->r->ifaces, port) : NULL;

	return iface ? l->mirrors[iface->id].tap.ifindex : 0;
}

static uint8_t type_of(enum route_type type)
{
	static const uint8_t types[] = {
		[ROUTE_UNICAST] = RTN_UNICAST,
		[ROUTE_BLACKHOLE] = RTN_BLACKHOLE,
		[ROUTE_UNREACHABLE] = RTN_UNREACHABLE,
		[ROUTE_PROHIBIT] = RTN_PROHIBIT,
	};

	return types[type];
}

static int put_route(struct linux_ctl *l, const struct config_route *route, bool replace,
		     struct error *err)
{
	struct nl_route *want = calloc(1, sizeof(*want));
	int ret;

	if (!want)
		return error_set(err, -ENOMEM, "out of memory");
	want->dst = route->to;
	want->type = type_of(route->type);
	want->n_hops = route->n_via;
	for (unsigned i = 0; i < route->n_via; i++)
		want->hops[i] = (struct nl_hop){
			.ifindex = ifindex_of(l, route->via[i].port),
			.has_gateway = route->via[i].has_gateway,
			.gateway = route->via[i].gateway,
			.weight = route->via[i].weight,
		};
	ret = replace ? nl_route_put(l->requests, want, err) : nl_route_add(l->requests, want, err);
	free(want);
	return ret;
}

static void put_routes(struct linux_ctl *l)
{
	unsigned n = 0, first = 0;
	struct error err, why;

	for (unsigned i = 0; i < l->cfg->n_routes; i++) {
		l->waiting_routes[i] = put_route(l, &l->cfg->routes[i], true, &err);
		if (!l->waiting_routes[i])
			continue;
		if (!n++) {
			first = i;
			why = err;
		}
	}
	if (n)
		log_warn("%s:%d: Linux does not take %u route(s), the first: %s; they are tried "
			 "again when an address or a link comes",
			 l->path, l->cfg->routes[first].line, n, why.msg);
}

/* What Linux has of the prefix by then is the operator's, and stays. */
void linux_config_retry(struct linux_ctl *l)
{
	unsigned budget = RETRIES_PER_TURN;

	if (l->may_retry)
		l->retry_left = l->cfg->n_routes;
	l->may_retry = false;
	for (; l->retry_left && budget; l->retry_left--) {
		unsigned i = l->retry_at++ % l->cfg->n_routes;
		int ret;

		if (!l->waiting_routes[i])
			continue;
		budget--;
		ret = put_route(l, &l->cfg->routes[i], false, NULL);
		l->waiting_routes[i] = ret && ret != -EEXIST;
	}
}

static int put_addresses(struct linux_ctl *l, const struct config_l3 *l3, struct error *err)
{
	for (unsigned i = 0; i < l3->n_addresses; i++) {
		int ret = nl_address_put(l->requests, ifindex_of(l, l3->name), &l3->addresses[i],
					 err);

		if (ret)
			return error_prefix(err, ret, "%s:%d: Linux does not take an address",
					    l->path, l3->line);
	}
	return 0;
}

/* Of one port; NULL: of all. */
static int put_neighbours(struct linux_ctl *l, const char *port, struct error *err)
{
	for (unsigned i = 0; i < l->cfg->n_neighbours; i++) {
		const struct config_neighbour *n = &l->cfg->neighbours[i];
		int ret;

		if (port && strcmp(port, n->port))
			continue;
		ret = nl_neighbour_put(l->requests, ifindex_of(l, n->port), &n->address, &n->mac,
				       err);
		if (ret)
			return error_prefix(err, ret, "%s:%d: Linux does not take the neighbour",
					    l->path, n->line);
	}
	return 0;
}

int linux_config_put(struct linux_ctl *l, struct error *err)
{
	int ret = 0;

	l->waiting_routes = calloc(l->cfg->n_routes + 1u, sizeof(*l->waiting_routes));
	if (!l->waiting_routes)
		return error_set(err, -ENOMEM, "out of memory");
	for (unsigned i = 0; !ret && i < config_l3_count(l->cfg); i++) {
		struct config_l3 l3 = config_l3(l->cfg, i);

		ret = put_addresses(l, &l3, err);
	}
	if (!ret)
		ret = put_neighbours(l, NULL, err);
	if (!ret)
		put_routes(l);
	return ret;
}

/* What the configuration has for the interface. False: nothing. */
static bool l3_of(const struct config *cfg, const struct iface *iface, struct config_l3 *l3)
{
	for (unsigned i = 0; i < config_l3_count(cfg); i++) {
		*l3 = config_l3(cfg, i);
		if (!strcmp(l3->name, iface->name))
			return true;
	}
	return false;
}

/* Does one of the next hops leave by the interface? */
static bool is_via(const struct config_route *route, const struct config_l3 *l3)
{
	for (unsigned i = 0; i < route->n_via; i++) {
		const struct config_nexthop *via = &route->via[i];

		if (!strcmp(via->port, l3->name))
			return true;
		for (unsigned j = 0; !*via->port && j < l3->n_addresses; j++)
			if (ip_prefix_contains(&l3->addresses[j], &via->gateway))
				return true;
	}
	return false;
}

void linux_config_up(struct linux_ctl *l, const struct iface *iface)
{
	struct config_l3 l3;
	struct error err;

	if (!l3_of(l->cfg, iface, &l3))
		return; /* it was added since */
	if (put_addresses(l, &l3, &err) || put_neighbours(l, l3.name, &err))
		log_warn("%s", err.msg);
	for (unsigned i = 0; i < l->cfg->n_routes; i++)
		l->waiting_routes[i] |= is_via(&l->cfg->routes[i], &l3);
	l->may_retry = true;
}

static bool has_address(const struct linux_ctl *l, const struct nl_address *a)
{
	for (unsigned i = 0; i < config_l3_count(l->cfg); i++) {
		struct config_l3 l3 = config_l3(l->cfg, i);

		if (ifindex_of(l, l3.name) != a->ifindex)
			continue;
		for (unsigned j = 0; j < l3.n_addresses; j++)
			if (ip_prefix_equal(&l3.addresses[j], &a->addr))
				return true;
	}
	return false;
}

static bool has_neighbour(const struct linux_ctl *l, const struct nl_neighbour *n)
{
	for (unsigned i = 0; i < l->cfg->n_neighbours; i++)
		if (ifindex_of(l, l->cfg->neighbours[i].port) == n->ifindex &&
		    ip_addr_equal(&l->cfg->neighbours[i].address, &n->addr))
			return true;
	return false;
}

static bool has_route(const struct linux_ctl *l, const struct nl_route *route)
{
	for (unsigned i = 0; i < l->cfg->n_routes; i++)
		if (ip_prefix_equal(&l->cfg->routes[i].to, &route->dst))
			return true;
	return false;
}

static bool is_mirror(const struct linux_ctl *l, int ifindex)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->mirrors[i].iface && l->mirrors[i].tap.ifindex == ifindex)
			return true;
	return false;
}

static bool is_ours(const struct linux_ctl *l, const struct nl_route *route)
{
	for (unsigned i = 0; i < route->n_hops; i++)
		if (is_mirror(l, route->hops[i].ifindex))
			return true;
	/* One without a next hop may be that of another daemon in the namespace. */
	return !route->n_hops && !l->shared_ns;
}

static void look_for_others(void *ctx, const struct nl_msg *msg)
{
	struct linux_ctl *l = ctx;

	l->shared_ns |= tap_is_of_another(&msg->link, l->cfg->api);
}

static void clean_one(void *ctx, const struct nl_msg *msg)
{
	struct linux_ctl *l = ctx;
	struct error err;
	int ret = 0;

	if (msg->kind == NL_ADDRESS && msg->address.protocol == NL_PROTOCOL &&
	    is_mirror(l, msg->address.ifindex) && !has_address(l, &msg->address))
		ret = nl_address_del(l->requests, msg->address.ifindex, &msg->address.addr, &err);
	else if (msg->kind == NL_NEIGHBOUR && msg->neighbour.protocol == NL_PROTOCOL &&
		 is_mirror(l, msg->neighbour.ifindex) && !has_neighbour(l, &msg->neighbour))
		ret = nl_neighbour_del(l->requests, msg->neighbour.ifindex, &msg->neighbour.addr,
				       &err);
	else if (msg->kind == NL_ROUTE && msg->route.protocol == NL_PROTOCOL &&
		 msg->route.table == RT_TABLE_MAIN && is_ours(l, &msg->route) &&
		 !has_route(l, &msg->route))
		ret = nl_route_del(l->requests, &msg->route, &err);
	if (ret)
		log_warn("what an earlier configuration has left in Linux stays: %s", err.msg);
}

int linux_config_clean(struct linux_ctl *l, struct error *err)
{
	static const enum nl_kind kinds[] = {NL_ROUTE, NL_NEIGHBOUR, NL_ADDRESS};
	int ret = nl_dump_all(l->dumps, NL_LINK, 0, look_for_others, l, err);

	for (unsigned i = 0; !ret && i < RTE_DIM(kinds); i++)
		ret = nl_dump_all(l->dumps, kinds[i], 0, clean_one, l, err);
	return ret;
}
