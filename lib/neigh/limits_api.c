/* SPDX-License-Identifier: BSD-3-Clause */
/* What users ask of the limits of tables. Context: control thread. */
#include "limits_api.h"

#include <rte_common.h>

#include "bridge_ctl.h"
#include "neigh_ctl.h"
#include "router.h"

/* limit: the key of the configuration that it follows from. */
static void add_row(json_t *rows, const char *table, const char *limit, const struct usage *usage)
{
	json_array_append_new(rows,
			      json_pack("{ss ss sI sI sI}", "table", table, "limit", limit, "used",
					(json_int_t)usage->used, "max", (json_int_t)usage->max,
					"refused", (json_int_t)usage->refused));
}

static int cmd_limits(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	struct usage routes4, routes6, neighs, fdb;
	struct nexthop_usage nexthops;

	route_usage(r->routes, IP4, &routes4);
	route_usage(r->routes, IP6, &routes6);
	neigh_usage(r->neighs, &neighs);
	nexthop_usage(r->nexthops, &nexthops);
	bridge_fdb_usage(r->bridges, &fdb);
	*result = json_array();
	add_row(*result, "routes4", "routes4", &routes4);
	add_row(*result, "routes6", "routes6", &routes6);
	add_row(*result, "neighbours", "neighbours", &neighs);
	add_row(*result, "adjacencies", "neighbours", &nexthops.adjacencies);
	add_row(*result, "groups", "neighbours", &nexthops.groups);
	add_row(*result, "buckets", "neighbours", &nexthops.buckets);
	add_row(*result, "fdb", "fdb", &fdb);
	return 0;
}

static const struct command commands[] = {
#define COMMAND COMMAND_ENTRY
#include "limits_commands.def"
#undef COMMAND
};

int limits_api_add(struct api *api, struct router *r)
{
	return api_add(api, commands, RTE_DIM(commands), r);
}
