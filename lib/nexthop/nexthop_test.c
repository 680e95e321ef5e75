/* SPDX-License-Identifier: BSD-3-Clause */
#include "nexthop_fixture.h"

#include <errno.h>

static uint32_t free_groups(void)
{
	rcu_synchronize(t->rcu);
	return nexthop_groups(t->nexthops)->n_free;
}

static void same_next_hop_is_one_object(void **state)
{
	struct nexthop *a = get(0, "10.0.0.1"), *b = get(0, "10.0.0.1"), *c = get(1, "10.0.0.1"),
		       *d = get(0, "10.0.0.2");
	struct ip_addr addr = testing_addr("10.0.0.1");

	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, c);
	assert_ptr_not_equal(a, d);
	assert_ptr_equal(nexthop_iface(c), t->p[1]);
	assert_true(ip_addr_equal(nexthop_gateway(c), &addr));
	assert_null(nexthop_mac(a));
	assert_int_equal(resolve(a, 1), 0);
	put(a); /* b holds it still */
	assert_non_null(nexthop_mac(b));
	put(b);
	a = get(0, "10.0.0.1"); /* a new one */
	assert_null(nexthop_mac(a));
	put(a);
	put(c);
	put(d);
}

static void same_paths_are_one_group(void **state)
{
	struct nexthop *nhs[] = {get(0, "10.0.0.1"), get(1, "10.0.0.2")};
	struct nexthop_path weighted[] = {{nhs[0], 1}, {nhs[1], 2}}, single = {nhs[0], 9};
	uint32_t before = free_groups();
	struct nexthop_group *a = group_over(nhs, 2), *b = group_over(nhs, 2),
			     *c = nexthop_group_get(t->nexthops, weighted, 2, &err),
			     *d = group_over(nhs, 1),
			     *e = nexthop_group_get(t->nexthops, &single, 1, &err);
	const struct nexthop_path *paths;

	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, c);
	assert_ptr_equal(d, e); /* the weight of an only path says nothing */
	assert_int_equal(nexthop_group_paths(c, &paths), 2);
	assert_ptr_equal(paths[1].nh, nhs[1]);
	assert_int_equal(paths[1].weight, 2);
	put(nhs[0]); /* the groups hold them */
	put(nhs[1]);
	assert_int_equal(resolve(nhs[0], 1), 0);
	nexthop_group_put(t->nexthops, a);
	testing_assert_rewrite(t->nexthops, index_of(b), 0, 1);
	nexthop_group_put(t->nexthops, b);
	nexthop_group_put(t->nexthops, c);
	nexthop_group_put(t->nexthops, d);
	testing_assert_rewrite(t->nexthops, index_of(e), 0, 1);
	nexthop_group_put(t->nexthops, e);
	assert_int_equal(free_groups(), before);
}

static void fixed_groups_count_no_references(void **state)
{
	struct nexthop_group *local = nexthop_group_fixed(t->nexthops, ADJ_INDEX_LOCAL);
	const struct nexthop_path *paths;

	for (int i = 0; i < 5; i++)
		nexthop_group_put(t->nexthops, local);
	assert_int_equal(index_of(local), ADJ_INDEX_LOCAL);
	assert_int_equal(nexthop_group_paths(local, &paths), 0);
	testing_assert_kind(t->nexthops, index_of(local), 0, ADJ_LOCAL);
}

static void resolving_moves_every_group(void **state)
{
	struct nexthop *nhs[] = {get(0, "10.0.0.1"), get(0, "10.0.0.2"), get(1, "fe80::1")};
	struct nexthop *reversed[] = {nhs[2], nhs[1], nhs[0]};
	struct nexthop_group *one = group_over(nhs, 1), *two = group_over(nhs, 2),
			     *three = group_over(reversed, 3);
	const uint32_t third = 60; /* of 64 buckets, the last third */

	assert_int_equal(resolve(nhs[0], 1), 0);
	testing_assert_rewrite(t->nexthops, index_of(one), 123, 1);
	testing_assert_rewrite(t->nexthops, index_of(two), 0, 1);
	testing_assert_kind(t->nexthops, index_of(two), 63, ADJ_GLEAN);
	testing_assert_kind(t->nexthops, index_of(three), 0, ADJ_GLEAN);
	testing_assert_rewrite(t->nexthops, index_of(three), third, 1);

	/* Another on the same interface: the first was its own, the glean is shared. */
	assert_int_equal(resolve(nhs[1], 2), 0);
	testing_assert_rewrite(t->nexthops, index_of(one), 0, 1);
	testing_assert_rewrite(t->nexthops, index_of(two), 0, 1);
	testing_assert_rewrite(t->nexthops, index_of(two), 63, 2);
	testing_assert_rewrite(t->nexthops, index_of(three), 32, 2);

	assert_int_equal(resolve(nhs[2], 3), 0);
	testing_assert_rewrite(t->nexthops, index_of(three), 0, 3);
	assert_int_equal(adj_hdr(testing_adj(t->nexthops, index_of(three), 0))->ether_type,
			 RTE_BE16(RTE_ETHER_TYPE_IPV6));
	assert_int_equal(adj_hdr(testing_adj(t->nexthops, index_of(two), 0))->ether_type,
			 RTE_BE16(RTE_ETHER_TYPE_IPV4));

	nexthop_unresolve(t->nexthops, nhs[0]);
	testing_assert_kind(t->nexthops, index_of(one), 0, ADJ_GLEAN);
	testing_assert_kind(t->nexthops, index_of(two), 0, ADJ_GLEAN);
	testing_assert_rewrite(t->nexthops, index_of(two), 63, 2);
	testing_assert_kind(t->nexthops, index_of(three), third, ADJ_GLEAN);
	testing_assert_rewrite(t->nexthops, index_of(three), 0, 3);
	assert_int_equal(testing_adj(t->nexthops, index_of(one), 0)->iface, TESTING_ID(0));
	nexthop_unresolve(t->nexthops, nhs[2]);
	testing_assert_kind(t->nexthops, index_of(three), 0, ADJ_GLEAN);
	assert_int_equal(testing_adj(t->nexthops, index_of(three), 0)->iface, TESTING_ID(1));

	for (unsigned i = 0; i < 3; i++)
		put(nhs[i]);
	nexthop_group_put(t->nexthops, one);
	nexthop_group_put(t->nexthops, two);
	nexthop_group_put(t->nexthops, three);
}

/* A group made of next hops that are resolved already leads to them at once. */
static void group_starts_with_what_is_known(void **state)
{
	struct nexthop *nhs[] = {get(0, "10.0.0.1"), get(1, "10.0.1.1")};
	struct nexthop_group *group;

	resolve(nhs[0], 1);
	group = group_over(nhs, 2);
	testing_assert_rewrite(t->nexthops, index_of(group), 0, 1);
	testing_assert_kind(t->nexthops, index_of(group), 63, ADJ_GLEAN);
	assert_int_equal(testing_adj(t->nexthops, index_of(group), 63)->iface, TESTING_ID(1));
	put(nhs[0]);
	put(nhs[1]);
	nexthop_group_put(t->nexthops, group);
}

static void new_mac_is_a_new_adjacency(void **state)
{
	struct nexthop *nh = get(0, "10.0.0.1");
	struct nexthop_group *group = group_over(&nh, 1);
	uint32_t first, second;
	struct mac_addr mac = testing_mac(2);

	resolve(nh, 1);
	first = testing_adj_index(t->nexthops, index_of(group), 0);
	assert_int_equal(resolve(nh, 1), 0); /* nothing new */
	assert_int_equal(testing_adj_index(t->nexthops, index_of(group), 0), first);
	rcu_reader_online(t->rcu, 0);
	assert_int_equal(resolve(nh, 2), 0);
	second = testing_adj_index(t->nexthops, index_of(group), 0);
	assert_int_not_equal(second, first);
	/* The old one stands as it was, for a reader that came before. */
	assert_int_equal(adj_hdr(&nexthop_adjs(t->nexthops)[first])->dst_addr.addr_bytes[5], 1);
	assert_memory_equal(nexthop_mac(nh), &mac, sizeof(mac));
	rcu_reader_offline(t->rcu, 0);
	nexthop_unresolve(t->nexthops, nh);
	nexthop_unresolve(t->nexthops, nh); /* once more changes nothing */
	assert_null(nexthop_mac(nh));
	put(nh);
	nexthop_group_put(t->nexthops, group);
}

static void full_of_adjacencies(void **state)
{
	unsigned room = testing_room(t);
	struct nexthop_usage before, usage;
	struct nexthop *nhs[4096];
	struct nexthop_group *group;

	assert_true(room >= MAX);
	for (unsigned i = 0; i < room; i++) {
		struct ip_addr addr = {.family = IP4,
				       .bytes = {10, 0, (uint8_t)(i >> 8), (uint8_t)i}};

		nhs[i] = nexthop_get(t->nexthops, t->p[0], &addr, &err);
		assert_int_equal(resolve(nhs[i], i), 0);
	}
	group = group_over(nhs, 2);
	*err.msg = '\0';
	nexthop_usage(t->nexthops, &before);
	assert_int_equal(resolve(nhs[0], 9999), -ENOSPC);
	nexthop_usage(t->nexthops, &usage);
	assert_int_equal(usage.adjacencies.used, usage.adjacencies.max);
	assert_int_equal(usage.adjacencies.refused, before.adjacencies.refused + 1);
	assert_false(nexthop_has_room(t->nexthops));
	assert_false(nexthop_has_room_again(t->nexthops));
	assert_non_null(strstr(err.msg, "full"));
	testing_assert_rewrite(t->nexthops, index_of(group), 0, 0);
	testing_assert_rewrite(t->nexthops, index_of(group), 63, 1);
	assert_memory_equal(nexthop_mac(nhs[0]), &(struct mac_addr){{2}}, 6);
	/* Losing one needs no room, and makes some. */
	nexthop_unresolve(t->nexthops, nhs[1]);
	testing_assert_kind(t->nexthops, index_of(group), 63, ADJ_GLEAN);
	assert_true(nexthop_has_room_again(t->nexthops));
	assert_int_equal(resolve(nhs[0], 9999), 0);
	testing_assert_rewrite(t->nexthops, index_of(group), 0, 9999);
	nexthop_group_put(t->nexthops, group);
	for (unsigned i = 0; i < room; i++)
		put(nhs[i]);
	rcu_synchronize(t->rcu);
	assert_int_equal(testing_room(t), room);
}

static void full_of_groups(void **state)
{
	uint32_t before = free_groups();
	struct nexthop *nh[2] = {get(0, "10.0.0.1"), get(0, "10.0.0.2")};
	struct nexthop_group **groups = calloc(before, sizeof(struct nexthop_group *)), *shared;
	struct nexthop_path paths[2] = {{.nh = nh[0]}, {.nh = nh[1]}};
	struct nexthop_usage usage;
	uint32_t n = 0;

	/* Groups that differ in their weights, until the buckets are used up. */
	for (; n < before; n++) {
		paths[0].weight = 1 + n % 256;
		paths[1].weight = 1 + n / 256;
		*err.msg = '\0';
		groups[n] = nexthop_group_get(t->nexthops, paths, 2, &err);
		if (!groups[n])
			break;
	}
	assert_true(n >= MAX);
	if (n < before)
		assert_non_null(strstr(err.msg, "no room for another group"));
	rcu_synchronize(t->rcu);
	nexthop_usage(t->nexthops, &usage);
	assert_true(usage.groups.refused || usage.buckets.refused);
	assert_true(usage.groups.used == n && usage.buckets.used >= n * GROUP_BUCKETS_MIN);
	assert_false(nexthop_has_room_again(t->nexthops));
	/* What stands can still be had, and the refused one left no trace. */
	paths[0].weight = paths[1].weight = 1;
	shared = nexthop_group_get(t->nexthops, paths, 2, &err);
	assert_ptr_equal(shared, groups[0]);
	assert_int_equal(resolve(nh[1], 5), 0);
	testing_assert_rewrite(t->nexthops, index_of(groups[0]), 63, 5);
	nexthop_group_put(t->nexthops, shared);
	for (uint32_t i = 0; i < n; i++)
		nexthop_group_put(t->nexthops, groups[i]);
	assert_true(nexthop_has_room_again(t->nexthops));
	nexthop_forget_refused(t->nexthops);
	assert_false(nexthop_has_room_again(t->nexthops));
	free(groups);
	put(nh[0]);
	put(nh[1]);
	assert_int_equal(free_groups(), before);
}

/* Random gets, puts and resolutions; then all is put back, and everything is free again. */
static void nothing_leaks(void **state)
{
	unsigned room = testing_room(t);
	uint32_t groups_before = free_groups();
	struct nexthop *nhs[MAX];
	struct nexthop_group *groups[30] = {NULL};
	uint64_t seed = 3;

	for (unsigned i = 0; i < MAX; i++) {
		struct ip_addr addr = {.family = IP4, .bytes = {10, 1, 0, (uint8_t)i}};

		nhs[i] = nexthop_get(t->nexthops, t->p[i % TESTING_PORTS], &addr, &err);
	}
	for (int round = 0; round < 3000; round++) {
		unsigned r, i;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		r = (unsigned)(seed >> 33);
		i = r % RTE_DIM(groups);
		if (r & 1 << 20) {
			assert_int_equal(resolve(nhs[r % MAX], r % 5000), 0);
		} else if (r & 1 << 21) {
			nexthop_unresolve(t->nexthops, nhs[r % MAX]);
		} else if (groups[i]) {
			nexthop_group_put(t->nexthops, groups[i]);
			groups[i] = NULL;
		} else {
			unsigned first = r % (MAX - 8);

			groups[i] = group_over(&nhs[first], 1 + (r >> 8) % 8);
			assert_non_null(groups[i]);
		}
	}
	for (unsigned i = 0; i < MAX; i++)
		put(nhs[i]);
	for (unsigned i = 0; i < RTE_DIM(groups); i++)
		if (groups[i])
			nexthop_group_put(t->nexthops, groups[i]);
	assert_int_equal(free_groups(), groups_before);
	assert_int_equal(testing_room(t), room - (TESTING_PORTS - 1)); /* the gleans stay */
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(same_next_hop_is_one_object),
		TEST(same_paths_are_one_group),
		TEST(fixed_groups_count_no_references),
		TEST(resolving_moves_every_group),
		TEST(group_starts_with_what_is_known),
		TEST(new_mac_is_a_new_adjacency),
		TEST(full_of_adjacencies),
		TEST(full_of_groups),
		TEST(nothing_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
