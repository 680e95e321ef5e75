/* SPDX-License-Identifier: BSD-3-Clause */
#include "apply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address_ctl.h"
#include "log.h"
#include "neigh_ctl.h"
#include "port_ctl.h"
#include "stats.h"
#include "worker_ctl.h"

int apply_punts(const struct config *cfg, const char *path, struct policer *policers, uint64_t hz,
		struct error *err)
{
	for (int i = 0; i < PUNT_CLASS_MAX; i++)
		policer_init(&policers[i], punt_info[i].rate_pps, punt_info[i].burst, hz);
	for (unsigned i = 0; i < cfg->n_punts; i++) {
		const struct config_punt *p = &cfg->punts[i];
		bool found = false;

		for (int j = 0; j < PUNT_CLASS_MAX; j++) {
			if (strcmp(p->reason, punt_info[j].reason_name) ||
			    (*p->class_ && strcmp(p->class_, punt_info[j].class_name)))
				continue;
			policer_init(&policers[j], p->rate_pps, p->burst, hz);
			found = true;
		}
		if (found)
			continue;
		return error_set(err, -EINVAL, "%s:%d: punts[%u]: there is no %s%s%s", path,
				 p->line, i, p->reason, *p->class_ ? "/" : "", p->class_);
	}
	return 0;
}

/* One of the workers waits for interrupts. */
static bool wants_interrupts(const struct config *cfg)
{
	bool wants = !cfg->n_workers && cfg->idle == IDLE_MODE_INTERRUPT;

	for (unsigned i = 0; i < cfg->n_workers; i++)
		wants |= cfg->workers[i].idle == IDLE_MODE_INTERRUPT;
	return wants;
}

void apply_idle(const struct config *cfg, struct worker_set *workers)
{
	for (unsigned i = 0; i < workers->n; i++)
		worker_set_idle(workers, i, cfg->n_workers ? cfg->workers[i].idle : cfg->idle);
}

int apply_ports(const struct config *cfg, struct router *r, unsigned n_workers, struct error *err)
{
	int ret;

	r->ports->rx_interrupts = wants_interrupts(cfg);
	r->ports->replicates = cfg->n_mirrors || cfg->n_bridges;
	for (unsigned i = 0; i < cfg->n_ports; i++) {
		const struct config_port *p = &cfg->ports[i];
		struct port_conf conf = {
			.device = p->device,
			.members = p->members,
			.n_members = p->n_members,
			.has_mac = p->has_mac,
			.mac = p->mac,
			.mtu = p->mtu,
			.rx_queues = p->queues,
			.tuning = p->tuning,
		};

		memcpy(conf.name, p->name, sizeof(conf.name));
		ret = port_probe(r->ports, &conf, n_workers, err);
		if (ret)
			return ret;
	}
	ret = port_pools_create(r->ports, n_workers, cfg->mbufs, cfg->mbuf_size, err);
	for (unsigned i = 0; !ret && i < r->ports->n; i++) {
		struct port *port = r->ports->ports[i];

		ret = port_start(port, n_workers, err);
		if (!ret && !port_iface_add(port, r->ifaces, err))
			ret = -ENOMEM;
	}
	return ret;
}

int apply_queues(const struct config *cfg, struct router *r, struct error *err)
{
	for (unsigned i = 0; i < r->ports->n; i++) {
		const struct port *port = r->ports->ports[i];
		const struct config_port *p = &cfg->ports[i];

		int ret = worker_add_port(r->workers, port, iface_by_name(r->ifaces, p->name)->id,
					  p->workers, p->n_workers, err);

		if (ret)
			return ret;
	}
	return 0;
}

static int apply_addresses(const struct config_l3 *l3, struct iface *iface, struct router *r,
			   struct error *err)
{
	int ret = 0;

	for (unsigned i = 0; !ret && i < l3->n_addresses; i++)
		ret = address_add(r->routes, r->ifaces, iface, &l3->addresses[i], err);
	return ret;
}

/* Of one interface; NULL: of all. */
static int apply_neighbours(const struct config *cfg, const char *path, const struct iface *of,
			    struct router *r, struct error *err)
{
	for (unsigned i = 0; i < cfg->n_neighbours; i++) {
		const struct config_neighbour *n = &cfg->neighbours[i];
		struct iface *iface = iface_by_name(r->ifaces, n->port);
		int ret;

		if (of && iface != of)
			continue;
		ret = neigh_set(r->neighs, iface, &n->address, &n->mac, err);
		if (ret)
			return error_prefix(err, ret, "%s:%d", path, n->line);
	}
	return 0;
}

int apply_l3(const struct config *cfg, const char *path, struct iface *iface, struct router *r,
	     struct error *err)
{
	for (unsigned i = 0; i < config_l3_count(cfg); i++) {
		struct config_l3 l3 = config_l3(cfg, i);
		int ret;

		if (strcmp(l3.name, iface->name) != 0)
			continue;
		ret = apply_addresses(&l3, iface, r, err);
		if (ret)
			return error_prefix(err, ret, "%s:%d", path, l3.line);
	}
	return apply_neighbours(cfg, path, iface, r, err);
}

static int apply_route(const struct config_route *route, const char *path, struct router *r,
		       struct error *err)
{
	struct route_hop hops[CONFIG_MAX_NEXTHOPS];
	int ret;

	for (unsigned i = 0; i < route->n_via; i++) {
		const struct config_nexthop *via = &route->via[i];

		hops[i] = (struct route_hop){
			.has_gateway = via->has_gateway,
			.gateway = via->gateway,
			.iface = *via->port ? iface_by_name(r->ifaces, via->port) : NULL,
			.weight = via->weight,
		};
	}
	if (route->type != ROUTE_UNICAST)
		return route_static_set(r->routes, &route->to, route->type, NULL, 0, err);
	ret = route_static_want(r->routes, &route->to, hops, route->n_via, err);
	if (ret > 0)
		log_warn("%s:%d: %d of %u next hops wait for an address whose subnet holds them",
			 path, route->line, ret, route->n_via);
	return RTE_MIN(ret, 0);
}

int apply_routes(const struct config *cfg, const char *path, struct router *r, struct error *err)
{
	int ret = 0;

	for (unsigned i = 0; !ret && i < config_l3_count(cfg); i++) {
		struct config_l3 l3 = config_l3(cfg, i);

		ret = apply_addresses(&l3, iface_by_name(r->ifaces, l3.name), r, err);
	}
	if (ret)
		return error_prefix(err, ret, "%s", path);
	ret = apply_neighbours(cfg, path, NULL, r, err);
	if (ret)
		return ret;
	for (unsigned i = 0; i < cfg->n_routes; i++) {
		ret = apply_route(&cfg->routes[i], path, r, err);
		if (ret)
			return error_prefix(err, ret, "%s:%d", path, cfg->routes[i].line);
	}
	return 0;
}
