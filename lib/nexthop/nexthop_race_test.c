/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One writer at full speed, one reader without locks. There are four slots, each a group index as
 * a FIB would hold it, and a second group whose content changes. A slot leads to next hops on two
 * ports, one or the other of which is unusable at times; their MAC addresses bear the slot's
 * number. So a reader that ever meets an adjacency of another slot, or none, has seen a group, a
 * run of buckets or an adjacency that was freed under its hands.
 */
#include "nexthop_testing.h"

#include <pthread.h>

#include "sanitizer.h"

#define GATEWAYS 4 /* of each slot */
#define FLIPS    20000
#define BURSTS   (WITH_TSAN || WITH_ASAN ? 20000 : 1600000) /* of 64 lookups: 1e8 */

struct slot {
	uint32_t group; /* atomic: what the FIB would hold */
	struct nexthop_group *held;
	struct nexthop_group *own; /* the same one from the beginning to the end */
	struct nexthop *nhs[GATEWAYS];
};

static struct testing_tables *t;
static struct slot slots[TESTING_PORTS];
static uint32_t flips; /* atomic: of the writer */
static bool done;      /* atomic: the reader has seen enough */
static uint64_t wrong; /* of the reader */
static uint64_t used;  /* marks that the writer took */

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

static bool is_of_slot(const struct adj *adj, unsigned slot)
{
	const uint8_t *mac = adj_hdr(adj)->dst_addr.addr_bytes;

	if (adj->kind == ADJ_KERNEL) /* of the group of its own, at times */
		return true;
	if ((adj->iface != TESTING_ID(slot) &&
	     adj->iface != TESTING_ID((slot + 1) % TESTING_PORTS)) ||
	    TESTING_ID(adj->port - 10) != adj->iface)
		return false;
	return adj->kind == ADJ_GLEAN ||
	       (adj->kind == ADJ_REWRITE && mac[0] == 2 && mac[4] == slot);
}

/* As the output node does. */
static void look_up(uint32_t group, unsigned slot, uint32_t hash)
{
	uint32_t adj = testing_adj_index(t->nexthops, group, hash);

	wrong += !is_of_slot(&nexthop_adjs(t->nexthops)[adj], slot);
	if (nexthop_adjs(t->nexthops)[adj].kind == ADJ_REWRITE)
		adj_mark_used(&nexthop_adjs(t->nexthops)[adj]);
}

static void look_up_burst(uint64_t *seed)
{
	for (unsigned i = 0; i < TESTING_PORTS; i++) {
		uint32_t group = __atomic_load_n(&slots[i].group, __ATOMIC_ACQUIRE);

		for (int j = 0; j < 8; j++) {
			look_up(group, i, next_random(seed));
			look_up(nexthop_group_index(slots[i].own), i, next_random(seed));
		}
	}
}

static void *reader(void *arg)
{
	uint64_t seed = 11;

	for (unsigned n = 0; n < BURSTS || __atomic_load_n(&flips, __ATOMIC_RELAXED) < FLIPS; n++) {
		look_up_burst(&seed);
		rcu_reader_quiescent(t->rcu, 0);
	}
	testing_reader_done(t->rcu, 0);
	__atomic_store_n(&done, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Some of the slot's next hops. Returns how many. */
static unsigned some_paths(const struct slot *slot, uint32_t random, struct nexthop_path *paths)
{
	unsigned n = 1 + random % GATEWAYS, first = (random >> 8) % GATEWAYS;

	for (unsigned i = 0; i < n; i++)
		paths[i] = (struct nexthop_path){.nh = slot->nhs[(first + i) % GATEWAYS],
						 .weight = 1 + (random >> (16 + i)) % 2};
	return n;
}

/* A new group takes the place of the old one. */
static void replace_group(struct slot *slot, uint32_t random)
{
	struct nexthop_path paths[GATEWAYS];
	unsigned n = some_paths(slot, random, paths);
	struct nexthop_group *group = nexthop_group_get(t->nexthops, paths, n, NULL);

	assert_non_null(group);
	__atomic_store_n(&slot->group, nexthop_group_index(group), __ATOMIC_RELEASE);
	if (slot->held)
		nexthop_group_put(t->nexthops, slot->held);
	slot->held = group;
}

/* The group of its own gets another content. */
static void set_group(struct slot *slot, uint32_t random)
{
	struct nexthop_path paths[GATEWAYS];
	unsigned n = some_paths(slot, random, paths);

	if (random >> 28)
		assert_int_equal(nexthop_group_set(t->nexthops, slot->own, paths, n, NULL), 0);
	else
		nexthop_group_set_fixed(t->nexthops, slot->own, ADJ_INDEX_KERNEL);
}

static void count_used(void *ctx, const struct nexthop *nh, bool was_used)
{
	used += was_used;
}

static void change(uint64_t *seed)
{
	uint32_t random = next_random(seed), number = random % TESTING_PORTS;
	struct slot *slot = &slots[number];
	struct nexthop *nh = slot->nhs[(random >> 2) % GATEWAYS];
	struct mac_addr mac = testing_mac(number << 8 | (random >> 12 & 0xff));

	switch (random >> 4 & 7) {
	case 0:
		nexthop_unresolve(t->nexthops, nh);
		break;
	case 1:
		replace_group(slot, next_random(seed));
		break;
	case 2:
		set_group(slot, next_random(seed));
		break;
	case 3:
		nexthop_iface_set_usable(t->nexthops, t->p[number], random >> 12 & 1);
		break;
	case 4:
		if (random >> 12 & 1)
			nexthop_take_used(t->nexthops, count_used, NULL);
		else
			assert_int_equal(nexthop_iface_changed(t->nexthops, t->p[number], NULL), 0);
		break;
	default:
		assert_int_equal(nexthop_resolve(t->nexthops, nh, &mac, NULL), 0);
	}
	__atomic_fetch_add(&flips, 1, __ATOMIC_RELAXED);
}

static void reader_sees_only_its_own(void **state)
{
	uint64_t seed = 12;
	pthread_t thread;

	rcu_reader_online(t->rcu, 0);
	assert_int_equal(pthread_create(&thread, NULL, reader, NULL), 0);
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE))
		change(&seed);
	pthread_join(thread, NULL);
	rcu_reader_offline(t->rcu, 0);
	assert_int_equal(wrong, 0);
	nexthop_take_used(t->nexthops, count_used, NULL); /* what the writer had no turn for */
	assert_true(used > 0);
}

static int setup(void **state)
{
	t = testing_tables_create(GATEWAYS * TESTING_PORTS);
	for (unsigned i = 0; i < TESTING_PORTS; i++) {
		for (unsigned j = 0; j < GATEWAYS; j++) {
			struct ip_addr addr = {.family = IP4,
					       .bytes = {10, 0, (uint8_t)i, (uint8_t)(j + 1)}};

			slots[i].nhs[j] = nexthop_get(
				t->nexthops, t->p[(i + j % 2) % TESTING_PORTS], &addr, NULL);
		}
		slots[i].own = nexthop_group_create(t->nexthops, NULL);
		assert_non_null(slots[i].own);
		replace_group(&slots[i], 0);
	}
	return 0;
}

static int teardown(void **state)
{
	for (unsigned i = 0; i < TESTING_PORTS; i++) {
		nexthop_group_put(t->nexthops, slots[i].held);
		nexthop_group_put(t->nexthops, slots[i].own);
		for (unsigned j = 0; j < GATEWAYS; j++)
			nexthop_put(t->nexthops, slots[i].nhs[j]);
	}
	testing_tables_destroy(t);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reader_sees_only_its_own, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
