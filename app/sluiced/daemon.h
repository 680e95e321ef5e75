/* SPDX-License-Identifier: BSD-3-Clause */
/* The daemon as a whole: what starts after what, and the reverse. */
#ifndef SLUICED_DAEMON_H
#define SLUICED_DAEMON_H

#include "config.h"
#include "preset.h"

/* Start everything, forward until SIGTERM or SIGINT, stop everything. presets: of the drivers.
 * path: of the configuration, for sentences. 0; or -errno and err when it could not start. */
int daemon_run(const struct config *cfg, const struct preset_set *presets, const char *path,
	       bool verbose, struct error *err);

#endif
