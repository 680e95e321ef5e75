/* SPDX-License-Identifier: BSD-3-Clause */
/* What users ask of storm control. Context: control thread. */
#include "storm_api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "port_ctl.h"
#include "router.h"
#include "storm.h"
#include "worker_ctl.h"

static json_t *row_of(const struct storm_table *t, const struct port *port, enum storm_kind kind,
		      const struct storm_stats *stats)
{
	const struct rate *rate = storm_rate(t, port->id, kind);
	char buf[RATE_STRLEN];

	return json_pack(
		"{ss ss ss sI ss sI sI}", "port", port->conf.name, "kind", storm_kind_words[kind],
		"rate", rate_print(rate, buf), "burst", (json_int_t)storm_burst(t, port->id, kind),
		"unit", rate->bits ? "bytes" : "packets", "passed", (json_int_t)stats->passed[kind],
		"dropped", (json_int_t)stats->dropped[kind]);
}

static int cmd_list(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	struct worker_stats *s = worker_set_sums(r->workers, err);

	if (!s)
		return -ENOMEM;
	*result = json_array();
	for (unsigned i = 0; i < r->ports->n; i++) {
		const struct port *port = r->ports->ports[i];

		for (int kind = 0; kind < STORM_KINDS; kind++)
			if (storm_rate(r->storms, port->id, kind))
				json_array_append_new(*result, row_of(r->storms, port, kind,
								      &s->storm[port->id]));
	}
	free(s);
	return 0;
}

static enum storm_kind kind_of(const json_t *args)
{
	const char *word = json_string_value(json_object_get(args, "kind"));
	int kind = 0;

	while (strcmp(storm_kind_words[kind], word) != 0)
		kind++;
	return kind;
}

static int set(const struct router *r, const json_t *args, const struct rate *rate,
	       struct error *err)
{
	const char *name = json_string_value(json_object_get(args, "port"));
	const struct port *port = port_by_name(r->ports, name);
	enum storm_kind kind = kind_of(args);
	int ret;

	if (!port)
		return error_set(err, -ENODEV, "there is no port %s", name);
	ret = storm_set(r->storms, port->id, kind, rate);
	if (ret == -ENOENT)
		return error_set(err, ret, "port %s has no limit of %s", name,
				 storm_kind_words[kind]);
	return ret ? error_set(err, ret, "out of memory") : 0;
}

static int cmd_set(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	struct rate rate;

	if (rate_parse(json_string_value(json_object_get(args, "rate")), &rate))
		return error_set(err, -EINVAL, "rate: expected %s", RATE_FORM);
	return set(ctx, args, &rate, err);
}

static int cmd_del(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	return set(ctx, args, NULL, err);
}

static const struct command commands[] = {
#define COMMAND COMMAND_ENTRY
#include "storm_commands.def"
#undef COMMAND
};

int storm_api_add(struct api *api, struct router *r)
{
	return api_add(api, commands, RTE_DIM(commands), r);
}
