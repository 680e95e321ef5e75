/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of linux_ctl.h among themselves. Context: control thread. */
#ifndef SLUICE_LINUX_OWN_H
#define SLUICE_LINUX_OWN_H

#include "iface.h"
#include "ingress.h"
#include "isolation.h"
#include "linux_ctl.h"
#include "mirror.h"
#include "netns.h"
#include "nl_socket.h"
#include "port_ctl.h"
#include "sync.h"
#include "tap.h"

struct event;

/* The mirror of a port, or of a VLAN interface or a bridge of the configuration. */
struct linux_mirror {
	struct port *port; /* NULL: of another kind */
	struct iface *iface;
	struct tap tap;           /* fd -1: it is missing */
	bool seen;                /* by the present dump */
	bool gone;                /* to be made anew */
	struct mac_addr told_mac; /* that the TAP has, and MTU and carrier, as far as is known */
	uint32_t told_mtu;
	bool told_carrier;
};

/* The kernel's dumps that make one of everything, in this order. */
#define LINUX_DUMPS          8
#define LINUX_DUMPS_PER_TURN 8 /* datagrams: of 32 KiB, with some hundred routes each */

struct linux_dump_kind {
	enum nl_kind kind;
	uint8_t family;
};

extern const struct linux_dump_kind linux_dumps[LINUX_DUMPS];

/* A count of what Linux has (linux_count.c). */
struct linux_count {
	struct nl_socket *socket; /* NULL: none is under way */
	unsigned step;            /* of the dumps */
	uint64_t last_ticket;
	uint64_t counts_for, counted_for; /* tickets up to this: the one under way; the last one */
	uint64_t sums[SYNC_OBJECTS], result[SYNC_OBJECTS];
};

enum linux_dump_state { DUMP_NONE, DUMP_RUNS, DUMP_SWEEPS };

struct linux_ctl {
	struct event_base *base;
	struct router *r;
	const struct config *cfg;
	const char *path;
	struct netns ns;
	bool has_ns;
	bool shared_ns; /* with another daemon */
	struct ingress *ingress;
	struct isolation *isolation;
	bool no_isolation; /* it cannot be had, which has been said */
	struct linux_fdb *fdb;
	struct linux_mirror *mirrors;      /* by interface id; iface NULL: no mirror */
	const struct tap_netdevs *netdevs; /* at the start; else NULL */
	unsigned n;                        /* as many interfaces as there can be */
	struct mirror_set *set;
	bool running;
	struct sync *sync;
	struct nl_socket *events, *dumps, *requests;
	struct event *on_events, *on_more, *on_step, *on_tick, *on_second;
	struct linux_counters counters;
	enum linux_dump_state dump;
	unsigned dump_step;  /* which of the dumps runs */
	unsigned dump_tries; /* of this one: it was interrupted */
	bool overrun;        /* events were lost since the last one began */
	bool dump_again;     /* it has to be repeated */
	bool dump_interrupted;
	struct linux_count count;
	uint64_t dump_begun_ns;
	uint64_t dump_not_before_ns; /* the next one, monotonic clock */
	bool settled;                /* what was on its way has passed, in this batch of messages */
	bool *waiting_routes;        /* of the configuration: the kernel has not taken it yet */
	bool may_retry;              /* an address or a link has come */
	unsigned retry_at, retry_left; /* routes of the configuration: the next one, and how many */
	unsigned ticks;
};

/* linux_ctl.c */
/* A socket in the namespace. NULL, errno and err. */
struct nl_socket *linux_nl_open(struct linux_ctl *l, struct error *err);
/* The mirrors' mbufs are right for the ports there are now. 0 or -errno and err. */
int linux_fit_set(struct linux_ctl *l, struct error *err);
/* The kernel does not act on what comes in by the netdev under a port, if there is one; and again
 * it does. */
int linux_hold_netdev(struct linux_ctl *l, const struct port *port, struct error *err);
void linux_release_netdev(struct linux_ctl *l, const struct port *port);

/* linux_port.c */
int linux_mirrors_create(struct linux_ctl *l, struct error *err);
void linux_mirrors_close(struct linux_ctl *l);
/* Let the mirrors follow their interfaces; make anew what was deleted. */
void linux_mirrors_poll(struct linux_ctl *l);
/* What the kernel says of a mirror: sync_calls.link. */
void linux_mirror_link(void *ctx, struct iface *iface, const struct nl_link *link, bool deleted);
/* Before and after a dump: a mirror that it does not name is gone. */
void linux_mirrors_unseen(struct linux_ctl *l);
void linux_mirrors_check(struct linux_ctl *l);

/* linux_follow.c */
/* A new TAP is up, and has the interface's MTU. 0 or -errno and err. */
int linux_follow_bring_up(struct linux_ctl *l, struct linux_mirror *m, struct error *err);
/* Mirror and interface agree from now on: the carrier is set. */
void linux_follow_begin(struct linux_ctl *l, struct linux_mirror *m);
/* Next hops by the interface, a bridge that it is in, and VLANs on it follow whether it can be
 * used.
 */
void linux_follow_usable(struct linux_ctl *l, struct linux_mirror *m);
/* The mirror, which stands, follows the interface; seldom: in what is dear to ask, too. */
void linux_follow_iface(struct linux_ctl *l, struct linux_mirror *m, bool seldom);
/* The interface follows what the kernel says of its mirror. */
void linux_follow_link(struct linux_ctl *l, struct linux_mirror *m, const struct nl_link *link);
/* The MAC address or MTU of a bridge, or whether it runs, has changed. */
void linux_follow_bridge(struct linux_ctl *l, struct iface *iface);

/* linux_fdb.c */
int linux_fdb_create(struct linux_ctl *l, struct error *err);
void linux_fdb_destroy(struct linux_ctl *l);
/* sync_calls.fdb_leftover */
void linux_fdb_leftover(void *ctx, const struct nl_fdb *fdb);
/* sync_calls.fdb_is_echo */
bool linux_fdb_is_echo(void *ctx, const struct nl_fdb *fdb);
/* sync_calls.fdb_put_back */
bool linux_fdb_put_back(void *ctx, const struct nl_fdb *fdb, int ifindex);
/* All events that the kernel has sent until now have been read, or are lost. */
void linux_fdb_heard(struct linux_ctl *l);

/* linux_dump.c */
/* The first dump, to its end. 0 or -errno and err. */
int linux_dump_all(struct linux_ctl *l, struct error *err);
/* A dump is needed: it begins when the one that runs is over, and not at once after it. */
void linux_dump_want(struct linux_ctl *l);
/* Begin one if it is needed and time. */
void linux_dump_poll(struct linux_ctl *l);
/* Read all that the kernel has sent until now. False: some is left, this turn has no time for it.
 */
bool linux_dump_hear(struct linux_ctl *l);
int linux_dump_start_events(struct linux_ctl *l);

/* linux_count.c */
void linux_count_stop(struct linux_ctl *l);

/* linux_config.c */
/* Addresses, neighbours and routes of the configuration into the kernel. */
int linux_config_put(struct linux_ctl *l, struct error *err);
/* The interface has come up: the kernel has forgotten what it takes away from a link that is down.
 */
void linux_config_up(struct linux_ctl *l, const struct iface *iface);
/* What an earlier configuration has put there, and this one does not have, goes. */
int linux_config_clean(struct linux_ctl *l, struct error *err);
/* Try some of the routes again that the kernel did not take, if something has come that may help.
 */
void linux_config_retry(struct linux_ctl *l);

#endif
