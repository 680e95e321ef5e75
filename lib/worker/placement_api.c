/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which NUMA node everything is on that packets meet: asked of the kernel page by page, not
 * repeated from what was wished for. Context: control thread.
 */
#include "placement_api.h"

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "fib4.h"
#include "fib6.h"
#include "nexthop_ctl.h"
#include "numa_place.h"
#include "route_ctl.h"
#include "router.h"
#include "worker_ctl.h"

struct counted {
	uint64_t by_node[NUMA_PLACE_MAX];
};

static void count_region(void *ctx, const struct region *region)
{
	struct counted *c = ctx;

	numa_place_count(region->base, region->in_use, c->by_node);
}

static void count_chunk(struct rte_mempool *pool, void *ctx, struct rte_mempool_memhdr *chunk,
			unsigned i)
{
	struct counted *c = ctx;

	numa_place_count(chunk->addr, chunk->len, c->by_node);
}

static json_t *node_json(int node)
{
	return node < 0 ? json_null() : json_integer(node);
}

static json_t *memory_json(const struct counted *c)
{
	json_t *memory = json_array();

	for (int i = 0; i < NUMA_PLACE_MAX; i++)
		if (c->by_node[i])
			json_array_append_new(memory,
					      json_pack("{sI si}", "bytes",
							(json_int_t)c->by_node[i], "node", i));
	return memory;
}

/* Its node, if all of it is on one. */
static json_t *only_node(const struct counted *c)
{
	int node = -1;

	for (int i = 0; i < NUMA_PLACE_MAX; i++) {
		if (!c->by_node[i])
			continue;
		if (node >= 0)
			return json_null();
		node = i;
	}
	return node_json(node);
}

static void add_memory(json_t *rows, const char *what, const char *name, const struct counted *c)
{
	json_array_append_new(rows, json_pack("{ss ss so so}", "what", what, "name", name, "node",
					      only_node(c), "memory", memory_json(c)));
}

static void add_worker(json_t *rows, const struct worker *w)
{
	struct counted c = {0};

	numa_place_count(w, sizeof(*w), c.by_node);
	numa_place_count(w->tx, RTE_MAX_ETHPORTS * sizeof(*w->tx), c.by_node);
	numa_place_count(w->punt_ring, rte_ring_get_memsize(PUNT_RING_SIZE), c.by_node);
	numa_place_count(w->inject_ring, rte_ring_get_memsize(INJECT_RING_SIZE), c.by_node);
	json_array_append_new(rows, json_pack("{ss so so so}", "what", "worker", "name",
					      json_sprintf("lcore %u", w->lcore), "node",
					      node_json(w->numa_node), "memory", memory_json(&c)));
}

static void add_queues(json_t *rows, const struct router *r, const struct worker *w)
{
	const struct worker_rxqs *rxqs = worker_rxqs(w);

	for (uint16_t i = 0; i < rxqs->n; i++) {
		const struct worker_rxq *q = &rxqs->rxq[i];
		const struct port *port = port_by_id(r->ports, q->port);
		bool far = port->numa_node >= 0 && port->numa_node != w->numa_node;

		json_array_append_new(
			rows, json_pack("{ss so so so so so sb}", "what", "queue", "name",
					json_sprintf("%s/%u", port->conf.name, q->queue), "node",
					node_json(port->numa_node), "memory", json_array(),
					"polled_by", json_sprintf("lcore %u", w->lcore),
					"lcore_node", node_json(w->numa_node), "cross_node", far));
	}
}

/* Those of mbufs: of ports, also of such that have gone, and of the mirrors. */
static void add_pool(struct rte_mempool *pool, void *rows)
{
	struct counted c = {0};

	if (pool->private_data_size < sizeof(struct rte_pktmbuf_pool_private))
		return;
	rte_mempool_mem_iter(pool, count_chunk, &c);
	add_memory(rows, "pool", pool->name, &c);
}

static void add_tables(json_t *rows, const struct router *r)
{
	struct counted ifaces = {0}, ip4 = {0}, ip6 = {0}, nexthops = {0};

	count_region(&ifaces, &r->ifaces->mem);
	fib4_regions(route_fib4(r->routes), count_region, &ip4);
	fib6_regions(route_fib6(r->routes), count_region, &ip6);
	nexthop_regions(r->nexthops, count_region, &nexthops);
	add_memory(rows, "table", "ip4", &ip4);
	add_memory(rows, "table", "ip6", &ip6);
	add_memory(rows, "table", "nexthops", &nexthops);
	add_memory(rows, "table", "interfaces", &ifaces);
}

static int cmd_placement(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;

	*result = json_array();
	for (unsigned i = 0; i < r->workers->n; i++)
		add_worker(*result, r->workers->workers[i]);
	for (unsigned i = 0; i < r->workers->n; i++)
		add_queues(*result, r, r->workers->workers[i]);
	rte_mempool_walk(add_pool, *result);
	add_tables(*result, r);
	return 0;
}

static const struct command commands[] = {
#define COMMAND COMMAND_ENTRY
#include "placement_commands.def"
#undef COMMAND
};

int placement_api_add(struct api *api, struct router *r)
{
	return api_add(api, commands, RTE_DIM(commands), r);
}
