/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of hotplug.h among themselves. Context: control thread. */
#ifndef SLUICE_HOTPLUG_OWN_H
#define SLUICE_HOTPLUG_OWN_H

#include <pthread.h>

#include "addr.h"
#include "hotplug.h"
#include "iface.h"

struct event;

/* How far the rings of a worker had been filled when the interface went. */
struct retired_rings {
	uint32_t punted, injected;
};

/* An interface whose id may still be somewhere. */
struct retired {
	struct retired *next;
	struct iface *iface;
	bool tables;                  /* addresses and neighbours are out of them */
	bool routes;                  /* static ones too */
	struct ip_prefix at;          /* of the routes, how far */
	bool drained;                 /* the rings have passed */
	struct retired_rings rings[]; /* by worker */
};

struct removed_device {
	struct removed_device *next;
	char name[];
};

/* What DPDK has said since the last look. */
struct removals {
	bool ethdevs[RTE_MAX_ETHPORTS];
	struct removed_device *devices;
};

struct hotplug {
	struct router *r;
	struct event *timer;
	unsigned ticks;
	struct retired *retired;
	bool devices_watched; /* DPDK reports devices that are removed */

	pthread_mutex_t lock;
	struct removals removals; /* with the lock held: DPDK's interrupt thread adds */
};

/* hotplug_retire.c */
/* To be freed where retired_begin() does not take it. NULL: no memory. */
struct retired *retired_new(const struct hotplug *h);
/* Nobody sends by the interface any more: take it out of the tables, and wait. */
void retired_begin(struct hotplug *h, struct retired *retired, struct iface *iface);
void retired_poll(struct hotplug *h);
void retired_free_all(struct hotplug *h);

/* hotplug_watch.c */
void watch_start(struct hotplug *h);
void watch_stop(struct hotplug *h);
/* Take down the ports whose devices have vanished. What was said of ports that are no more is
 * forgotten: so it comes before an ethdev's id is used again. */
void watch_poll(struct hotplug *h);

#endif
