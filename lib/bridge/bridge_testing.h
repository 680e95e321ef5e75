/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of bridges have in common: the tables, four ports, a worker that no lcore runs, an
 * event loop. Context: the test's thread. */
#ifndef SLUICE_BRIDGE_TESTING_H
#define SLUICE_BRIDGE_TESTING_H

#include <event2/event.h>

#include "bridge_own.h"
#include "forward_testing.h"

#define TESTING_ETHERTYPE 0x88b5

struct testing_bridges {
	struct testing_tables *tables;
	struct router r;
	struct bridge_table *t;
	struct event_base *base;
	struct worker *w;
};

static inline struct testing_bridges *testing_bridges_create(uint32_t limit_fdb)
{
	struct testing_bridges *f = calloc(1, sizeof(*f));

	f->tables = testing_tables_create(64);
	f->r.rcu = f->tables->rcu;
	f->r.ifaces = f->tables->ifaces;
	f->r.nexthops = f->tables->nexthops;
	f->t = f->r.bridges = bridge_table_create(&f->r, limit_fdb, -1);
	f->base = event_base_new();
	f->w = testing_worker_create(64);
	assert_true(f->t && f->base);
	f->w->ifaces = f->r.ifaces->fwd;
	f->w->numa_node = SOCKET_ID_ANY;
	assert_int_equal(bridge_table_start(f->t, f->base, &f->w, 1, NULL), 0);
	return f;
}

static inline void testing_bridges_destroy(struct testing_bridges *f)
{
	testing_worker_destroy(f->w);
	bridge_table_destroy(f->t);
	event_base_free(f->base);
	testing_tables_destroy(f->tables);
	free(f);
}

/* For cmocka, of a group whose setup has left them in *state. */
static inline int testing_bridges_teardown(void **state)
{
	testing_bridges_destroy(*state);
	return testing_eal_teardown(state);
}

/* What the event loop would do now. */
static inline void testing_bridges_turn(struct testing_bridges *f)
{
	event_base_loop(f->base, EVLOOP_NONBLOCK);
}

static inline struct bridge *testing_bridge(struct testing_bridges *f, const char *name,
					    struct bridge_conf conf)
{
	struct error err;
	struct bridge *b = bridge_add(f->t, name, &conf, &err);

	assert_non_null(b);
	return b;
}

static inline void testing_member(struct testing_bridges *f, struct bridge *b, unsigned port)
{
	const struct bridge_member_conf conf = BRIDGE_MEMBER_DEFAULT;

	assert_int_equal(bridge_member_add(f->t, b, f->tables->p[port], &conf, NULL), 0);
}

/* As if a worker had seen it. */
static inline void testing_seen(struct testing_bridges *f, unsigned mac, uint16_t fid,
				unsigned port)
{
	const struct mac_addr addr = testing_mac(mac);
	struct rte_ether_addr ether;

	memcpy(&ether, &addr, sizeof(ether));
	learn_one(f->t, &(struct learn_report){.key = fdb_key(&ether, fid),
					       .iface = f->tables->p[port]->id});
}

/* The port that the address is behind; -1: it is not known, -2: it is the bridge's own. */
static inline int testing_behind(struct testing_bridges *f, struct bridge *b, unsigned mac,
				 uint16_t vid)
{
	const struct mac_addr addr = testing_mac(mac);
	struct bridge_entry e;

	if (!bridge_fdb_get(f->t, b, &addr, vid, &e))
		return -1;
	for (int i = 0; i < TESTING_PORTS; i++)
		if (e.iface == f->tables->p[i])
			return i;
	return -2;
}

#endif
