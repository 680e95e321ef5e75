/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ports: DPDK's ethdevs under the names of the configuration, from probe to close, with the pools
 * that their packets live in. The ports of the start share a pool for each NUMA node; one that is
 * added later has a pool of its own, which goes with it, as soon as no other port holds mbufs of it
 * any more. Context of everything here: control thread.
 */
#ifndef SLUICE_PORT_CTL_H
#define SLUICE_PORT_CTL_H

#include <rte_ethdev.h>
#include <rte_spinlock.h>

#include "addr.h"
#include "error.h"
#include "iface.h"
#include "port_tune.h"

/* What the operator asked for; 0 stands for "the default". */
struct port_conf {
	char name[IFACE_NAME_LEN];
	const char *device;   /* DPDK device arguments: a PCI address or a vdev */
	char *const *members; /* of a bond: devices too */
	unsigned n_members;   /* at most PORT_MEMBERS_MAX */
	bool has_mac;
	struct mac_addr mac;
	uint16_t mtu; /* bytes of IP packet */
	uint16_t rx_queues;
	struct tuning tuning;
};

#define PORT_MEMBERS_MAX 8

struct rcu;

struct port {
	struct port_conf conf;
	char *device;  /* conf.device */
	uint16_t id;   /* ethdev port id */
	int numa_node; /* -1: none in particular */
	uint16_t n_rxq;
	uint16_t n_txq;
	uint16_t n_rxd;
	uint16_t n_txd;
	uint16_t mtu;
	uint16_t mtu_max; /* as at the start: what its rings and mbufs hold */
	struct mac_addr mac;
	bool rx_interrupts; /* of each receive queue are wanted, as far as the device has them */
	bool started;
	bool added;    /* while workers run; its pool is its own */
	bool gone;     /* nobody polls it or sends to it */
	bool vanished; /* likewise, as its device is not there: it must not be asked for anything */
	struct rte_ether_addr device_mac;   /* before it got the configuration's */
	bool mac_set;                       /* and has to be given back */
	bool promiscuous;                   /* made so here, as it needs it itself */
	bool open;                          /* likewise, as what is on it does: port_filter.h */
	bool filter_said;                   /* that the device did not do so, since it did */
	bool no_segments;                   /* cannot send chained mbufs */
	bool no_sharing;                    /* cannot send shared ones: see port_quirks.h */
	uint8_t tx_check;                   /* enum tx_check, by these two */
	uint16_t members[PORT_MEMBERS_MAX]; /* ethdev port ids of a bond's */
	struct rte_eth_dev_info member_info[PORT_MEMBERS_MAX]; /* before it took them in */
	bool member_vanished[PORT_MEMBERS_MAX];                /* and it has been said */
	unsigned n_members;
	char *bond_device;       /* with its members; NULL: it has none */
	uint8_t bond_mode;       /* BONDING_MODE_..., if it has members */
	uint16_t bond_preferred; /* ethdev port id of the member named primary; UINT16_MAX: none */
	uint64_t rx_offloads;
	uint64_t tx_offloads;
	rte_spinlock_t *tx_locks; /* one a queue, when workers share queues; else NULL */
	struct port_tune tune;
	struct rte_eth_dev_info info;
	struct rte_mempool *pool;     /* of its node, or its own */
	struct rte_eth_stats cleared; /* what stood at the last `clear stats` */
	struct rte_eth_stats shown;   /* at the last `show port stats` */
	uint64_t shown_tsc;
};

/* A pool whose port has gone. */
struct port_pool_retired {
	struct port_pool_retired *next;
	struct rte_mempool *pool;
	bool whole;     /* all mbufs were back at the last look, when */
	uint64_t token; /* this grace period began */
	unsigned n;     /* and so many were in the pool itself, not in the caches of lcores */
};

struct port_table {
	struct port **ports; /* in the order of the configuration, then as they were added */
	unsigned n;
	bool rx_interrupts; /* ports that are probed want them: there are workers that wait */
	struct rte_mempool *pools[RTE_MAX_NUMA_NODES]; /* by node; the last for "any" */
	unsigned mbufs, mbuf_size;                     /* as for port_pools_create() */
	bool chains;     /* a port receives chained mbufs: all must send them */
	bool replicates; /* the configuration has what makes chains of shared mbufs */
	struct rte_mempool *small[RTE_MAX_NUMA_NODES]; /* likewise: for clones and headers */
	unsigned n_own;                                /* pools of their own that there ever were */
	struct port_pool_retired *retired;
	const struct preset_set *presets; /* of drivers, for ports to come; NULL: there are none */
	bool mbuf_size_given;             /* by the configuration */
};

struct port_table *port_table_create(void);
/* Stops and closes every port, frees the pools. NULL is allowed. */
void port_table_destroy(struct port_table *t);

/* Probe the device and learn what it can. On error nothing of it stays. 0 or -errno and err. */
int port_probe(struct port_table *t, const struct port_conf *conf, unsigned n_workers,
	       struct error *err);

/* One pool of mbufs for each NUMA node that has ports. mbufs: in each pool, 0: as many as queues,
 * rings and caches can hold; mbuf_size: bytes of data room in each, the headroom included, 0: what
 * the largest MTU needs. */
int port_pools_create(struct port_table *t, unsigned n_workers, unsigned mbufs, unsigned mbuf_size,
		      struct error *err);

/* The small mbufs (replicate.h) for a worker of a NUMA node: of that node if a port is there, else
 * of another. */
struct rte_mempool *port_pool_small(const struct port_table *t, int numa_node);

/* The small mbufs of a slot of t->small suffice for the transmit rings of all ports that are there;
 * if they did not, there is another pool for them, and *old is the one before, to be retired when
 * no worker allocates from it any more; else NULL. With t->mbufs there are never more than these.
 * 0, or -ENOMEM and err: they are as they were. */
int port_pool_grow_small(struct port_table *t, unsigned slot, unsigned n_workers,
			 struct rte_mempool **old, struct error *err);

/* A pool of whole frames: of the start, which stays whatever ports go, or of a port that is there.
 * NULL: there is neither. */
struct rte_mempool *port_pool_any(const struct port_table *t);

/* The pool of a port that is added: conf, n_workers, t->mbufs, t->mbuf_size say how large. A
 * retired one that fits is taken over. t->chains may become true. 0 or -errno and err. */
int port_pool_own(struct port_table *t, struct port *port, unsigned n_workers, struct error *err);
/* Nothing is allocated from the pool any more: free it when all its mbufs are back, by
 * port_pools_sweep(), to be called now and then. -ENOMEM: it stays. rcu: its readers are all
 * threads with a cache that free mbufs, but for the caller. */
int port_pool_retire(struct port_table *t, struct rte_mempool *pool);
void port_pools_sweep(struct port_table *t, struct rcu *rcu);

/* All retired ones, when no port is left. */
void port_pools_free(struct port_table *t);

/* Stop and close it, which no worker polls or sends to, and forget it. */
void port_del(struct port_table *t, struct port *port);

/* Configure the queues and start. */
int port_start(struct port *port, unsigned n_workers, struct error *err);

/* The interface of a started port, which is up, with what the device does with tags. NULL and err.
 */
struct iface *port_iface_add(const struct port *port, struct iface_table *t, struct error *err);

struct port *port_by_name(const struct port_table *t, const char *name);
struct port *port_by_id(const struct port_table *t, uint16_t id);
/* The port whose the ethdev is: its own, or that of a member. */
struct port *port_of_ethdev(const struct port_table *t, uint16_t id);

#endif
