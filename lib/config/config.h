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
#include "rate.h"
#include "route_type.h"
#include "tuning.h"

#define CONFIG_NAME_LEN     16  /* bytes of a name, with the final zero */
#define CONFIG_MAX_WORKERS  128 /* lcores 0 to 127 */
#define CONFIG_MAX_PORTS    512
#define CONFIG_MAX_MEMBERS  8    /* of one bond */
#define CONFIG_MAX_NEXTHOPS 256  /* of one route */
#define CONFIG_MAX_IFACES   1023 /* ports, interfaces and bridges together */
#define CONFIG_MAX_VID      4094
#define CONFIG_MAX_MIRRORS  64 /* from one port to another each */

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

/* A set of VLANs. */
struct config_vlans {
	uint64_t bits[(CONFIG_MAX_VID + 1) / 64 + 1]; /* VID v: bit v % 64 of word v / 64 */
};

static inline bool config_has_vlan(const struct config_vlans *set, uint16_t vid)
{
	return set->bits[vid / 64] >> vid % 64 & 1;
}

/* Whose tags: at the places of the words of `protocol`. */
enum config_protocol { CONFIG_8021Q, CONFIG_8021AD };

/* How many frames that a bridge floods a port may bring; per_s 0: as many as come. */
struct config_storm {
	struct rate broadcast, unknown_unicast, multicast;
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
	struct config_storm storm;
};

/* A VLAN interface. Its parent may stand behind it in config.interfaces. */
struct config_interface {
	int line;
	char name[CONFIG_NAME_LEN];
	char parent[CONFIG_NAME_LEN]; /* a port, a bridge, or an interface whose parent is one */
	uint16_t vlan;                /* 1 to CONFIG_MAX_VID; with the parent's protocol one key */
	enum config_protocol protocol;
	uint16_t mtu; /* bytes of the IP packet; 0: the parent's */
	struct mac_addr mac;
	bool has_mac; /* false: the parent's */
	struct ip_prefix *addresses;
	unsigned n_addresses;
};

/* A member of a bridge: a port or a VLAN interface, without addresses. */
struct config_member {
	int line;
	char port[CONFIG_NAME_LEN];
	bool isolated; /* no frame goes from one isolated member to another */
	bool learning;
	bool flood, mcast_flood, bcast_flood; /* unknown unicast, multicast, broadcast go to it */
	uint32_t max_macs;                    /* that it may learn; 0: no limit of its own */
	/* Where the bridge has VLANs; what the file leaves out is already filled in. */
	uint16_t access;           /* its only VLAN, untagged; 0: it is a trunk */
	uint16_t native;           /* of what comes untagged, and goes so; 0: none */
	struct config_vlans vlans; /* that it has, with the native one */
	struct config_vlans trunk; /* as given */
	bool has_trunk, has_native;
};

struct config_fdb {
	int line;
	char port[CONFIG_NAME_LEN]; /* a member of the bridge */
	struct mac_addr mac;        /* unicast */
	uint16_t vlan;              /* 0: the bridge has none */
	bool sticky;                /* it ages, but does not move; else it does neither */
};

struct config_bridge {
	int line;
	char name[CONFIG_NAME_LEN];
	struct config_member *members;
	unsigned n_members;
	uint16_t mtu; /* 0: the smallest of the members */
	struct mac_addr mac;
	bool has_mac; /* false: the first member's */
	struct ip_prefix *addresses;
	unsigned n_addresses;
	uint32_t ageing_s;         /* 0: what is learned stays */
	uint32_t max_macs;         /* that it may learn; 0: no limit of its own */
	bool vlan_aware;           /* it has `vlans` */
	struct config_vlans vlans; /* all that it has, with the native one */
	uint16_t native;           /* of the bridge's own interface; 0: none */
	enum config_protocol protocol;
	struct config_fdb *fdb;
	unsigned n_fdb;
};

enum config_direction { CONFIG_RX, CONFIG_TX, CONFIG_BOTH };

struct config_mirror {
	int line;
	char (*from)[CONFIG_NAME_LEN]; /* ports, each once */
	unsigned n_from;
	char to[CONFIG_NAME_LEN]; /* another port */
	enum config_direction direction;
	uint32_t sample; /* one frame of so many */
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
	struct config_interface *interfaces;
	unsigned n_interfaces;
	struct config_bridge *bridges;
	unsigned n_bridges;
	struct config_mirror *mirrors;
	unsigned n_mirrors;
	struct config_route *routes;
	unsigned n_routes;
	struct config_neighbour *neighbours;
	unsigned n_neighbours;
	struct config_punt *punts;
	unsigned n_punts;
	struct config_limits limits;
};

/* What ports, VLAN interfaces and bridges have in common. The pointers are into the config. */
struct config_l3 {
	int line;
	const char *name; /* CONFIG_NAME_LEN bytes */
	const struct ip_prefix *addresses;
	unsigned n_addresses;
	const uint16_t *mtu;
	const struct mac_addr *mac; /* NULL: the file has none */
};

/* How many of them there are, and the i-th: the ports first, then interfaces, then bridges, each in
 * the order of the file. */
unsigned config_l3_count(const struct config *cfg);
struct config_l3 config_l3(const struct config *cfg, unsigned i);

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
