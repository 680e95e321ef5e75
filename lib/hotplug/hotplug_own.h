/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of hotplug.h among themselves. Context: control thread. */
#ifndef SLUICE_HOTPLUG_OWN_H
#define SLUICE_HOTPLUG_OWN_H

#include <pthread.h>

#include "hotplug.h"
#include "iface.h"

struct event;

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
	void (*on_add)(void *ctx, const struct iface *port); /* or NULL */
	void *on_add_ctx;
	struct event *timer;
	unsigned ticks;
	bool devices_watched; /* DPDK reports devices that are removed */

	pthread_mutex_t lock;
	struct removals removals; /* with the lock held: DPDK's interrupt thread adds */
};

/* hotplug_watch.c */
void watch_start(struct hotplug *h);
void watch_stop(struct hotplug *h);
/* Take down the ports whose devices have vanished. What was said of ports that are no more is
 * forgotten: so it comes before an ethdev's id is used again. */
void watch_poll(struct hotplug *h);

#endif
