/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Start order: the API socket first, because it says whether another daemon is there before
 * anything is touched; then DPDK, tables, ports, what fills the tables (Linux, or the
 * configuration's addresses and routes), workers.
 * Then what of its privileges the daemon does not need any more is given up, and requests are
 * served. Stop order is the reverse.
 */
#include "daemon.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include <event2/event.h>
#include <rte_cycles.h>
#include <rte_hash_crc.h>

#include "api.h"
#include "apply.h"
#include "apply_l2.h"
#include "bridge_ctl.h"
#include "eal.h"
#include "hotplug.h"
#include "linux_ctl.h"
#include "log.h"
#include "modules.h"
#include "neigh_ctl.h"
#include "nexthop_ctl.h"
#include "numa_place.h"
#include "port_ctl.h"
#include "punt.h"
#include "rcu.h"
#include "route_ctl.h"
#include "service.h"
#include "simd.h"
#include "slowpath_ctl.h"
#include "span_ctl.h"
#include "storm.h"
#include "turns.h"
#include "upkeep.h"
#include "vlan_ctl.h"
#include "worker_ctl.h"

#define RCU_QUEUE_SIZE 65536
#define OWN_PREFIXES   16384 /* of own addresses and subnets, in each family */

struct daemon {
	struct event_base *base;
	struct event *sigterm, *sigint;
	struct api *api;
	struct upkeep *upkeep;
	struct service *service;
	struct router r;
	const struct config *cfg;
	const char *path;
	struct turns turns;
	unsigned lcores[CONFIG_MAX_WORKERS];
	unsigned n_lcores;
	const struct preset_set *presets;
	enum simd simd; /* that the tables choose too */
	bool eal;
};

static void on_signal(evutil_socket_t signal, short what, void *ctx)
{
	struct daemon *d = ctx;

	log_info("stopping on signal %d", (int)signal);
	service_stopping(d->service);
	event_base_loopbreak(d->base);
}

static int start_events(struct daemon *d, const struct config *cfg, const char *path,
			struct error *err)
{
	gid_t group;

	d->base = event_base_new();
	if (!d->base)
		return error_set(err, -ENOMEM, "the event loop does not start");
	d->sigterm = evsignal_new(d->base, SIGTERM, on_signal, d);
	d->sigint = evsignal_new(d->base, SIGINT, on_signal, d);
	if (!d->sigterm || !d->sigint || event_add(d->sigterm, NULL) || event_add(d->sigint, NULL))
		return error_set(err, -ENOMEM, "signals cannot be caught");
	if (service_api_group(cfg, path, &group, err))
		return -EINVAL;
	d->api = api_create(d->base, cfg->api, group, err);
	return d->api ? 0 : -errno;
}

static int start_tables(struct daemon *d, const struct config *cfg, struct error *err)
{
	int node = numa_place_home(d->lcores, d->n_lcores);
	struct router *r = &d->r;
	/* Whatever routes there are, the router keeps its addresses and reaches its neighbours. */
	uint32_t reserve = cfg->limits.neighbours + OWN_PREFIXES;

	r->turns = &d->turns;
	r->rcu = rcu_create(d->n_lcores, RCU_QUEUE_SIZE);
	r->ports = port_table_create();
	r->ifaces = iface_table_create(IFACE_MAX - 1, node);
	if (r->rcu && r->ifaces)
		r->span = span_create(r->ifaces, r->rcu, d->n_lcores);
	if (r->rcu)
		r->nexthops = nexthop_table_create(cfg->limits.neighbours, node, r->rcu);
	if (r->nexthops && r->ifaces)
		r->bridges = bridge_table_create(r, cfg->limits.fdb, node);
	if (r->bridges)
		bridge_set_follow(r->bridges, vlan_follow);
	if (r->nexthops)
		r->routes = route_table_create(cfg->limits.routes4 + reserve,
					       cfg->limits.routes6 + reserve, node, r->nexthops,
					       r->rcu);
	if (r->routes)
		route_reserve(r->routes, reserve);
	if (r->routes)
		r->neighs = neigh_table_create(r->routes, cfg->limits.neighbours);
	if (!r->ports || !r->ifaces || !r->span || !r->bridges || !r->neighs)
		return error_set(err, -ENOMEM, "no memory for the tables (see limits)");
	r->storms = storm_table_create(r->rcu);
	if (!r->storms)
		return error_set(err, -ENOMEM, "no memory for storm control");
	r->ports->presets = d->presets;
	d->upkeep = upkeep_create(d->base, r);
	return d->upkeep ? 0 : error_set(err, -ENOMEM, "no memory for a timer");
}

static int start_workers(struct daemon *d, const struct config *cfg, const char *path,
			 struct error *err)
{
	struct policer policers[PUNT_CLASS_MAX];
	struct router *r = &d->r;
	int ret = apply_punts(cfg, path, policers, rte_get_tsc_hz(), err);

	if (ret)
		return ret;
	r->workers = worker_set_create(r, d->lcores, d->n_lcores, policers, err);
	if (!r->workers)
		return -ENOMEM;
	ret = bridge_table_start(r->bridges, d->base, r->workers->workers, r->workers->n, err);
	if (ret)
		return ret;
	apply_idle(cfg, r->workers);
	ret = apply_queues(cfg, r, err);
	if (!ret)
		ret = apply_mirrors(cfg, path, r, err);
	if (ret)
		return ret;
	if (cfg->control == CONTROL_LINUX) {
		ret = linux_start(r->linux_ctl, err);
		if (ret)
			return ret;
	} else {
		r->slowpath = slowpath_create(d->base, r, err);
		if (!r->slowpath)
			return -ENOMEM;
	}
	return worker_set_start(r->workers, err);
}

/* The tables are filled, from Linux or from the file. */
static int start_control(struct daemon *d, const struct config *cfg, const char *path,
			 struct error *err)
{
	if (cfg->control == CONTROL_NONE)
		return apply_routes(cfg, path, &d->r, err);
	d->r.linux_ctl = linux_create(d->base, &d->r, cfg, path, err);
	return d->r.linux_ctl ? 0 : -EIO;
}

/* Of the first MAC address: another on each router, the same after a restart. */
static uint32_t flow_seed(const struct port_table *ports)
{
	return rte_hash_crc_8byte(iface_mac_word(&ports->ports[0]->mac), 0);
}

/* What the file has for it. */
static void on_port(void *ctx, const struct iface *port)
{
	struct daemon *d = ctx;

	apply_l2_port(d->cfg, d->path, &d->r, port);
}

static int start(struct daemon *d, const struct config *cfg, const char *path, bool verbose,
		 struct error *err)
{
	int ret = simd_choose(&d->simd, err);

	if (!ret)
		ret = eal_choose_workers(cfg, d->lcores, &d->n_lcores, err);
	if (!ret)
		ret = start_events(d, cfg, path, err);
	if (!ret)
		ret = eal_start(cfg, d->lcores, d->n_lcores, verbose, err);
	if (ret)
		return ret;
	d->eal = true;
	ret = punt_init();
	if (ret)
		return error_set(err, ret, "no room in the mbufs for what the slow path needs");
	ret = start_tables(d, cfg, err);
	if (!ret)
		ret = apply_ports(cfg, &d->r, d->n_lcores, err);
	if (!ret)
		nexthop_set_seed(d->r.nexthops, flow_seed(d->r.ports));
	d->r.linux_control = cfg->control == CONTROL_LINUX;
	d->r.netns = cfg->netns;
	if (!ret)
		ret = apply_l2(cfg, path, &d->r, err);
	if (!ret)
		ret = start_control(d, cfg, path, err);
	if (!ret)
		ret = start_workers(d, cfg, path, err);
	if (!ret) {
		d->r.hotplug = hotplug_create(d->base, &d->r, err);
		ret = d->r.hotplug ? 0 : -ENOMEM;
	}
	if (!ret)
		hotplug_on_add(d->r.hotplug, on_port, d);
	if (!ret)
		ret = modules_api_add(d->api, &d->r, err);
	if (!ret)
		ret = service_start(d->service, d->base, &d->r, cfg, err);
	return ret;
}

static void stop(struct daemon *d)
{
	struct router *r = &d->r;

	worker_set_stop(r->workers);
	api_destroy(d->api);
	hotplug_destroy(r->hotplug);
	slowpath_destroy(r->slowpath);
	linux_stop(r->linux_ctl);
	service_stop(d->service);
	upkeep_destroy(d->upkeep);
	neigh_table_destroy(r->neighs);
	route_table_destroy(r->routes);
	bridge_table_destroy(r->bridges);
	if (r->rcu)
		rcu_synchronize(r->rcu); /* no readers any more: this frees all that was deferred */
	nexthop_table_destroy(r->nexthops);
	worker_set_destroy(r->workers);
	span_destroy(r->span);
	storm_table_destroy(r->storms);
	iface_table_destroy(r->ifaces);
	port_table_destroy(r->ports);
	linux_destroy(r->linux_ctl);
	rcu_destroy(r->rcu);
	if (d->eal)
		eal_stop();
	if (d->sigterm)
		event_free(d->sigterm);
	if (d->sigint)
		event_free(d->sigint);
	if (d->base)
		event_base_free(d->base);
}

int daemon_run(const struct config *cfg, const struct preset_set *presets, const char *path,
	       bool verbose, struct service *service, struct error *err)
{
	struct daemon d = {.cfg = cfg, .path = path, .presets = presets, .service = service};
	int ret = start(&d, cfg, path, verbose, err);

	if (!ret) {
		log_info("forwarding: %u port(s), %u worker(s), %s lookups, API on %s",
			 d.r.ports->n, d.r.workers->n, simd_name(d.simd), cfg->api);
		turns_run(d.base, &d.turns);
	}
	stop(&d);
	return ret;
}
