/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Huge pages of the machine, from which DPDK's memory comes. Context: control thread, init.
 */
#ifndef SLUICE_HUGEPAGES_H
#define SLUICE_HUGEPAGES_H

#include <stddef.h>

#include "error.h"

/* Free ones of all sizes, in MiB. */
unsigned long hugepages_free_mib(void);

/* Write the sentence that so many MiB of them are needed, how many are free, and how to have them.
 * Returns -ENOMEM. */
int hugepages_refuse(unsigned long mib, struct error *err);

/* Write the sentence that there is no memory for something that needs `bytes` of DPDK's: what has
 * to be raised depends on where that comes from. `what`: "14976 mbufs". Returns -ENOMEM. */
int hugepages_refuse_for(const char *what, size_t bytes, struct error *err);

#endif
