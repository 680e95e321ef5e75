/* SPDX-License-Identifier: BSD-3-Clause */
#include "fib_race.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fib_race_set.h"
#include "rcu.h"
#include "sanitizer.h"

#define READERS_MAX  2
#define CHANGES      64   /* between two looks at what the readers have done */
#define DEFAULT_TURN 4096 /* changes: the default route comes or goes */
#define SLICE_TURN   16   /* changes: a slice of housekeeping */
#define SLICE_MAX    8192 /* words */
#define FILLERS      4096 /* routes that only come to leave holes behind */

struct race;

struct reader {
	struct race *race;
	pthread_t thread;
	unsigned id;
	volatile bool in_burst; /* for its signal handler */
	uint64_t naps;          /* atomic; the signal handler's */
	uint64_t naps_in_burst; /* likewise */
	uint64_t lookups;       /* atomic */
	uint64_t wrong;
	uint64_t visits;
} __attribute__((aligned(128)));

struct race {
	struct race_set set;
	const struct fib_ops *ops;
	const struct fib_race_plan *plan;
	struct rcu *rcu;
	void *fib;
	void *packed; /* the probes */
	struct reader reader[READERS_MAX];
	bool stop; /* atomic: of the writer */

	/* The writer's. */
	uint32_t now[RACE_ROUTES]; /* next hops; 0: the route does not stand */
	uint64_t seed;
	uint64_t naps_sent;
	uint64_t lookups_at_nap; /* of the reader that was sent to sleep */
	struct fib_race_result result;
};

static __thread struct reader *napper;

static void nap(int signal)
{
	static const struct timespec length = {.tv_nsec = 1000000};
	struct reader *r = napper;
	int saved = errno;

	__atomic_store_n(&r->naps_in_burst, r->naps_in_burst + r->in_burst, __ATOMIC_RELAXED);
	nanosleep(&length, NULL);
	__atomic_store_n(&r->naps, r->naps + 1, __ATOMIC_RELEASE);
	errno = saved;
}

static void look_up_burst(struct reader *r, uint64_t *seed)
{
	struct race *race = r->race;
	unsigned first = (unsigned)(oracle_random(seed) % (RACE_PROBES - RACE_BURST));
	uint32_t nh[RACE_BURST];

	r->in_burst = true;
	race->ops->bulk_packed(race->fib, race->packed, first, nh, RACE_BURST);
	r->in_burst = false;
	r->wrong += race_set_wrong(&race->set, first, nh, RACE_BURST);
	nh[0] = race->ops->lookup(race->fib, race->set.probe[first]);
	r->wrong += race_set_wrong(&race->set, first, nh, 1);
}

static void come(struct reader *r)
{
	/* Registering is done in a library where ThreadSanitizer sees no order. */
	if (!WITH_TSAN)
		rcu_reader_online(r->race->rcu, r->id);
	else
		rte_rcu_qsbr_thread_online(r->race->rcu->qsbr, r->id);
	r->visits++;
}

static void go(struct reader *r)
{
	if (!WITH_TSAN)
		rcu_reader_offline(r->race->rcu, r->id);
	else
		rte_rcu_qsbr_thread_offline(r->race->rcu->qsbr, r->id);
}

static void *read_until_stopped(void *arg)
{
	struct reader *r = arg;
	struct race *race = r->race;
	uint64_t seed = 31 + r->id;

	napper = r;
	come(r);
	while (!__atomic_load_n(&race->stop, __ATOMIC_RELAXED)) {
		for (unsigned i = 1; i <= FIB_RACE_TURNS; i++) {
			look_up_burst(r, &seed);
			if (i % race->plan->turn == 0)
				rcu_reader_quiescent(race->rcu, r->id);
		}
		__atomic_store_n(&r->lookups, r->lookups + FIB_RACE_TURNS * (RACE_BURST + 1),
				 __ATOMIC_RELAXED);
		if (race->plan->comes_and_goes) {
			go(r);
			come(r);
		}
	}
	go(r);
	return NULL;
}

static int set_route(struct race *race, unsigned id)
{
	const struct oracle_route *route = &race->set.route[id];
	uint32_t nh = race_nh(id, (unsigned)oracle_random(&race->seed));
	int rc = race->ops->add(race->fib, route->addr, route->len, nh, nh);

	race->now[id] = nh;
	return rc;
}

static int del_route(struct race *race, unsigned id)
{
	const struct oracle_route *route = &race->set.route[id];

	race->now[id] = 0;
	return race->ops->del(race->fib, route->addr, route->len);
}

static unsigned choose(struct race *race)
{
	unsigned id = 1 + (unsigned)(oracle_random(&race->seed) % (RACE_DEFAULT - 1));

	/* Those that always stand shall not be rare, and short ones are thousands of root words. */
	if (oracle_random(&race->seed) % 16 == 0)
		id = 1 + (unsigned)(oracle_random(&race->seed) % (RACE_STANDING - 1));
	while (race->set.route[id].len < 14 && oracle_random(&race->seed) % 32)
		id = 1 + (unsigned)(oracle_random(&race->seed) % (RACE_DEFAULT - 1));
	return id;
}

/* A nap begins when the last one is over and the reader has worked since. */
static void send_to_sleep(struct race *race)
{
	struct reader *r = &race->reader[1];
	uint64_t lookups = __atomic_load_n(&r->lookups, __ATOMIC_RELAXED);

	if (!race->plan->naps || lookups == race->lookups_at_nap ||
	    __atomic_load_n(&r->naps, __ATOMIC_ACQUIRE) < race->naps_sent)
		return;
	race->lookups_at_nap = lookups;
	race->naps_sent++;
	pthread_kill(r->thread, SIGUSR1);
}

/* Routes that no probe meets, many at a time, all over the address space: they come with the last
 * change of a phase, and go with that of the next. The root outgrows its first form, and the holes
 * that they leave are worth a compaction. */
static void fill(struct race *race, bool come)
{
	unsigned len = race->ops->bits == 32 ? 32 : 64;
	uint64_t seed = 35;
	int rc = 0;

	for (unsigned i = 0; i < FILLERS && !rc; i++) {
		oracle_addr addr = race_set_nowhere(&seed) & oracle_mask(len);

		rc = come ? race->ops->add(race->fib, addr, len, RACE_VARIANTS, 1)
			  : race->ops->del(race->fib, addr, len);
		if (i % CHANGES == 0)
			send_to_sleep(race);
	}
	if (rc)
		abort();
}

static void change(struct race *race)
{
	struct fib_race_result *result = &race->result;
	bool filling = result->changes / FIB_RACE_PHASE % 2 == 0;
	unsigned id = choose(race);
	int rc = 0;

	if (result->changes % DEFAULT_TURN == DEFAULT_TURN / 2) {
		id = RACE_DEFAULT;
		result->defaults++;
		rc = race->now[id] ? del_route(race, id) : set_route(race, id);
	} else if (id >= RACE_STANDING && oracle_random(&race->seed) % 16 >= (filling ? 12 : 1)) {
		if (!race->now[id])
			return;
		rc = del_route(race, id);
	} else {
		rc = set_route(race, id);
	}
	if (rc)
		abort();
	result->changes++;
	if (race->plan->fillings && result->changes % FIB_RACE_PHASE == 0) {
		fill(race, filling);
		result->fillings += filling;
	}
	if (result->changes % SLICE_TURN == 0) {
		race->ops->maintain(race->fib, (unsigned)(oracle_random(&race->seed) % SLICE_MAX));
		result->slices++;
	}
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static bool has_enough(const struct race *race)
{
	const struct fib_race_plan *plan = race->plan;
	uint64_t lookups = 0;

	for (unsigned i = 0; i < plan->readers; i++)
		lookups += __atomic_load_n(&race->reader[i].lookups, __ATOMIC_RELAXED);
	return lookups >= plan->lookups && race->result.changes >= plan->changes &&
	       race->result.fillings >= plan->fillings &&
	       __atomic_load_n(&race->reader[1].naps, __ATOMIC_RELAXED) >= plan->naps;
}

static void write_until_enough(struct race *race)
{
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		for (unsigned i = 0; i < CHANGES; i++)
			change(race);
		send_to_sleep(race);
		race->result.seconds = seconds_since(&start);
	} while (!has_enough(race) || race->result.seconds < race->plan->seconds);
	__atomic_store_n(&race->stop, true, __ATOMIC_RELAXED);
}

/* Every probe, exactly, now that nothing changes any more. */
static uint64_t wrong_after(const struct race *race)
{
	static struct oracle o;
	uint64_t wrong = 0;
	uint32_t nh[RACE_BURST];

	o.n = 0;
	for (unsigned id = 1; id < RACE_ROUTES; id++) {
		o.route[o.n] = race->set.route[id];
		o.route[o.n].nh = race->now[id];
		o.n += !!race->now[id];
	}
	for (unsigned i = 0; i < RACE_PROBES; i++) {
		const struct oracle_route *want = oracle_match(&o, race->set.probe[i], 129);

		if (i % RACE_BURST == 0)
			race->ops->bulk_packed(race->fib, race->packed, i, nh, RACE_BURST);
		wrong += nh[i % RACE_BURST] != (want ? want->nh : FIB_MISS);
	}
	return wrong;
}

static void start(struct race *race)
{
	const struct sigaction action = {.sa_handler = nap, .sa_flags = SA_RESTART};

	sigaction(SIGUSR1, &action, NULL);
	for (unsigned i = 0; i < race->plan->readers; i++) {
		struct reader *r = &race->reader[i];

		r->race = race;
		r->id = i;
		if (WITH_TSAN)
			rte_rcu_qsbr_thread_register(race->rcu->qsbr, i);
		if (pthread_create(&r->thread, NULL, read_until_stopped, r))
			abort();
	}
}

static void finish(struct race *race)
{
	struct fib_race_result *result = &race->result;
	struct fib_stats stats;

	for (unsigned i = 0; i < race->plan->readers; i++) {
		struct reader *r = &race->reader[i];

		pthread_join(r->thread, NULL);
		if (WITH_TSAN)
			rte_rcu_qsbr_thread_unregister(race->rcu->qsbr, i);
		result->lookups += r->lookups;
		result->wrong += r->wrong;
		result->naps += r->naps;
		result->naps_in_burst += r->naps_in_burst;
		result->visits += r->visits;
	}
	race->ops->stats(race->fib, &stats);
	result->rebuilds = stats.rebuilds;
	result->trie_bytes = stats.trie_bytes;
	result->waits = race->rcu->waits;
	result->wrong_after = wrong_after(race);
}

struct fib_race_result fib_race(const struct fib_ops *ops, const struct fib_race_plan *plan)
{
	struct race *race = aligned_alloc(128, sizeof(*race));
	struct fib_race_result result;

	if (!race)
		abort();
	memset(race, 0, sizeof(*race));
	race->ops = ops;
	race->plan = plan;
	race->seed = 33;
	race_set_init(&race->set, ops->bits);
	race->rcu = rcu_create(READERS_MAX, plan->queue);
	race->fib = ops->create(race->rcu, RACE_ROUTES + FILLERS);
	race->packed = ops->pack(race->set.probe, RACE_PROBES);
	if (!race->rcu || !race->fib || !race->packed)
		abort();
	if (ops->set_simd(race->fib, plan->simd))
		abort();
	for (unsigned id = 1; id < RACE_STANDING; id++)
		if (set_route(race, id))
			abort();
	start(race);
	write_until_enough(race);
	finish(race);
	result = race->result;
	ops->destroy(race->fib);
	rcu_destroy(race->rcu);
	free(race->packed);
	free(race);
	return result;
}
