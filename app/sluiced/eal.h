/* SPDX-License-Identifier: BSD-3-Clause */
/* DPDK's environment, from the configuration. Init only. */
#ifndef SLUICED_EAL_H
#define SLUICED_EAL_H

#include <stdbool.h>

#include "config.h"

/* The lcores that forward: those of the configuration, or the default one. Checks that this process
 * may run on them, whatever affinity it was started with. 0 or -EINVAL and err. lcores: room for
 * CONFIG_MAX_WORKERS. */
int eal_choose_workers(const struct config *cfg, unsigned *lcores, unsigned *n, struct error *err);

/* Start EAL. The calling thread becomes the main lcore, on the CPUs that no worker has.
 * 0 or -errno and err. */
int eal_start(const struct config *cfg, const unsigned *lcores, unsigned n, bool verbose,
	      struct error *err);

/* Undo eal_start(); nothing of DPDK may be used any more. */
void eal_stop(void);

#endif
