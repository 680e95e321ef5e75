/* SPDX-License-Identifier: BSD-3-Clause */
/* What users ask of port mirroring. Context: control thread. */
#include "span_api.h"

#include <errno.h>

#include "command.h"
#include "router.h"
#include "span_ctl.h"

#include "api.h"

/* The two ports of a session. 0 or -ENODEV and err. */
static int ports_of(const struct router *r, const json_t *args, struct span_conf *conf,
		    struct error *err)
{
	conf->from = iface_named(r->ifaces, command_text(args, "from"), err);
	if (conf->from)
		conf->to = iface_named(r->ifaces, command_text(args, "to"), err);
	return conf->from && conf->to ? 0 : -ENODEV;
}

static int cmd_add(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	const char *direction = command_text(args, "direction");
	const json_t *sample = json_object_get(args, "sample");
	struct span_conf conf = {
		.direction = direction ? span_direction_parse(direction) : SPAN_BOTH,
		.sample = sample ? (uint32_t)json_integer_value(sample) : 1,
	};
	int ret = ports_of(r, args, &conf, err);

	return ret ? ret : span_add(r->span, &conf, err);
}

static int cmd_del(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	struct span_conf conf;
	int ret = ports_of(r, args, &conf, err);

	return ret ? ret : span_del(r->span, conf.from, conf.to, err);
}

static int cmd_list(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	struct span_counters n;
	struct span_conf c;

	*result = json_array();
	for (int i = -1; (i = span_next(r->span, i, &c, &n)) >= 0;)
		json_array_append_new(
			*result,
			json_pack("{ss ss ss sI sI sI sI}", "from", c.from->name, "to", c.to->name,
				  "direction", span_direction_print(c.direction), "sample",
				  (json_int_t)c.sample, "mirrored", (json_int_t)n.mirrored,
				  "sampled_out", (json_int_t)n.sampled_out, "dropped",
				  (json_int_t)n.dropped));
	return 0;
}

static const struct command commands[] = {
#define COMMAND COMMAND_ENTRY
#include "span_commands.def"
#undef COMMAND
};

int span_api_add(struct api *api, struct router *r)
{
	return api_add(api, commands, RTE_DIM(commands), r);
}
