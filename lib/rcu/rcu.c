/* SPDX-License-Identifier: BSD-3-Clause */
#include "rcu.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_common.h>

struct rcu_deferred {
	uint64_t token;
	rcu_free_fn fn;
	void *ctx;
	uint64_t arg;
};

struct rcu *rcu_create(unsigned max_readers, unsigned queue_size)
{
	size_t qsbr_size = rte_rcu_qsbr_get_memsize(max_readers);
	struct rcu *rcu = calloc(1, sizeof(*rcu));

	if (!rcu)
		return NULL;
	rcu->size = rte_align32pow2(RTE_MAX(queue_size, 1u));
	rcu->queue = calloc(rcu->size, sizeof(*rcu->queue));
	rcu->qsbr = aligned_alloc(RTE_CACHE_LINE_SIZE, qsbr_size);
	if (!rcu->queue || !rcu->qsbr || rte_rcu_qsbr_init(rcu->qsbr, max_readers)) {
		free(rcu->qsbr);
		free(rcu->queue);
		free(rcu);
		errno = ENOMEM;
		return NULL;
	}
	return rcu;
}

static void free_oldest(struct rcu *rcu)
{
	struct rcu_deferred *d = &rcu->queue[rcu->head++ & (rcu->size - 1)];

	d->fn(d->ctx, d->arg);
}

void rcu_destroy(struct rcu *rcu)
{
	if (!rcu)
		return;
	while (rcu->head != rcu->tail)
		free_oldest(rcu);
	free(rcu->qsbr);
	free(rcu->queue);
	free(rcu);
}

unsigned rcu_reclaim(struct rcu *rcu)
{
	/* Tokens stand in the queue in rising order: stop at the first that is not acknowledged. */
	while (rcu->head != rcu->tail &&
	       rte_rcu_qsbr_check(rcu->qsbr, rcu->queue[rcu->head & (rcu->size - 1)].token, false))
		free_oldest(rcu);
	return rcu->tail - rcu->head;
}

void rcu_defer(struct rcu *rcu, rcu_free_fn fn, void *ctx, uint64_t arg)
{
	struct rcu_deferred *d;

	if (rcu->tail - rcu->head == rcu->size && rcu_reclaim(rcu) == rcu->size) {
		__atomic_store_n(&rcu->waits, rcu->waits + 1, __ATOMIC_RELAXED);
		rte_rcu_qsbr_check(rcu->qsbr, rcu->queue[rcu->head & (rcu->size - 1)].token, true);
		rcu_reclaim(rcu);
	}
	d = &rcu->queue[rcu->tail++ & (rcu->size - 1)];
	*d = (struct rcu_deferred){
		.token = rte_rcu_qsbr_start(rcu->qsbr), .fn = fn, .ctx = ctx, .arg = arg};
}

void rcu_synchronize(struct rcu *rcu)
{
	/* rte_rcu_qsbr_synchronize() does the same inside DPDK's library, where TSan sees no order.
	 */
	rte_rcu_qsbr_check(rcu->qsbr, rte_rcu_qsbr_start(rcu->qsbr), true);
	rcu_reclaim(rcu);
}
