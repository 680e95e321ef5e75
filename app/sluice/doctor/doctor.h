/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sluice doctor`: can sluiced run on this machine, and what would slow it down? Reads /proc, /sys
 * and the configuration, changes nothing, needs no daemon and no DPDK.
 */
#ifndef SLUICE_DOCTOR_H
#define SLUICE_DOCTOR_H

#include <stdbool.h>

/* Run all checks and print what they found on stdout. config: path of the configuration, NULL for
 * the default one below root, which may be missing. root: of the tree that is looked at, NULL for
 * the machine itself. json: an array of objects with check, status, found, meaning, command.
 * Returns whether nothing failed. */
bool doctor(const char *config, const char *root, bool json);

#endif
