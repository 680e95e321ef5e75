/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices that vanish. Drivers of NICs tell ethdev, or the bus tells EAL, in a thread of DPDK's; of
 * a netdev under a port (af_packet, af_xdp) nobody tells, so it is looked for.
 */
#include <net/if.h>
#include <string.h>

#include "hotplug_own.h"
#include "log.h"
#include "nexthop_ctl.h"
#include "worker_ctl.h"

#define TICKS_SELDOM 10 /* a fifth of a second */

/* Context: DPDK's interrupt thread. */
static int on_ethdev(uint16_t id, enum rte_eth_event_type type, void *ctx, void *ret)
{
	struct hotplug *h = ctx;

	pthread_mutex_lock(&h->lock);
	h->removed[id] = true;
	pthread_mutex_unlock(&h->lock);
	return 0;
}

/* Likewise. */
static void on_device(const char *name, enum rte_dev_event_type type, void *ctx)
{
	struct hotplug *h = ctx;

	if (type != RTE_DEV_EVENT_REMOVE)
		return;
	pthread_mutex_lock(&h->lock);
	if (h->n_names < HOTPLUG_NAMES)
		snprintf(h->names[h->n_names++], RTE_DEV_NAME_MAX_LEN, "%s", name);
	pthread_mutex_unlock(&h->lock);
}

void watch_start(struct hotplug *h)
{
	rte_eth_dev_callback_register(RTE_ETH_ALL, RTE_ETH_EVENT_INTR_RMV, on_ethdev, h);
	if (rte_dev_event_callback_register(NULL, on_device, h) || rte_dev_event_monitor_start())
		log_debug("the removal of devices is not reported");
	/* An access to the registers of one that is not there any more must not end the process. */
	else if (rte_dev_hotplug_handle_enable())
		log_debug("bus errors are not handled");
	else
		h->devices_watched = true;
}

void watch_stop(struct hotplug *h)
{
	if (h->devices_watched)
		rte_dev_hotplug_handle_disable();
	rte_dev_event_monitor_stop();
	rte_dev_event_callback_unregister(NULL, on_device, h);
	rte_eth_dev_callback_unregister(RTE_ETH_ALL, RTE_ETH_EVENT_INTR_RMV, on_ethdev, h);
}

/* Said by DPDK since the last look. */
static bool was_removed(struct hotplug *h, uint16_t id, const struct rte_eth_dev_info *info)
{
	const char *device = rte_dev_name(info->device);
	bool removed;

	pthread_mutex_lock(&h->lock);
	removed = h->removed[id];
	h->removed[id] = false;
	for (unsigned i = 0; i < h->n_names; i++)
		removed |= !strcmp(h->names[i], device);
	pthread_mutex_unlock(&h->lock);
	return removed;
}

/* A packet socket does not follow its netdev into another namespace, nor does an AF_XDP one; a TAP
 * does. */
static bool netdev_is_missing(const struct rte_eth_dev_info *info)
{
	char name[IF_NAMESIZE];

	return (!strcmp(info->driver_name, "net_af_packet") ||
		!strcmp(info->driver_name, "net_af_xdp")) &&
	       !if_indextoname(info->if_index, name);
}

/* The bond goes on without it, as far as it notices: people must know. */
static void watch_members(struct hotplug *h, struct port *port, bool seldom)
{
	for (unsigned i = 0; i < port->n_members; i++) {
		const struct rte_eth_dev_info *info = &port->member_info[i];

		if (port->member_vanished[i] || !(was_removed(h, port->members[i], info) ||
						  (seldom && netdev_is_missing(info))))
			continue;
		port->member_vanished[i] = true;
		log_warn("port %s: its member %s has vanished", port->conf.name,
			 rte_dev_name(info->device));
	}
}

static void take_down(struct hotplug *h, struct port *port)
{
	struct router *r = h->r;
	struct error err;

	if (worker_del_port(r->workers, port, &err)) {
		log_err("%s", err.msg);
		h->removed[port->id] = true; /* once more */
		return;
	}
	port->gone = port->vanished = true;
	worker_set_gone(r->workers, port);
	/* The carrier of its mirror follows the link, which is down now. */
	nexthop_iface_set_usable(r->nexthops, iface_by_name(r->ifaces, port->conf.name), false);
	log_warn("port %s: its device %s has vanished: 'port del %s' takes the port away",
		 port->conf.name, port->conf.device, port->conf.name);
}

void watch_poll(struct hotplug *h)
{
	bool seldom = h->ticks++ % TICKS_SELDOM == 0;

	for (unsigned i = 0; i < h->r->ports->n; i++) {
		struct port *port = h->r->ports->ports[i];

		if (port->gone)
			continue;
		if (was_removed(h, port->id, &port->info) ||
		    (seldom && netdev_is_missing(&port->info)))
			take_down(h, port);
		watch_members(h, port, seldom);
	}
	pthread_mutex_lock(&h->lock);
	h->n_names = 0;
	pthread_mutex_unlock(&h->lock);
}
