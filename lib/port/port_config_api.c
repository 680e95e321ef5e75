/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What ports run with: a row for each value, with who has chosen it. Where less is in force than
 * was asked for, the row says why.
 */
#include "port_config_api.h"

#include <errno.h>
#include <string.h>

#include "api.h"
#include "flag.h"
#include "port_ctl.h"
#include "router.h"

#define ORIGIN_LEN 512

/* Takes over the reference to value. */
static void add(json_t *rows, const struct port *port, const char *key, const char *origin,
		json_t *value)
{
	json_array_append_new(rows, json_pack("{ss ss ss so}", "port", port->conf.name, "key", key,
					      "origin", origin, "value", value));
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *origin_name(const struct port *port, enum port_origin by, char *buf)
{
	static const char *const names[] = {
		[PORT_BY_DEFAULT] = "default",
		[PORT_BY_CONFIG] = "config",
	};

	if (by == PORT_BY_PRESET)
		snprintf(buf, ORIGIN_LEN, "preset %s", file_name(port->tune.preset->path));
	else
		snprintf(buf, ORIGIN_LEN, "%s", names[by]);
	return buf;
}

static void append(char *origin, const char *text)
{
	size_t len = strlen(origin);

	snprintf(origin + len, ORIGIN_LEN - len, "%s", text);
}

static json_t *names_of(const struct flag *names, uint64_t mask)
{
	json_t *list = json_array();

	for (; names->name; names++)
		if (names->bit & mask)
			json_array_append_new(list, json_string(names->name));
	return list;
}

/* asked: 0 for as many as the driver likes best. */
static void add_descriptors(json_t *rows, const struct port *port, const char *key,
			    enum port_origin by, unsigned asked, unsigned value)
{
	char origin[ORIGIN_LEN];

	origin_name(port, by, origin);
	if (!asked)
		append(origin, ", the driver's own");
	else if (asked != value)
		append(origin, ", device limited");
	add(rows, port, key, origin, json_integer(value));
}

/* What the queues got at the start: a driver may cut it once more when it makes them. */
static uint16_t rx_descriptors(const struct port *port)
{
	struct rte_eth_rxq_info info;

	return rte_eth_rx_queue_info_get(port->id, 0, &info) || !info.nb_desc ? port->n_rxd
									      : info.nb_desc;
}

static uint16_t tx_descriptors(const struct port *port)
{
	struct rte_eth_txq_info info;

	return rte_eth_tx_queue_info_get(port->id, 0, &info) || !info.nb_desc ? port->n_txd
									      : info.nb_desc;
}

/* Those in use; behind the origin, why others are not. */
static void add_offloads(json_t *rows, const struct port *port, const char *key,
			 enum port_origin by, uint64_t asked, uint64_t capa, uint64_t used,
			 const struct flag *names)
{
	char origin[ORIGIN_LEN];

	origin_name(port, by, origin);
	for (const struct flag *n = names; n->name; n++) {
		if (!(asked & ~used & n->bit))
			continue;
		append(origin, capa & n->bit ? ", not needed: " : ", device limited: no ");
		append(origin, n->name);
	}
	add(rows, port, key, origin, names_of(names, used));
}

static void add_queues(json_t *rows, const struct port *port)
{
	const struct port_tune *t = &port->tune;
	uint16_t rx = port->conf.rx_queues;
	char origin[ORIGIN_LEN];

	/* By default as many as workers, as far as the device has them. */
	add(rows, port, "rx_queues", rx ? "config" : "default", json_integer(port->n_rxq));
	add(rows, port, "tx_queues", "default", json_integer(port->n_txq));
	add_descriptors(rows, port, "rx_descriptors", t->rx_descriptors_by, t->rx_descriptors,
			rx_descriptors(port));
	add_descriptors(rows, port, "tx_descriptors", t->tx_descriptors_by, t->tx_descriptors,
			tx_descriptors(port));
	add(rows, port, "burst", origin_name(port, t->burst_by, origin), json_integer(t->burst));
}

static uint64_t fields_of(uint64_t hf)
{
	return (hf & RTE_ETH_RSS_IP ? TUNING_RSS_IP : 0) |
	       (hf & RTE_ETH_RSS_TCP ? TUNING_RSS_TCP : 0) |
	       (hf & RTE_ETH_RSS_UDP ? TUNING_RSS_UDP : 0) |
	       (hf & RTE_ETH_RSS_SCTP ? TUNING_RSS_SCTP : 0);
}

static void add_rss(json_t *rows, const struct port *port)
{
	const struct port_tune *t = &port->tune;
	uint64_t fields = fields_of(t->rss_hf);
	char origin[ORIGIN_LEN], key[2 * TUNING_KEY_MAX + 1] = "default";

	origin_name(port, t->rss_fields_by, origin);
	if (fields != t->rss_fields)
		append(origin, ", device limited");
	if (port->n_rxq == 1)
		append(origin, ", not used: one receive queue");
	add(rows, port, "rss_fields", origin, names_of(tuning_rss_fields, fields));
	for (unsigned i = 0; i < t->rss_key_len; i++)
		snprintf(key + 2 * i, 3, "%02x", t->rss_key[i]);
	add(rows, port, "rss_key", origin_name(port, t->rss_key_by, origin), json_string(key));
}

/* What the preset tells people. */
static void add_advice(json_t *rows, const struct port *port)
{
	const struct preset *preset = port->tune.preset;
	char origin[ORIGIN_LEN];

	if (!preset)
		return;
	origin_name(port, PORT_BY_PRESET, origin);
	add(rows, port, "leave_rx", origin, names_of(tuning_rx_offloads, preset->leave.rx));
	add(rows, port, "leave_tx", origin, names_of(tuning_tx_offloads, preset->leave.tx));
	add(rows, port, "bind", origin, json_string(preset_bind_name(preset->bind)));
	add(rows, port, "tried", origin, json_string(preset->tried_on ? preset->tried_on : "no"));
	for (unsigned i = 0; i < preset->n_traps; i++)
		add(rows, port, "trap", preset->traps[i].source,
		    json_string(preset->traps[i].text));
}

static void add_port(json_t *rows, const struct port_table *table, const struct port *port)
{
	const struct port_tune *t = &port->tune;

	add(rows, port, "device", "config", json_string(port->conf.device));
	for (unsigned i = 0; i < port->conf.n_members; i++)
		add(rows, port, "member", "config", json_string(port->conf.members[i]));
	add(rows, port, "driver", "device", json_string(port->info.driver_name));
	add(rows, port, "preset", t->preset ? "device" : "default",
	    json_string(t->preset ? t->preset->path : "none"));
	add_queues(rows, port);
	add_offloads(rows, port, "rx_offloads", t->rx_offloads_by, t->rx_offloads,
		     port->info.rx_offload_capa, port->rx_offloads, tuning_rx_usable);
	add_offloads(rows, port, "tx_offloads", t->tx_offloads_by, t->tx_offloads,
		     port->info.tx_offload_capa, port->tx_offloads, tuning_tx_usable);
	add_rss(rows, port);
	add(rows, port, "mtu", port->conf.mtu ? "config" : "device", json_integer(port->mtu));
	add(rows, port, "mbuf_size", table->mbuf_size_given ? "config" : "default",
	    json_integer(rte_pktmbuf_data_room_size(port->pool)));
	add_advice(rows, port);
}

static int cmd_config(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct port_table *table = ((const struct router *)ctx)->ports;
	const char *name = command_text(args, "port");

	if (name && !port_by_name(table, name))
		return error_set(err, -ENODEV, "there is no port '%s'", name);
	*result = json_array();
	for (unsigned i = 0; i < table->n; i++)
		if (!name || !strcmp(name, table->ports[i]->conf.name))
			add_port(*result, table, table->ports[i]);
	return 0;
}

static const struct command commands[] = {
#define COMMAND COMMAND_ENTRY
#include "port_config_commands.def"
#undef COMMAND
};

int port_config_api_add(struct api *api, struct router *r)
{
	return api_add(api, commands, RTE_DIM(commands), r);
}
