/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "device_text.h"
#include "hotplug_own.h"
#include "linux_ctl.h"
#include "log.h"
#include "nexthop_ctl.h"
#include "port_api.h"
#include "port_name.h"
#include "rcu.h"
#include "retire.h"
#include "span_ctl.h"
#include "storm.h"
#include "vlan_ctl.h"
#include "worker_ctl.h"

#define TICK_US 20000

static int check_name(const struct hotplug *h, const struct port_conf *conf, struct error *err)
{
	const struct router *r = h->r;

	if (!port_name_is_valid(conf->name, sizeof(conf->name)))
		return error_set(err, -EINVAL,
				 "'%s' is no name for a port: expected 1 to %zu letters, digits "
				 "and _.- (not 'all', no - in front)",
				 conf->name, sizeof(conf->name) - 1);
	if (iface_by_name(r->ifaces, conf->name))
		return error_set(err, -EEXIST, "there is a port '%s' already", conf->name);
	if (!r->linux_control)
		return 0;
	if (!port_name_is_netdev(conf->name))
		return error_set(err, -EINVAL, "no netdev, and so no mirror, can be called '%s'",
				 conf->name);
	/* As in the configuration: where the mirrors are beside the netdevs under ports. */
	for (unsigned i = 0; !*r->netns && i < r->ports->n; i++) {
		const struct port_conf *other = &r->ports->ports[i]->conf;

		if (port_name_is_under(other->device, conf->name))
			return error_set(err, -EEXIST,
					 "the netdev under port '%s' has the name '%s' already",
					 other->name, conf->name);
	}
	if (!*r->netns && port_name_is_under(conf->device, conf->name))
		return error_set(err, -EEXIST,
				 "its mirror cannot have the name of the netdev under it, '%s'",
				 conf->name);
	return 0;
}

static int check_device(const struct port_conf *conf, struct error *err)
{
	const char *argument = device_text_taking(conf->device, NULL, 0);

	if (argument)
		return error_set(err, -EINVAL,
				 "port %s: '%.*s' takes another device: only a bond of the "
				 "configuration has members",
				 conf->name, (int)strcspn(argument, ","), argument);
	if (rte_eth_dev_count_total() >= RTE_MAX_ETHPORTS)
		return error_set(err, -ENOSPC, "port %s: there are %u devices, no more fit",
				 conf->name, RTE_MAX_ETHPORTS);
	return 0;
}

/* Packets of a pool may wait in every port's transmit rings, and a pool is as large as the rings
 * were when it was made. What it has for packets on their way to the slow path makes up for rings
 * that are added, up to this. */
static int check_rings(const struct hotplug *h, const struct port *port, struct error *err)
{
	const struct router *r = h->r;
	unsigned room = PUNT_RING_SIZE * r->workers->n, n = (unsigned)port->n_txq * port->n_txd;

	for (unsigned i = 0; i < r->ports->n; i++)
		if (r->ports->ports[i]->added)
			n += (unsigned)r->ports->ports[i]->n_txq * r->ports->ports[i]->n_txd;
	if (n <= room)
		return 0;
	return error_set(err, -ENOSPC,
			 "port %s: with its transmit rings those of the ports that were added "
			 "could hold %u mbufs, more than the pools of the others can spare (%u): "
			 "give it fewer tx-descriptors, or put it into the configuration",
			 port->conf.name, n, room);
}

/* From here on packets can be sent by it. */
static struct iface *add_iface(struct router *r, struct port *port, struct error *err)
{
	struct iface *iface = port_iface_add(port, r->ifaces, err);

	if (!iface)
		return NULL;
	worker_set_clear_iface(r->workers, iface->id);
	worker_set_clear_storm(r->workers, port->id);
	worker_set_tx_port(r->workers, port, iface->id);
	for (unsigned i = 0; i < r->ports->n; i++)
		worker_set_chains(r->workers, r->ports->ports[i]);
	return iface;
}

/* No worker polls the port: nobody sends to it either when this returns, and nothing finds it. */
static void leave(struct hotplug *h, struct port *port, struct iface *iface,
		  struct retired *retired)
{
	struct router *r = h->r;

	port->gone = true;
	storm_forget(r->storms, port->id);
	worker_set_gone(r->workers, port);
	span_iface_gone(r->span, iface);
	nexthop_iface_set_usable(r->nexthops, iface, false);
	if (r->linux_ctl)
		linux_port_del(r->linux_ctl, iface);
	retired_begin(r, retired, iface);
}

/* What is needed to take the interface out again is there before it. */
static int attach(struct hotplug *h, struct port *port, struct error *err)
{
	struct router *r = h->r;
	struct retired *retired = retired_new(r);
	struct iface *iface;
	int ret = 0;

	if (!retired)
		return error_set(err, -ENOMEM, "port %s: out of memory", port->conf.name);
	iface = add_iface(r, port, err);
	if (!iface) {
		free(retired);
		return -ENOSPC;
	}
	if (r->linux_ctl)
		ret = linux_port_add(r->linux_ctl, iface, err);
	if (!ret)
		ret = worker_add_port(r->workers, port, iface->id, NULL, 0, err);
	if (ret)
		leave(h, port, iface, retired);
	else
		free(retired);
	return ret;
}

/* Its transmit rings too may fill with clones and headers. The larger pool stays when it goes. */
static int grow_small(struct router *r, struct error *err)
{
	for (unsigned slot = 0; slot < RTE_MAX_NUMA_NODES; slot++) {
		struct rte_mempool *old;

		if (port_pool_grow_small(r->ports, slot, r->workers->n, &old, err))
			return -ENOMEM;
		if (!old)
			continue;
		worker_set_small(r->workers, r->ports);
		if (port_pool_retire(r->ports, old))
			log_err("out of memory: a pool of mbufs is lost");
	}
	return 0;
}

/* The port is probed. */
static int bring_up(struct hotplug *h, struct port *port, struct error *err)
{
	struct router *r = h->r;
	int ret = check_rings(h, port, err);

	if (!ret)
		ret = port_pool_own(r->ports, port, r->workers->n, err);
	if (!ret)
		ret = grow_small(r, err);
	if (!ret)
		ret = port_start(port, r->workers->n, err);
	return ret ? ret : attach(h, port, err);
}

/* Ports that come and go fast must not pile up pools. Beside this thread only workers put mbufs
 * back, but for the mirrors' thread: where that is, the timer sees to it. */
static void reclaim_pools(struct router *r)
{
	if (r->linux_ctl || !r->ports->retired)
		return;
	port_pools_sweep(r->ports, r->rcu);
	rcu_synchronize(r->rcu);
	port_pools_sweep(r->ports, r->rcu);
}

int hotplug_add(struct hotplug *h, const struct port_conf *conf, struct error *err)
{
	struct router *r = h->r;
	struct port *port;
	int ret = check_name(h, conf, err);

	watch_poll(h);
	reclaim_pools(r);
	if (!ret)
		ret = check_device(conf, err);
	if (!ret)
		ret = port_probe(r->ports, conf, r->workers->n, err);
	if (ret)
		return ret;
	port = r->ports->ports[r->ports->n - 1];
	ret = bring_up(h, port, err);
	if (ret) {
		port_del(r->ports, port);
		return ret;
	}
	port_stats_clear(port);
	log_info("port %s: added, %s, %u queue(s), MTU %u", conf->name, conf->device, port->n_rxq,
		 port->mtu);
	if (h->on_add)
		h->on_add(h->on_add_ctx, iface_by_name(r->ifaces, conf->name));
	return 0;
}

int hotplug_del(struct hotplug *h, const char *name, struct error *err)
{
	struct router *r = h->r;
	struct port *port = port_by_name(r->ports, name);
	struct iface *iface = iface_named(r->ifaces, name, err);
	struct vlan_leaving *vlans;
	struct retired *retired;
	int ret;

	if (!iface || !port)
		return -ENODEV;
	retired = retired_new(r);
	vlans = vlan_leaving_new(r, iface);
	if (retired && vlans)
		ret = worker_del_port(r->workers, port, err);
	else
		ret = error_set(err, -ENOMEM, "port %s: out of memory", name);
	if (ret) {
		vlan_leaving_free(vlans);
		free(retired);
		return ret;
	}
	/* Nothing fails from here on. */
	if (r->linux_ctl)
		linux_vlans_del(r->linux_ctl, iface);
	vlan_leave(r, iface, vlans);
	leave(h, port, iface, retired);
	log_info("port %s: taken away", port->conf.name);
	port_del(r->ports, port);
	retired_poll(h->r);
	return 0;
}

void hotplug_poll(struct hotplug *h)
{
	watch_poll(h);
	retired_poll(h->r);
	port_pools_sweep(h->r->ports, h->r->rcu);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	hotplug_poll(ctx);
}

struct hotplug *hotplug_create(struct event_base *base, struct router *r, struct error *err)
{
	const struct timeval tick = {.tv_usec = TICK_US};
	struct hotplug *h = calloc(1, sizeof(*h));

	if (!h)
		goto no_memory;
	h->r = r;
	pthread_mutex_init(&h->lock, NULL);
	h->timer = event_new(base, -1, EV_PERSIST, on_timer, h);
	if (!h->timer || event_add(h->timer, &tick))
		goto no_memory;
	watch_start(h);
	return h;
no_memory:
	hotplug_destroy(h);
	error_set(err, -ENOMEM, "out of memory");
	return NULL;
}

void hotplug_on_add(struct hotplug *h, void (*fn)(void *ctx, const struct iface *port), void *ctx)
{
	h->on_add = fn;
	h->on_add_ctx = ctx;
}

void hotplug_destroy(struct hotplug *h)
{
	if (!h)
		return;
	watch_stop(h);
	if (h->timer)
		event_free(h->timer);
	retired_free_all(h->r);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
