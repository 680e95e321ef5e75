/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The upkeep of the workers' tables: at each tick, and between requests as long as there is work,
 * what the readers have let go of is freed and what has become scattered is moved together, a slice
 * of about a millisecond at a time. Context: control thread.
 */
#ifndef SLUICE_UPKEEP_H
#define SLUICE_UPKEEP_H

struct event_base;
struct router;
struct upkeep;

/* Begins; the router's tables stand. NULL: no memory. */
struct upkeep *upkeep_create(struct event_base *base, struct router *r);

/* NULL is allowed. */
void upkeep_destroy(struct upkeep *upkeep);

#endif
