/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands of iface_commands.def. Context: control thread. */
#ifndef SLUICE_IFACE_API_H
#define SLUICE_IFACE_API_H

#include "api.h"

struct router;

/* Register the commands of interfaces and addresses. 0 or -errno. */
int iface_api_add(struct api *api, struct router *r);

#endif
