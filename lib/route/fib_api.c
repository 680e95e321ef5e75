/* SPDX-License-Identifier: BSD-3-Clause */
/* What users ask of the forwarding tables. Context: control thread. */
#include "fib_api.h"

#include <rte_common.h>

#include "fib4.h"
#include "fib6.h"
#include "rcu.h"
#include "route_ctl.h"
#include "router.h"

static json_t *row(const char *table, const struct fib_stats *s, const struct usage *usage,
		   const struct rcu *rcu)
{
	return json_pack("{ss sI sI sI sI sI sI sI sI sI sI sI}", "table", table, "routes",
			 (json_int_t)s->routes, "max_routes", (json_int_t)usage->max, "nodes",
			 (json_int_t)s->nodes, "words", (json_int_t)s->words, "bytes",
			 (json_int_t)s->trie_bytes, "store_bytes", (json_int_t)s->store_bytes,
			 "updates", (json_int_t)s->updates, "refused", (json_int_t)usage->refused,
			 "deferred", (json_int_t)s->deferred, "rebuilds", (json_int_t)s->rebuilds,
			 "writer_waits", (json_int_t)rcu->waits);
}

static int cmd_fib(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	struct usage u4, u6;
	struct fib_stats s4, s6;

	fib4_stats(route_fib4(r->routes), &s4);
	fib6_stats(route_fib6(r->routes), &s6);
	route_usage(r->routes, IP4, &u4);
	route_usage(r->routes, IP6, &u6);
	*result = json_pack("[o o]", row("ip4", &s4, &u4, r->rcu), row("ip6", &s6, &u6, r->rcu));
	return 0;
}

static const struct command commands[] = {
#define COMMAND COMMAND_ENTRY
#include "fib_commands.def"
#undef COMMAND
};

int fib_api_add(struct api *api, struct router *r)
{
	return api_add(api, commands, RTE_DIM(commands), r);
}
