/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The three uses of a rtnetlink(7) socket: listen to what changes, dump what stands, ask for a
 * change. A socket belongs to the network namespace that the thread was in when it was opened.
 * Context: control thread.
 */
#ifndef SLUICE_NL_SOCKET_H
#define SLUICE_NL_SOCKET_H

#include <stdbool.h>

#include "error.h"
#include "nl_msg.h"

struct nl_socket;

/* Called with each message that nl_msg_parse() took. */
typedef void (*nl_fn)(void *ctx, const struct nl_msg *msg);

/* Listen to links, addresses, neighbours, routes of both families, next hop objects.
 * receive_buffer: bytes (SO_RCVBUFFORCE). Does not block. NULL and err. */
struct nl_socket *nl_listen(unsigned receive_buffer, struct error *err);

/*
 * Receive what has come, `max` datagrams at most. Returns the number of datagrams, 0 when nothing
 * waits; -ENOBUFS: messages were lost, listening goes on; -errno. Messages that are malformed are
 * counted in *bad and skipped.
 *
 * Once it had to drop a message, Linux drops all that follow until the socket has been emptied. So
 * -ENOBUFS is returned when nothing waits any more, after all that had come before was passed on:
 * a dump that begins then misses nothing.
 */
int nl_receive(struct nl_socket *s, unsigned max, nl_fn fn, void *ctx, uint64_t *bad);

/* A socket for dumps, or for requests: a request is refused with -EBUSY during a dump. */
struct nl_socket *nl_open(struct error *err);
void nl_close(struct nl_socket *s); /* NULL is allowed */
int nl_fd(const struct nl_socket *s);

/* Begin the dump of one kind (family IP4, IP6 or 0 for both: routes, addresses and neighbours have
 * one each). Routes of all tables come. One dump at a time: -EBUSY until nl_dump_step() has ended
 * the one before. 0 or -errno. */
int nl_dump(struct nl_socket *s, enum nl_kind kind, uint8_t family, struct error *err);

/* Go on with the dump: as nl_receive(), with max datagrams. Does not block. Returns 1: more will
 * come (poll nl_fd()); 0: it is complete (a kernel without next hop objects has none); -EINTR:
 * complete, but tables changed under it, so that it has to be repeated; -errno. */
int nl_dump_step(struct nl_socket *s, unsigned max, nl_fn fn, void *ctx, uint64_t *bad);

/* A dump from its beginning to its end, of any size at once. 0 (also when tables changed under it),
 * or -errno and err. */
int nl_dump_all(struct nl_socket *s, enum nl_kind kind, uint8_t family, nl_fn fn, void *ctx,
		struct error *err);

/*
 * Requests: sent, and the kernel's answer waited for (it is there when send() returns). 0, or the
 * kernel's -errno and in err its own words (extended ack) when it has some.
 */
#define NL_PROTOCOL 83 /* in RTA_PROTOCOL, IFA_PROTO, NDA_PROTOCOL: made by Sluice */

/* Add or change (NLM_F_CREATE | NLM_F_REPLACE). */
int nl_address_put(struct nl_socket *s, int ifindex, const struct ip_prefix *addr,
		   struct error *err);
int nl_address_del(struct nl_socket *s, int ifindex, const struct ip_prefix *addr,
		   struct error *err);
/* NUD_PERMANENT. */
int nl_neighbour_put(struct nl_socket *s, int ifindex, const struct ip_addr *addr,
		     const struct mac_addr *mac, struct error *err);
int nl_neighbour_del(struct nl_socket *s, int ifindex, const struct ip_addr *addr,
		     struct error *err);
/* It is in use: resolve it, or probe it when it is stale (NTF_USE). Not for a permanent one: Linux
 * would make it one like others. */
int nl_neighbour_use(struct nl_socket *s, int ifindex, const struct ip_addr *addr,
		     struct error *err);
/* In the main table; dst, type (RTN_*), metric, n_hops and hops of the struct count. Del takes away
 * Sluice's own only, and any hops if n_hops is 0. */
int nl_route_put(struct nl_socket *s, const struct nl_route *route, struct error *err);
/* Only if there is none with this prefix and metric: else -EEXIST. */
int nl_route_add(struct nl_socket *s, const struct nl_route *route, struct error *err);
int nl_route_del(struct nl_socket *s, const struct nl_route *route, struct error *err);

/* An entry of a bridge's forwarding database, learned outside of the kernel: added, moved or said
 * again; or deleted. */
struct nl_fdb_change {
	int ifindex;  /* of the bridge's port */
	uint16_t vid; /* 0: none */
	bool del;
	struct mac_addr mac;
};

#define NL_FDB_CHANGES 512
/* Make n changes (1 to NL_FDB_CHANGES), in their order, with one message to the kernel and without
 * an answer for each. How many it has refused; -errno and err: the message did not get there. */
int nl_fdb_change(struct nl_socket *s, const struct nl_fdb_change *changes, unsigned n,
		  struct error *err);

/* What of the link to change: members that are not wanted are left at zero. */
struct nl_link_change {
	int up; /* 1: up, -1: down */
	uint32_t mtu;
	const struct mac_addr *mac;
	const char *alias;
	uint32_t group;
};
int nl_link_set(struct nl_socket *s, int ifindex, const struct nl_link_change *change,
		struct error *err);

/* Delete all netdevs of a group (not 0), at once: the kernel waits for its readers once for all of
 * them, not for each. 0 or -errno and err. */
int nl_link_del_group(struct nl_socket *s, uint32_t group, struct error *err);

#endif
