/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Port mirroring (SPAN): what is received by a port, or sent by it, goes out of another one too,
 * at run time. A session leads from one port to another; several may be from one port, or to one.
 *
 * A mirrored frame is not mirrored again, so a target that is itself mirrored makes no loop, and it
 * may carry traffic of its own. Workers see a change within a burst; a session that ends is waited
 * for (one grace period). Context of all functions: control thread.
 */
#ifndef SLUICE_SPAN_CTL_H
#define SLUICE_SPAN_CTL_H

#include "error.h"
#include "iface.h"

#define SPAN_MAX        64 /* sessions */
#define SPAN_SAMPLE_MAX 1000000

struct rcu;
struct span;
struct worker;

enum span_direction { SPAN_RX = 1, SPAN_TX = 2, SPAN_BOTH = SPAN_RX | SPAN_TX };

struct span_conf {
	const struct iface *from, *to; /* ports, not the same */
	enum span_direction direction;
	uint32_t sample; /* one frame of so many, 1 to SPAN_SAMPLE_MAX */
};

/* What became of the frames of a session, summed over all workers. */
struct span_counters {
	uint64_t mirrored;    /* sent by the target */
	uint64_t sampled_out; /* left out by `sample` */
	uint64_t dropped;     /* not taken by the target's transmit queue, or no mbufs for them */
};

/* No sessions; for workers with ids below n_workers. NULL: no memory. */
struct span *span_create(struct iface_table *ifaces, struct rcu *rcu, unsigned n_workers);
/* NULL is allowed. The workers have stopped. */
void span_destroy(struct span *span);
/* The worker mirrors from now on. It has its id and transmit vectors, and does not run. */
void span_attach(struct span *span, struct worker *w);

/* Begin a session. 0; -EINVAL: not two ports, or a wrong number; -EEXIST: there is one between the
 * two; -ENOSPC: there are SPAN_MAX; and err. */
int span_add(struct span *span, const struct span_conf *conf, struct error *err);
/* End it. 0, or -ENOENT and err. */
int span_del(struct span *span, const struct iface *from, const struct iface *to,
	     struct error *err);
/* The port goes: end all sessions from and to it, and say so in the log. Nothing is sent to it any
 * more. */
void span_iface_gone(struct span *span, const struct iface *iface);

/* The session after number `after` (-1: the first), or -1. *conf and *counters: what it is and has
 * done. */
int span_next(const struct span *span, int after, struct span_conf *conf,
	      struct span_counters *counters);
/* The counters begin at zero again. */
void span_clear(struct span *span);

/* "rx", "tx" or "both"; the direction of such a word, or 0. */
const char *span_direction_print(enum span_direction direction);
enum span_direction span_direction_parse(const char *text);

#endif
