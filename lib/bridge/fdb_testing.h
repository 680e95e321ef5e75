/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of the MAC table have in common: random numbers, addresses, tables. */
#ifndef SLUICE_FDB_TESTING_H
#define SLUICE_FDB_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fdb_own.h"
#include "rcu.h"
#include "sanitizer.h"

#define SANITIZED (WITH_ASAN || WITH_TSAN)

/* xorshift64*: enough randomness for a test, the same everywhere. */
static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545F4914F6CDD1D);
}

/* The i-th address (below 65536), no two alike: of one vendor on FID 1, of one vendor on many FIDs,
 * of many vendors, or all over. */
static inline uint64_t testing_key(uint32_t i)
{
	switch (i % 4) {
	case 0:
		return (UINT64_C(0x0050560000) << 24 | (uint64_t)i << 16 | 1);
	case 1:
		return UINT64_C(0x0250561234560000) | i;
	case 2:
		return (uint64_t)i << 48 | 0x00010002;
	default:
		return (i + 1) * UINT64_C(0x9E3779B97F4A7C15);
	}
}

#define SEED UINT64_C(0x9E3779B97F4A7C15) /* of the tables' hashes: like a random one */

struct fixture {
	struct rcu *rcu;
	struct fdb *fdb;
};

static inline struct fixture open_table(uint32_t max_entries, uint64_t seed)
{
	struct fixture f = {.rcu = rcu_create(2, 64)};

	f.fdb = fdb_create_seeded(f.rcu, max_entries, -1, seed);
	assert_non_null(f.fdb);
	return f;
}

/* Of all FIDs: the keys of the tests are of any. */
static inline void max_age_all(struct fdb *fdb, uint32_t ticks)
{
	for (unsigned fid = 0; fid < FDB_FIDS; fid++)
		fdb_set_max_age(fdb, (uint16_t)fid, ticks);
}

static inline void close_table(struct fixture *f)
{
	fdb_destroy(f->fdb);
	rcu_destroy(f->rcu);
}

static inline uint16_t look_up(const struct fdb *fdb, uint64_t key)
{
	uint16_t iface = 77;

	fdb_lookup_bulk(fdb, &key, &iface, 1);
	return iface;
}

static inline void add_many(struct fdb *fdb, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++)
		assert_int_equal(fdb_add(fdb, testing_key(i), (uint16_t)(1 + i % 65535), 0), 0);
}

static inline void all_there(const struct fdb *fdb, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++)
		assert_int_equal(look_up(fdb, testing_key(i)), 1 + i % 65535);
}

#endif
