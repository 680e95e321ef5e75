/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The MAC table: how it works, and why so.
 *
 * A key hashes to one line of 64 bytes, and one comparison of eight words looks at all keys in it.
 * A burst is hashed first and all its lines prefetched, so that the cache misses overlap. A line
 * holds six keys and their interfaces (fdb_table.h has the drawing), so a lookup touches one cache
 * line and no more. Eight keys with the interfaces in a line of their own, the other way to do it,
 * takes about the same memory for each entry at the same rate of overflow, is at best as fast from
 * L2, and 15 to 20% slower from L3 and beyond, where it waits for two lines.
 *
 * Overflow. A line that is full has a chain of overflow lines, taken from a pool of their own; a
 * key that is not in its line is looked for there. So any set of keys has room, whatever it hashes
 * to; a table filled to its mark (3.2 entries for each line) has 2% of them in chains, after long
 * coming and going 6%. Chosen keys that collide make their own lookups slow, and when they have
 * used up the pool the table is copied with another random seed.
 *
 * What readers can rely on. Only the control thread writes. It never moves an entry within a table:
 * new ones take free places, replaced ones change in place by one store. The key is stored after
 * all else of an entry (release), and cleared first. A place that was cleared, a line that was
 * taken out of its chain and a table that was replaced are used again, or freed, only when every
 * reader has passed a quiescent state since (rcu_defer()). So a key is always found with its own
 * interface, and what stands all the time is found all the time: in the old table as in the new
 * one, which is complete before its pointer is published.
 *
 * Growth. The table begins with at least 512 lines and doubles up to what max_entries need. With
 * the same seed, the line of an entry in the larger table follows from that in the smaller one by
 * doubling: the copy runs through both from beginning to end. It holds the control thread up, for
 * 7 ms from 512k entries on (of its CPU time; 0.4 ms from 32k on). At most one old table
 * waits for readers: the next growth waits with it, so that memory stays bounded while one sleeps.
 * A table that has shrunk keeps its memory.
 *
 * Stamps that workers wrote into the old table after the copy was begun are brought over when it is
 * freed, by comparison with what was copied; an entry seen in that moment does not age for it. This
 * and giving the memory back take the control thread another millisecond from 512k entries on,
 * whenever it next calls rcu_reclaim().
 *
 * Measured (AMD Zen 5, gcc, one core of a machine shared with others, thread CPU time, random keys
 * that are there, burst of 32, median of 9 rounds in turn; rte_hash: lock-free bulk of DPDK 22.11),
 * in millions of lookups a second:
 *
 *      entries   avx512   avx2   scalar   rte_hash   avx512/rte_hash
 *      1000         597    466      197        120   5.0
 *      65536        429    371      170         88   4.9
 *      1000000      111     95       72         27   4.2
 */
#include "fdb_own.h"

#include <errno.h>
#include <stdlib.h>

#include <sys/random.h>

#include "rcu.h"

#define GROW_WAIT    1024 /* additions between tries to get memory */
#define START_LINES  512  /* at least, and less than twice so many */
#define FILL_ENTRIES 16   /* a table grows beyond this many entries ... */
#define FILL_LINES   5    /* ... for this many lines: 3.2 of 6 places */

static uint64_t random_seed(void)
{
	uint64_t seed = 0;

	/* Not the security of a cipher: without it, a flood of chosen addresses is slow. */
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uintptr_t)&seed * UINT64_C(0x9E3779B97F4A7C15);
	return seed | 1;
}

/* With entries that come and go in a full table, 14% of the lines have an overflow line sooner or
 * later (4% of a table just copied): entries do not move when there is room again. */
static uint32_t overflow_for(uint32_t n_lines)
{
	return n_lines / 4 + 8;
}

/* Of a table for so many: as many, halved as often as it takes to be small. */
static uint32_t start_lines(uint32_t max_lines)
{
	while (max_lines >= 2 * START_LINES)
		max_lines = (max_lines + 1) / 2;
	return max_lines;
}

static struct fdb *create(struct rcu *rcu, uint32_t max_entries, int numa_node, uint64_t seed,
			  bool same_seed)
{
	struct fdb *fdb = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*fdb));
	uint32_t max_lines =
		(uint32_t)(((uint64_t)max_entries * FILL_LINES + FILL_ENTRIES - 1) / FILL_ENTRIES);
	uint32_t lines;

	if (!fdb)
		return NULL;
	max_lines = RTE_MAX(max_lines, (uint32_t)START_LINES);
	lines = start_lines(max_lines);
	*fdb = (struct fdb){.rcu = rcu,
			    .numa_node = numa_node,
			    .same_seed = same_seed,
			    .max_lines = max_lines,
			    .stats.max_entries = max_entries};
	fdb->max_age = calloc(FDB_FIDS, sizeof(*fdb->max_age));
	if (fdb->max_age)
		fdb->table = fdb_table_create(fdb, lines, overflow_for(lines), seed, numa_node);
	if (!fdb->table) {
		int err = errno;

		free(fdb->max_age);
		free(fdb);
		errno = err;
		return NULL;
	}
	return fdb;
}

static struct fdb *create_checked(struct rcu *rcu, uint32_t max_entries, int numa_node,
				  uint64_t seed, bool same_seed)
{
	struct error err;
	struct fdb *fdb;
	enum simd simd;
	int rc = simd_choose(&simd, &err);

	if (!rc && (!max_entries || max_entries > FDB_ENTRIES_MAX))
		rc = -EINVAL;
	if (rc) {
		errno = -rc;
		return NULL;
	}
	fdb = create(rcu, max_entries, numa_node, seed, same_seed);
	if (fdb)
		fdb_set_simd(fdb, simd);
	return fdb;
}

struct fdb *fdb_create(struct rcu *rcu, uint32_t max_entries, int numa_node)
{
	return create_checked(rcu, max_entries, numa_node, random_seed(), false);
}

struct fdb *fdb_create_seeded(struct rcu *rcu, uint32_t max_entries, int numa_node, uint64_t seed)
{
	return create_checked(rcu, max_entries, numa_node, seed, true);
}

void fdb_destroy(struct fdb *fdb)
{
	if (!fdb)
		return;
	rcu_synchronize(fdb->rcu);
	fdb_table_destroy(fdb->table);
	free(fdb->max_age);
	free(fdb);
}

int fdb_set_simd(struct fdb *fdb, enum simd simd)
{
	static const struct {
		fdb_lookup_fn *lookup;
		fdb_seen_fn *seen;
	} fns[SIMD_N] = {
		[SIMD_SCALAR] = {fdb_lookup_scalar, fdb_seen_scalar},
#ifdef __x86_64__
		[SIMD_AVX2] = {fdb_lookup_avx2, fdb_seen_avx2},
		[SIMD_AVX512] = {fdb_lookup_avx512, fdb_seen_avx512},
#endif
	};

	if (simd >= SIMD_N || !simd_supported(simd) || !fns[simd].lookup)
		return -ENOTSUP;
	fdb->lookup = fns[simd].lookup;
	fdb->seen = fns[simd].seen;
	return 0;
}

static void free_place(void *ctx, uint64_t arg)
{
	struct fdb_table *t = ctx;

	fdb_table_free(t, arg);
	t->fdb->stats.deferred--;
}

static void free_table(void *ctx, uint64_t arg)
{
	struct fdb *fdb = ctx;
	struct fdb_table *old = (struct fdb_table *)(uintptr_t)arg;

	fdb_age_merge(fdb, old);
	fdb_table_destroy(old);
	fdb->stats.deferred--;
	fdb->old_bytes = 0;
	fdb->n_old--;
}

/* A copy of the table with this many lines and as many overflow lines as it takes; NULL. */
static struct fdb_table *copy_table(struct fdb *fdb, uint32_t n_lines, uint64_t seed,
				    const struct fdb_side *sides)
{
	uint32_t n_overflow = overflow_for(n_lines);
	struct fdb_table *t;

	for (;; n_overflow *= 2) {
		t = fdb_table_create(fdb, n_lines, n_overflow, seed, fdb->numa_node);
		if (!t || fdb_table_copy(t, fdb->table, sides))
			return t;
		fdb_table_destroy(t);
	}
}

/* Replace the table by one of n_lines lines with free places. -ENOMEM: it stands as before. */
static int rebuild(struct fdb *fdb, uint32_t n_lines, uint64_t seed)
{
	struct fdb_table *old = fdb->table, *t = NULL;
	struct fdb_side *sides;

	/* While a reader sleeps, memory shall not grow by one table after the other. */
	if (fdb->n_old)
		rcu_synchronize(fdb->rcu);
	sides = fdb_table_sides(old);
	if (sides)
		t = copy_table(fdb, n_lines, seed, sides);
	if (!t) {
		free(sides);
		return -ENOMEM;
	}
	old->copied = sides;
	old->copied_tick = fdb->tick;
	fdb->old_bytes = old->region.in_use + old->n_all * sizeof(*sides);
	__atomic_store_n(&fdb->table, t, __ATOMIC_RELEASE);
	fdb_age_moved(fdb);
	fdb->stats.rebuilds++;
	fdb->stats.deferred++;
	fdb->n_old++;
	rcu_defer(fdb->rcu, free_table, fdb, (uintptr_t)old);
	return 0;
}

static int take_place(struct fdb *fdb, uint64_t key, struct fdb_place *place)
{
	uint32_t n_lines = fdb->table->n_lines;
	int rc;

	/* Without memory for it, the table is fuller and slower, but does as well. */
	if (n_lines < fdb->max_lines &&
	    (uint64_t)fdb->stats.entries * FILL_LINES >= (uint64_t)n_lines * FILL_ENTRIES) {
		if (fdb->grow_wait)
			fdb->grow_wait--;
		else if (rebuild(fdb, RTE_MIN(2 * n_lines, fdb->max_lines), fdb->table->seed))
			fdb->grow_wait = GROW_WAIT;
	}
	if (fdb_table_take(fdb->table, key, place))
		return 0;
	rcu_reclaim(fdb->rcu);
	if (fdb_table_take(fdb->table, key, place))
		return 0;
	/* Too many collisions, by chance or by malice: another seed, then. */
	rc = rebuild(fdb, fdb->table->n_lines, fdb->same_seed ? fdb->table->seed : random_seed());
	if (rc)
		return rc;
	return fdb_table_take(fdb->table, key, place) ? 0 : -ENOMEM;
}

int fdb_add(struct fdb *fdb, uint64_t key, uint16_t iface, uint8_t flags)
{
	const struct fdb_value value = {
		.iface = iface, .flags = flags, .stamp = fdb->now, .seen = fdb->tick};
	struct fdb_place place;
	int rc = 0;

	if (!key || iface == FDB_MISS)
		return -EINVAL;
	if (fdb_table_find(fdb->table, key, &place)) {
		__atomic_store_n(&fdb->table->lines[place.line].iface[place.slot], iface,
				 __ATOMIC_RELAXED);
		fdb_table_mark(fdb->table, &place, &value);
		fdb->stats.updates++;
		return 0;
	}
	if (fdb->stats.entries == fdb->stats.max_entries)
		rc = -ENOSPC;
	else
		rc = take_place(fdb, key, &place);
	if (rc) {
		fdb->stats.refused++;
		return rc;
	}
	fdb_table_set(fdb->table, &place, key, &value);
	fdb->stats.entries++;
	fdb->stats.updates++;
	return 0;
}

void fdb_remove(struct fdb *fdb, const struct fdb_place *place)
{
	struct fdb_table *t = fdb->table;
	uint64_t arg = fdb_table_clear(t, place);

	fdb->stats.entries--;
	fdb->stats.updates++;
	fdb->stats.deferred++;
	rcu_defer(fdb->rcu, free_place, t, arg);
}

int fdb_del(struct fdb *fdb, uint64_t key)
{
	struct fdb_place place;

	if (!key || !fdb_table_find(fdb->table, key, &place))
		return -ENOENT;
	fdb_remove(fdb, &place);
	return 0;
}

bool fdb_get(const struct fdb *fdb, uint64_t key, struct fdb_entry *entry)
{
	struct fdb_place place;

	if (!key || !fdb_table_find(fdb->table, key, &place))
		return false;
	*entry = fdb_entry_at(fdb, place.line, place.slot);
	return true;
}

/* A cursor: the number of the table, from 1 on, above a place. In another table than the one it
 * was made in the walk begins anew. */
unsigned fdb_walk(const struct fdb *fdb, uint64_t *cursor, struct fdb_entry *entries, unsigned max)
{
	uint64_t number = (uint32_t)(fdb->stats.rebuilds + 1), at = (uint32_t)*cursor;
	uint64_t end = (uint64_t)fdb->table->n_all << FDB_PLACE_BITS;
	unsigned n = 0;

	if (*cursor >> 32 != number)
		at = 0;
	for (; at < end && n < max; at++) {
		unsigned slot = at & ((1u << FDB_PLACE_BITS) - 1);
		uint32_t line = (uint32_t)(at >> FDB_PLACE_BITS);

		if (slot < FDB_LINE_KEYS && fdb->table->lines[line].key[slot])
			entries[n++] = fdb_entry_at(fdb, line, slot);
	}
	*cursor = number << 32 | at;
	return n;
}

bool fdb_walk_after(const struct fdb *fdb, uint64_t key, uint64_t *cursor)
{
	uint64_t number = (uint32_t)(fdb->stats.rebuilds + 1);
	struct fdb_place place;

	if (!key || !fdb_table_find(fdb->table, key, &place))
		return false;
	*cursor = number << 32 | (((uint64_t)place.line << FDB_PLACE_BITS | place.slot) + 1);
	return true;
}

void fdb_stats(const struct fdb *fdb, struct fdb_stats *stats)
{
	*stats = fdb->stats;
	stats->overflow = fdb->table->overflow;
	stats->bytes = fdb->table->region.in_use + sizeof(*fdb->table) + fdb->old_bytes;
}

void fdb_lookup_bulk(const struct fdb *fdb, const uint64_t *key, uint16_t *iface, unsigned n)
{
	fdb->lookup(__atomic_load_n(&fdb->table, __ATOMIC_ACQUIRE), key, iface, n);
}

uint64_t fdb_seen_bulk(struct fdb *fdb, const uint64_t *key, const uint16_t *iface, unsigned n)
{
	return fdb->seen(__atomic_load_n(&fdb->table, __ATOMIC_ACQUIRE), key, iface, n,
			 __atomic_load_n(&fdb->now, __ATOMIC_RELAXED));
}
