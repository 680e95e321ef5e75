/* SPDX-License-Identifier: BSD-3-Clause */
#include "worker_watch.h"

#include <stdlib.h>

#include "rcu.h"

struct worker_watch {
	const struct worker_set *set;
	struct {
		uint64_t loops; /* at the last look */
		uint64_t ms;    /* when they were seen to change */
	} seen[];
};

struct worker_watch *worker_watch_create(const struct worker_set *set)
{
	struct worker_watch *watch = calloc(1, sizeof(*watch) + set->n * sizeof(*watch->seen));

	if (watch)
		watch->set = set;
	return watch;
}

void worker_watch_destroy(struct worker_watch *watch)
{
	free(watch);
}

static bool sleeps(const struct worker *w)
{
	return stat_read(&w->stats->start_tsc) && rcu_reader_is_offline(w->rcu, w->id);
}

const struct worker *worker_watch_stuck(struct worker_watch *watch, uint64_t now_ms)
{
	const struct worker *stuck = NULL;

	for (unsigned i = 0; i < watch->set->n; i++) {
		const struct worker *w = watch->set->workers[i];
		uint64_t loops = stat_read(&w->stats->loops);

		if (loops != watch->seen[i].loops)
			watch->seen[i].ms = now_ms;
		else if (!stuck &&
			 !(sleeps(w) && now_ms - watch->seen[i].ms < WORKER_WATCH_SLEEP_MS))
			stuck = w;
		watch->seen[i].loops = loops;
	}
	return stuck;
}
