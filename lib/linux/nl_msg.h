/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What rtnetlink(7) says, as plain structs: links, addresses, neighbours, routes and next hop
 * objects, each from one message. Pure: no socket, no table, no allocation that outlives the call.
 *
 * A message that is cut short, contradicts itself or is of a kind that nobody asked for is refused
 * with -EINVAL; attributes that are not known are skipped. Context: any thread.
 */
#ifndef SLUICE_NL_MSG_H
#define SLUICE_NL_MSG_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>

#include "addr.h"

#define NL_NAME_LEN  16
#define NL_ALIAS_LEN 256
#define NL_HOPS_MAX  256 /* of a route; of a group of next hop objects */

#define NL_VLANS 4096

enum nl_kind { NL_LINK, NL_ADDRESS, NL_NEIGHBOUR, NL_ROUTE, NL_NEXTHOP, NL_PORT, NL_FDB };

/* What the kernel says of a bridge's port (IFLA_BRPORT_*). */
struct nl_brport {
	uint8_t state; /* BR_STATE_* */
	bool hairpin, learning, flood, mcast_flood, bcast_flood, isolated;
	bool locked; /* only hosts with an entry may send (802.1X) */
};

enum nl_link_type { NL_LINK_OTHER, NL_LINK_VLAN, NL_LINK_BRIDGE };

struct nl_link {
	int index;
	char name[NL_NAME_LEN];
	char alias[NL_ALIAS_LEN]; /* IFLA_IFALIAS, cut; "" without */
	struct mac_addr mac;
	bool has_mac;
	uint32_t mtu; /* 0: not said */
	bool up;      /* IFF_UP: the administrator's will */
	bool carrier; /* IFF_LOWER_UP */
	bool running; /* IFF_RUNNING: up, and routes know of its carrier */
	int master;   /* IFLA_MASTER: of a bridge, bond, VRF; 0: none */
	int parent;   /* IFLA_LINK; 0: none, or in another namespace */
	enum nl_link_type type;
	uint16_t vlan_id;   /* 1 to 4094; of a VLAN, else 0 */
	uint16_t tpid;      /* of a VLAN, or that of a bridge's VLANs: 0x8100, 0x88a8; else 0 */
	uint32_t ageing_cs; /* of a bridge: 1/100 s; 0: nothing is kept */
	bool vlan_filtering;
	uint16_t default_pvid; /* 0: none */
	bool stp;
	bool has_brport; /* it is a port of a bridge, and the message says how */
	struct nl_brport brport;
};

/* What AF_BRIDGE says of a port of a bridge, or of the bridge itself. */
struct nl_port {
	int index;
	int master;      /* the bridge; of the bridge itself: its own index; 0: not said */
	bool has_brport; /* not of the bridge itself */
	struct nl_brport brport;
	uint16_t pvid;                                          /* 0: none */
	uint64_t vlans[NL_VLANS / 64], untagged[NL_VLANS / 64]; /* bit by VLAN id */
};

/* An entry of a bridge's forwarding database. */
struct nl_fdb {
	int ifindex; /* of the port, or of the bridge: its own address */
	int master;  /* the bridge */
	struct mac_addr mac;
	uint16_t vid;   /* 0: none */
	uint16_t state; /* NUD_PERMANENT: local, NUD_NOARP: static, else dynamic */
	bool ext_learned, sticky;
};

struct nl_address {
	int ifindex;
	/* IFA_LOCAL if there is one, else IFA_ADDRESS; with host bits. Of a point-to-point link
	 * with the peer outside of the address' own prefix, the length is that of a host. */
	struct ip_prefix addr;
	uint8_t protocol; /* IFA_PROTO, 0 without */
	bool tentative;   /* IPv6: duplicate address detection is under way, or has failed */
};

struct nl_neighbour {
	int ifindex;
	struct ip_addr addr;
	uint16_t state; /* NUD_* */
	struct mac_addr mac;
	bool has_mac;
	uint8_t protocol; /* NDA_PROTOCOL, 0 without */
};

/* One next hop of a route, or of a next hop object. */
struct nl_hop {
	int ifindex; /* 0: none (a blackhole's) */
	bool has_gateway;
	struct ip_addr gateway; /* perhaps of another family than the route: RTA_VIA, RFC 8950 */
	uint32_t weight;        /* 1 to 256 */
	bool dead;              /* RTNH_F_DEAD: its link is down, or has gone */
	bool linkdown;          /* RTNH_F_LINKDOWN: it has no carrier, which may not matter */
	bool encap;             /* RTA_ENCAP: the kernel puts something around the packet */
};

struct nl_route {
	struct ip_prefix dst;
	struct ip_prefix src;   /* IPv6: for packets from there alone; length 0: for all */
	struct ip_addr prefsrc; /* RTA_PREFSRC; family 0: none */
	uint32_t table;
	uint8_t tos;
	uint8_t type; /* RTN_* */
	uint8_t protocol;
	uint32_t metric; /* RTA_PRIORITY, 0 without */
	uint32_t nh_id;  /* RTA_NH_ID; 0: none. The kernel may list the hops beside it. */
	bool cloned;     /* a cached exception, not a route of the table */
	uint32_t mtu;    /* RTAX_MTU, 0 without: forwarded packets are held to it (Linux 5.10) */
	unsigned n_hops; /* 0: none; always of a blackhole, unreachable, prohibit or throw route */
	struct nl_hop hops[NL_HOPS_MAX];
};

struct nl_nexthop_member {
	uint32_t id;
	uint32_t weight; /* 1 to 256; larger ones (Linux 6.12) come in proportion */
};

struct nl_nexthop {
	uint32_t id;
	uint8_t family; /* IP4, IP6; 0 of a group */
	bool blackhole;
	bool fdb;           /* NHA_FDB: of VXLAN, no route has it */
	struct nl_hop hop;  /* unless blackhole or group: zero */
	unsigned n_members; /* of a group, else 0 */
	struct nl_nexthop_member members[NL_HOPS_MAX];
};

struct nl_msg {
	enum nl_kind kind;
	bool deleted; /* RTM_DEL... */
	uint16_t
		flags; /* nlmsg_flags: NLM_F_REPLACE, NLM_F_APPEND, NLM_F_CREATE, NLM_F_MULTI ... */
	union {
		struct nl_link link;
		struct nl_address address;
		struct nl_neighbour neighbour;
		struct nl_route route;
		struct nl_nexthop nexthop;
		struct nl_port port;
		struct nl_fdb fdb;
	};
};

/*
 * Parse one message; the buffer holds at least nlh->nlmsg_len bytes (the caller has checked that
 * with mnl_nlmsg_ok()) and is aligned to 4. Of the arrays in *msg only what is used is written; on
 * an error *msg is undefined.
 *
 * 0; -EINVAL: malformed, also a prefix with host bits, or more hops than NL_HOPS_MAX; -ENOENT:
 * nothing for us: another family (MPLS, multicast routing), a netdev's own list of addresses,
 * another kind of message, a proxy neighbour, an IPv6 route for some sources only (`from`), a group
 * of an unknown type.
 */
int nl_msg_parse(const struct nlmsghdr *nlh, struct nl_msg *msg);

#endif
