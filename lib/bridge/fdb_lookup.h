/* SPDX-License-Identifier: BSD-3-Clause */
/* The lookups of the MAC table for each instruction set; fdb.c chooses. Context: worker. */
#ifndef SLUICE_FDB_LOOKUP_H
#define SLUICE_FDB_LOOKUP_H

#include <stdint.h>

#include <rte_branch_prediction.h>

#include "fdb.h"
#include "fdb_table.h"

/* See fdb_lookup_bulk(). */
typedef void fdb_lookup_fn(const struct fdb_table *t, const uint64_t *key, uint16_t *iface,
			   unsigned n);

/* See fdb_seen_bulk(). now: the stamp to write. Of the table it writes the stamps only. */
typedef uint64_t fdb_seen_fn(const struct fdb_table *t, const uint64_t *key, const uint16_t *iface,
			     unsigned n, uint8_t now);

fdb_lookup_fn fdb_lookup_scalar, fdb_lookup_avx2, fdb_lookup_avx512;
fdb_seen_fn fdb_seen_scalar, fdb_seen_avx2, fdb_seen_avx512;

#endif
