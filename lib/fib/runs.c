/* SPDX-License-Identifier: BSD-3-Clause */
#include "runs.h"

#include <errno.h>

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
	int rc;

	*runs = (struct runs){.rcu = rcu, .limit = max_words, .end = 1};
	if (max_words > UINT64_C(1) << 32)
		return -EINVAL;
	rc = region_init(&runs->region, max_words * sizeof(*runs->words), numa_node);
	if (!rc)
		runs->words = runs->region.base;
	return rc;
}

void runs_fini(struct runs *runs)
{
	region_fini(&runs->region);
	*runs = (struct runs){0};
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
	uint64_t base = runs->end, end = base + class_len[class];

	if (end > runs->limit || region_grow(&runs->region, end * sizeof(*runs->words)))
		return 0;
	runs->end = end;
	return (uint32_t)base;
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
		return 0;
	runs->words_used += class_len[class];
	runs->count++;
	return base;
}

void runs_free(struct runs *runs, uint32_t base, unsigned len)
{
	unsigned class = class_of(len);

	runs->words[base] = runs->free[class];
	runs->free[class] = base;
	runs->words_used -= class_len[class];
	runs->count--;
}

static void free_retired(void *ctx, uint64_t arg)
{
	runs_free(ctx, (uint32_t)arg, (unsigned)(arg >> 32));
}

void runs_retire(struct runs *runs, uint32_t base, unsigned len)
{
	rcu_defer(runs->rcu, free_retired, runs, (uint64_t)len << 32 | base);
}
