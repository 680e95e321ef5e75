/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices and their ethdevs. Context: control thread. */
#ifndef SLUICE_PORT_OPEN_H
#define SLUICE_PORT_OPEN_H

#include "port_ctl.h"

/* Open a device for the port, and find its ethdev. One that is open already, whoever has it, is
 * refused and left alone. what: "device" or "member", for sentences. 0 or -errno and err: nothing
 * of it is open that was not before. */
int port_open(const struct port_table *t, const struct port *port, const char *what,
	      const char *device, uint16_t *id, struct error *err);

/* What an error of a driver means; many are just -1. */
const char *port_driver_error(int ret);

#endif
