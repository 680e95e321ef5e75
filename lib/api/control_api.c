/* SPDX-License-Identifier: BSD-3-Clause */
/* What users ask of the control thread itself. Context: control thread. */
#include "control_api.h"

#include "privileges.h"
#include "router.h"
#include "turns.h"

static int cmd_control(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	const struct turns *turns = r->turns;

	*result = json_pack("{sI sI sI}", "turns", (json_int_t)turns->n, "busy_us",
			    (json_int_t)(turns->busy_ns / 1000), "longest_turn_us",
			    (json_int_t)(turns->longest_ns / 1000));
	return 0;
}

/* Of the control thread, which has kept what any thread has. */
static int cmd_privileges(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	uint64_t have = privileges_have();

	*result = json_array();
	for (unsigned i = 0; i < n_privileges; i++) {
		const struct privilege *p = &privileges[i];
		bool kept = have >> p->cap & 1;

		json_array_append_new(*result,
				      json_pack("{ss ss ss}", "capability", p->name, "now",
						kept ? "kept" : "given up", "what",
						kept && p->kept_for ? p->kept_for : p->start));
	}
	return 0;
}

static const struct command commands[] = {
#define COMMAND COMMAND_ENTRY
#include "control_commands.def"
#undef COMMAND
};

int control_api_add(struct api *api, struct router *r)
{
	return api_add(api, commands, sizeof(commands) / sizeof(*commands), r);
}
