/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Aging. A stamp is the tick at which an entry was last seen, modulo 256. So an entry must be taken
 * out before its age goes beyond 255, when it would look new: `oldest` bounds all ages, and the
 * tick that would take it beyond first looks at all that is left.
 *
 * The places are looked at in the order of the lines, in a circle. Only the sides are read until
 * one is due: 8 bytes for six places.
 */
#include <stdlib.h>

#include "fdb_own.h"

void fdb_tick(struct fdb *fdb, uint8_t max_age)
{
	if (fdb->oldest == UINT8_MAX)
		fdb_age(fdb, UINT32_MAX);
	fdb->tick++;
	fdb->oldest += fdb->oldest < UINT8_MAX;
	fdb->max_age = RTE_MIN(max_age, UINT8_MAX - 1);
	fdb->age_left = fdb->table->n_all;
	__atomic_store_n(&fdb->now, (uint8_t)fdb->tick, __ATOMIC_RELAXED);
}

static void age_place(struct fdb *fdb, uint32_t line, unsigned slot)
{
	struct fdb_side *side = &fdb->table->sides[line];
	uint64_t key = fdb->table->lines[line].key[slot];
	uint8_t stamp = __atomic_load_n(&side->stamp[slot], __ATOMIC_RELAXED);
	struct fdb_place place;

	if (fdb_age_of(fdb, stamp) <= fdb->max_age || side->fixed >> slot & 1 || !key)
		return;
	/* For its place in the chain. */
	if (fdb_table_find(fdb->table, key, &place)) {
		fdb_remove(fdb, &place);
		fdb->stats.aged++;
	}
}

bool fdb_age(struct fdb *fdb, unsigned budget)
{
	uint32_t lines = RTE_MAX(budget / FDB_LINE_KEYS, 1u);

	if (!fdb->max_age || !fdb->age_left)
		return true;
	for (; lines && fdb->age_left; lines--, fdb->age_left--) {
		if (fdb->table->sides[fdb->age_line].used)
			for (unsigned slot = 0; slot < FDB_LINE_KEYS; slot++)
				age_place(fdb, fdb->age_line, slot);
		if (++fdb->age_line >= fdb->table->n_all)
			fdb->age_line = 0;
	}
	if (fdb->age_left)
		return false;
	fdb->oldest = fdb->max_age;
	return true;
}

void fdb_age_moved(struct fdb *fdb)
{
	fdb->age_line = 0;
	if (fdb->age_left)
		fdb->age_left = fdb->table->n_all;
}

static void merge_stamp(struct fdb *fdb, uint64_t key, uint8_t stamp)
{
	struct fdb_place place;
	struct fdb_side *side;
	uint8_t *to, there;

	if (!key || !fdb_table_find(fdb->table, key, &place))
		return;
	side = &fdb->table->sides[place.line];
	to = &side->stamp[place.slot];
	there = __atomic_load_n(to, __ATOMIC_RELAXED);
	/* If a worker comes in between, its stamp is the newest. */
	if (!(side->fixed >> place.slot & 1) && fdb_age_of(fdb, stamp) < fdb_age_of(fdb, there))
		__atomic_compare_exchange_n(to, &there, stamp, false, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED);
}

void fdb_age_merge(struct fdb *fdb, const struct fdb_table *old)
{
	/* So late that old stamps may look new: a worker slept for minutes within a burst. */
	if (fdb->tick - old->copied_tick > UINT8_MAX / 2)
		return;
	for (uint32_t line = 0; line < old->n_all; line++)
		for (unsigned slot = 0; slot < FDB_LINE_KEYS; slot++) {
			uint8_t stamp =
				__atomic_load_n(&old->sides[line].stamp[slot], __ATOMIC_RELAXED);

			if (stamp != old->copied[line].stamp[slot])
				merge_stamp(fdb, old->lines[line].key[slot], stamp);
		}
}
