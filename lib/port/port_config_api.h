/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands of port_config_commands.def. Context: control thread. */
#ifndef SLUICE_PORT_CONFIG_API_H
#define SLUICE_PORT_CONFIG_API_H

struct api;
struct router;

/* Register the module's commands. 0 or -errno. */
int port_config_api_add(struct api *api, struct router *r);

#endif
