/* SPDX-License-Identifier: BSD-3-Clause */
/* What a port may be called. Context: any thread. */
#ifndef SLUICE_PORT_NAME_H
#define SLUICE_PORT_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* 1 to size - 1 letters, digits and _.-; no '-' in front, which is a flag in commands; not "all",
 * which stands for every port there, and not "." or "..", which no netdev can have. */
bool port_name_is_valid(const char *text, size_t size);

/* The name can be that of a mirror too: not "lo" or "default" (Linux, /proc/sys/net). */
bool port_name_is_netdev(const char *text);

/* The device's argument iface=NAME, the netdev that it works on, is this name. */
bool port_name_is_under(const char *device, const char *name);

#endif
