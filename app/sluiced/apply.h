/* SPDX-License-Identifier: BSD-3-Clause */
/* From the configuration to the tables. Init only, before the workers start, unless it is said.
 * Errors name file and line. */
#ifndef SLUICED_APPLY_H
#define SLUICED_APPLY_H

#include "config.h"
#include "policer.h"
#include "router.h"

struct iface;
struct worker_set;

/* Token buckets of all punt classes: the defaults, changed by the configuration. hz: tsc ticks a
 * second. 0; -EINVAL and err: there is no such reason or class. */
int apply_punts(const struct config *cfg, const char *path, struct policer *policers, uint64_t hz,
		struct error *err);

/* Probe, pool and start the ports, and make an interface of each. */
int apply_ports(const struct config *cfg, struct router *r, unsigned n_workers, struct error *err);

/* What each worker does while no packets come: before apply_queues(). */
void apply_idle(const struct config *cfg, struct worker_set *workers);

/* Spread the receive queues over the workers. */
int apply_queues(const struct config *cfg, struct router *r, struct error *err);

/* Addresses, neighbours and routes. */
int apply_routes(const struct config *cfg, const char *path, struct router *r, struct error *err);

/* The addresses and neighbours of one interface, which has none. Context: control thread, also when
 * the workers run. */
int apply_l3(const struct config *cfg, const char *path, struct iface *iface, struct router *r,
	     struct error *err);

#endif
