/* SPDX-License-Identifier: BSD-3-Clause */
#include "modules.h"

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_version.h>

#include "bridge_api.h"
#include "control_api.h"
#include "fib_api.h"
#include "hotplug_api.h"
#include "iface_api.h"
#include "limits_api.h"
#include "neigh_api.h"
#include "placement_api.h"
#include "port_api.h"
#include "port_config_api.h"
#include "route_api.h"
#include "slowpath_api.h"
#include "span_api.h"
#include "storm_api.h"
#include "sync_api.h"
#include "version.h"
#include "worker_api.h"

/* One line a module. */
static int (*const modules[])(struct api *api, struct router *r) = {
	control_api_add, port_api_add,     port_config_api_add, iface_api_add,
	route_api_add,   fib_api_add,      neigh_api_add,       limits_api_add,
	worker_api_add,  slowpath_api_add, sync_api_add,        placement_api_add,
	hotplug_api_add, span_api_add,     storm_api_add,       bridge_api_add,
};

int modules_api_add(struct api *api, struct router *r, struct error *err)
{
	static struct api_version version = {.sluice = SLUICE_VERSION};
	int ret;

	version.dpdk = rte_version();
	version.tsc_hz = rte_get_tsc_hz();
	ret = api_add_own(api, &version);
	for (unsigned i = 0; !ret && i < RTE_DIM(modules); i++)
		ret = modules[i](api, r);
	return ret ? error_set(err, ret, "the commands cannot be registered") : 0;
}
