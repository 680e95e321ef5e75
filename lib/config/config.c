/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "file.h"
#include "tables.h"
#include "vlans.h"

/* A route with a port and no via is on-link: it gets a next hop that is the port alone. */
static int add_onlink(struct reader *r, struct config_route *route)
{
	struct config_nexthop *hop;

	if (!*route->port || route->n_via || route->type != ROUTE_UNICAST)
		return 0;
	hop = calloc(1, sizeof(*hop));
	if (!hop)
		return reader_no_memory(r);
	hop->line = route->line;
	hop->weight = 1;
	route->via = hop;
	route->n_via = 1;
	return 0;
}

/* A route's port is that of its next hops that name none. */
static int give_ports(struct reader *r, struct config *cfg)
{
	int ret = 0;

	for (unsigned i = 0; !ret && i < cfg->n_routes; i++) {
		struct config_route *route = &cfg->routes[i];

		ret = add_onlink(r, route);
		for (unsigned j = 0; j < route->n_via; j++)
			if (!*route->via[j].port)
				memcpy(route->via[j].port, route->port, CONFIG_NAME_LEN);
	}
	return ret;
}

static void give_idle(struct config *cfg)
{
	for (unsigned i = 0; i < cfg->n_workers; i++)
		if (!cfg->workers[i].has_idle)
			cfg->workers[i].idle = cfg->idle;
}

static int read_config(struct reader *r, struct config *cfg)
{
	int ret = schema_set_defaults(r, tables_root.keys, cfg);

	if (!ret)
		ret = schema_read_section(r, READER_ROOT, &tables_root, cfg);
	give_idle(cfg);
	vlans_give(cfg);
	if (!ret)
		ret = give_ports(r, cfg);
	return ret ? ret : check_config(r, cfg);
}

int config_parse(FILE *file, const char *name, struct config *cfg, struct error *err)
{
	struct reader reader;
	int ret;

	memset(cfg, 0, sizeof(*cfg));
	ret = reader_open(&reader, file, name, err);
	if (ret)
		return ret;
	ret = read_config(&reader, cfg);
	reader_close(&reader);
	if (ret)
		config_free(cfg);
	return ret;
}

int config_load(const char *path, struct config *cfg, struct error *err)
{
	int ret = 0;
	FILE *file = file_open_regular(path, &ret, err);

	memset(cfg, 0, sizeof(*cfg));
	if (!file)
		return ret;
	ret = config_parse(file, path, cfg, err);
	fclose(file);
	return ret;
}

int config_fits(const struct config *cfg, const char *path, unsigned ports_max, struct error *err)
{
	if (cfg->n_ports <= ports_max)
		return 0;
	return error_set(err, -ENOSPC,
			 "%s:%d: ports[%u]: found %u ports, this DPDK is built for at most %u "
			 "(RTE_MAX_ETHPORTS)",
			 path, cfg->ports[ports_max].line, ports_max, cfg->n_ports, ports_max);
}

unsigned config_l3_count(const struct config *cfg)
{
	return cfg->n_ports + cfg->n_interfaces + cfg->n_bridges;
}

#define L3_OF(item)                                             \
	((struct config_l3){.line = (item)->line,               \
			    .name = (item)->name,               \
			    .addresses = (item)->addresses,     \
			    .n_addresses = (item)->n_addresses, \
			    .mtu = &(item)->mtu,                \
			    .mac = (item)->has_mac ? &(item)->mac : NULL})

struct config_l3 config_l3(const struct config *cfg, unsigned i)
{
	if (i < cfg->n_ports)
		return L3_OF(&cfg->ports[i]);
	i -= cfg->n_ports;
	if (i < cfg->n_interfaces)
		return L3_OF(&cfg->interfaces[i]);
	return L3_OF(&cfg->bridges[i - cfg->n_interfaces]);
}

static void free_l2(struct config *cfg)
{
	for (unsigned i = 0; i < cfg->n_interfaces; i++)
		free(cfg->interfaces[i].addresses);
	for (unsigned i = 0; i < cfg->n_bridges; i++) {
		free(cfg->bridges[i].members);
		free(cfg->bridges[i].addresses);
		free(cfg->bridges[i].fdb);
	}
	for (unsigned i = 0; i < cfg->n_mirrors; i++)
		free(cfg->mirrors[i].from);
	free(cfg->interfaces);
	free(cfg->bridges);
	free(cfg->mirrors);
}

void config_free(struct config *cfg)
{
	free_l2(cfg);
	for (unsigned i = 0; i < cfg->n_ports; i++) {
		free(cfg->ports[i].device);
		for (unsigned j = 0; j < cfg->ports[i].n_members; j++)
			free(cfg->ports[i].members[j]);
		free(cfg->ports[i].members);
		free(cfg->ports[i].workers);
		free(cfg->ports[i].addresses);
	}
	for (unsigned i = 0; i < cfg->n_routes; i++)
		free(cfg->routes[i].via);
	for (unsigned i = 0; i < cfg->n_eal_args; i++)
		free(cfg->eal_args[i]);
	free(cfg->eal_args);
	free(cfg->ports);
	free(cfg->routes);
	free(cfg->neighbours);
	free(cfg->punts);
	free(cfg->workers);
	free(cfg->netns);
	free(cfg->api);
	free(cfg->api_group);
	free(cfg->drivers_cfg);
	memset(cfg, 0, sizeof(*cfg));
}
