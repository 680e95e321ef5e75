/* SPDX-License-Identifier: BSD-3-Clause */
/* What users ask of following Linux. Context: control thread. */
#include "sync_api.h"

#include <errno.h>

#include <rte_common.h>

#include "iface.h"
#include "linux_ctl.h"
#include "router.h"

static const char *const names[SYNC_OBJECTS] = {
	[SYNC_LINKS] = "links",           [SYNC_ADDRESSES] = "addresses",
	[SYNC_NEIGHBOURS] = "neighbours", [SYNC_NEXTHOPS] = "nexthops",
	[SYNC_ROUTES4] = "routes4",       [SYNC_ROUTES6] = "routes6",
};

static void add_counter(json_t *rows, const char *name, uint64_t n)
{
	json_array_append_new(rows, json_pack("{ss sI}", "object", name, "linux", (json_int_t)n));
}

static int refuse_none(struct error *err)
{
	return error_set(err, -EOPNOTSUPP, "with control: none Sluice does not follow Linux");
}

static int cmd_mirrors(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;

	if (!r->linux_ctl)
		return refuse_none(err);
	*result = json_array();
	for (const struct iface *iface = NULL; (iface = iface_next(r->ifaces, iface));) {
		struct mirror_stats s;

		if (!iface_fwd_has_tap(&r->ifaces->fwd[iface->id]))
			continue;
		linux_mirror_stats(r->linux_ctl, iface, &s);
		json_array_append_new(
			*result, json_pack("{ss ss ss si sI sI sI sI sI sI}", "interface",
					   iface->name, "mirror", iface->mirror, "netns", r->netns,
					   "ifindex", linux_mirror_ifindex(r->linux_ctl, iface),
					   "to_linux", (json_int_t)s.punted_packets,
					   "to_linux_bytes", (json_int_t)s.punted_bytes,
					   "to_linux_dropped", (json_int_t)s.punted_dropped,
					   "from_linux", (json_int_t)s.injected_packets,
					   "from_linux_bytes", (json_int_t)s.injected_bytes,
					   "from_linux_dropped", (json_int_t)s.injected_dropped));
	}
	return 0;
}

/* The cursor is the ticket of the count. */
static int cmd_sync(void *ctx, const json_t *args, void *cursor, json_t *rows, struct error *err)
{
	const struct router *r = ctx;
	struct sync_count counts[SYNC_OBJECTS];
	uint64_t in_linux[SYNC_OBJECTS];
	struct linux_counters c;
	int ret;

	if (!r->linux_ctl)
		return refuse_none(err);
	ret = linux_count(r->linux_ctl, cursor, in_linux, err);
	if (ret)
		return ret;
	linux_counts(r->linux_ctl, counts);
	linux_counters(r->linux_ctl, &c);
	for (unsigned i = 0; i < SYNC_OBJECTS; i++)
		json_array_append_new(rows, json_pack("{ss sI sI sI sI sI}", "object", names[i],
						      "linux", (json_int_t)in_linux[i], "sluice",
						      (json_int_t)counts[i].in_sluice, "skipped",
						      (json_int_t)counts[i].refused, "full",
						      (json_int_t)counts[i].full, "to_kernel",
						      (json_int_t)counts[i].to_kernel));
	add_counter(rows, "messages", c.messages);
	add_counter(rows, "malformed", c.malformed);
	add_counter(rows, "overruns", c.overruns);
	add_counter(rows, "resyncs", c.resyncs);
	return 0;
}

static const struct command commands[] = {
#define COMMAND COMMAND_ENTRY
#include "sync_commands.def"
#undef COMMAND
};

int sync_api_add(struct api *api, struct router *r)
{
	return api_add(api, commands, RTE_DIM(commands), r);
}
