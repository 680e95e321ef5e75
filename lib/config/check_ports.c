/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "check.h"
#include "device_text.h"

static int check_lcores(const struct check *c, const unsigned *workers, unsigned n)
{
	bool seen[CONFIG_MAX_WORKERS] = {false};

	for (unsigned i = 0; i < n; i++) {
		if (seen[workers[i]])
			return reader_expected_field(c->reader, &workers[i], "each worker once");
		seen[workers[i]] = true;
	}
	return 0;
}

int check_workers(const struct check *c)
{
	const struct config_worker *workers = c->cfg->workers;
	bool seen[CONFIG_MAX_WORKERS] = {false};

	for (unsigned i = 0; i < c->cfg->n_workers; i++) {
		if (seen[workers[i].lcore])
			return reader_expected_field(c->reader, &workers[i].lcore,
						     "each worker once");
		seen[workers[i].lcore] = true;
	}
	return 0;
}

static bool is_worker(const struct config *cfg, unsigned lcore)
{
	for (unsigned i = 0; i < cfg->n_workers; i++)
		if (cfg->workers[i].lcore == lcore)
			return true;
	return false;
}

static int check_port_workers(const struct check *c, const struct config_port *port)
{
	for (unsigned i = 0; i < port->n_workers; i++)
		if (!is_worker(c->cfg, port->workers[i]))
			return reader_expected_field(c->reader, &port->workers[i],
						     "one of those in the file's 'workers'%s",
						     c->cfg->n_workers ? "" : ", which is missing");
	return check_lcores(c, port->workers, port->n_workers);
}

/* The device is none of those before it: of a port, or of a member of one. */
static int check_device(const struct check *c, char *const *device)
{
	for (const struct config_port *p = c->cfg->ports;; p++) {
		if (&p->device == device)
			return 0;
		if (device_text_same(p->device, *device))
			return check_again(c, &p->device, device, "a device");
		for (unsigned i = 0; i < p->n_members; i++) {
			if (&p->members[i] == device)
				return 0;
			if (device_text_same(p->members[i], *device))
				return check_again(c, &p->members[i], device, "a device");
		}
	}
}

/* A bond opens what it is given by its arguments even if that is a port. */
static int check_arguments(const struct check *c, const struct config_port *port,
			   char *const *device)
{
	bool of_port = device == &port->device;
	const char *argument = device_text_taking(*device, of_port ? port->members : NULL,
						  of_port ? port->n_members : 0);

	if (!argument)
		return 0;
	return reader_refuse_field(c->reader, device,
				   "found '%.*s', which takes another device: those of a bond "
				   "stand in its 'members'",
				   (int)strcspn(argument, ","), argument);
}

/* At most CONFIG_MAX_PORTS, and texts of any length: each is compared with each. */
static int check_devices(const struct check *c, const struct config_port *port)
{
	static const char bond[] = "net_bonding";
	int ret = check_device(c, &port->device);

	if (!ret)
		ret = check_arguments(c, port, &port->device);
	if (!ret && port->n_members && strncmp(port->device, bond, strlen(bond)))
		return reader_refuse_field(c->reader, &port->members,
					   "found members, but the device is no bond (%s0,...)",
					   bond);

	for (unsigned i = 0; !ret && i < port->n_members; i++) {
		ret = check_device(c, &port->members[i]);
		if (!ret)
			ret = check_arguments(c, port, &port->members[i]);
	}
	return ret;
}

int check_ports(const struct check *c)
{
	const struct config_port *ports = c->cfg->ports;
	int ret = 0;

	for (unsigned i = 0; !ret && i < c->cfg->n_ports; i++) {
		ret = check_devices(c, &ports[i]);
		if (!ret)
			ret = check_port_workers(c, &ports[i]);
	}
	return ret;
}
