/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands of storm_commands.def. Context: control thread. */
#ifndef SLUICE_STORM_API_H
#define SLUICE_STORM_API_H

#include "api.h"

struct router;

/* Register the module's commands. 0 or -errno. */
int storm_api_add(struct api *api, struct router *r);

#endif
