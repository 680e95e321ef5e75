/* SPDX-License-Identifier: BSD-3-Clause */
/* What users ask of ports that come and go, and of the pools of packet buffers. Context: control
 * thread. */
#include "hotplug_api.h"

#include <errno.h>
#include <string.h>

#include <rte_mbuf.h>

#include "hotplug.h"
#include "router.h"

static uint16_t number_of(const json_t *args, const char *key)
{
	return (uint16_t)json_integer_value(json_object_get(args, key));
}

static int cmd_add(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	const char *name = command_text(args, "port"), *mac = command_text(args, "mac");
	struct port_conf conf = {
		.device = command_text(args, "device"),
		.mtu = number_of(args, "mtu"),
		.rx_queues = number_of(args, "queues"),
		.tuning.rx_descriptors = number_of(args, "rx_descriptors"),
		.tuning.tx_descriptors = number_of(args, "tx_descriptors"),
	};

	if (strlen(name) >= sizeof(conf.name))
		return error_set(err, -EINVAL, "'%s' is too long for the name of a port", name);
	strcpy(conf.name, name);
	if (mac) {
		mac_parse(mac, &conf.mac);
		conf.has_mac = true;
		if (!mac_is_unicast(&conf.mac))
			return error_set(err, -EINVAL, "%s is not the MAC address of one interface",
					 mac);
	}
	return hotplug_add(r->hotplug, &conf, err);
}

static int cmd_del(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;

	return hotplug_del(r->hotplug, command_text(args, "port"), err);
}

struct pools {
	const struct port_table *ports;
	json_t *rows;
};

static bool is_retired(const struct port_table *t, const struct rte_mempool *pool)
{
	const struct port_pool_retired *retired = t->retired;

	while (retired && retired->pool != pool)
		retired = retired->next;
	return retired;
}

static void add_row(struct rte_mempool *pool, void *ctx)
{
	struct pools *p = ctx;
	unsigned available = rte_mempool_avail_count(pool);
	size_t bytes =
		(size_t)pool->size * (pool->header_size + pool->elt_size + pool->trailer_size);

	if (pool->private_data_size < sizeof(struct rte_pktmbuf_pool_private))
		return;
	json_array_append_new(
		p->rows, json_pack("{ss sI sI sI si sI ss}", "pool", pool->name, "size",
				   (json_int_t)pool->size, "available", (json_int_t)available,
				   "in_use", (json_int_t)(pool->size - available), "mbuf_size",
				   rte_pktmbuf_data_room_size(pool), "bytes", (json_int_t)bytes,
				   "state", is_retired(p->ports, pool) ? "retired" : "used"));
}

static int cmd_pools(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	struct pools p = {.ports = r->ports, .rows = json_array()};

	rte_mempool_walk(add_row, &p);
	*result = p.rows;
	return 0;
}

static const struct command commands[] = {
#define COMMAND COMMAND_ENTRY
#include "hotplug_commands.def"
#undef COMMAND
};

int hotplug_api_add(struct api *api, struct router *r)
{
	return api_add(api, commands, RTE_DIM(commands), r);
}
