/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ports that come, go and vanish while the workers forward.
 *
 * A port that is added gets all that those of the start have before the first worker polls it. One
 * that is taken away is left by the workers first (they poll another set of queues, and drop what
 * they would send to it), then by the tables, then closed. Two things outlast it: its interface's
 * id, until no packet on its way to or from the slow path and no route has it any more, and its
 * pool, until no other port's ring holds an mbuf of it. Nobody waits for either.
 *
 * A device that vanishes takes its port down, and nothing else: it stays, as `gone`, until it is
 * taken away.
 *
 * Context of everything here: control thread.
 */
#ifndef SLUICE_HOTPLUG_H
#define SLUICE_HOTPLUG_H

#include "error.h"
#include "port_ctl.h"
#include "router.h"

struct event_base;
struct hotplug;

/* When the workers run. NULL and err. */
struct hotplug *hotplug_create(struct event_base *base, struct router *r, struct error *err);
/* Before the tables and the ports go. NULL is allowed. */
void hotplug_destroy(struct hotplug *h);

/* Call fn from now on when a port has been added, with its interface. */
void hotplug_on_add(struct hotplug *h, void (*fn)(void *ctx, const struct iface *port), void *ctx);

/* Add a port, to be polled by the workers with the fewest queues. 0; -EINVAL, -EEXIST, -ENOSPC,
 * -ENOMEM or what the device says, and err: nothing has changed. */
int hotplug_add(struct hotplug *h, const struct port_conf *conf, struct error *err);

/* Take a port away, also one of the configuration, or one that is gone, and the VLAN interfaces on
 * it. 0; -ENODEV, -ENOMEM and err: nothing has changed. */
int hotplug_del(struct hotplug *h, const char *name, struct error *err);

/* A look at what is being taken away, and whether the devices are there: what the timer does. */
void hotplug_poll(struct hotplug *h);

#endif
