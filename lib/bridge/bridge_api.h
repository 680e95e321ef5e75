/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands about bridges and their MAC addresses. Context: control thread. */
#ifndef SLUICE_BRIDGE_API_H
#define SLUICE_BRIDGE_API_H

#include "api.h"
#include "router.h"

/* 0 or -errno: see api_add(). */
int bridge_api_add(struct api *api, struct router *r);

#endif
