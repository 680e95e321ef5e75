/* SPDX-License-Identifier: BSD-3-Clause */
#include "runs.h"

#include <errno.h>

#include <rte_common.h>

/* Where space 0 begins: beyond the page of word 0, so that it can be emptied without that. */
#define WORDS_BEFORE (REGION_STEP / sizeof(uint64_t))

static const uint8_t class_len[RUNS_CLASSES] = {2,  3,  4,  5,  6,  7,  8, 10,
						12, 14, 16, 20, 24, 28, 32};

static unsigned class_of(unsigned len)
{
	if (len <= 8)
		return len - RUNS_LEN_MIN;
	if (len <= 16)
		return 6 + (len - 8 + 1) / 2;
	return 10 + (len - 16 + 3) / 4;
}

int runs_init(struct runs *runs, struct rcu *rcu, uint64_t max_words, int numa_node)
{
	size_t space;
	int rc;

	*runs = (struct runs){.rcu = rcu, .limit = RTE_MIN(max_words, (uint64_t)RUNS_WORDS_MAX)};
	space = RTE_ALIGN_CEIL(runs->limit * sizeof(*runs->words), REGION_STEP);
	rc = region_init(&runs->region, REGION_STEP + 2 * space, numa_node);
	if (!rc)
		rc = region_grow(&runs->region, sizeof(*runs->words));
	if (rc) {
		runs_fini(runs);
		return rc;
	}
	runs->words = runs->region.base;
	for (unsigned i = 0; i < 2; i++)
		runs->space[i] = region_part(&runs->region, REGION_STEP + i * space, space);
	return 0;
}

void runs_fini(struct runs *runs)
{
	region_fini(&runs->region);
	*runs = (struct runs){0};
}

/* Index of the first word of a space. */
static uint64_t space_begin(const struct runs *runs, unsigned space)
{
	return WORDS_BEFORE + space * (runs->space[0].size / sizeof(*runs->words));
}

static unsigned space_of(const struct runs *runs, uint32_t base)
{
	return base >= space_begin(runs, 1);
}

static uint32_t take_free(struct runs *runs, unsigned class)
{
	uint32_t base = runs->free[class];

	if (base)
		runs->free[class] = (uint32_t)runs->words[base];
	return base;
}

static uint32_t take_new(struct runs *runs, unsigned class)
{
	uint64_t begin = runs->end, end = begin + class_len[class];
	uint64_t with_reserve = end + (runs->withdrawing ? 0 : RUNS_RESERVE);

	/* The reserve is within the limit and may be written: that no memory can be had for it when
	 * it is written to at last is still possible, as for any other. */
	if (with_reserve > runs->limit ||
	    region_grow(&runs->space[runs->now], with_reserve * sizeof(*runs->words)))
		return 0;
	runs->end = end;
	return (uint32_t)(space_begin(runs, runs->now) + begin);
}

static void put_free(struct runs *runs, uint32_t base, unsigned class)
{
	runs->words[base] = runs->free[class];
	runs->free[class] = base;
}

/* Cut a free run of a larger class: the rest goes to the classes that it makes up. (A single word
 * of rest is lost until the next turn.) */
static uint32_t take_larger(struct runs *runs, unsigned class)
{
	uint32_t base = 0, at, end;
	unsigned from = class, piece;

	while (!base && ++from < RUNS_CLASSES)
		base = take_free(runs, from);
	if (!base)
		return 0;
	end = base + class_len[from];
	for (at = base + class_len[class]; end - at >= RUNS_LEN_MIN; at += class_len[piece]) {
		piece = class_of(end - at);
		piece -= class_len[piece] > end - at;
		put_free(runs, at, piece);
	}
	return base;
}

uint32_t runs_alloc(struct runs *runs, unsigned len)
{
	unsigned class = class_of(len);
	uint32_t base = take_free(runs, class);

	/* Rather reuse than grow: what the readers are done with first, new words next. */
	if (!base) {
		rcu_reclaim(runs->rcu);
		base = take_free(runs, class);
	}
	if (!base)
		base = take_new(runs, class);
	if (!base) {
		rcu_synchronize(runs->rcu);
		base = take_free(runs, class);
	}
	if (!base)
		base = take_larger(runs, class);
	if (!base)
		return 0;
	runs->words_used += class_len[class];
	runs->count++;
	return base;
}

void runs_free(struct runs *runs, uint32_t base, unsigned len)
{
	unsigned class = class_of(len);

	runs->words_used -= class_len[class];
	runs->count--;
	if (runs_is_old(runs, base))
		return;
	put_free(runs, base, class);
}

static void free_retired(void *ctx, uint64_t arg)
{
	struct runs *runs = ctx;

	runs->retired--;
	runs_free(runs, (uint32_t)arg, (unsigned)(arg >> 32));
}

void runs_retire(struct runs *runs, uint32_t base, unsigned len)
{
	runs->retired++;
	rcu_defer(runs->rcu, free_retired, runs, (uint64_t)len << 32 | base);
}

int runs_turn(struct runs *runs)
{
	if (runs->turning)
		return -EBUSY;
	/* All at once, so that it is huge pages if it is much. */
	if (region_grow(&runs->space[!runs->now], (runs->words_used + 1) * sizeof(*runs->words)))
		return -ENOMEM;
	runs->turning = true;
	runs->now = !runs->now;
	runs->end = 0;
	for (unsigned class = 0; class < RUNS_CLASSES; class ++)
		runs->free[class] = 0;
	return 0;
}

bool runs_is_old(const struct runs *runs, uint32_t base)
{
	return space_of(runs, base) != runs->now;
}

static void empty_old(void *ctx, uint64_t space)
{
	struct runs *runs = ctx;

	region_empty(&runs->space[space]);
	runs->turning = false;
}

void runs_turned(struct runs *runs)
{
	rcu_defer(runs->rcu, empty_old, runs, !runs->now);
}

uint64_t runs_bytes(const struct runs *runs)
{
	return runs->end * sizeof(*runs->words) + runs->space[!runs->now].in_use;
}
