/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How fast our tables change: load, updates beside a reader, and the repair of a dead next hop.
 */
#ifndef SLUICE_BENCH_CHANGE_H
#define SLUICE_BENCH_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "fib4.h"
#include "fib6.h"
#include "rcu.h"
#include "routes.h"

/* A table of ours of either family. */
struct own_table {
	enum ip_family family;
	struct rcu *rcu;
	struct fib4 *fib4;
	struct fib6 *fib6;
};

struct change_result {
	double load_s;   /* of all routes, through the table API */
	bool has_reader; /* there is a second CPU; else: no pic_*, no reader_mlps */
	double pic_us;   /* from the begin of the repair to the last wrong answer; median */
	double pic_max_us;
	double updates_per_s;   /* beside a reader, if there is one */
	uint64_t bytes;         /* of the readers' part, loaded */
	uint64_t bytes_churned; /* the same after the updates */
	double reader_mlps;     /* of that reader, in the last round: wall time */
};

void own_create(struct own_table *t, enum ip_family family, uint32_t max_routes);
void own_destroy(struct own_table *t);
void own_stats(const struct own_table *t, struct fib_stats *stats);
/* Ends the program when a route is refused. nh: 0: that of the route. */
void own_load(struct own_table *t, const struct routes *routes, uint32_t nh);
void own_lookup(const struct own_table *t, uint8_t (*dst)[16], uint32_t *nh, unsigned n);
/* 0 or -errno. */
int own_add(struct own_table *t, const struct route *route, uint32_t nh);
int own_del(struct own_table *t, const struct route *route);
/* Free what readers have let go, and compact a slice of that many words if it is due. True: more is
 * due soon. */
bool own_upkeep(struct own_table *t, unsigned words);

/* Load and updates: medians of `rounds` tables. updates: for each of them. */
void change_measure(struct change_result *result, const struct routes *routes, unsigned rounds,
		    unsigned updates);

/* All routes share a group of two paths of which one dies, `repeats` times. */
void pic_measure(struct change_result *result, const struct routes *routes, unsigned repeats);

#endif
