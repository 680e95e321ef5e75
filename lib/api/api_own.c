/* SPDX-License-Identifier: BSD-3-Clause */
/* The API's own commands. */
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "api.h"

static int api_version_show(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct api_version *version = ctx;

	*result =
		json_pack("{s:s, s:s, s:i, s:I}", "sluice", version->sluice, "dpdk", version->dpdk,
			  "pid", (int)getpid(), "tsc_hz", (json_int_t)version->tsc_hz);
	return *result ? 0 : error_set(err, -ENOMEM, "out of memory");
}

static const struct command commands[] = {
#define COMMAND COMMAND_ENTRY
#include "api_commands.def"
#undef COMMAND
};

int api_add_own(struct api *api, const struct api_version *version)
{
	/* The handler only reads it: the const comes back there. */
	return api_add(api, commands, sizeof(commands) / sizeof(*commands),
		       (void *)(uintptr_t)version);
}
