/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands of slowpath_commands.def. Context: control thread. */
#ifndef SLUICE_SLOWPATH_API_H
#define SLUICE_SLOWPATH_API_H

#include "api.h"

struct router;

/* Register the module's commands. 0 or -errno. */
int slowpath_api_add(struct api *api, struct router *r);

#endif
