/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rcu.h"

static void count(void *ctx, uint64_t arg)
{
	*(uint64_t *)ctx += arg;
}

static void frees_after_every_reader(void **state)
{
	struct rcu *rcu = rcu_create(2, 8);
	uint64_t freed = 0;

	rcu_reader_online(rcu, 0);
	rcu_reader_online(rcu, 1);
	rcu_defer(rcu, count, &freed, 1);
	assert_int_equal(rcu_reclaim(rcu), 1);
	rcu_reader_quiescent(rcu, 0);
	assert_int_equal(rcu_reclaim(rcu), 1);
	assert_int_equal(freed, 0);
	rcu_reader_quiescent(rcu, 1);
	assert_int_equal(rcu_reclaim(rcu), 0);
	assert_int_equal(freed, 1);
	rcu_reader_offline(rcu, 0);
	rcu_reader_offline(rcu, 1);
	rcu_defer(rcu, count, &freed, 10);
	rcu_destroy(rcu);
	assert_int_equal(freed, 11);
}

static void *slow_reader(void *arg)
{
	struct rcu *rcu = arg;

	/* Report until the writer, who waits for room, has been let through often enough. */
	while (__atomic_load_n(&rcu->waits, __ATOMIC_ACQUIRE) < 3)
		rcu_reader_quiescent(rcu, 0);
	rcu_reader_offline(rcu, 0);
	return NULL;
}

static void full_queue_makes_the_writer_wait(void **state)
{
	struct rcu *rcu = rcu_create(1, 4);
	uint64_t freed = 0, deferred = 4;
	pthread_t reader;

	rcu_reader_online(rcu, 0);
	for (int i = 0; i < 4; i++)
		rcu_defer(rcu, count, &freed, 1);
	assert_int_equal(freed, 0);
	/* One more than there is room for: it waits until the reader, started now, has reported. */
	assert_int_equal(pthread_create(&reader, NULL, slow_reader, rcu), 0);
	for (; rcu->waits < 3; deferred++)
		rcu_defer(rcu, count, &freed, 1);
	pthread_join(reader, NULL);
	assert_true(freed >= 3 && freed >= deferred - 4);
	rcu_synchronize(rcu);
	assert_int_equal(rcu_reclaim(rcu), 0);
	assert_int_equal(freed, deferred);
	rcu_destroy(rcu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frees_after_every_reader),
		cmocka_unit_test(full_queue_makes_the_writer_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
