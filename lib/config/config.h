/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The configuration file, CONFIG_PATH (by default /etc/sluice/sluice.yaml), as a plain struct.
 *
 * A file is taken whole or refused whole, before anything is touched: nothing here starts, opens or
 * changes anything, so that `sluiced --check` can use it too. The sentence of a refusal has
 * FILE:LINE:COLUMN, the path of the value (`ports[0].mtu`), what was found and what was expected.
 *
 * What is in a struct config has been checked: names exist, addresses are unicast, prefixes have no
 * host bits, nothing is there twice. What only the machine or the PMD can know (lcores, devices,
 * queues) is left to the daemon, which has `line` for its own sentence.
 *
 * The caller owns the struct and frees it with config_free(). Context: any thread except workers.
 */
#ifndef SLUICE_CONFIG_H
#define SLUICE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "addr.h"
#include "config_path.h"
#include "error.h"
#include "idle_mode.h"
#include "route_type.h"
#include "tuning.h"

#define CONFIG_NAME_LEN     16  /* bytes of a name, with the final zero */
#define CONFIG_MAX_WORKERS  128 /* lcores 0 to 127 */
#define CONFIG_MAX_PORTS    512
#define CONFIG_MAX_MEMBERS  8   /* of one bond */
#define CONFIG_MAX_NEXTHOPS 256 /* of one route */

#define CONFIG_API_GROUP "sluice" /* that may connect, where the file names none and it exists */

/* Who fills the tables: Linux, into which this file's addresses, routes and neighbours are put too;
 * or this file and the client. */
enum config_control { CONTROL_LINUX, CONTROL_NONE };

struct config_worker {
	int line;
	unsigned lcore;
	enum idle_mode idle; /* that of config.idle where the file says nothing else */
	bool has_idle;
};

struct config_port {
	int line; /* in the file, from 1 */
	char name[CONFIG_NAME_LEN];
	char *device;   /* PCI address or DPDK's devargs of a virtual device */
	char **members; /* devices that the device, a bond, is made of */
	unsigned n_members;
	uint16_t mtu;    /* bytes of the IP packet; 0: the device's own */
	uint16_t queues; /* 0: the daemon chooses */
	struct tuning tuning;
	struct mac_addr mac;
	bool has_mac;
	unsigned *workers; /* lcores, of those in config.workers */
	unsigned n_workers;
	struct ip_prefix *addresses; /* with their host bits */
	unsigned n_addresses;
};

struct config_nexthop {
	int line;
	struct ip_addr gateway;
	bool has_gateway;           /* false: on-link, and port is not empty */
	char port[CONFIG_NAME_LEN]; /* "": the one whose subnet holds the gateway */
	uint16_t weight;            /* 1 to 256 */
};

struct config_route {
	int line;
	struct ip_prefix to; /* no host bits */
	enum route_type type;
	char port[CONFIG_NAME_LEN]; /* already given to the next hops that named none */
	struct config_nexthop *via; /* at least one if the type is unicast, else none */
	unsigned n_via;
};

struct config_neighbour {
	int line;
	struct ip_addr address;
	char port[CONFIG_NAME_LEN];
	struct mac_addr mac;
};

/* The rate limit of what is punted for a reason, or of one class within it. */
struct config_punt {
	int line;
	char reason[CONFIG_NAME_LEN];
	char class_[CONFIG_NAME_LEN]; /* "": none named */
	uint32_t rate_pps;
	uint32_t burst; /* packets */
};

/* Sizes of the tables, in entries. */
struct config_limits {
	uint32_t routes4, routes6, neighbours, fdb;
};

struct config {
	struct config_worker *workers; /* lcores that forward */
	unsigned n_workers;            /* 0: the daemon chooses one */
	enum idle_mode idle;
	enum config_control control;
	char *netns; /* CONTROL_LINUX: of the mirrors: a name as in `ip netns`, a path when it has a
		      * slash; "": the daemon's own */
	uint32_t netlink_receive_buffer; /* bytes; CONTROL_LINUX; 0: the daemon chooses */
	char *api;                       /* path of the unix socket, fits into sun_path */
	char *api_group;   /* name or number of the group that may connect; NULL: none named */
	char *drivers_cfg; /* directory of the drivers' presets; NULL: the installed one */
	bool hugepages;
	unsigned memory_mib; /* 0: as much as is needed */
	unsigned mbufs;      /* of each pool; 0: the daemon computes it */
	unsigned mbuf_size;  /* bytes of data room with the headroom; 0: computed */
	char **eal_args;
	unsigned n_eal_args;
	struct config_port *ports;
	unsigned n_ports;
	struct config_route *routes;
	unsigned n_routes;
	struct config_neighbour *neighbours;
	unsigned n_neighbours;
	struct config_punt *punts;
	unsigned n_punts;
	struct config_limits limits;
};

/* Read and check the regular file at path into cfg, whose old content is not looked at. 0, or with
 * a sentence in err: -EINVAL (refused), -ENOMEM, or -errno of opening and reading; cfg is then
 * empty. */
int config_load(const char *path, struct config *cfg, struct error *err);

/* The same from an open, seekable file, which stays open; name stands for it in sentences. */
int config_parse(FILE *file, const char *name, struct config *cfg, struct error *err);

/* Whether a DPDK that is built for so many ports (RTE_MAX_ETHPORTS) has room for those of cfg.
 * path: of its file, for the sentence. 0, or -ENOSPC and err. */
int config_fits(const struct config *cfg, const char *path, unsigned ports_max, struct error *err);

/* Free what cfg holds and empty it. An empty one is allowed. */
void config_free(struct config *cfg);

#endif
