/* SPDX-License-Identifier: BSD-3-Clause */
#include "fdb_table.h"

#include "fdb.h"

#include <errno.h>
#include <stdlib.h>

#define LINE_GONE 7 /* in place of the slot: the whole line is to be freed */

static void free_line(struct fdb_table *t, uint32_t line)
{
	t->minds[line].used = 0;
	__atomic_store_n(&t->lines[line].next, t->free, __ATOMIC_RELAXED);
	t->free = line;
	t->n_free++;
}

struct fdb_table *fdb_table_create(struct fdb *fdb, uint32_t n_lines, uint32_t n_overflow,
				   uint64_t seed, int numa_node)
{
	struct fdb_table *t = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*t));
	size_t n_all = (size_t)n_lines + n_overflow;

	if (!t)
		return NULL;
	*t = (struct fdb_table){
		.seed = seed, .n_lines = n_lines, .n_all = (uint32_t)n_all, .fdb = fdb};
	t->minds = calloc(n_all, sizeof(*t->minds));
	t->lines = region_create(&t->region, n_all * (sizeof(*t->lines) + sizeof(*t->sides)),
				 numa_node);
	if (!t->lines || !t->minds) {
		int err = t->lines ? ENOMEM : errno;

		fdb_table_destroy(t);
		errno = err;
		return NULL;
	}
	t->sides = (struct fdb_side *)(t->lines + n_all);
	while (n_all-- > n_lines)
		free_line(t, (uint32_t)n_all);
	return t;
}

void fdb_table_destroy(struct fdb_table *t)
{
	if (!t)
		return;
	region_fini(&t->region);
	free(t->copied);
	free(t->minds);
	free(t);
}

bool fdb_table_find(const struct fdb_table *t, uint64_t key, struct fdb_place *place)
{
	uint32_t prev = 0, line = fdb_line_of(key, t->seed, t->n_lines);

	do {
		const struct fdb_line *l = &t->lines[line];

		for (unsigned slot = 0; slot < FDB_LINE_KEYS; slot++)
			if (l->key[slot] == key) {
				*place = (struct fdb_place){
					.line = line, .prev = prev, .slot = slot};
				return true;
			}
		prev = line;
		line = l->next;
	} while (line);
	return false;
}

/* Put a free overflow line at the head of a line's chain. False: there is none. */
static bool chain_line(struct fdb_table *t, uint32_t first)
{
	struct fdb_line *head = &t->lines[first];
	uint32_t line = t->free;

	if (!line)
		return false;
	t->free = t->lines[line].next;
	t->n_free--;
	__atomic_store_n(&t->lines[line].next, head->next, __ATOMIC_RELAXED);
	__atomic_store_n(&head->next, line, __ATOMIC_RELEASE);
	return true;
}

static bool is_full(const struct fdb_table *t, uint32_t line)
{
	return t->minds[line].used == FDB_LINE_FULL;
}

/* Only the line itself and the head of its chain are looked at, so that a flood of colliding keys
 * is copied in linear time. Gaps further down are closed when the line is empty or the table is
 * copied. */
bool fdb_table_take(struct fdb_table *t, uint64_t key, struct fdb_place *place)
{
	uint32_t first = fdb_line_of(key, t->seed, t->n_lines), line = first;

	if (is_full(t, first)) {
		line = t->lines[first].next;
		if (!line || is_full(t, line)) {
			if (!chain_line(t, first))
				return false;
			line = t->lines[first].next;
		}
	}
	*place = (struct fdb_place){.line = line, .prev = first};
	place->slot = (unsigned)__builtin_ctz(~(unsigned)t->minds[line].used);
	return true;
}

static void set_bit(uint8_t *bits, unsigned slot, bool on)
{
	unsigned bit = 1u << slot;

	__atomic_store_n(bits, (uint8_t)((*bits & ~bit) | (on ? bit : 0)), __ATOMIC_RELAXED);
}

void fdb_table_mark(struct fdb_table *t, const struct fdb_place *place,
		    const struct fdb_value *value)
{
	struct fdb_side *side = &t->sides[place->line];

	t->minds[place->line].seen[place->slot] = value->seen;
	__atomic_store_n(&side->stamp[place->slot], value->stamp, __ATOMIC_RELAXED);
	set_bit(&side->fixed, place->slot, value->flags & FDB_STATIC);
	set_bit(&side->sticky, place->slot, value->flags & FDB_STICKY);
}

void fdb_table_set(struct fdb_table *t, const struct fdb_place *place, uint64_t key,
		   const struct fdb_value *value)
{
	struct fdb_line *line = &t->lines[place->line];

	t->overflow += place->line >= t->n_lines;
	t->minds[place->line].used |= (uint8_t)(1u << place->slot);
	__atomic_store_n(&line->iface[place->slot], value->iface, __ATOMIC_RELAXED);
	fdb_table_mark(t, place, value);
	/* The key last: who finds it finds the rest. */
	__atomic_store_n(&line->key[place->slot], key, __ATOMIC_RELEASE);
}

static bool is_empty(const struct fdb_line *line)
{
	uint64_t any = 0;

	for (unsigned slot = 0; slot < FDB_LINE_KEYS; slot++)
		any |= line->key[slot];
	return !any;
}

uint64_t fdb_table_clear(struct fdb_table *t, const struct fdb_place *place)
{
	struct fdb_line *line = &t->lines[place->line];
	uint64_t arg = (uint64_t)place->line << FDB_PLACE_BITS;

	__atomic_store_n(&line->key[place->slot], 0, __ATOMIC_RELAXED);
	if (place->line < t->n_lines)
		return arg | place->slot;
	t->overflow--;
	if (!is_empty(line))
		return arg | place->slot;
	/* Out of the chain. Its own `next` stays, for the readers that are in it. */
	__atomic_store_n(&t->lines[place->prev].next, line->next, __ATOMIC_RELEASE);
	return arg | LINE_GONE;
}

void fdb_table_free(struct fdb_table *t, uint64_t arg)
{
	uint32_t line = (uint32_t)(arg >> FDB_PLACE_BITS);
	unsigned slot = arg & ((1u << FDB_PLACE_BITS) - 1);

	if (slot == LINE_GONE)
		free_line(t, line);
	else
		t->minds[line].used &= (uint8_t) ~(1u << slot);
}

struct fdb_side *fdb_table_sides(const struct fdb_table *t)
{
	uint64_t *copy = malloc(t->n_all * sizeof(*t->sides));
	const uint64_t *sides = (const uint64_t *)t->sides;

	RTE_BUILD_BUG_ON(sizeof(*t->sides) != sizeof(*copy));
	for (uint32_t i = 0; copy && i < t->n_all; i++)
		copy[i] = __atomic_load_n(&sides[i], __ATOMIC_RELAXED);
	return (struct fdb_side *)copy;
}

static bool copy_line(struct fdb_table *t, const struct fdb_line *line, const struct fdb_side *side,
		      const struct fdb_mind *mind)
{
	struct fdb_place place;

	for (unsigned slot = 0; slot < FDB_LINE_KEYS; slot++) {
		uint64_t key = line->key[slot];

		if (!key)
			continue;
		if (!fdb_table_take(t, key, &place))
			return false;
		fdb_table_set(t, &place, key,
			      &(struct fdb_value){.iface = line->iface[slot],
						  .flags = fdb_side_flags(side, slot),
						  .stamp = side->stamp[slot],
						  .seen = mind->seen[slot]});
	}
	return true;
}

/* With the seed unchanged, lines are filled in the order of the old ones: memory is read and
 * written from its beginning to its end. */
bool fdb_table_copy(struct fdb_table *t, const struct fdb_table *from, const struct fdb_side *sides)
{
	for (uint32_t line = 0; line < from->n_all; line++)
		if (!copy_line(t, &from->lines[line], &sides[line], &from->minds[line]))
			return false;
	return t->n_free >= (t->n_all - t->n_lines) / 2;
}
