/* SPDX-License-Identifier: BSD-3-Clause */
#include "port_open.h"

#include <errno.h>
#include <string.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_devargs.h>

const char *port_driver_error(int ret)
{
	switch (ret) {
	case -EFAULT:
		return "no driver knows such a device";
	case -EPERM:
		return "its driver refuses it";
	default:
		return strerror(-ret);
	}
}

/* The ethdev of a device, if it is open. The device's arguments are left out: some of them (mac=)
 * would be taken for what the ethdev has to match. The bus knows that 03:00.0 is 0000:03:00.0.
 * 0 or -ENODEV. */
static int find_ethdev(const struct rte_devargs *args, uint16_t *id)
{
	char name[2 * RTE_DEV_NAME_MAX_LEN];
	struct rte_dev_iterator it;
	uint16_t found;

	if (!rte_eth_dev_get_port_by_name(args->name, id))
		return 0;
	snprintf(name, sizeof(name), "%s:%s", rte_bus_name(args->bus), args->name);
	RTE_ETH_FOREACH_MATCHING_DEV (found, name, &it) {
		*id = found;
		rte_eth_iterator_cleanup(&it);
		return 0;
	}
	return -ENODEV;
}

static int refuse_open(const struct port_table *t, const struct port *port, const char *what,
		       const char *device, uint16_t id, struct error *err)
{
	const struct port *owner = port_of_ethdev(t, id);

	if (!owner)
		return error_set(err, -EEXIST, "port %s: %s '%s' is open already", port->conf.name,
				 what, device);
	return error_set(err, -EEXIST, "port %s: %s '%s' is that of port %s", port->conf.name, what,
			 device, owner->conf.name);
}

/* A second probe of a device succeeds, whatever its arguments: it is looked for before. */
static int open_parsed(const struct port_table *t, const struct port *port, const char *what,
		       const char *device, const struct rte_devargs *args, uint16_t *id,
		       struct error *err)
{
	int ret;

	if (!find_ethdev(args, id))
		return refuse_open(t, port, what, device, *id, err);
	ret = rte_dev_probe(device);
	if (ret)
		return error_set(err, ret, "port %s: %s '%s' cannot be opened: %s", port->conf.name,
				 what, device, port_driver_error(ret));
	ret = find_ethdev(args, id);
	if (!ret)
		return 0;
	rte_eal_hotplug_remove(rte_bus_name(args->bus), args->name);
	return error_set(err, ret, "port %s: %s '%s' is not a network device", port->conf.name,
			 what, device);
}

int port_open(const struct port_table *t, const struct port *port, const char *what,
	      const char *device, uint16_t *id, struct error *err)
{
	struct rte_devargs args = {0};
	int ret = rte_devargs_parse(&args, device);

	/* DPDK's other way to write devices, bus=..., can stand for several. */
	if (ret || !args.bus || !*args.name)
		ret = error_set(err, -EINVAL, "port %s: %s '%s' cannot be opened: %s",
				port->conf.name, what, device, port_driver_error(-EFAULT));
	else
		ret = open_parsed(t, port, what, device, &args, id, err);
	rte_devargs_reset(&args);
	return ret;
}
