/* SPDX-License-Identifier: BSD-3-Clause */
/* The presets of the drivers, from where the configuration says. Init only. */
#ifndef SLUICED_DRIVERS_H
#define SLUICED_DRIVERS_H

#include "config.h"
#include "preset.h"

/*
 * Read the presets from the configuration's directory `drivers_cfg`; where it names none, from the
 * one that was installed, or, for a daemon that runs out of its build tree, from that of the
 * sources. If one that nobody has named is missing, this warns, and the set is empty.
 *
 * path: of the configuration, for sentences. 0; or -errno and err, and the set is empty.
 */
int drivers_load(const struct config *cfg, const char *path, struct preset_set *set,
		 struct error *err);

#endif
