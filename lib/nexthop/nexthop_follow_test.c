/* SPDX-License-Identifier: BSD-3-Clause */
/* What next hops follow beside their neighbour: the gateway's own family, their interface; and the
 * marks of their use. */
#include "nexthop_fixture.h"

#include <errno.h>

static struct nexthop *get_via(unsigned port, const char *gateway, enum ip_family packets)
{
	struct ip_addr addr = testing_addr(gateway);
	struct nexthop *nh = nexthop_get_via(t->nexthops, t->p[port], &addr, packets, &err);

	assert_non_null(nh);
	return nh;
}

static rte_be16_t ether_type(const struct nexthop_group *group)
{
	return adj_hdr(testing_adj(t->nexthops, nexthop_group_index(group), 0))->ether_type;
}

/* IPv4 packets by an IPv6 gateway go to its MAC address, whoever came first. */
static void other_family_follows_the_gateway(void **state)
{
	struct nexthop *native = get(0, "fe80::1"), *cross = get_via(0, "fe80::1", IP4);
	struct nexthop_group *group = group_over(&cross, 1), *of_native = group_over(&native, 1);

	assert_ptr_not_equal(native, cross);
	assert_ptr_equal(get_via(0, "fe80::1", IP6), native);
	put(native);
	assert_ptr_equal(get_via(0, "fe80::1", IP4), cross);
	put(cross);
	testing_assert_kind(t->nexthops, index_of(group), 0, ADJ_GLEAN);
	assert_int_equal(resolve(native, 1), 0);
	testing_assert_rewrite(t->nexthops, index_of(group), 0, 1);
	assert_int_equal(ether_type(group), RTE_BE16(RTE_ETHER_TYPE_IPV4));
	assert_int_equal(ether_type(of_native), RTE_BE16(RTE_ETHER_TYPE_IPV6));
	assert_int_equal(resolve(cross, 2), 0); /* is the same neighbour */
	testing_assert_rewrite(t->nexthops, index_of(of_native), 0, 2);
	testing_assert_rewrite(t->nexthops, index_of(group), 0, 2);
	nexthop_unresolve(t->nexthops, native);
	testing_assert_kind(t->nexthops, index_of(group), 0, ADJ_GLEAN);
	resolve(native, 3);
	put(cross);
	nexthop_group_put(t->nexthops, group); /* the last reference */
	cross = get_via(0, "fe80::1", IP4);    /* a new one, after the neighbour */
	group = group_over(&cross, 1);
	testing_assert_rewrite(t->nexthops, index_of(group), 0, 3);
	assert_int_equal(ether_type(group), RTE_BE16(RTE_ETHER_TYPE_IPV4));
	put(native);
	nexthop_group_put(t->nexthops, of_native);
	testing_assert_rewrite(t->nexthops, index_of(group), 0, 3); /* the gateway lives with it */
	put(cross);
	nexthop_group_put(t->nexthops, group);
}

/* A new MAC address of the gateway needs room for both, or changes neither. */
static void other_family_without_room(void **state)
{
	struct nexthop *native = get(0, "fe80::1"), *cross = get_via(0, "fe80::1", IP4);
	struct nexthop_group *group = group_over(&cross, 1);
	struct nexthop *nhs[4096];
	unsigned room;

	resolve(native, 1);
	room = testing_room(t);
	for (unsigned i = 0; i < room - 1; i++) {
		struct ip_addr addr = {.family = IP4,
				       .bytes = {9, 0, (uint8_t)(i >> 8), (uint8_t)i}};

		nhs[i] = nexthop_get(t->nexthops, t->p[0], &addr, &err);
		assert_int_equal(resolve(nhs[i], i), 0);
	}
	assert_int_equal(resolve(native, 2), -ENOSPC);
	testing_assert_rewrite(t->nexthops, index_of(group), 0, 1);
	assert_int_equal(nexthop_mac(native)->bytes[5], 1);
	for (unsigned i = 0; i < room - 1; i++)
		put(nhs[i]);
	assert_int_equal(testing_room(t), room);
	nexthop_group_put(t->nexthops, group);
	put(native);
	put(cross);
}

/* New MAC address and MTU of the interface: in every adjacency, and in no old one. */
static void changed_interface_renews_its_adjacencies(void **state)
{
	struct nexthop *nhs[] = {get(0, "10.0.0.1"), get(0, "10.0.0.2"), get(1, "10.0.1.1")};
	struct nexthop *cross = get_via(0, "10.0.0.1", IP6);
	struct nexthop_group *groups[] = {group_over(&nhs[0], 1), group_over(&nhs[1], 1),
					  group_over(&nhs[2], 1), group_over(&cross, 1)};
	struct mac_addr mac = testing_mac(0x4242);
	unsigned room;
	uint32_t before[4];

	resolve(nhs[0], 1);
	resolve(nhs[2], 3);
	room = testing_room(t);
	for (unsigned i = 0; i < 4; i++)
		before[i] = testing_adj_index(t->nexthops, index_of(groups[i]), 0);
	rcu_reader_online(t->rcu, 0);
	iface_set_mac(t->ifaces, t->p[0], &mac);
	iface_set_mtu(t->p[0], 9000);
	assert_int_equal(nexthop_iface_changed(t->nexthops, t->p[0], &err), 0);
	for (unsigned i = 0; i < 4; i++) {
		uint32_t now = testing_adj_index(t->nexthops, index_of(groups[i]), 0);
		const struct adj *adj = &nexthop_adjs(t->nexthops)[now];

		/* The old ones stand as they were, for a reader that came before. */
		assert_int_equal(nexthop_adjs(t->nexthops)[before[i]].mtu, 1500);
		assert_int_equal(now == before[i], i == 2);
		assert_int_equal(adj->mtu, i == 2 ? 1500 : 9000);
		if (i == 0 || i == 3)
			assert_memory_equal(&adj_hdr(adj)->src_addr, &mac, sizeof(mac));
	}
	rcu_reader_offline(t->rcu, 0);
	testing_assert_rewrite(t->nexthops, index_of(groups[0]), 0, 1);
	testing_assert_kind(t->nexthops, index_of(groups[1]), 0, ADJ_GLEAN);
	testing_assert_rewrite(t->nexthops, index_of(groups[3]), 0, 1);
	resolve(nhs[1], 2);
	nexthop_unresolve(t->nexthops, nhs[1]); /* to the new glean */
	assert_int_equal(testing_adj(t->nexthops, index_of(groups[1]), 0)->mtu, 9000);
	assert_int_equal(testing_room(t), room);
	for (unsigned i = 0; i < 4; i++)
		nexthop_group_put(t->nexthops, groups[i]);
	for (unsigned i = 0; i < 3; i++)
		put(nhs[i]);
	put(cross);
}

/* In a table that is full but for one, every adjacency still has its turn; when it is full, those
 * that cannot be replaced stay. */
static void changed_interface_without_room(void **state)
{
	unsigned room = testing_room(t) - 1;
	struct nexthop *nhs[4096];
	struct mac_addr mac = testing_mac(0x4242);
	unsigned renewed = 0;

	for (unsigned i = 0; i <= room; i++) {
		struct ip_addr addr = {.family = IP4,
				       .bytes = {9, 0, (uint8_t)(i >> 8), (uint8_t)i}};

		nhs[i] = nexthop_get(t->nexthops, t->p[0], &addr, &err);
		if (i < room)
			assert_int_equal(resolve(nhs[i], i), 0);
	}
	iface_set_mac(t->ifaces, t->p[0], &mac);
	assert_int_equal(nexthop_iface_changed(t->nexthops, t->p[0], &err), 0);
	resolve(nhs[room], room);
	iface_set_mac(t->ifaces, t->p[0], &(struct mac_addr){{2, 7}});
	assert_int_equal(nexthop_iface_changed(t->nexthops, t->p[0], &err), -ENOSPC);
	for (unsigned i = 0; i <= room; i++) {
		struct nexthop_group *group = group_over(&nhs[i], 1);

		testing_assert_rewrite(t->nexthops, index_of(group), 0, i);
		renewed += adj_hdr(testing_adj(t->nexthops, index_of(group), 0))
				   ->src_addr.addr_bytes[1];
		nexthop_group_put(t->nexthops, group);
		put(nhs[i]);
		rcu_synchronize(t->rcu);
	}
	assert_int_equal(renewed, 0);
}

struct marks {
	unsigned calls, used;
	const struct nexthop *last_used;
};

static void count_mark(void *ctx, const struct nexthop *nh, bool used)
{
	struct marks *m = ctx;

	m->calls++;
	if (used) {
		m->used++;
		m->last_used = nh;
	}
}

static struct marks take(void)
{
	struct marks m = {0};

	nexthop_take_used(t->nexthops, count_mark, &m);
	return m;
}

static void mark(const struct nexthop_group *group)
{
	uint32_t adj = testing_adj_index(t->nexthops, nexthop_group_index(group), 0);

	adj_mark_used(&nexthop_adjs(t->nexthops)[adj]);
}

static void use_is_told_once(void **state)
{
	struct nexthop *a = get(0, "10.0.0.1"), *b = get(1, "10.0.1.1"),
		       *on_link = get(0, "0.0.0.0"), *cross = get_via(1, "10.0.1.1", IP6);
	struct nexthop_group *of_a = group_over(&a, 1), *of_b = group_over(&b, 1),
			     *of_cross = group_over(&cross, 1);
	struct marks m = take();

	assert_int_equal(m.calls, 2); /* a and b: on_link has no gateway, cross that of b */
	assert_int_equal(m.used, 0);
	resolve(a, 1);
	resolve(b, 2);
	assert_int_equal(take().used, 0);
	mark(of_a);
	mark(of_a);
	m = take();
	assert_int_equal(m.used, 1);
	assert_ptr_equal(m.last_used, a);
	assert_int_equal(take().used, 0);
	mark(of_cross);
	assert_ptr_equal(take().last_used, b);
	/* What was seen before the adjacency was replaced, or lost, counts. */
	mark(of_b);
	resolve(b, 3);
	assert_ptr_equal(take().last_used, b);
	assert_int_equal(take().used, 0);
	mark(of_b);
	nexthop_unresolve(t->nexthops, b);
	assert_ptr_equal(take().last_used, b);
	mark(of_a);
	assert_int_equal(nexthop_iface_changed(t->nexthops, t->p[0], &err), 0);
	assert_ptr_equal(take().last_used, a);
	nexthop_group_put(t->nexthops, of_a);
	nexthop_group_put(t->nexthops, of_b);
	nexthop_group_put(t->nexthops, of_cross);
	put(a);
	put(b);
	put(cross);
	put(on_link);
	assert_int_equal(take().calls, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(other_family_follows_the_gateway),
		TEST(other_family_without_room),
		TEST(changed_interface_renews_its_adjacencies),
		TEST(changed_interface_without_room),
		TEST(use_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
