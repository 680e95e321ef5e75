/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "file.h"
#include "tables.h"

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

static int read_config(struct reader *r, struct config *cfg)
{
	int ret = schema_set_defaults(r, tables_root.keys, cfg);

	if (!ret)
		ret = schema_read_section(r, READER_ROOT, &tables_root, cfg);
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

void config_free(struct config *cfg)
{
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
