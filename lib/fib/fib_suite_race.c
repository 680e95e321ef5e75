/* SPDX-License-Identifier: BSD-3-Clause */
#include "fib_suite_race.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "rcu.h"

#define ROUTES   1024
#define STANDING 16 /* the first routes: replaced, never deleted */
#define PROBES   (2 * ROUTES)
#define BURST    32
#define VARIANTS 8 /* next hops of one route */

struct race {
	const struct fib_ops *ops;
	struct rcu *rcu;
	void *fib;
	struct oracle_route route[ROUTES];
	oracle_addr probe[PROBES];
	unsigned floor[PROBES]; /* length of the longest standing route that covers the probe */
	uint64_t flips;         /* atomic: of the writer */
	bool done;              /* atomic: the reader has seen enough */
	uint64_t lookups;       /* of the reader */
	uint64_t wrong;
};

static bool right(const struct race *race, unsigned probe, uint32_t nh)
{
	unsigned route = (nh - 1) / VARIANTS;

	return nh != FIB_MISS && route < ROUTES && race->route[route].len >= race->floor[probe] &&
	       oracle_covers(&race->route[route], race->probe[probe]);
}

static void look_up_burst(struct race *race, uint64_t *seed)
{
	unsigned probe[BURST];
	oracle_addr addr[BURST];
	uint32_t nh[BURST];

	for (unsigned i = 0; i < BURST; i++) {
		probe[i] = (unsigned)(oracle_random(seed) % PROBES);
		addr[i] = race->probe[probe[i]];
	}
	race->ops->bulk(race->fib, addr, nh, BURST);
	for (unsigned i = 0; i < BURST; i++)
		race->wrong += !right(race, probe[i], nh[i]);
	race->wrong += !right(race, probe[0], race->ops->lookup(race->fib, addr[0]));
	race->lookups += BURST + 1;
}

static void *reader(void *arg)
{
	struct race *race = arg;
	uint64_t seed = 31;

	while (race->lookups < FIB_RACE_LOOKUPS ||
	       __atomic_load_n(&race->flips, __ATOMIC_RELAXED) < FIB_RACE_FLIPS) {
		look_up_burst(race, &seed);
		rcu_reader_quiescent(race->rcu, 0);
	}
	rcu_reader_offline(race->rcu, 0);
	__atomic_store_n(&race->done, true, __ATOMIC_RELEASE);
	return NULL;
}

/* All inside 10.0.0.0/8 (or a00::/8): the /8 itself, then any that are longer, each once. */
static void make_routes(struct race *race)
{
	const oracle_addr ten = (oracle_addr)10 << 120;
	struct oracle *o = calloc(1, sizeof(*o));
	uint64_t seed = 32;

	oracle_add(o, (struct oracle_route){.addr = ten, .len = 8});
	while (o->n < ROUTES) {
		struct oracle_route route = oracle_prefix(&seed, race->ops->bits);

		route.addr = ten | (route.addr & ~oracle_mask(8));
		if (route.len > 8)
			oracle_add(o, route);
	}
	memcpy(race->route, o->route, sizeof(race->route));
	free(o);
}

static void make_probes(struct race *race)
{
	for (unsigned i = 0; i < PROBES; i++) {
		const struct oracle_route *at = &race->route[i % ROUTES];
		oracle_addr last = at->addr | ~oracle_mask(at->len);

		race->probe[i] = i < PROBES / 2 ? at->addr : last & oracle_mask(race->ops->bits);
		for (unsigned s = 0; s < STANDING; s++)
			if (oracle_covers(&race->route[s], race->probe[i]) &&
			    race->route[s].len > race->floor[i])
				race->floor[i] = race->route[s].len;
	}
}

static int set_route(struct race *race, unsigned i, uint64_t *seed)
{
	uint32_t nh = 1 + i * VARIANTS + (uint32_t)oracle_random(seed) % VARIANTS;

	return race->ops->add(race->fib, race->route[i].addr, race->route[i].len, nh, nh);
}

static void flip(struct race *race, uint64_t *seed)
{
	unsigned i = oracle_random(seed) % ROUTES;
	int rc;

	/* Short routes are thousands of root words; the standing ones shall not be rare, though. */
	if (race->route[i].len < 14 && oracle_random(seed) % 16)
		return;
	if (oracle_random(seed) % 16 == 0)
		i = 1 + oracle_random(seed) % (STANDING - 1);
	if (i >= STANDING && oracle_random(seed) % 2) {
		rc = race->ops->del(race->fib, race->route[i].addr, race->route[i].len);
		rc = rc == -ENOENT ? 0 : rc;
	} else {
		rc = set_route(race, i, seed);
	}
	if (rc)
		abort();
	__atomic_fetch_add(&race->flips, 1, __ATOMIC_RELAXED);
}

struct fib_race_result fib_race(const struct fib_ops *ops)
{
	struct race *race = calloc(1, sizeof(*race));
	struct fib_race_result result;
	uint64_t seed = 33;
	pthread_t thread;

	race->ops = ops;
	race->rcu = rcu_create(1, 256);
	race->fib = ops->create(race->rcu, ROUTES);
	make_routes(race);
	make_probes(race);
	for (unsigned i = 0; i < STANDING; i++)
		if (set_route(race, i, &seed))
			abort();
	rcu_reader_online(race->rcu, 0);
	if (pthread_create(&thread, NULL, reader, race))
		abort();
	while (!__atomic_load_n(&race->done, __ATOMIC_ACQUIRE))
		flip(race, &seed);
	pthread_join(thread, NULL);
	result = (struct fib_race_result){
		.lookups = race->lookups, .wrong = race->wrong, .flips = race->flips};
	ops->destroy(race->fib);
	rcu_destroy(race->rcu);
	free(race);
	return result;
}
