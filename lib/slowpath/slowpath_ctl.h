/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The slow path of `control: none`: takes what the workers punted from their rings, lets the
 * responder answer what it can, and gives the answers to a worker to send. What has no answer is
 * dropped as no_control; an answer that finds no mbufs or no room in the worker's ring, as
 * inject_full. Context of everything here: control thread.
 */
#ifndef SLUICE_SLOWPATH_CTL_H
#define SLUICE_SLOWPATH_CTL_H

#include <stdint.h>

#include "error.h"

struct event_base;
struct responder_stats;
struct router;
struct slowpath;

/* Runs by a timer of the event loop, when the loop runs. NULL and err. */
struct slowpath *slowpath_create(struct event_base *base, struct router *r, struct error *err);
/* NULL is allowed. */
void slowpath_destroy(struct slowpath *s);

/* Handle what is in the punt rings now, a bounded number from each; the answers are then in the
 * inject ring of the first worker. now_ns: a monotonic clock, nanoseconds. Returns the number of
 * packets. */
unsigned slowpath_poll(struct slowpath *s, uint64_t now_ns);

/* What the responder has counted since the last clear of the workers' counters. An answer that was
 * made counts, whether it found its way out or not (DROP_inject_full). */
void slowpath_stats(struct slowpath *s, struct responder_stats *out);

#endif
