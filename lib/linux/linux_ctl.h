/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `control: linux`: every port has a mirror, a netdev of its name in a network namespace, and what
 * is done there with ip(8) or a routing daemon counts. This ties the parts together:
 *
 *     netns, sysctl    where the mirrors live, and that the kernel forwards there
 *     tap, mirror      the netdevs, and the thread that moves packets to and from them
 *     ingress          the kernel's hands off the netdevs under ports
 *     nl_socket        rtnetlink: listening, dumps, requests
 *     sync             what it says, applied to the tables
 *
 * Context of everything here: control thread.
 */
#ifndef SLUICE_LINUX_CTL_H
#define SLUICE_LINUX_CTL_H

#include "config.h"
#include "error.h"
#include "mirror.h"
#include "router.h"
#include "sync.h"

struct event_base;
struct linux_ctl;

/* What netlink has brought so far. */
struct linux_counters {
	uint64_t messages;  /* events */
	uint64_t malformed; /* not understood, skipped */
	uint64_t overruns;  /* times that the kernel had to drop events */
	uint64_t resyncs;   /* dumps of everything that came to their end, but for the first */
};

/* Make the mirrors, put the configuration's addresses, neighbours and routes into the kernel, and
 * take everything that the kernel has into the tables. When this returns, the tables are as Linux
 * has them. Ports and interfaces must stand; workers must not run. path: the configuration's, for
 * sentences. NULL and err; what was made for the first time stays, as after a stop. */
struct linux_ctl *linux_create(struct event_base *base, struct router *r, const struct config *cfg,
			       const char *path, struct error *err);

/* Begin to move packets and to follow events; the workers must stand, and need not run. 0 or -errno
 * and err. */
int linux_start(struct linux_ctl *l, struct error *err);

/* Stop both, and give back what sync holds of the tables. NULL is allowed. */
void linux_stop(struct linux_ctl *l);

/* After the workers and the ports have gone, whose rings hold mbufs of the mirrors. The mirrors
 * stay in their namespace, without carrier; the kernel has its netdevs back. If linux_create() has
 * failed, it has done this. NULL is allowed. */
void linux_destroy(struct linux_ctl *l);

/* The interface of a port that was added, and started: hold its netdev, make its mirror, or take it
 * over; what the configuration has for a port of this name is put there. 0 or -errno and err: to be
 * undone by linux_port_del(). */
int linux_port_add(struct linux_ctl *l, struct iface *iface, struct error *err);
/* The same of a VLAN interface of the configuration on such a port. 0; -errno and err: it is tried
 * again each second. */
int linux_iface_add(struct linux_ctl *l, struct iface *iface, struct error *err);
/* The VLAN interfaces on it are about to go: remove their mirrors, and take away those that stand
 * for netdevs of the kernel. */
void linux_vlans_del(struct linux_ctl *l, const struct iface *port);
/* Remove the mirror, and give the netdev back. Addresses and neighbours of it are out of the tables
 * when this returns; routes follow, by the next dump. */
void linux_port_del(struct linux_ctl *l, struct iface *iface);

void linux_counters(const struct linux_ctl *l, struct linux_counters *out);
void linux_counts(const struct linux_ctl *l, struct sync_count counts[SYNC_OBJECTS]);

/* Count what is in Linux after the first call, for which *ticket is 0: by a look at its tables, a
 * part of it at each call. 1: call again; 0; -errno and err. */
int linux_count(struct linux_ctl *l, uint64_t *ticket, uint64_t in_linux[SYNC_OBJECTS],
		struct error *err);

/* Of the mirror of an interface: packets to and from Linux; its interface index there, 0 while it
 * is missing. */
void linux_mirror_stats(const struct linux_ctl *l, const struct iface *iface,
			struct mirror_stats *out);
int linux_mirror_ifindex(const struct linux_ctl *l, const struct iface *iface);

#endif
