/* SPDX-License-Identifier: BSD-3-Clause */
/* Layer 2, from the configuration to the tables: VLAN interfaces, bridges, storm control, mirrors.
 * Init only, but for apply_l2_port(). Errors name file and line. */
#ifndef SLUICED_APPLY_L2_H
#define SLUICED_APPLY_L2_H

#include "config.h"
#include "router.h"

struct iface;

/* Interfaces and bridges with their members and entries, and the limits of ports; without
 * addresses. Their ports stand; before anything is put on them. 0, or -errno and err. */
int apply_l2(const struct config *cfg, const char *path, struct router *r, struct error *err);

/* Mirroring from port to port; the workers stand and do not run yet. 0, or -errno and err. */
int apply_mirrors(const struct config *cfg, const char *path, struct router *r, struct error *err);

/* A port has been added while the workers run: if the configuration has one of its name, it gets
 * what stands there of it: the VLAN interfaces on it, with their TAPs, addresses and neighbours,
 * its places (and theirs) in bridges, the limits of storms and mirroring. What cannot be is said in
 * the log, and the rest comes. Context: control thread. */
void apply_l2_port(const struct config *cfg, const char *path, struct router *r,
		   const struct iface *port);

#endif
