/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands of fib_commands.def. Context: control thread. */
#ifndef SLUICE_FIB_API_H
#define SLUICE_FIB_API_H

#include "api.h"

struct router;

/* Register the commands of the forwarding tables. 0 or -errno. */
int fib_api_add(struct api *api, struct router *r);

#endif
