/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Read-copy-update for tables with one writer and many lock-free readers.
 *
 * The control thread is the writer: it publishes a new version with one release store, then hands
 * the old memory to rcu_defer(), AFTER the publication. The memory is freed when every reader has
 * reported a quiescent state since. A reader (a worker) loads with acquire, holds what it found
 * for one burst at most, and reports once per turn of its loop.
 *
 * The states of the readers are DPDK's rte_rcu_qsbr; the queue of deferred frees is a ring of our
 * own, because a full one has to make the writer wait, never free early and never fail.
 *
 * Context: rcu_create, rcu_destroy, rcu_defer, rcu_reclaim, rcu_synchronize: the control thread;
 * rcu_reader_*: the reader itself.
 */
#ifndef SLUICE_RCU_H
#define SLUICE_RCU_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_rcu_qsbr.h>

/* Frees what was deferred: ctx and arg as they were given to rcu_defer(). Control thread. */
typedef void (*rcu_free_fn)(void *ctx, uint64_t arg);

struct rcu {
	struct rte_rcu_qsbr *qsbr;
	struct rcu_deferred *queue; /* ring of `size` (a power of two) entries */
	uint32_t size;
	uint32_t head;  /* next to be freed */
	uint32_t tail;  /* next to be filled */
	uint64_t waits; /* times that the writer waited for room; for any thread to read */
};

/* Up to max_readers readers with ids 0 to max_readers - 1; room for queue_size (rounded up to a
 * power of two) deferred frees before the writer has to wait. NULL and errno ENOMEM. */
struct rcu *rcu_create(unsigned max_readers, unsigned queue_size);

/* Frees everything still deferred, at once: all readers must have gone. NULL is allowed. */
void rcu_destroy(struct rcu *rcu);

/* Call fn(ctx, arg) once every reader has passed a quiescent state from now on. When the queue is
 * full this waits for the readers. */
void rcu_defer(struct rcu *rcu, rcu_free_fn fn, void *ctx, uint64_t arg);

/* Free what has become free, without waiting. Returns how many stay deferred. */
unsigned rcu_reclaim(struct rcu *rcu);

/* Wait for every reader, and free all that was deferred before the call. */
void rcu_synchronize(struct rcu *rcu);

/* A grace period of the caller's own: the token of one that begins now; whether it is over, without
 * waiting: every reader has passed a quiescent state since. Context: control thread. */
static inline uint64_t rcu_grace_begin(struct rcu *rcu)
{
	return rte_rcu_qsbr_start(rcu->qsbr);
}

static inline bool rcu_grace_is_over(struct rcu *rcu, uint64_t token)
{
	return rte_rcu_qsbr_check(rcu->qsbr, token, false) == 1;
}

/* Begin and end to be waited for. */
static inline void rcu_reader_online(struct rcu *rcu, unsigned id)
{
	rte_rcu_qsbr_thread_register(rcu->qsbr, id);
	rte_rcu_qsbr_thread_online(rcu->qsbr, id);
}

static inline void rcu_reader_offline(struct rcu *rcu, unsigned id)
{
	rte_rcu_qsbr_thread_offline(rcu->qsbr, id);
	rte_rcu_qsbr_thread_unregister(rcu->qsbr, id);
}

/* The reader, which is online, holds nothing and is not waited for until it wakes. */
static inline void rcu_reader_sleep(struct rcu *rcu, unsigned id)
{
	rte_rcu_qsbr_thread_offline(rcu->qsbr, id);
}

static inline void rcu_reader_wake(struct rcu *rcu, unsigned id)
{
	rte_rcu_qsbr_thread_online(rcu->qsbr, id);
}

/* Nobody waits for the reader: it sleeps, or has not begun. Any thread. */
static inline bool rcu_reader_is_offline(const struct rcu *rcu, unsigned id)
{
	return __atomic_load_n(&rcu->qsbr->qsbr_cnt[id].cnt, __ATOMIC_RELAXED) ==
	       __RTE_QSBR_CNT_THR_OFFLINE;
}

/* The reader holds nothing it read before this call. */
static inline void rcu_reader_quiescent(struct rcu *rcu, unsigned id)
{
	rte_rcu_qsbr_quiescent(rcu->qsbr, id);
}

#endif
