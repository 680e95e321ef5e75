/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices that vanish. Drivers of NICs tell ethdev, or the bus tells EAL, in a thread of DPDK's; of
 * a netdev under a port (af_packet, af_xdp) nobody tells, so it is looked for.
 */
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "hotplug_own.h"
#include "log.h"
#include "nexthop_ctl.h"
#include "port_bond.h"
#include "vlan_ctl.h"
#include "worker_ctl.h"

#define TICKS_SELDOM 10 /* a fifth of a second */

/* Context: DPDK's interrupt thread. */
static int on_ethdev(uint16_t id, enum rte_eth_event_type type, void *ctx, void *ret)
{
	struct hotplug *h = ctx;

	pthread_mutex_lock(&h->lock);
	h->removals.ethdevs[id] = true;
	pthread_mutex_unlock(&h->lock);
	return 0;
}

/* Likewise. */
static void on_device(const char *name, enum rte_dev_event_type type, void *ctx)
{
	struct removed_device *device;
	struct hotplug *h = ctx;

	if (type != RTE_DEV_EVENT_REMOVE)
		return;
	device = malloc(sizeof(*device) + strlen(name) + 1);
	if (!device) {
		log_err("out of memory: the removal of device %s goes unseen", name);
		return;
	}
	strcpy(device->name, name);
	pthread_mutex_lock(&h->lock);
	device->next = h->removals.devices;
	h->removals.devices = device;
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

static struct removals take(struct hotplug *h)
{
	struct removals taken;

	pthread_mutex_lock(&h->lock);
	taken = h->removals;
	h->removals = (struct removals){0};
	pthread_mutex_unlock(&h->lock);
	return taken;
}

static void free_devices(struct removed_device *device)
{
	while (device) {
		struct removed_device *next = device->next;

		free(device);
		device = next;
	}
}

/* -EAGAIN: the callback is being called. */
void watch_stop(struct hotplug *h)
{
	if (h->devices_watched)
		rte_dev_hotplug_handle_disable();
	rte_dev_event_monitor_stop();
	while (rte_dev_event_callback_unregister(NULL, on_device, h) == -EAGAIN)
		sched_yield();
	while (rte_eth_dev_callback_unregister(RTE_ETH_ALL, RTE_ETH_EVENT_INTR_RMV, on_ethdev, h) ==
	       -EAGAIN)
		sched_yield();
	free_devices(take(h).devices);
}

static bool was_removed(const struct removals *removals, uint16_t id,
			const struct rte_eth_dev_info *info)
{
	const char *name = rte_dev_name(info->device);
	const struct removed_device *device = removals->devices;

	while (device && strcmp(device->name, name))
		device = device->next;
	return device || removals->ethdevs[id];
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
static void watch_members(const struct removals *removals, struct port *port, bool seldom)
{
	for (unsigned i = 0; i < port->n_members; i++) {
		const struct rte_eth_dev_info *info = &port->member_info[i];

		if (port->member_vanished[i] || !(was_removed(removals, port->members[i], info) ||
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
	struct iface *iface = iface_by_name(r->ifaces, port->conf.name);
	struct error err;

	if (worker_del_port(r->workers, port, &err)) {
		log_err("%s", err.msg);
		on_ethdev(port->id, RTE_ETH_EVENT_INTR_RMV, h, NULL); /* once more */
		return;
	}
	port->gone = port->vanished = true;
	worker_set_gone(r->workers, port);
	/* The carrier of its mirror follows the link, which is down now. */
	nexthop_iface_set_usable(r->nexthops, iface, false);
	if (iface)
		vlan_follow(r, iface);
	log_warn("port %s: its device %s has vanished: 'port del %s' takes the port away",
		 port->conf.name, port->conf.device, port->conf.name);
}

void watch_poll(struct hotplug *h)
{
	bool seldom = h->ticks++ % TICKS_SELDOM == 0;
	struct removals removals = take(h);

	for (unsigned i = 0; i < h->r->ports->n; i++) {
		struct port *port = h->r->ports->ports[i];

		if (port->gone)
			continue;
		if (was_removed(&removals, port->id, &port->info) ||
		    (seldom && netdev_is_missing(&port->info)))
			take_down(h, port);
		watch_members(&removals, port, seldom);
		port_bond_poll(port);
	}
	free_devices(removals.devices);
}
