/* SPDX-License-Identifier: BSD-3-Clause */
#include "nexthop_testing.h"

#define MAX 20

static struct testing_tables *t;
static struct adj_table *adjs;

static int setup(void **state)
{
	t = testing_tables_create(1);
	adjs = adj_table_create(MAX, -1, t->rcu);
	return adjs ? 0 : -1;
}

static int teardown(void **state)
{
	rcu_synchronize(t->rcu);
	adj_table_destroy(adjs);
	testing_tables_destroy(t);
	return 0;
}

static uint32_t rewrite(unsigned number)
{
	struct mac_addr mac = testing_mac(number);

	return adj_rewrite(adjs, t->p[number % TESTING_PORTS], &mac, 0x86dd);
}

static void fixed_ones_stand_and_stay(void **state)
{
	static const enum adj_kind kinds[ADJ_INDEX_FIXED] = {
		ADJ_NO_ROUTE, ADJ_UNREACHABLE, ADJ_PROHIBIT, ADJ_BLACKHOLE, ADJ_LOCAL, ADJ_KERNEL};

	for (uint32_t i = 0; i < ADJ_INDEX_FIXED; i++) {
		adj_free(adjs, i);
		assert_int_equal(adjs->adjs[i].kind, kinds[i]);
		assert_int_equal(adjs->adjs[i].mtu, 0);
	}
	rcu_synchronize(t->rcu);
	assert_int_equal(adjs->n_free, MAX);
}

static void made_of_interface_and_mac(void **state)
{
	static const uint8_t header[14] = {2, 0, 0, 0, 1, 2, 2, 0, 0, 0, 0xff, 2, 0x86, 0xdd};
	const struct adj *adj = &adjs->adjs[rewrite(0x102)];

	assert_memory_equal(adj_hdr(adj), header, sizeof(header));
	assert_int_equal(adj->kind, ADJ_REWRITE);
	assert_int_equal(adj->iface, TESTING_ID(2));
	assert_int_equal(adj->port, 12);
	assert_int_equal(adj->mtu, 1500);
	assert_int_equal((uintptr_t)adj % RTE_CACHE_LINE_SIZE, 0);
	adj = &adjs->adjs[adj_glean(adjs, t->p[1])];
	assert_int_equal(adj->kind, ADJ_GLEAN);
	assert_int_equal(adj->iface, TESTING_ID(1));
	assert_int_equal(adj->mtu, 1500);
}

static void full_table_refuses_and_recovers(void **state)
{
	bool seen[MAX + ADJ_INDEX_FIXED] = {false};
	struct adj before[ADJ_INDEX_FIXED];

	memcpy(before, adjs->adjs, sizeof(before));
	for (unsigned i = 0; i < MAX; i++) {
		uint32_t index = rewrite(i);

		assert_in_range(index, ADJ_INDEX_FIXED, MAX + ADJ_INDEX_FIXED - 1);
		assert_false(seen[index]);
		seen[index] = true;
	}
	assert_int_equal(rewrite(99), 0);
	assert_int_equal(adj_glean(adjs, t->p[0]), 0);
	/* A refusal writes nowhere: index 0 is that of "no route". */
	assert_memory_equal(before, adjs->adjs, sizeof(before));
	adj_free(adjs, 7);
	assert_int_equal(rewrite(99), 7);
	assert_int_equal(rewrite(99), 0);
}

/* Not reused, and not touched, as long as a reader may hold it. */
static void freed_behind_the_readers(void **state)
{
	uint32_t index = rewrite(1), other;
	struct adj before = adjs->adjs[index];

	rcu_reader_online(t->rcu, 0);
	adj_free(adjs, index);
	rcu_reclaim(t->rcu);
	other = rewrite(2);
	assert_int_not_equal(other, index);
	assert_memory_equal(&before, &adjs->adjs[index], sizeof(before));
	rcu_reader_quiescent(t->rcu, 0);
	rcu_reclaim(t->rcu);
	assert_int_equal(rewrite(3), index);
	rcu_reader_offline(t->rcu, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fixed_ones_stand_and_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(made_of_interface_and_mac, setup, teardown),
		cmocka_unit_test_setup_teardown(full_table_refuses_and_recovers, setup, teardown),
		cmocka_unit_test_setup_teardown(freed_behind_the_readers, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
