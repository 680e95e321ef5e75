/* SPDX-License-Identifier: BSD-3-Clause */
/* What users ask of ports. Context: control thread. */
#include "port_api.h"

#include <errno.h>
#include <string.h>

#include <rte_cycles.h>

#include "port_ctl.h"
#include "port_link.h"
#include "router.h"

static int cmd_list(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;

	*result = json_array();
	for (unsigned i = 0; i < r->ports->n; i++) {
		const struct port *port = r->ports->ports[i];
		struct rte_eth_link link = {0};
		char mac[MAC_STRLEN];

		rte_eth_link_get_nowait(port->id, &link);
		json_array_append_new(
			*result,
			json_pack("{ss ss ss ss ss si si si si si si ss}", "port", port->conf.name,
				  "device", port->conf.device, "driver", port->info.driver_name,
				  "mac", mac_print(&port->mac, mac), "link",
				  port->gone           ? "gone"
				  : port_link_up(port) ? "up"
						       : "down",
				  "speed_mbps",
				  link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN
					  ? 0
					  : (int)link.link_speed,
				  "mtu", port->mtu, "numa_node", port->numa_node, "rx_queues",
				  port->n_rxq, "tx_queues", port->n_txq, "rx_descriptors",
				  port->n_rxd, "pool", port->pool->name));
	}
	return 0;
}

void port_stats_get(const struct port *port, struct rte_eth_stats *out)
{
	const struct rte_eth_stats *base = &port->cleared;

	memset(out, 0, sizeof(*out));
	rte_eth_stats_get(port->id, out);
	out->ipackets -= base->ipackets;
	out->opackets -= base->opackets;
	out->ibytes -= base->ibytes;
	out->obytes -= base->obytes;
	out->imissed -= base->imissed;
	out->ierrors -= base->ierrors;
	out->oerrors -= base->oerrors;
	out->rx_nombuf -= base->rx_nombuf;
}

void port_stats_clear(struct port *port)
{
	rte_eth_stats_get(port->id, &port->cleared);
	memset(&port->shown, 0, sizeof(port->shown));
	port->shown_tsc = rte_rdtsc();
}

/* Per second, between the last show and this one. */
static json_int_t rate(uint64_t now, uint64_t before, double seconds)
{
	return seconds > 0 && now >= before ? (json_int_t)((double)(now - before) / seconds + 0.5)
					    : 0;
}

static json_t *stats_of(struct port *port)
{
	uint64_t tsc = rte_rdtsc();
	double seconds = (double)(tsc - port->shown_tsc) / (double)rte_get_tsc_hz();
	const struct rte_eth_stats *old = &port->shown;
	struct rte_eth_stats s;
	json_t *row;

	port_stats_get(port, &s);
	row = json_pack("{ss sI sI sI sI sI sI sI sI sI sI sI sI}", "port", port->conf.name,
			"rx_packets", (json_int_t)s.ipackets, "rx_missed", (json_int_t)s.imissed,
			"rx_bytes", (json_int_t)s.ibytes, "rx_errors", (json_int_t)s.ierrors,
			"rx_nombuf", (json_int_t)s.rx_nombuf, "tx_packets", (json_int_t)s.opackets,
			"tx_errors", (json_int_t)s.oerrors, "tx_bytes", (json_int_t)s.obytes,
			"rx_pps", rate(s.ipackets, old->ipackets, seconds), "tx_pps",
			rate(s.opackets, old->opackets, seconds), "rx_bps",
			8 * rate(s.ibytes, old->ibytes, seconds), "tx_bps",
			8 * rate(s.obytes, old->obytes, seconds));
	port->shown = s;
	port->shown_tsc = tsc;
	return row;
}

static int cmd_stats(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	const char *name = json_string_value(json_object_get(args, "port"));

	if (name && !port_by_name(r->ports, name))
		return error_set(err, -ENODEV, "there is no port '%s'", name);
	*result = json_array();
	for (unsigned i = 0; i < r->ports->n; i++)
		if (!name || !strcmp(name, r->ports->ports[i]->conf.name))
			json_array_append_new(*result, stats_of(r->ports->ports[i]));
	return 0;
}

static const struct command commands[] = {
#define COMMAND COMMAND_ENTRY
#include "port_commands.def"
#undef COMMAND
};

int port_api_add(struct api *api, struct router *r)
{
	return api_add(api, commands, RTE_DIM(commands), r);
}
