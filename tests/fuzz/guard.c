/* SPDX-License-Identifier: BSD-3-Clause */
#include "guard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mempool.h>
#include <sanitizer/asan_interface.h>

#include "node.h"
#include "packet.h"
#include "replicate.h"

/* What is free in a pool: a stack, so that the mbuf freed last is the next in use. */
#define TAGS_LEN 8

struct guard {
	bool on;
	unsigned n;
	void *free[];
};

static int guard_alloc(struct rte_mempool *pool)
{
	pool->pool_data =
		rte_zmalloc("guard", sizeof(struct guard) + pool->size * sizeof(void *), 0);
	return pool->pool_data ? 0 : -ENOMEM;
}

static void guard_free(struct rte_mempool *pool)
{
	rte_free(pool->pool_data);
}

static int guard_enqueue(struct rte_mempool *pool, void *const *objs, unsigned n)
{
	struct guard *g = pool->pool_data;

	for (unsigned i = 0; i < n; i++) {
		if (g->on && __asan_address_is_poisoned(objs[i])) {
			fprintf(stderr, "guard: mbuf %p is freed twice\n", objs[i]);
			abort();
		}
		if (g->on)
			ASAN_POISON_MEMORY_REGION(objs[i], pool->elt_size);
		g->free[g->n++] = objs[i];
	}
	return 0;
}

static int guard_dequeue(struct rte_mempool *pool, void **objs, unsigned n)
{
	struct guard *g = pool->pool_data;

	if (n > g->n)
		return -ENOBUFS;
	for (unsigned i = 0; i < n; i++) {
		objs[i] = g->free[--g->n];
		if (g->on)
			ASAN_UNPOISON_MEMORY_REGION(objs[i], pool->elt_size);
	}
	return 0;
}

static unsigned guard_count(const struct rte_mempool *pool)
{
	const struct guard *g = pool->pool_data;

	return g->n;
}

static const struct rte_mempool_ops guard_ops = {
	.name = GUARD_OPS,
	.alloc = guard_alloc,
	.free = guard_free,
	.enqueue = guard_enqueue,
	.dequeue = guard_dequeue,
	.get_count = guard_count,
};

RTE_MEMPOOL_REGISTER_OPS(guard_ops)

void guard_pool(struct rte_mempool *pool)
{
	struct rte_mempool_cache *cache = rte_mempool_default_cache(pool, rte_lcore_id());
	struct guard *g = pool->pool_data;

	/* It stands before the operations. One that holds nothing lets every mbuf pass to them. */
	rte_mempool_cache_flush(cache, pool);
	cache->size = 0;
	cache->flushthresh = 0;
	g->on = true;
	for (unsigned i = 0; i < g->n; i++)
		ASAN_POISON_MEMORY_REGION(g->free[i], pool->elt_size);
}

void guard_packet(const struct rte_mbuf *pkt)
{
	bool first = true;

	for (; pkt; pkt = pkt->next) {
		uint8_t *buf = pkt->buf_addr, *data = buf + pkt->data_off;

		/* What others refer to stays open, as they may have more of it. */
		if (!replicate_is_shared(pkt))
			ASAN_POISON_MEMORY_REGION(buf, pkt->buf_len);
		ASAN_UNPOISON_MEMORY_REGION(data, pkt->data_len);
		/* Two more tags may be pushed in front of the packet. */
		if (first)
			ASAN_UNPOISON_MEMORY_REGION(data - RTE_MIN(pkt->data_off, TAGS_LEN),
						    RTE_MIN(pkt->data_off, TAGS_LEN));
		first = false;
	}
}

/* The next len bytes behind the first segment are about to be written, if there are as many. */
static void open_tail(const struct rte_mbuf *pkt, uint32_t len)
{
	if (len <= rte_pktmbuf_tailroom(pkt))
		ASAN_UNPOISON_MEMORY_REGION(rte_pktmbuf_mtod_offset(pkt, char *, pkt->data_len),
					    len);
}

int __real_packet_pull_up(struct rte_mbuf *pkt, uint16_t len);
int __wrap_packet_pull_up(struct rte_mbuf *pkt, uint16_t len);

int __wrap_packet_pull_up(struct rte_mbuf *pkt, uint16_t len)
{
	int ret;

	open_tail(pkt, len - pkt->data_len);
	ret = __real_packet_pull_up(pkt, len);
	guard_packet(pkt);
	return ret;
}

uint32_t __real_packet_pad(struct rte_mbuf *pkt, uint32_t len);
uint32_t __wrap_packet_pad(struct rte_mbuf *pkt, uint32_t len);

uint32_t __wrap_packet_pad(struct rte_mbuf *pkt, uint32_t len)
{
	open_tail(pkt, len - pkt->data_len);
	len = __real_packet_pad(pkt, len);
	guard_packet(pkt);
	return len;
}

void __real_packet_trim(struct rte_mbuf *pkt, uint32_t len);
void __wrap_packet_trim(struct rte_mbuf *pkt, uint32_t len);

void __wrap_packet_trim(struct rte_mbuf *pkt, uint32_t len)
{
	__real_packet_trim(pkt, len);
	guard_packet(pkt);
}

/* Where a port needs that, chains are made one segment (rte_pktmbuf_linearize(), inline). */
static void open_tails(const struct tx_vector *v, struct rte_mbuf **pkts, uint16_t n)
{
	for (uint16_t i = 0; v->no_segments && i < n; i++)
		if (!replicate_is_shared(pkts[i]))
			open_tail(pkts[i], pkts[i]->pkt_len - pkts[i]->data_len);
}

void __real_tx_flush(struct worker *w, uint16_t port);
void __wrap_tx_flush(struct worker *w, uint16_t port);

void __wrap_tx_flush(struct worker *w, uint16_t port)
{
	open_tails(&w->tx[port], w->tx[port].pkts, w->tx[port].n);
	__real_tx_flush(w, port);
}

uint16_t __real_tx_adapt(struct worker *w, const struct tx_vector *v, struct rte_mbuf **pkts,
			 uint16_t n, uint64_t *lost);
uint16_t __wrap_tx_adapt(struct worker *w, const struct tx_vector *v, struct rte_mbuf **pkts,
			 uint16_t n, uint64_t *lost);

uint16_t __wrap_tx_adapt(struct worker *w, const struct tx_vector *v, struct rte_mbuf **pkts,
			 uint16_t n, uint64_t *lost)
{
	open_tails(v, pkts, n);
	return __real_tx_adapt(w, v, pkts, n, lost);
}
