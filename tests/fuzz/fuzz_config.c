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

/* What the daemon takes for granted. */
static void check_taken(const struct config *cfg)
{
	require(cfg->n_ports > 0 && cfg->api && *cfg->api && cfg->netns);
	require(cfg->control == CONTROL_LINUX || (!*cfg->netns && !cfg->netlink_receive_buffer));
	for (unsigned i = 0; i < cfg->n_ports; i++) {
		require(*cfg->ports[i].name && cfg->ports[i].device);
		check_tuning(&cfg->ports[i].tuning);
	}
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
