/* SPDX-License-Identifier: BSD-3-Clause */
/* What ends the wait of a worker, and that nobody waits for one that waits. */
#include <pthread.h>

#include "idle.h"
#include "packet_testing.h"
#include "punt.h"
#include "rcu.h"
#include "route_testing.h"
#include "wait.h"
#include "worker_ctl.h"

#define ROUNDS 20

static const unsigned lcores[] = {0};
static struct testing_routes *routes;
static struct port port, *port_list[] = {&port};
static struct port_table port_table = {.ports = port_list, .n = 1};
static struct router r;
static struct iface_table *none; /* with a port */
static struct worker_set *set;
static struct worker *w;
static uint64_t freed;

static int setup(void **state)
{
	struct policer policers[PUNT_CLASS_MAX] = {0};

	routes = testing_routes_create();
	none = iface_table_create(IFACE_MAX, -1);
	r = (struct router){.rcu = routes->tables->rcu,
			    .ports = &port_table,
			    .ifaces = none,
			    .nexthops = routes->nexthops,
			    .routes = routes->routes};
	/* No ethdev: so its queue has no interrupt. */
	port = (struct port){.id = RTE_MAX_ETHPORTS - 1, .numa_node = -1, .n_rxq = 1, .n_txq = 1};
	set = worker_set_create(&r, lcores, 1, policers, NULL);
	if (!set)
		return -1;
	worker_set_idle(set, 0, IDLE_MODE_INTERRUPT);
	w = set->workers[0];
	rcu_reader_online(w->rcu, w->id);
	return 0;
}

static int teardown(void **state)
{
	rcu_reader_offline(w->rcu, w->id);
	worker_set_destroy(set);
	iface_table_destroy(none);
	testing_routes_destroy(routes);
	return 0;
}

static bool wait_once(void)
{
	bool awake = wait_for_interrupt(w);

	wait_disarm(w);
	return awake;
}

static void the_bell_ends_a_wait(void **state)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		assert_true(wait_arm(w));
		doorbell_ring(&w->bell);
		doorbell_ring(&w->bell);
		assert_true(wait_once());
	}
	doorbell_ring(&w->bell); /* nobody is asleep */
	assert_true(wait_arm(w));
	assert_false(wait_once()); /* it ends with the time */
}

static void another_set_of_queues_ends_a_wait(void **state)
{
	assert_true(wait_arm(w));
	assert_int_equal(worker_add_port(set, &port, 0, NULL, 0, NULL), 0);
	assert_true(wait_once());
}

static void without_interrupts_it_does_not_wait(void **state)
{
	assert_int_equal(worker_add_port(set, &port, 0, NULL, 0, NULL), 0);
	assert_false(w->rxqs->rxq[0].interrupt);
	assert_false(wait_arm(w));
	assert_false(w->bell.armed);
}

static void time_asleep_is_counted_while_it_sleeps(void **state)
{
	struct worker_stats *s = w->stats;

	assert_int_equal(stat_asleep(s, 1000), 0);
	stat_asleep_begin(s, 1000);
	assert_int_equal(stat_asleep(s, 1000), 0);
	assert_int_equal(stat_asleep(s, 1300), 300);
	stat_asleep_end(s, 1400);
	assert_int_equal(stat_asleep(s, 9999), 400);
	stat_asleep_begin(s, 2000);
	assert_int_equal(stat_asleep(s, 2100), 500);
	stat_asleep_end(s, 2200);
	assert_int_equal(stat_asleep(s, 2200), 600);
	s->asleep = 0;
	w->idle->sleep_ns = 2000000;
	wait_sleep(w);
	assert_int_equal(s->sleeps, 1);
	assert_true(stat_asleep(s, 0) >= rte_get_tsc_hz() / 500);
}

static void *run(void *arg)
{
	worker_main(arg);
	return NULL;
}

static void wait_until_it_waits(void)
{
	while (!__atomic_load_n(&w->bell.armed, __ATOMIC_RELAXED))
		sched_yield();
}

static void count_freed(void *ctx, uint64_t arg)
{
	freed++;
}

/* A worker without queues waits, goes on when it is called, and waits again; RCU does not wait for
 * it. */
static void a_worker_that_waits_is_woken(void **state)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, run, w), 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		wait_until_it_waits();
		rcu_defer(r.rcu, count_freed, NULL, 0);
		rcu_synchronize(r.rcu);
		assert_int_equal(freed, i + 1);
		assert_int_equal(worker_del_port(set, &port, NULL), 0);
	}
	wait_until_it_waits();
	__atomic_store_n(&w->stop, true, __ATOMIC_RELAXED);
	doorbell_ring(&w->bell);
	pthread_join(thread, NULL);
	assert_true(w->stats->sleeps > ROUNDS);
	rcu_reader_online(w->rcu, w->id);
}

static int group_setup(void **state)
{
	return testing_eal_setup(state) || punt_init();
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_bell_ends_a_wait),
		TEST(another_set_of_queues_ends_a_wait),
		TEST(without_interrupts_it_does_not_wait),
		TEST(time_asleep_is_counted_while_it_sleeps),
		TEST(a_worker_that_waits_is_woken),
	};

	return cmocka_run_group_tests(tests, group_setup, testing_eal_teardown);
}
