/* SPDX-License-Identifier: BSD-3-Clause */
/* What users ask of the workers and their counters. Context: control thread. */
#include "worker_api.h"

#include <errno.h>
#include <stdlib.h>

#include "idle.h"
#include "port_api.h"
#include "router.h"
#include "span_ctl.h"
#include "turns.h"
#include "worker_ctl.h"

static double ratio(uint64_t a, uint64_t b)
{
	return b ? (double)(a * 10 / b) / 10 : 0;
}

static int cmd_nodes(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	struct worker_stats *s = worker_set_sums(r->workers, err);

	if (!s)
		return -ENOMEM;
	*result = json_array();
	for (int i = 0; i < NODE_MAX; i++) {
		const struct node_stats *n = &s->node[i];

		json_array_append_new(*result,
				      json_pack("{ss sI sI sf sf ss}", "node", node_info[i].name,
						"calls", (json_int_t)n->calls, "packets",
						(json_int_t)n->packets, "packets_per_call",
						ratio(n->packets, n->calls), "cycles_per_packet",
						ratio(n->cycles, n->packets), "next",
						node_info[i].next));
	}
	free(s);
	return 0;
}

static int cmd_drops(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	struct worker_stats *s = worker_set_sums(r->workers, err);

	if (!s)
		return -ENOMEM;
	*result = json_array();
	for (int i = 0; i < DROP_MAX; i++)
		json_array_append_new(*result, json_pack("{ss sI ss}", "reason", drop_info[i].name,
							 "packets", (json_int_t)s->drop[i], "what",
							 drop_info[i].what));
	free(s);
	return 0;
}

static int cmd_punts(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	struct worker_stats *s = worker_set_sums(r->workers, err);

	if (!s)
		return -ENOMEM;
	*result = json_array();
	for (int i = 0; i < PUNT_CLASS_MAX; i++) {
		const struct policer *p = &r->workers->policers[i];

		json_array_append_new(
			*result,
			json_pack("{ss ss sI sI sI sI ss}", "reason", punt_info[i].reason_name,
				  "class", punt_info[i].class_name, "rate_pps",
				  (json_int_t)p->rate_pps, "burst", (json_int_t)p->burst, "punted",
				  (json_int_t)s->punted[i], "limited", (json_int_t)s->limited[i],
				  "what", punt_info[i].what));
	}
	free(s);
	return 0;
}

static int cmd_copies(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	struct worker_stats *s = worker_set_sums(r->workers, err);

	if (!s)
		return -ENOMEM;
	*result = json_array();
	for (int i = 0; i < COPY_MAX; i++)
		json_array_append_new(*result, json_pack("{ss sI sI}", "site", copy_name[i],
							 "packets", (json_int_t)s->copy_packets[i],
							 "bytes", (json_int_t)s->copy_bytes[i]));
	free(s);
	return 0;
}

static json_t *queues_of(const struct router *r, const struct worker *w)
{
	const struct worker_rxqs *rxqs = worker_rxqs(w);
	json_t *queues = json_array();

	for (uint16_t i = 0; i < rxqs->n; i++) {
		const struct worker_rxq *q = &rxqs->rxq[i];
		const struct port *port = port_by_id(r->ports, q->port);

		json_array_append_new(queues, json_sprintf("%s/%u", port->conf.name, q->queue));
	}
	return queues;
}

static int cmd_workers(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;

	*result = json_array();
	for (unsigned i = 0; i < r->workers->n; i++) {
		const struct worker *w = r->workers->workers[i];
		struct worker_load load = worker_set_load(r->workers, i);

		json_array_append_new(
			*result,
			json_pack("{si si so ss sI sI sf sf sI sf}", "lcore", w->lcore, "numa_node",
				  w->numa_node, "queues", queues_of(r, w), "idle",
				  idle_mode_print(w->idle->mode), "loops", (json_int_t)load.loops,
				  "packets", (json_int_t)load.packets, "busy_percent",
				  ratio(load.busy_cycles * 100, load.tsc_cycles),
				  "cycles_per_packet", ratio(load.busy_cycles, load.packets),
				  "sleeps", (json_int_t)load.sleeps, "asleep_percent",
				  ratio(load.asleep_cycles * 100, load.tsc_cycles)));
	}
	return 0;
}

/* One row of the forward statistics, as testpmd counts them. */
struct fwd {
	json_int_t rx_packets, rx_dropped, tx_packets, tx_dropped;
};

static json_t *fwd_row(const char *port, const struct fwd *f)
{
	json_t *row = json_object();

	if (port)
		json_object_set_new(row, "port", json_string(port));
	json_object_set_new(row, "rx_packets", json_integer(f->rx_packets));
	json_object_set_new(row, "rx_dropped", json_integer(f->rx_dropped));
	json_object_set_new(row, "rx_total", json_integer(f->rx_packets + f->rx_dropped));
	json_object_set_new(row, "tx_packets", json_integer(f->tx_packets));
	json_object_set_new(row, "tx_dropped", json_integer(f->tx_dropped));
	json_object_set_new(row, "tx_total", json_integer(f->tx_packets + f->tx_dropped));
	return row;
}

static int cmd_fwd_stats(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	struct worker_stats *s = worker_set_sums(r->workers, err);
	json_t *ports = json_array();
	struct fwd all = {0};

	if (!s) {
		json_decref(ports);
		return -ENOMEM;
	}
	for (const struct iface *iface = NULL; (iface = iface_next(r->ifaces, iface));) {
		struct rte_eth_stats eth;
		struct fwd f;

		port_stats_get(port_by_id(r->ports, iface->port), &eth);
		f = (struct fwd){(json_int_t)eth.ipackets, (json_int_t)eth.imissed,
				 (json_int_t)eth.opackets,
				 (json_int_t)s->iface[iface->id].tx_dropped};
		json_array_append_new(ports, fwd_row(iface->name, &f));
		all.rx_packets += f.rx_packets;
		all.rx_dropped += f.rx_dropped;
		all.tx_packets += f.tx_packets;
		all.tx_dropped += f.tx_dropped;
	}
	free(s);
	*result = json_pack("{so so}", "ports", ports, "accumulated", fwd_row(NULL, &all));
	return 0;
}

static int cmd_clear(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	struct router *r = ctx;

	worker_set_clear(r->workers);
	span_clear(r->span);
	*r->turns = (struct turns){0};
	for (unsigned i = 0; i < r->ports->n; i++)
		port_stats_clear(r->ports->ports[i]);
	return 0;
}

static const struct command commands[] = {
#define COMMAND COMMAND_ENTRY
#include "worker_commands.def"
#undef COMMAND
};

int worker_api_add(struct api *api, struct router *r)
{
	return api_add(api, commands, RTE_DIM(commands), r);
}
