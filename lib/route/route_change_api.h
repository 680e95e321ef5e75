/* SPDX-License-Identifier: BSD-3-Clause */
/* The handlers of the commands that change static routes, for the table of route_api.c. They are
 * command_fn (command.h) whose ctx is the struct router. Context: control thread. */
#ifndef SLUICE_ROUTE_CHANGE_API_H
#define SLUICE_ROUTE_CHANGE_API_H

#include "command.h"

int route_cmd_add(void *ctx, const json_t *args, json_t **result, struct error *err);
int route_cmd_del(void *ctx, const json_t *args, json_t **result, struct error *err);

/* Takes line after line; ends at the first that is refused, and those before it stay, or when the
 * time of a turn is over. The result says in either case how many routes were set, and how many
 * lines were taken or which line was refused. */
int route_cmd_load(void *ctx, const json_t *args, json_t **result, struct error *err);

#endif
