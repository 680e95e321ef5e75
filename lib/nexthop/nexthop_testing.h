/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of everything above next hops share: an RCU variable, four interfaces and the
 * table of next hops. Context: the test's thread.
 */
#ifndef SLUICE_NEXTHOP_TESTING_H
#define SLUICE_NEXTHOP_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nexthop_ctl.h"
#include "rcu.h"

#define TESTING_PORTS      4
#define TESTING_IFACES_MAX 16           /* that there can be */
#define TESTING_ID(port)   ((port) + 1) /* of the interface */

struct testing_tables {
	struct rcu *rcu;
	struct iface_table *ifaces;
	struct iface *p[TESTING_PORTS]; /* "p0" to "p3": id 1 to 4, port 10 to 13, MTU 1500 */
	struct nexthop_table *nexthops;
};

/* Room for max_neighbours resolved next hops; up to 4 readers. */
struct testing_tables *testing_tables_create(uint32_t max_neighbours);
void testing_tables_destroy(struct testing_tables *t);

/* The last act of a reader thread. It is no longer waited for, but rcu_reader_offline() is left to
 * the main thread after it joined: unregistering happens in a library that is not ours, where
 * ThreadSanitizer does not see that it orders what the reader did before what the writer does. */
void testing_reader_done(struct rcu *rcu, unsigned id);

/* How many more next hops can be resolved before the table is full. */
unsigned testing_room(struct testing_tables *t);

struct ip_addr testing_addr(const char *text);
struct ip_prefix testing_prefix(const char *text);
/* 02:00:00:00:hh:ll of a number. */
struct mac_addr testing_mac(unsigned number);

/* The adjacency that a packet with this hash meets behind the group, and its index. */
const struct adj *testing_adj(const struct nexthop_table *t, uint32_t group, uint32_t hash);
uint32_t testing_adj_index(const struct nexthop_table *t, uint32_t group, uint32_t hash);

/* Behind the group with this hash stands a rewrite to the MAC address of this number. */
void testing_assert_rewrite(const struct nexthop_table *t, uint32_t group, uint32_t hash,
			    unsigned mac);
void testing_assert_kind(const struct nexthop_table *t, uint32_t group, uint32_t hash,
			 enum adj_kind kind);

#endif
