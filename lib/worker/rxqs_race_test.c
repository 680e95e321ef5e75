/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Workers that poll while ports come and go: none polls a queue of a port after the call that takes
 * it away has returned, the port that stays is polled all the time, and what is freed is read by
 * nobody. With workers that poll on, and with such that sleep.
 */
#include <pthread.h>

#include "packet_testing.h"
#include "punt.h"
#include "rcu.h"
#include "route_testing.h"
#include "worker_ctl.h"

#define WORKERS 2
#define CHANGES 300
#define QUEUES  3

static const unsigned lcores[WORKERS] = {0, 1};
static struct testing_routes *routes;
static struct port ports[TESTING_PORTS], *port_list[TESTING_PORTS];
static struct port_table port_table = {.ports = port_list, .n = TESTING_PORTS};
static struct router r;
static struct worker_set *set;
static bool there[TESTING_PORTS];             /* atomic: the port may be polled */
static uint64_t wrong;                        /* atomic: polls of what is not there */
static uint64_t polls[TESTING_PORTS][QUEUES]; /* atomic */

/* Brings nothing, as most polls do. */
static void fake_rx(struct worker *w, struct burst *b)
{
	const struct worker_rxq *q = w->rxq;

	if (q->iface >= TESTING_PORTS || q->queue >= QUEUES || q->port != ports[q->iface].id ||
	    !__atomic_load_n(&there[q->iface], __ATOMIC_RELAXED))
		__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
	else
		__atomic_fetch_add(&polls[q->iface][q->queue], 1, __ATOMIC_RELAXED);
}

static void *run(void *arg)
{
	worker_main(arg);
	return NULL;
}

static void wait_for_poll(unsigned port)
{
	for (unsigned q = 0; q < QUEUES; q++) {
		uint64_t before = __atomic_load_n(&polls[port][q], __ATOMIC_RELAXED);

		while (__atomic_load_n(&polls[port][q], __ATOMIC_RELAXED) == before)
			sched_yield();
	}
}

static void add(unsigned i)
{
	__atomic_store_n(&there[i], true, __ATOMIC_RELAXED);
	worker_set_tx_port(set, &ports[i], (uint16_t)i);
	assert_int_equal(worker_add_port(set, &ports[i], (uint16_t)i, NULL, 0, NULL), 0);
}

static void del(unsigned i)
{
	assert_int_equal(worker_del_port(set, &ports[i], NULL), 0);
	__atomic_store_n(&there[i], false, __ATOMIC_RELAXED);
}

static void only_what_is_there_is_polled(void **state)
{
	static uint32_t random = 1;
	pthread_t threads[WORKERS];

	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, set->workers[i]), 0);
	for (unsigned n = 0; n < CHANGES; n++) {
		unsigned i = 1 + (random >> 16) % (TESTING_PORTS - 1);

		random = random * 1664525 + 1013904223;
		if (there[i])
			del(i);
		else
			add(i);
		if (n % 10)
			continue;
		wait_for_poll(0);
		for (i = 1; i < TESTING_PORTS; i++)
			if (there[i])
				wait_for_poll(i);
	}
	for (unsigned i = 0; i < WORKERS; i++)
		__atomic_store_n(&set->workers[i]->stop, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < WORKERS; i++)
		set->workers[i]->stop = false;
	assert_int_equal(wrong, 0);
	for (unsigned i = 0; i < TESTING_PORTS; i++)
		assert_true(polls[i][0] > 0);
}

/* One of the two waits for interrupts where it can; with these ports it sleeps. */
static void also_by_workers_that_sleep(void **state)
{
	worker_set_idle(set, 0, IDLE_MODE_SLEEP);
	worker_set_idle(set, 1, IDLE_MODE_INTERRUPT);
	only_what_is_there_is_polled(state);
	for (unsigned i = 0; i < WORKERS; i++)
		assert_true(set->workers[i]->stats->sleeps > 0);
}

static int setup(void **state)
{
	struct policer policers[PUNT_CLASS_MAX] = {0};

	if (testing_eal_setup(state) || punt_init())
		return -1;
	routes = testing_routes_create();
	r = (struct router){.rcu = routes->tables->rcu,
			    .ports = &port_table,
			    .ifaces = routes->tables->ifaces,
			    .nexthops = routes->nexthops,
			    .routes = routes->routes};
	for (uint16_t i = 0; i < TESTING_PORTS; i++) {
		ports[i] = (struct port){.id = routes->tables->p[i]->port,
					 .numa_node = -1,
					 .n_rxq = QUEUES,
					 .n_txq = WORKERS};
		port_list[i] = &ports[i];
	}
	set = worker_set_create(&r, lcores, WORKERS, policers, NULL);
	if (!set)
		return -1;
	for (unsigned i = 0; i < WORKERS; i++)
		set->workers[i]->nodes[NODE_port_rx] = fake_rx;
	add(0);
	return 0;
}

static int teardown(void **state)
{
	worker_set_destroy(set);
	testing_routes_destroy(routes);
	return testing_eal_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_there_is_polled),
		cmocka_unit_test(also_by_workers_that_sleep),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
