/* SPDX-License-Identifier: BSD-3-Clause */
/* Sessions are made and ended while workers forward: span.h tells in which order. */
#include "span_ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_malloc.h>

#include "log.h"
#include "rcu.h"
#include "span.h"

static const char *const directions[] = {[SPAN_RX] = "rx", [SPAN_TX] = "tx", [SPAN_BOTH] = "both"};

struct span {
	struct iface_table *ifaces;
	struct rcu *rcu;
	struct worker **workers; /* by id; NULL: not there */
	unsigned n_workers;
	struct span_conf conf[SPAN_MAX]; /* from NULL: no such session */
	struct span_counters cleared[SPAN_MAX];
	uint64_t tx[RTE_MAX_ETHPORTS]; /* the sessions of what is sent, by ethdev port id */
	/* Workers read these. */
	uint64_t rx[IFACE_MAX];
	struct span_session sessions[SPAN_MAX];
};

struct span *span_create(struct iface_table *ifaces, struct rcu *rcu, unsigned n_workers)
{
	struct span *span = calloc(1, sizeof(*span));

	if (!span)
		return NULL;
	span->ifaces = ifaces;
	span->rcu = rcu;
	span->n_workers = n_workers;
	span->workers = calloc(n_workers, sizeof(*span->workers));
	if (!span->workers) {
		free(span);
		return NULL;
	}
	return span;
}

void span_destroy(struct span *span)
{
	if (!span)
		return;
	free(span->workers);
	free(span);
}

static void publish_tx(const struct span *span, uint16_t port)
{
	for (unsigned i = 0; i < span->n_workers; i++)
		if (span->workers[i])
			__atomic_store_n(&span->workers[i]->tx[port].mirrors, span->tx[port],
					 __ATOMIC_RELEASE);
}

void span_attach(struct span *span, struct worker *w)
{
	w->span->sessions = span->sessions;
	w->span->rx = span->rx;
	w->tx_tap = &span_tap;
	span->workers[w->id] = w;
	for (uint16_t port = 0; port < RTE_MAX_ETHPORTS; port++)
		publish_tx(span, port);
}

static struct span_counters sum_of(const struct span *span, int session)
{
	struct span_counters sum = {0};

	for (unsigned i = 0; i < span->n_workers; i++) {
		const struct span_queue *q;

		if (!span->workers[i])
			continue;
		q = &span->workers[i]->span->queues[session];
		sum.mirrored += stat_read(&q->mirrored);
		sum.sampled_out += stat_read(&q->sampled_out);
		sum.dropped += stat_read(&q->dropped);
	}
	return sum;
}

/* -1: there is none. */
static int find(const struct span *span, const struct iface *from, const struct iface *to)
{
	for (int i = 0; i < SPAN_MAX; i++)
		if (span->conf[i].from == from && span->conf[i].to == to)
			return i;
	return -1;
}

static int find_free(const struct span *span)
{
	return find(span, NULL, NULL);
}

static int check(const struct span *span, const struct span_conf *c, struct error *err)
{
	if (c->from->kind != IFACE_PORT || c->to->kind != IFACE_PORT)
		return error_set(err, -EINVAL, "mirror from %s to %s: %s is not a port",
				 c->from->name, c->to->name,
				 c->from->kind != IFACE_PORT ? c->from->name : c->to->name);
	if (c->from == c->to)
		return error_set(err, -EINVAL, "%s cannot be mirrored to itself", c->from->name);
	if (!c->sample || c->sample > SPAN_SAMPLE_MAX)
		return error_set(err, -EINVAL, "sample %u: expected 1 to %u", c->sample,
				 SPAN_SAMPLE_MAX);
	if (find(span, c->from, c->to) >= 0)
		return error_set(err, -EEXIST, "%s is mirrored to %s already", c->from->name,
				 c->to->name);
	if (find_free(span) < 0)
		return error_set(err, -ENOSPC, "there are %u mirrors, no more fit", SPAN_MAX);
	return 0;
}

/* The first frame is taken, whatever a session before had counted up to: no worker knows of this
 * one yet. */
static void begin(struct span *span, int session)
{
	for (unsigned i = 0; i < span->n_workers; i++)
		if (span->workers[i])
			span->workers[i]->span->queues[session].skip = 0;
}

int span_add(struct span *span, const struct span_conf *c, struct error *err)
{
	int ret = check(span, c, err), i = find_free(span);
	uint64_t bit;

	if (ret)
		return ret;
	bit = UINT64_C(1) << i;
	span->conf[i] = *c;
	span->cleared[i] = sum_of(span, i);
	begin(span, i);
	span->sessions[i] =
		(struct span_session){.sample = c->sample, .port = c->to->port, .iface = c->to->id};
	if (c->direction & SPAN_RX) {
		__atomic_store_n(&span->rx[c->from->id], span->rx[c->from->id] | bit,
				 __ATOMIC_RELEASE);
		iface_fwd_flag(&span->ifaces->fwd[c->from->id], IFACE_FWD_SPAN, true);
	}
	if (c->direction & SPAN_TX) {
		span->tx[c->from->port] |= bit;
		publish_tx(span, c->from->port);
	}
	return 0;
}

/* Sessions of the mask end. */
static void end(struct span *span, uint64_t sessions)
{
	if (!sessions)
		return;
	for (uint16_t iface = 0; iface < IFACE_MAX; iface++) {
		if (!(span->rx[iface] & sessions))
			continue;
		__atomic_store_n(&span->rx[iface], span->rx[iface] & ~sessions, __ATOMIC_RELAXED);
		iface_fwd_flag(&span->ifaces->fwd[iface], IFACE_FWD_SPAN, span->rx[iface]);
	}
	for (uint16_t port = 0; port < RTE_MAX_ETHPORTS; port++) {
		if (!(span->tx[port] & sessions))
			continue;
		span->tx[port] &= ~sessions;
		publish_tx(span, port);
	}
	rcu_synchronize(span->rcu);
	for (; sessions; sessions &= sessions - 1)
		span->conf[__builtin_ctzll(sessions)] = (struct span_conf){0};
}

int span_del(struct span *span, const struct iface *from, const struct iface *to, struct error *err)
{
	int i = find(span, from, to);

	if (i < 0)
		return error_set(err, -ENOENT, "%s is not mirrored to %s", from->name, to->name);
	end(span, UINT64_C(1) << i);
	return 0;
}

void span_iface_gone(struct span *span, const struct iface *iface)
{
	uint64_t sessions = 0;

	for (int i = 0; i < SPAN_MAX; i++) {
		const struct span_conf *c = &span->conf[i];

		if (!c->from || (c->from != iface && c->to != iface))
			continue;
		sessions |= UINT64_C(1) << i;
		log_info("mirror from %s to %s: ended, as %s is gone", c->from->name, c->to->name,
			 iface->name);
	}
	end(span, sessions);
}

int span_next(const struct span *span, int after, struct span_conf *conf,
	      struct span_counters *counters)
{
	int i = after + 1;

	while (i < SPAN_MAX && !span->conf[i].from)
		i++;
	if (i >= SPAN_MAX)
		return -1;
	*conf = span->conf[i];
	*counters = sum_of(span, i);
	counters->mirrored -= span->cleared[i].mirrored;
	counters->sampled_out -= span->cleared[i].sampled_out;
	counters->dropped -= span->cleared[i].dropped;
	return i;
}

void span_clear(struct span *span)
{
	for (int i = 0; i < SPAN_MAX; i++)
		span->cleared[i] = sum_of(span, i);
}

const char *span_direction_print(enum span_direction direction)
{
	return directions[direction];
}

enum span_direction span_direction_parse(const char *text)
{
	for (unsigned i = SPAN_RX; i < RTE_DIM(directions); i++)
		if (!strcmp(text, directions[i]))
			return (enum span_direction)i;
	return 0;
}
