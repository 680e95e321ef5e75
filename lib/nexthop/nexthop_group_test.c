/* SPDX-License-Identifier: BSD-3-Clause */
/* Groups whose content changes, and interfaces that are not usable. */
#include "nexthop_testing.h"

#include <errno.h>

#define MAX 50
#define N   8 /* next hops: number i leads to MAC address i by port i % 4 */

static struct testing_tables *t;
static struct nexthop *nhs[N];
static struct error err;

static void resolve(unsigned i, unsigned mac_number)
{
	struct mac_addr mac = testing_mac(mac_number);

	assert_int_equal(nexthop_resolve(t->nexthops, nhs[i], &mac, &err), 0);
}

static int setup(void **state)
{
	t = testing_tables_create(MAX);
	for (unsigned i = 0; i < N; i++) {
		struct ip_addr addr = {.family = IP4, .bytes = {10, 0, 0, (uint8_t)(i + 1)}};

		nhs[i] = nexthop_get(t->nexthops, t->p[i % TESTING_PORTS], &addr, &err);
		assert_non_null(nhs[i]);
		resolve(i, i);
	}
	return 0;
}

static int teardown(void **state)
{
	rcu_reader_offline(t->rcu, 0); /* after a failure: nobody is to wait for it */
	for (unsigned i = 0; i < N; i++)
		nexthop_put(t->nexthops, nhs[i]);
	testing_tables_destroy(t);
	return 0;
}

static uint32_t free_groups(void)
{
	rcu_synchronize(t->rcu);
	return nexthop_groups(t->nexthops)->n_free;
}

static void fill_paths(struct nexthop_path *paths, unsigned first, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		paths[i] = (struct nexthop_path){.nh = nhs[first + i], .weight = 1};
}

static int set(struct nexthop_group *group, unsigned first, unsigned n)
{
	struct nexthop_path paths[N];

	fill_paths(paths, first, n);
	return nexthop_group_set(t->nexthops, group, paths, n, &err);
}

static struct nexthop_group *shared(unsigned first, unsigned n)
{
	struct nexthop_path paths[N];
	struct nexthop_group *group;

	fill_paths(paths, first, n);
	group = nexthop_group_get(t->nexthops, paths, n, &err);
	assert_non_null(group);
	return group;
}

static void put(struct nexthop_group *group)
{
	nexthop_group_put(t->nexthops, group);
}

static void usable(unsigned port, bool yes)
{
	nexthop_iface_set_usable(t->nexthops, t->p[port], yes);
}

/* Which next hop each bucket leads to, by its MAC address. */
static void look(const struct nexthop_group *group, uint8_t *to)
{
	for (uint32_t hash = 0; hash < GROUP_BUCKETS_MIN; hash++)
		to[hash] = adj_hdr(testing_adj(t->nexthops, nexthop_group_index(group), hash))
				   ->dst_addr.addr_bytes[5];
}

static void assert_count(const struct nexthop_group *group, unsigned mac, unsigned count)
{
	uint8_t to[GROUP_BUCKETS_MIN];

	look(group, to);
	for (unsigned i = 0; i < GROUP_BUCKETS_MIN; i++)
		count -= to[i] == mac;
	assert_int_equal(count, 0);
}

static void content_changes_behind_the_index(void **state)
{
	uint32_t before = free_groups(), index;
	struct nexthop_group *group = nexthop_group_create(t->nexthops, &err);
	const struct nexthop_path *paths;

	index = nexthop_group_index(group);
	assert_true(index >= ADJ_INDEX_FIXED);
	testing_assert_kind(t->nexthops, index, 5, ADJ_KERNEL);
	assert_int_equal(nexthop_group_paths(group, &paths), 0);
	assert_int_equal(set(group, 1, 1), 0);
	testing_assert_rewrite(t->nexthops, index, 0, 1);
	assert_int_equal(set(group, 1, 4), 0); /* one of them stays */
	for (unsigned i = 1; i < 5; i++)
		assert_count(group, i, 16);
	assert_int_equal(nexthop_group_paths(group, &paths), 4);
	assert_ptr_equal(paths[3].nh, nhs[4]);
	resolve(2, 99);
	assert_count(group, 99, 16);
	assert_int_equal(set(group, 2, 2), 0);
	resolve(1, 55); /* no longer in it */
	assert_count(group, 99, 32);
	assert_count(group, 3, 32);
	nexthop_group_set_fixed(t->nexthops, group, ADJ_INDEX_BLACKHOLE);
	testing_assert_kind(t->nexthops, index, 5, ADJ_BLACKHOLE);
	assert_int_equal(nexthop_group_paths(group, &paths), 0);
	resolve(2, 2);
	testing_assert_kind(t->nexthops, index, 5, ADJ_BLACKHOLE);
	assert_int_equal(set(group, 0, 8), 0);
	assert_int_equal(nexthop_group_index(group), index);
	put(group);
	assert_int_equal(free_groups(), before);
}

/* It is not one of the shared groups, and holds its next hops itself. */
static void its_own(void **state)
{
	struct nexthop_group *group = nexthop_group_create(t->nexthops, &err), *same;
	struct ip_addr addr = {.family = IP4, .bytes = {10, 9}};
	struct nexthop *nh = nexthop_get(t->nexthops, t->p[0], &addr, &err);
	struct nexthop_path path = {.nh = nh, .weight = 7};
	struct mac_addr mac = testing_mac(200);

	assert_int_equal(set(group, 0, 2), 0);
	same = shared(0, 2);
	assert_ptr_not_equal(group, same);
	assert_int_equal(nexthop_group_set(t->nexthops, group, &path, 1, &err), 0);
	nexthop_put(t->nexthops, nh); /* the group's own is the last reference */
	assert_int_equal(nexthop_group_set(t->nexthops, group, &path, 1, &err), 0);
	assert_int_equal(nexthop_resolve(t->nexthops, nh, &mac, &err), 0);
	testing_assert_rewrite(t->nexthops, nexthop_group_index(group), 0, 200);
	assert_count(same, 0, 32);
	put(same);
	put(group);
}

static void readers_keep_the_old_content(void **state)
{
	struct nexthop_group *group = nexthop_group_create(t->nexthops, &err);
	const struct group_table *groups = nexthop_groups(t->nexthops);
	uint64_t word;

	assert_int_equal(set(group, 0, 3), 0);
	word = group_word(groups, nexthop_group_index(group));
	rcu_reader_online(t->rcu, 0);
	assert_int_equal(set(group, 4, 4), 0);
	rcu_reclaim(t->rcu);
	assert_int_equal(set(group, 5, 2), 0); /* not where the reader may still look */
	nexthop_group_set_fixed(t->nexthops, group, ADJ_INDEX_KERNEL);
	for (uint32_t hash = 0; hash < GROUP_BUCKETS_MIN; hash++) {
		const struct adj *adj =
			&nexthop_adjs(t->nexthops)[group_bucket(groups, word, hash)];

		assert_int_equal(adj->kind, ADJ_REWRITE);
		assert_true(adj_hdr(adj)->dst_addr.addr_bytes[5] < 3);
	}
	rcu_reader_offline(t->rcu, 0);
	put(group);
}

static void no_room_changes_nothing(void **state)
{
	struct nexthop_group *group = nexthop_group_create(t->nexthops, &err), *many[4096];
	struct nexthop_path paths[2] = {{.nh = nhs[0], .weight = 1}, {.nh = nhs[1]}};
	const struct nexthop_path *found;
	unsigned n = 0;

	assert_int_equal(set(group, 2, 1), 0);
	for (;; n++) {
		assert_true(n < RTE_DIM(many));
		paths[1].weight = 60000 - n; /* 4096 buckets */
		many[n] = nexthop_group_get(t->nexthops, paths, 2, &err);
		if (!many[n])
			break;
	}
	*err.msg = '\0';
	assert_int_equal(set(group, 3, 4), -ENOSPC);
	assert_non_null(strstr(err.msg, "no room"));
	assert_int_equal(nexthop_group_paths(group, &found), 1);
	assert_ptr_equal(found->nh, nhs[2]);
	testing_assert_rewrite(t->nexthops, nexthop_group_index(group), 0, 2);
	while (n)
		put(many[--n]);
	assert_int_equal(set(group, 3, 4), 0);
	put(group);
}

/* Only flows on the interface move, to all others alike; they return with it. */
static void flows_leave_an_unusable_interface(void **state)
{
	struct nexthop_group *four = shared(0, 4), *one = shared(1, 1), *late;
	uint8_t before[GROUP_BUCKETS_MIN], now[GROUP_BUCKETS_MIN];

	look(four, before);
	usable(1, false);
	look(four, now);
	for (unsigned i = 0; i < GROUP_BUCKETS_MIN; i++) {
		assert_int_not_equal(now[i], 1);
		assert_true(now[i] == before[i] || before[i] == 1);
	}
	for (unsigned i = 0; i < 4; i++)
		if (i != 1)
			assert_true(memchr(now, (int)i, sizeof(now)));
	testing_assert_rewrite(t->nexthops, nexthop_group_index(one), 0, 1); /* no other path */
	/* One made meanwhile, over the same next hops by other weights, and one made over. */
	late = nexthop_group_create(t->nexthops, &err);
	assert_int_equal(set(late, 0, 2), 0);
	assert_count(late, 0, 64);
	assert_int_equal(set(late, 1, 2), 0);
	assert_count(late, 2, 64);
	/* A neighbour that is lost or found elsewhere does not bring it back. */
	nexthop_unresolve(t->nexthops, nhs[2]);
	testing_assert_kind(t->nexthops, nexthop_group_index(late), 7, ADJ_GLEAN);
	resolve(2, 77);
	resolve(1, 66);
	assert_count(late, 77, 64);
	resolve(2, 2);
	usable(1, true);
	assert_count(late, 66, 32);
	resolve(1, 1);
	look(four, now);
	assert_memory_equal(now, before, sizeof(now));
	put(late);
	put(one);
	put(four);
}

/* Both paths by the interface go at once; if it is all of them, they stay. */
static void all_paths_unusable_is_as_if_none_were(void **state)
{
	struct nexthop_group *eight = shared(0, 8), *two = shared(1, 2);
	uint8_t before[GROUP_BUCKETS_MIN], now[GROUP_BUCKETS_MIN];

	look(two, before);
	usable(1, false);
	assert_count(two, 2, 64);
	assert_count(eight, 1, 0);
	assert_count(eight, 5, 0);
	usable(2, false);
	look(two, now);
	assert_memory_equal(now, before, sizeof(now));
	assert_count(eight, 2, 0);
	usable(1, true);
	assert_count(two, 1, 64);
	usable(1, true); /* once more changes nothing */
	usable(2, true);
	look(two, now);
	assert_memory_equal(now, before, sizeof(now));
	put(two);
	put(eight);
}

static unsigned count_of(const uint8_t *seen, int which)
{
	unsigned n = 0;

	for (unsigned i = 0; i < GROUP_BUCKETS_MIN; i++)
		n += seen[i] == which;
	return n;
}

static void set_of(struct nexthop_group *group, const char *members)
{
	struct nexthop_path paths[N];
	unsigned n = 0;

	for (; members[n]; n++)
		paths[n] = (struct nexthop_path){.nh = nhs[members[n] - '0'], .weight = 1};
	assert_int_equal(nexthop_group_set(t->nexthops, group, paths, n, &err), 0);
}

/* Only its flows move, to all others alike, and they return with it, in whatever order it stands.
 */
static void a_path_that_goes_keeps_its_place(void **state)
{
	struct nexthop_group *group = nexthop_group_create(t->nexthops, &err);
	uint8_t before[GROUP_BUCKETS_MIN], now[GROUP_BUCKETS_MIN];
	const struct nexthop_path *paths;

	set_of(group, "0123");
	look(group, before);
	set_of(group, "231");
	look(group, now);
	for (unsigned i = 0; i < GROUP_BUCKETS_MIN; i++)
		assert_true(before[i] ? now[i] == before[i] : now[i] != 0);
	for (int i = 1; i < 4; i++)
		assert_in_range(count_of(now, i), 20, 23);
	assert_int_equal(nexthop_group_paths(group, &paths), 3);
	assert_ptr_equal(paths[0].nh, nhs[2]);
	resolve(0, 99); /* nobody's */
	look(group, now);
	assert_null(memchr(now, 99, sizeof(now)));
	resolve(0, 0);
	set_of(group, "3");
	assert_count(group, 3, 64);
	set_of(group, "3210");
	look(group, now);
	assert_memory_equal(now, before, sizeof(now));
	assert_int_equal(nexthop_group_paths(group, &paths), 4);
	/* With one that it has not had, all is shared anew. */
	set_of(group, "123");
	set_of(group, "1235");
	for (int i = 1; i < 4; i++)
		assert_count(group, i, 16);
	put(group);
}

/* Paths that are not taken stand aside also where all others are by unusable interfaces. */
static void absent_and_unusable(void **state)
{
	struct nexthop_group *group = nexthop_group_create(t->nexthops, &err);

	set_of(group, "012");
	set_of(group, "01");
	usable(1, false);
	assert_count(group, 0, 64);
	usable(0, false);
	assert_count(group, 2, 0);
	usable(1, true);
	assert_count(group, 1, 64);
	usable(0, true);
	put(group);
}

static void count_used(void *ctx, const struct nexthop *nh, bool used)
{
	++*(unsigned *)ctx;
}

/* Nobody has to keep alive what no packet takes. */
static void absent_paths_are_not_kept_alive(void **state)
{
	struct nexthop_group *group = nexthop_group_create(t->nexthops, &err);
	struct ip_addr addr = testing_addr("10.9.9.9");
	struct nexthop *nh = nexthop_get(t->nexthops, t->p[0], &addr, &err);
	struct nexthop_path both[2] = {{.nh = nhs[0], .weight = 1}, {.nh = nh, .weight = 1}};
	unsigned all = 0, without = 0, again = 0;

	assert_int_equal(nexthop_group_set(t->nexthops, group, both, 2, &err), 0);
	nexthop_put(t->nexthops, nh);
	nexthop_take_used(t->nexthops, count_used, &all);
	assert_int_equal(nexthop_group_set(t->nexthops, group, both, 1, &err), 0);
	nexthop_take_used(t->nexthops, count_used, &without);
	assert_int_equal(without, all - 1);
	assert_int_equal(nexthop_group_set(t->nexthops, group, both, 2, &err), 0);
	nexthop_take_used(t->nexthops, count_used, &again);
	assert_int_equal(again, all);
	assert_int_equal(nexthop_group_set(t->nexthops, group, both, 1, &err), 0);
	put(group);
}

/* Random changes of everything; then the groups lead where a fresh one would. */
static void same_as_made_anew(void **state)
{
	struct nexthop_group *group = nexthop_group_create(t->nexthops, &err), *fresh;
	unsigned first = 0, n = 2;
	uint64_t seed = 5;

	assert_int_equal(set(group, first, n), 0);
	for (int round = 0; round < 2000; round++) {
		uint8_t want[GROUP_BUCKETS_MIN], got[GROUP_BUCKETS_MIN];
		unsigned r;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		r = (unsigned)(seed >> 33);
		switch (r & 3) {
		case 0:
			n = 1 + (r >> 4) % 4;
			first = (r >> 8) % (N - n);
			/* So that none of the old paths keeps its place. */
			nexthop_group_set_fixed(t->nexthops, group, ADJ_INDEX_KERNEL);
			assert_int_equal(set(group, first, n), 0);
			break;
		case 1:
			usable(r >> 4 & 3, r >> 8 & 1);
			break;
		case 2:
			nexthop_unresolve(t->nexthops, nhs[(r >> 4) % N]);
			break;
		default:
			resolve((r >> 4) % N, r >> 8 & 0xff);
		}
		fresh = nexthop_group_create(t->nexthops, &err);
		assert_int_equal(set(fresh, first, n), 0);
		look(fresh, want);
		look(group, got);
		assert_memory_equal(got, want, sizeof(got));
		put(fresh);
	}
	put(group);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(content_changes_behind_the_index),
		TEST(its_own),
		TEST(readers_keep_the_old_content),
		TEST(no_room_changes_nothing),
		TEST(flows_leave_an_unusable_interface),
		TEST(all_paths_unusable_is_as_if_none_were),
		TEST(a_path_that_goes_keeps_its_place),
		TEST(absent_and_unusable),
		TEST(absent_paths_are_not_kept_alive),
		TEST(same_as_made_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
