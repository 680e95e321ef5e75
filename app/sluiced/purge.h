/* SPDX-License-Identifier: BSD-3-Clause */
/* `sluiced --purge`. Context: the main thread, instead of a daemon. */
#ifndef SLUICED_PURGE_H
#define SLUICED_PURGE_H

#include "config.h"
#include "error.h"

/*
 * Remove the mirrors of every sluiced, killed ones too, from the configuration's network namespace,
 * and with them their addresses and neighbours; then what is left of the routes that Sluice has put
 * into the main table. Sysctls stay as they are. Says on stdout what it has removed.
 *
 * path: of the configuration, for sentences. 0; -EBUSY and err: a running sluiced holds one of the
 * mirrors, no route was touched; -EINVAL and err: `control: none`; -errno and err.
 */
int linux_purge(const struct config *cfg, const char *path, struct error *err);

#endif
