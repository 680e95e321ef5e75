/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as a configuration file, and as a driver's preset: taken or refused, never a crash, a
 * leak or a half-filled struct.
 *
 *     fuzz_config -dict=tests/fuzz/config.dict WORK tests/fuzz/corpus/config
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "preset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
	if (!truth)
		abort();
}

static void check_tuning(const struct tuning *t)
{
	require(t->burst <= TUNING_BURST_MAX && t->rss.key_len <= TUNING_KEY_MAX);
	require((t->rss.kind == TUNING_KEY_BYTES) == (t->rss.key_len > 0));
}

static bool is_there(const struct config *cfg, const char *name)
{
	bool found = false;

	for (unsigned i = 0; i < config_l3_count(cfg); i++)
		found |= !strcmp(config_l3(cfg, i).name, name);
	return found;
}

static void check_bridge(const struct config *cfg, const struct config_bridge *bridge)
{
	require(!bridge->native || config_has_vlan(&bridge->vlans, bridge->native));
	for (unsigned i = 0; i < bridge->n_members; i++) {
		const struct config_member *m = &bridge->members[i];

		require(m->line && is_there(cfg, m->port));
		require(bridge->vlan_aware || (!m->native && !m->access));
		require(!m->native || config_has_vlan(&m->vlans, m->native));
		for (unsigned j = 0; j < 64; j++)
			require(!(m->vlans.bits[j] & ~bridge->vlans.bits[j]));
	}
	for (unsigned i = 0; i < bridge->n_fdb; i++)
		require(mac_is_unicast(&bridge->fdb[i].mac) && is_there(cfg, bridge->fdb[i].port) &&
			!bridge->fdb[i].vlan == !bridge->vlan_aware);
}

static void check_l2(const struct config *cfg)
{
	for (unsigned i = 0; i < cfg->n_interfaces; i++)
		require(cfg->interfaces[i].vlan >= 1 && cfg->interfaces[i].vlan <= CONFIG_MAX_VID &&
			is_there(cfg, cfg->interfaces[i].parent) &&
			strcmp(cfg->interfaces[i].parent, cfg->interfaces[i].name) != 0);
	for (unsigned i = 0; i < cfg->n_bridges; i++)
		check_bridge(cfg, &cfg->bridges[i]);
	for (unsigned i = 0; i < cfg->n_mirrors; i++) {
		require(cfg->mirrors[i].n_from && cfg->mirrors[i].sample);
		require(is_there(cfg, cfg->mirrors[i].to));
	}
}

/* What the daemon takes for granted. */
static void check_taken(const struct config *cfg)
{
	require(cfg->n_ports > 0 && cfg->api && *cfg->api && cfg->netns);
	require(cfg->control == CONTROL_LINUX || (!*cfg->netns && !cfg->netlink_receive_buffer));
	for (unsigned i = 0; i < cfg->n_ports; i++) {
		require(*cfg->ports[i].name && cfg->ports[i].device);
		check_tuning(&cfg->ports[i].tuning);
	}
	check_l2(cfg);
	for (unsigned i = 0; i < cfg->n_routes; i++) {
		const struct config_route *route = &cfg->routes[i];
		struct ip_prefix to = route->to;

		require(ip_prefix_mask(&to));
		require((route->n_via > 0) == (route->type == ROUTE_UNICAST));
		for (unsigned j = 0; j < route->n_via; j++)
			require(route->via[j].weight && route->via[j].line &&
				(route->via[j].has_gateway || *route->via[j].port));
	}
}

static void parse_preset(FILE *file)
{
	struct error err = {.msg = ""};
	struct preset_set set = {0};

	if (preset_parse(file, "fuzz", &set, &err)) {
		require(*err.msg && !set.n);
	} else {
		require(set.n == 1 && set.presets[0].n_drivers && set.presets[0].about);
		require(!set.presets[0].tried == !set.presets[0].tried_on);
		check_tuning(&set.presets[0].tuning);
	}
	presets_free(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct config empty;
	struct error err = {.msg = ""};
	struct config cfg;
	FILE *file;

	if (!size) /* fmemopen() refuses it */
		return 0;
	file = fmemopen((void *)(uintptr_t)data, size, "r");
	require(file != NULL);
	if (config_parse(file, "fuzz", &cfg, &err))
		require(*err.msg && !memcmp(&cfg, &empty, sizeof(cfg)));
	else
		check_taken(&cfg);
	config_free(&cfg);
	rewind(file);
	parse_preset(file);
	fclose(file);
	return 0;
}
