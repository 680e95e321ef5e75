/* SPDX-License-Identifier: BSD-3-Clause */
/* The modules whose commands the daemon serves. */
#ifndef SLUICED_MODULES_H
#define SLUICED_MODULES_H

#include "api.h"
#include "router.h"

/* Register the commands of all modules. 0 or -errno and err. */
int modules_api_add(struct api *api, struct router *r, struct error *err);

#endif
