/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands of limits_commands.def. Context: control thread. */
#ifndef SLUICE_LIMITS_API_H
#define SLUICE_LIMITS_API_H

#include "api.h"

struct router;

/* Register the module's commands. 0 or -errno. */
int limits_api_add(struct api *api, struct router *r);

#endif
