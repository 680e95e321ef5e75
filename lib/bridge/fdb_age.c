/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Aging. A stamp is the tick at which an entry was last seen, modulo 256; workers write it. The
 * control thread looks at all stamps at least once in 120 ticks, and keeps the tick in 32 bits. So
 * a stamp that is up to 127 ticks old is a new one, or one it knows; an older one it knows, and
 * makes it 128 ticks old, so that it never goes round to look new.
 *
 * The places are looked at in the order of the lines, in a circle: 36 bytes for six places. Keys
 * are read only of those that may be due, and of those seen lately if somebody wants to know.
 */

#include "fdb_own.h"

#define SWEEP_LATE 60  /* ticks after which a look at all must be over */
#define SWEEP_GAP  32  /* from the begin of one to that of the next one, at most, if on time */
#define STAMP_NEW  127 /* ticks; older stamps are known */

void fdb_set_max_age(struct fdb *fdb, uint16_t fid, uint32_t ticks)
{
	fdb->max_age[fid] = ticks;
	fdb->min_stale = true;
}

static void find_min_age(struct fdb *fdb)
{
	fdb->min_stale = false;
	fdb->min_age = 0;
	for (unsigned i = 0; i < FDB_FIDS; i++)
		if (fdb->max_age[i] && fdb->max_age[i] - 1 < fdb->min_age - 1)
			fdb->min_age = fdb->max_age[i];
}

void fdb_set_watch(struct fdb *fdb, const struct fdb_watch *watch)
{
	fdb->watch = *watch;
}

static uint32_t sweep_gap(const struct fdb *fdb)
{
	if (!fdb->min_age || fdb->min_age / 16 > SWEEP_GAP)
		return SWEEP_GAP;
	return RTE_MAX(fdb->min_age / 16, 1u);
}

void fdb_tick(struct fdb *fdb)
{
	if (fdb->age_left && fdb->tick - fdb->sweep >= SWEEP_LATE)
		fdb_age(fdb, UINT32_MAX);
	if (fdb->min_stale)
		find_min_age(fdb);
	fdb->tick++;
	if (!fdb->age_left && fdb->tick - fdb->sweep >= sweep_gap(fdb)) {
		fdb->age_left = fdb->table->n_all;
		fdb->sweep = fdb->tick;
	}
	__atomic_store_n(&fdb->now, (uint8_t)fdb->tick, __ATOMIC_RELAXED);
}

struct fdb_entry fdb_entry_at(const struct fdb *fdb, uint32_t line, unsigned slot)
{
	const struct fdb_line *l = &fdb->table->lines[line];
	const struct fdb_side *side = &fdb->table->sides[line];
	struct fdb_entry entry = {
		.key = l->key[slot], .iface = l->iface[slot], .flags = fdb_side_flags(side, slot)};

	if (entry.flags & FDB_STATIC)
		return entry;
	entry.age = fdb_age_of(fdb, __atomic_load_n(&side->stamp[slot], __ATOMIC_RELAXED));
	if (entry.age > STAMP_NEW)
		entry.age = fdb->tick - fdb->table->minds[line].seen[slot];
	return entry;
}

static void take_out(struct fdb *fdb, const struct fdb_entry *entry)
{
	struct fdb_place place;

	/* For its place in the chain. */
	if (!fdb_table_find(fdb->table, entry->key, &place))
		return;
	fdb_remove(fdb, &place);
	fdb->stats.aged++;
	if (fdb->watch.aged)
		fdb->watch.aged(fdb->watch.ctx, entry);
}

/* It was seen at tick `seen`, and before that at `before`. */
static void tell_refreshed(struct fdb *fdb, uint32_t line, unsigned slot, uint32_t before,
			   uint32_t seen)
{
	struct fdb_entry entry = fdb_entry_at(fdb, line, slot);
	uint32_t third = (fdb->max_age[(uint16_t)entry.key] + 2) / 3;

	if (third && before / third != seen / third)
		fdb->watch.refreshed(fdb->watch.ctx, &entry);
}

/* The place may be retired, without a key. */
static void age_place(struct fdb *fdb, uint32_t line, unsigned slot)
{
	uint8_t *stamp = &fdb->table->sides[line].stamp[slot];
	uint32_t *seen = &fdb->table->minds[line].seen[slot], before = *seen;
	uint8_t was = __atomic_load_n(stamp, __ATOMIC_RELAXED), age = fdb_age_of(fdb, was);
	struct fdb_entry entry;

	if (age > STAMP_NEW) {
		/* If a worker comes in between, its stamp is the newest. */
		__atomic_compare_exchange_n(stamp, &was, (uint8_t)(fdb->now - STAMP_NEW - 1), false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	} else if (fdb->tick - age != before) {
		*seen = fdb->tick - age;
		if (fdb->watch.refreshed)
			tell_refreshed(fdb, line, slot, before, *seen);
	}
	if (!fdb->min_age || fdb->tick - *seen <= fdb->min_age)
		return;
	entry = fdb_entry_at(fdb, line, slot);
	if (!entry.key || entry.flags & FDB_STATIC || !fdb->max_age[(uint16_t)entry.key] ||
	    entry.age <= fdb->max_age[(uint16_t)entry.key])
		return;
	take_out(fdb, &entry);
}

static void age_line(struct fdb *fdb, uint32_t line)
{
	uint8_t used = fdb->table->minds[line].used;

	for (unsigned slot = 0; used >> slot; slot++)
		if (used >> slot & 1)
			age_place(fdb, line, slot);
}

bool fdb_age(struct fdb *fdb, unsigned budget)
{
	uint32_t lines = RTE_MAX(budget / FDB_LINE_KEYS, 1u);

	for (; lines && fdb->age_left; lines--, fdb->age_left--) {
		age_line(fdb, fdb->age_line);
		if (++fdb->age_line >= fdb->table->n_all)
			fdb->age_line = 0;
	}
	return !fdb->age_left;
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
	/* So late that old stamps may look new: a worker slept for long within a burst. */
	if (fdb->tick - old->copied_tick > STAMP_NEW)
		return;
	for (uint32_t line = 0; line < old->n_all; line++)
		for (unsigned slot = 0; slot < FDB_LINE_KEYS; slot++) {
			uint8_t stamp =
				__atomic_load_n(&old->sides[line].stamp[slot], __ATOMIC_RELAXED);

			if (stamp != old->copied[line].stamp[slot])
				merge_stamp(fdb, old->lines[line].key[slot], stamp);
		}
}
